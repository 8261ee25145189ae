//! API keys.

use super::fault::Fault;
use super::values::{hash, known, ms, time, time_or_null};
use crate::store::types::ApiKey;
use jiff::Timestamp;
use rota_core::ids::{KeyId, StoreId};
use rusqlite::{Connection, Params, params};

const COLUMNS: &str =
    "store_id, key_id, name, secret_hash, scopes, rate, created_at, expires_at, revoked_at, last_used_at";

/// Writes a key that is new or was revoked.
pub fn put(tx: &Connection, store: &StoreId, key: &ApiKey, now: Timestamp) -> Result<(), Fault> {
    tx.execute(
        &format!(
            "INSERT INTO api_keys ({COLUMNS}, changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, ?10)
             ON CONFLICT (store_id, key_id) DO UPDATE SET revoked_at = ?9, changed_at = ?10"
        ),
        params![
            store.as_str(),
            key.id.as_str(),
            key.name,
            key.secret_hash.as_slice(),
            key.scopes.join(" "),
            key.rate,
            ms(key.created_at),
            key.expires_at.map(ms),
            key.revoked_at.map(ms),
            ms(now),
        ],
    )?;
    Ok(())
}

pub fn one(db: &Connection, id: &KeyId) -> Result<Option<ApiKey>, Fault> {
    Ok(select(db, "WHERE key_id = ?1", [id.as_str()])?.pop())
}

pub fn all(db: &Connection, store: Option<&StoreId>) -> Result<Vec<ApiKey>, Fault> {
    let store = store.map(StoreId::as_str);
    select(db, "WHERE ?1 IS NULL OR store_id = ?1 ORDER BY created_at, key_id", [store])
}

pub fn changed_since(db: &Connection, since: Timestamp) -> Result<Vec<ApiKey>, Fault> {
    select(db, "WHERE changed_at >= ?1", [ms(since)])
}

pub fn used(tx: &Connection, used: &[(StoreId, KeyId, Timestamp)]) -> Result<(), Fault> {
    let mut update = tx.prepare_cached(
        "UPDATE api_keys SET last_used_at = max(coalesce(last_used_at, 0), ?3) WHERE store_id = ?1 AND key_id = ?2",
    )?;
    for (store, id, at) in used {
        update.execute(params![store.as_str(), id.as_str(), ms(*at)])?;
    }
    Ok(())
}

fn select(db: &Connection, which: &str, params: impl Params) -> Result<Vec<ApiKey>, Fault> {
    let mut select = db.prepare_cached(&format!("SELECT {COLUMNS} FROM api_keys {which}"))?;
    let mut rows = select.query(params)?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        let scopes: String = row.get(4)?;
        keys.push(ApiKey {
            store: known("api_keys.store_id", StoreId::new(&row.get::<_, String>(0)?))?,
            id: known("api_keys.key_id", KeyId::new(&row.get::<_, String>(1)?))?,
            name: row.get(2)?,
            secret_hash: hash(row.get(3)?)?,
            scopes: scopes.split_whitespace().map(str::to_owned).collect(),
            rate: row.get(5)?,
            created_at: time(row.get(6)?)?,
            expires_at: time_or_null(row.get(7)?)?,
            revoked_at: time_or_null(row.get(8)?)?,
            last_used_at: time_or_null(row.get(9)?)?,
        });
    }
    Ok(keys)
}
