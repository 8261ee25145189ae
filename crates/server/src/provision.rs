//! Store files: reading them, and finding out what they change.

pub mod demo;
mod diff;
mod store_file;
mod toml_reader;

use crate::store::DecideSettings;

pub use diff::{Options, decide};
pub use store_file::{StoreFile, read};

/// What a storage needs to make a store agree with its file.
pub fn decision(file: StoreFile, options: Options) -> DecideSettings {
    DecideSettings {
        customers: file.customers.is_some(),
        decide: Box::new(move |current| decide(&file, options, current)),
    }
}
