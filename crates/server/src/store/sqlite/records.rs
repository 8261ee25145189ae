//! Calls of the desk that may be repeated: what they came to is kept for a day, beside intake's kept answers.

use super::fault::Fault;
use super::values::{hash, ms};
use crate::store::kept::{Kept, expiry};
use crate::store::types::Keep;
use jiff::Timestamp;
use rota_core::ids::StoreId;
use rusqlite::{Connection, OptionalExtension, params};

/// What is kept of the call, if it came before.
pub fn kept(db: &Connection, store: &StoreId, keep: &Keep, now: Timestamp) -> Result<Option<Kept>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT body_hash, answer FROM idempotency
         WHERE store_id = ?1 AND caller = ?2 AND key = ?3 AND expires_at > ?4",
    )?;
    let row: Option<(Vec<u8>, String)> = select
        .query_row(params![store.as_str(), keep.key.caller, keep.key.key, ms(now)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((kept_hash, answer)) = row else { return Ok(None) };
    Ok(Some(if hash(kept_hash)? == keep.hash { Kept::Answer(answer) } else { Kept::OfSomethingElse }))
}

/// Keeps what the call came to.
pub fn keep(
    tx: &Connection,
    store: &StoreId,
    keep: &Keep,
    answer: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO idempotency (store_id, caller, key, body_hash, answer, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        store.as_str(),
        keep.key.caller,
        keep.key.key,
        keep.hash.as_slice(),
        answer,
        ms(now),
        ms(expiry(now)),
    ])?;
    Ok(())
}
