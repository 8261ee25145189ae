//! Finding tickets (desk 2): the one search box, the filters, and pages of what was found.
//!
//! Texts and queries are cut into tokens here, by the same rule, and both databases keep and compare these tokens byte
//! by byte; so they find the same.

mod age;
mod candidate;
mod cursor;
mod entry;
pub mod examples;
mod filter;
mod lane;
mod listing;
mod page;
mod query;
mod tokens;

pub use age::Age;
pub use candidate::{Candidate, Looker};
pub use cursor::{Cursor, CursorError};
pub use entry::{PART, Scope, Worded, part};
pub use filter::{AgentIs, Filter, Standing, TeamIs};
pub use lane::{Lane, Unowned};
pub use listing::{Listing, Sort};
pub use page::{Ask, Facts, Listed, Order, Page, Pull, Span, Step, Told};
pub use query::{Identity, Phone, Query, QueryError, Words};
pub use tokens::{MAX_TOKEN_CHARS, fold, tokens, words_of};
