//! Create calls that were refused.

use super::Postgres;
use super::fault::Fault;
use super::provision::{store_row, take_numbers};
use super::session::Session;
use super::values::{ms, to_json};
use crate::store::StoreError;
use crate::store::rejections::{KeptBody, MOST, Rejection, RejectionRow, RejectionStore, Stored, kept_since};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::ids::{CustomerId, KeyId, StoreId};
use rota_core::ticket::Channel;
use std::sync::Arc;

#[async_trait]
impl RejectionStore for Postgres {
    async fn keep_rejections(&self, store: &StoreId, rejections: Arc<[Rejection]>) -> Result<(), StoreError> {
        let now = self.database.clock.now();
        self.database.write(async |session| keep(session, store, &rejections, now).await).await
    }

    async fn rejections(
        &self,
        store: &StoreId,
        key: Option<&KeyId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<RejectionRow>, StoreError> {
        let now = self.database.clock.now();
        self.database.look(async |session| page(session, store, key, before, limit, now).await).await
    }
}

/// The counter's row is the lock on a store's rejections.
async fn keep(
    session: &Session,
    store: &StoreId,
    rejections: &[Rejection],
    now: Timestamp,
) -> Result<(), Fault> {
    let keeps_bodies = store_row(session, store).await?.keep_rejected_values;
    let next = take_numbers(session, store, "rejection", rejections.len()).await?;
    let first = next - i64::try_from(rejections.len()).unwrap_or(i64::MAX);
    insert(session, store, first, rejections, keeps_bodies).await?;
    let delete = "DELETE FROM rejections WHERE store_id = $1 AND (position < $2 OR at < $3)";
    session.execute(delete, &[&store.as_str(), &(next - MOST), &ms(kept_since(now))]).await?;
    Ok(())
}

async fn insert(
    session: &Session,
    store: &StoreId,
    position: i64,
    rejections: &[Rejection],
    keeps_bodies: bool,
) -> Result<(), Fault> {
    let ats: Vec<i64> = rejections.iter().map(|rejection| ms(rejection.at)).collect();
    let keys: Vec<&str> = rejections.iter().map(|rejection| rejection.key.as_str()).collect();
    let statuses: Vec<i64> = rejections.iter().map(|rejection| rejection.status.into()).collect();
    let errors: Vec<String> = rejections.iter().map(|rejection| to_json(&rejection.errors)).collect();
    let ignored: Vec<String> = rejections.iter().map(|rejection| to_json(&rejection.ignored)).collect();
    let sizes: Vec<i64> = rejections.iter().map(|rejection| rejection.size).collect();
    let hashes: Vec<&[u8]> = rejections.iter().map(|rejection| rejection.hash.as_slice()).collect();
    let channels: Vec<Option<&str>> =
        rejections.iter().map(|rejection| rejection.channel.map(Channel::name)).collect();
    let dropped: Vec<i64> = rejections.iter().map(|rejection| rejection.dropped).collect();
    let kept = || rejections.iter().map(|rejection| rejection.body.as_ref().filter(|_| keeps_bodies));
    let bodies: Vec<Option<&[u8]>> = kept().map(|body| body.map(|body| body.bytes.as_slice())).collect();
    let customers: Vec<Option<&str>> =
        kept().map(|body| body.and_then(|body: &KeptBody| body.customer.as_deref())).collect();
    let insert = "
        INSERT INTO rejections (store_id, position, at, key_id, status, errors, ignored, size, hash, channel, dropped,
                                body, customer_id)
        SELECT $1, $2 + place - 1, at, key_id, status, errors, ignored, size, hash, channel, dropped, body, customer_id
        FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) WITH ORDINALITY
             AS r (at, key_id, status, errors, ignored, size, hash, channel, dropped, body, customer_id, place)";
    session
        .execute(
            insert,
            &[
                &store.as_str(),
                &position,
                &ats,
                &keys,
                &statuses,
                &errors,
                &ignored,
                &sizes,
                &hashes,
                &channels,
                &dropped,
                &bodies,
                &customers,
            ],
        )
        .await?;
    Ok(())
}

async fn page(
    session: &Session,
    store: &StoreId,
    key: Option<&KeyId>,
    before: Option<i64>,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<RejectionRow>, Fault> {
    let select = "
        SELECT position, at, key_id, status, errors, ignored, size, hash, channel, dropped, body, customer_id
        FROM rejections
        WHERE store_id = $1 AND position < $2 AND at >= $3 AND ($4 IS NULL OR key_id = $4)
        ORDER BY position DESC LIMIT $5";
    let (before, since) = (before.unwrap_or(i64::MAX), ms(kept_since(now)));
    let key = key.map(KeyId::as_str);
    let rows = session.rows(select, &[&store.as_str(), &before, &since, &key, &i64::from(limit)]).await?;
    rows.iter()
        .map(|row| {
            let stored = Stored {
                position: row.try_get(0)?,
                at: row.try_get(1)?,
                key: row.try_get(2)?,
                status: row.try_get(3)?,
                errors: row.try_get(4)?,
                ignored: row.try_get(5)?,
                size: row.try_get(6)?,
                hash: row.try_get(7)?,
                channel: row.try_get(8)?,
                dropped: row.try_get(9)?,
                body: row.try_get(10)?,
                customer: row.try_get(11)?,
            };
            Ok(stored.row()?)
        })
        .collect()
}

/// Erases the bodies that name a customer, and those that name nobody who could be read.
pub async fn erase(session: &Session, store: &StoreId, customer: &CustomerId) -> Result<(), Fault> {
    let update = "
        UPDATE rejections SET body = NULL, customer_id = NULL
        WHERE store_id = $1 AND body IS NOT NULL AND (customer_id IS NULL OR customer_id = $2)";
    session.execute(update, &[&store.as_str(), &customer.as_str()]).await?;
    Ok(())
}

/// Removes those whose time is over; answers how many.
pub async fn remove_old(session: &Session, store: &StoreId, now: Timestamp) -> Result<u64, Fault> {
    let delete = "DELETE FROM rejections WHERE store_id = $1 AND at < $2";
    session.execute(delete, &[&store.as_str(), &ms(kept_since(now))]).await
}
