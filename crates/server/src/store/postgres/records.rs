//! Calls of the desk that may be repeated: what they came to is kept for a day, beside intake's kept answers.

use super::fault::Fault;
use super::session::Session;
use super::values::{hash, ms};
use crate::store::kept::{Kept, expiry};
use crate::store::types::Keep;
use jiff::Timestamp;
use rota_core::ids::StoreId;

/// What is kept of the call, if it came before.
pub async fn kept(
    session: &Session,
    store: &StoreId,
    keep: &Keep,
    now: Timestamp,
) -> Result<Option<Kept>, Fault> {
    let select = "SELECT body_hash, answer FROM idempotency
                  WHERE store_id = $1 AND caller = $2 AND key = $3 AND expires_at > $4";
    let key = &keep.key;
    let found = session.row(select, &[&store.as_str(), &&*key.caller, &&*key.key, &ms(now)]).await?;
    let Some(row) = found else { return Ok(None) };
    let same = hash(row.try_get(0)?)? == keep.hash;
    Ok(Some(if same { Kept::Answer(row.try_get(1)?) } else { Kept::OfSomethingElse }))
}

/// Keeps what the call came to.
pub async fn keep(
    session: &Session,
    store: &StoreId,
    keep: &Keep,
    answer: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO idempotency (store_id, caller, key, body_hash, answer, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (store_id, caller, key) DO UPDATE SET
            body_hash = excluded.body_hash, answer = excluded.answer,
            created_at = excluded.created_at, expires_at = excluded.expires_at";
    let (key, hash) = (&keep.key, keep.hash.as_slice());
    let until = ms(expiry(now));
    session
        .execute(upsert, &[&store.as_str(), &&*key.caller, &&*key.key, &hash, &answer, &ms(now), &until])
        .await?;
    Ok(())
}
