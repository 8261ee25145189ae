//! Store files: reading them, and finding out what they change.

pub mod demo;
mod diff;
mod store_file;
mod toml_reader;

pub use diff::{Options, decide};
pub use store_file::{StoreFile, read};
