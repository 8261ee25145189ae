//! The storage suite: what the storage trait promises, on every database that has to keep it. A promise is an
//! `async fn` that takes a [`TestDatabase`]; its tests are called `…::sqlite` and so on.

mod backup;
mod batches;
mod calls;
mod changes;
mod check;
mod commands;
mod customers;
mod database;
mod due;
mod erasure;
mod events;
mod handles;
mod import;
mod keys;
mod ledger;
mod lists;
mod mail;
mod people;
mod records;
mod rejections;
mod replay;
mod routing;
mod sessions;
mod settings;
mod tickets;
mod turns;
mod viewing;
mod waiting;
mod webhooks;

pub use calls::call_to;
use database::TestDatabase;

/// Runs each promise on each database, on PostgreSQL in both batch scopes. A further database is one more test here, and
/// its `Engine`.
macro_rules! storage_suite {
    ($($promise:ident),+ $(,)?) => {
        $(mod $promise {
            #[test]
            fn sqlite() {
                crate::store_suite::database::sqlite(super::$promise);
            }

            #[test]
            fn postgres() {
                crate::store_suite::database::postgres(super::$promise);
            }

            #[test]
            fn postgres_each_store() {
                crate::store_suite::database::postgres_each_store(super::$promise);
            }
        })+
    };
}

use storage_suite;
