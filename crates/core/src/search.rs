//! Finding tickets (desk 2): the one search box, the filters, and pages of what was found.
//!
//! Texts and queries are cut into tokens here, by the same rule, and both databases keep and compare these tokens byte
//! by byte; so they find the same.

mod age;
mod cursor;
pub mod examples;
mod filter;
mod listing;
mod query;
mod tokens;

pub use age::Age;
pub use cursor::{Cursor, CursorError};
pub use filter::{AgentIs, Filter, Standing, TeamIs};
pub use listing::{Listing, Sort};
pub use query::{Phone, Query, QueryError, Words};
pub use tokens::{MAX_TOKEN_CHARS, fold, tokens};
