//! API keys.

use super::fault::Fault;
use super::parameter::Parameter;
use super::session::Session;
use super::values::{hash, known, ms, time, time_or_null};
use crate::store::types::ApiKey;
use jiff::Timestamp;
use rota_core::ids::{KeyId, StoreId};
use tokio_postgres::Row;

const COLUMNS: &str =
    "store_id, key_id, name, secret_hash, scopes, rate, created_at, expires_at, revoked_at, last_used_at";

/// Writes a key that is new or was revoked.
pub async fn put(session: &Session, store: &StoreId, key: &ApiKey, now: Timestamp) -> Result<(), Fault> {
    let upsert = format!(
        "INSERT INTO api_keys ({COLUMNS}, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10)
         ON CONFLICT (store_id, key_id) DO UPDATE SET revoked_at = $9, changed_at = $10"
    );
    session
        .execute(
            &upsert,
            &[
                &store.as_str(),
                &key.id.as_str(),
                &key.name.as_str(),
                &key.secret_hash.as_slice(),
                &key.scopes.join(" "),
                &key.rate.map(i64::from),
                &ms(key.created_at),
                &key.expires_at.map(ms),
                &key.revoked_at.map(ms),
                &ms(now),
            ],
        )
        .await?;
    Ok(())
}

pub async fn one(session: &Session, id: &KeyId) -> Result<Option<ApiKey>, Fault> {
    Ok(select(session, "WHERE key_id = $1", &[&id.as_str()]).await?.pop())
}

pub async fn all(session: &Session, store: Option<&StoreId>) -> Result<Vec<ApiKey>, Fault> {
    let which = "WHERE $1::text IS NULL OR store_id = $1 ORDER BY created_at, key_id COLLATE \"C\"";
    select(session, which, &[&store.map(StoreId::as_str)]).await
}

pub async fn changed_since(session: &Session, since: Timestamp) -> Result<Vec<ApiKey>, Fault> {
    select(session, "WHERE changed_at >= $1", &[&ms(since)]).await
}

/// In the order of the keys, so that nodes that write at once never wait for each other in a circle.
pub async fn used(session: &Session, used: &[(StoreId, KeyId, Timestamp)]) -> Result<(), Fault> {
    let stores: Vec<&str> = used.iter().map(|(store, ..)| store.as_str()).collect();
    let keys: Vec<&str> = used.iter().map(|(_, key, _)| key.as_str()).collect();
    let times: Vec<i64> = used.iter().map(|(.., at)| ms(*at)).collect();
    let update = "
        WITH used AS (SELECT * FROM unnest($1, $2, $3) AS used (store_id, key_id, at)),
             taken AS (SELECT store_id, key_id FROM api_keys JOIN used USING (store_id, key_id)
                       ORDER BY store_id, key_id FOR NO KEY UPDATE OF api_keys)
        UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, used.at)
        FROM used JOIN taken USING (store_id, key_id)
        WHERE k.store_id = used.store_id AND k.key_id = used.key_id";
    session.execute(update, &[&stores, &keys, &times]).await?;
    Ok(())
}

async fn select(session: &Session, which: &str, parameters: &[&dyn Parameter]) -> Result<Vec<ApiKey>, Fault> {
    let rows = session.rows(&format!("SELECT {COLUMNS} FROM api_keys {which}"), parameters).await?;
    rows.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<ApiKey, Fault> {
    let scopes: &str = row.try_get(4)?;
    let rate: Option<i64> = row.try_get(5)?;
    Ok(ApiKey {
        store: known("api_keys.store_id", StoreId::new(row.try_get(0)?))?,
        id: known("api_keys.key_id", KeyId::new(row.try_get(1)?))?,
        name: row.try_get(2)?,
        secret_hash: hash(row.try_get(3)?)?,
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        rate: rate.map(|rate| known("api_keys.rate", rate.try_into().ok())).transpose()?,
        created_at: time(row.try_get(6)?)?,
        expires_at: time_or_null(row.try_get(7)?)?,
        revoked_at: time_or_null(row.try_get(8)?)?,
        last_used_at: time_or_null(row.try_get(9)?)?,
    })
}
