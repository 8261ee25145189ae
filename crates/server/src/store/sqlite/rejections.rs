//! Create calls that were refused.

use super::Sqlite;
use super::fault::Fault;
use super::provision::{counter, put_counter, store_row};
use super::values::{ms, to_json};
use crate::store::StoreError;
use crate::store::rejections::{MOST, Rejection, RejectionRow, RejectionStore, Stored, kept_since};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::ids::{CustomerId, KeyId, StoreId};
use rota_core::ticket::Channel;
use rusqlite::{Connection, params};
use std::sync::Arc;

#[async_trait]
impl RejectionStore for Sqlite {
    async fn keep_rejections(&self, store: &StoreId, rejections: Arc<[Rejection]>) -> Result<(), StoreError> {
        let (store, now) = (store.clone(), self.clock.now());
        self.write(move |tx| keep(tx, &store, &rejections, now)).await
    }

    async fn rejections(
        &self,
        store: &StoreId,
        key: Option<&KeyId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<RejectionRow>, StoreError> {
        let (store, key, now) = (store.clone(), key.cloned(), self.clock.now());
        self.read(move |db| page(db, &store, key.as_ref(), before, limit, now)).await
    }
}

fn keep(tx: &Connection, store: &StoreId, rejections: &[Rejection], now: Timestamp) -> Result<(), Fault> {
    let keeps_bodies = store_row(tx, store)?.keep_rejected_values;
    let mut position = counter(tx, store, "rejection")?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO rejections (store_id, position, at, key_id, status, errors, ignored, size, hash, channel, dropped,
                                 body, customer_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for rejection in rejections {
        let body = rejection.body.as_ref().filter(|_| keeps_bodies);
        insert.execute(params![
            store.as_str(),
            position,
            ms(rejection.at),
            rejection.key.as_str(),
            rejection.status,
            to_json(&rejection.errors),
            to_json(&rejection.ignored),
            rejection.size,
            rejection.hash,
            rejection.channel.map(Channel::name),
            rejection.dropped,
            body.map(|body| &body.bytes),
            body.and_then(|body| body.customer.as_deref()),
        ])?;
        position += 1;
    }
    put_counter(tx, store, "rejection", position)?;
    tx.prepare_cached("DELETE FROM rejections WHERE store_id = ?1 AND (position < ?2 OR at < ?3)")?
        .execute(params![store.as_str(), position - MOST, ms(kept_since(now))])?;
    Ok(())
}

fn page(
    db: &Connection,
    store: &StoreId,
    key: Option<&KeyId>,
    before: Option<i64>,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<RejectionRow>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT position, at, key_id, status, errors, ignored, size, hash, channel, dropped, body, customer_id
         FROM rejections
         WHERE store_id = ?1 AND position < ?2 AND at >= ?3 AND (?4 IS NULL OR key_id = ?4)
         ORDER BY position DESC LIMIT ?5",
    )?;
    let before = before.unwrap_or(i64::MAX);
    let of = params![store.as_str(), before, ms(kept_since(now)), key.map(KeyId::as_str), limit];
    let rows = select.query_map(of, |row| {
        Ok(Stored {
            position: row.get(0)?,
            at: row.get(1)?,
            key: row.get(2)?,
            status: row.get(3)?,
            errors: row.get(4)?,
            ignored: row.get(5)?,
            size: row.get(6)?,
            hash: row.get(7)?,
            channel: row.get(8)?,
            dropped: row.get(9)?,
            body: row.get(10)?,
            customer: row.get(11)?,
        })
    })?;
    rows.map(|row| Ok(row?.row()?)).collect()
}

/// Erases the bodies that name a customer, and those that name nobody who could be read.
pub fn erase(tx: &Connection, store: &StoreId, customer: &CustomerId) -> Result<(), Fault> {
    tx.prepare_cached(
        "UPDATE rejections SET body = NULL, customer_id = NULL
         WHERE store_id = ?1 AND body IS NOT NULL AND (customer_id IS NULL OR customer_id = ?2)",
    )?
    .execute([store.as_str(), customer.as_str()])?;
    Ok(())
}

/// Removes those whose time is over; answers how many.
pub fn remove_old(tx: &Connection, store: &StoreId, now: Timestamp) -> Result<usize, Fault> {
    let delete = "DELETE FROM rejections WHERE store_id = ?1 AND at < ?2";
    Ok(tx.prepare_cached(delete)?.execute(params![store.as_str(), ms(kept_since(now))])?)
}
