//! What is to be done at a time.

use super::fault::Fault;
use super::values::ms;
use jiff::Timestamp;
use rota_core::ids::StoreId;
use rusqlite::{Connection, params};

/// Puts a piece of work on the list, or moves it to another time.
pub fn put(tx: &Connection, store: &StoreId, kind: &str, subject: i64, at: Timestamp) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO due (store_id, kind, subject, at, lease_until, failures) VALUES (?1, ?2, ?3, ?4, 0, 0)
         ON CONFLICT (store_id, kind, subject) DO UPDATE SET at = ?4, lease_until = 0, failures = 0, failure = NULL",
    )?
    .execute(params![store.as_str(), kind, subject, ms(at)])?;
    Ok(())
}
