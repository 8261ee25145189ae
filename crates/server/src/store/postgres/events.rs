//! What happened, in the order in which it was committed.

use super::Postgres;
use super::fault::Fault;
use super::intake::{read_routing, take_routing, write_routing};
use super::provision::{counter, put_counter};
use super::session::Session;
use super::tickets::{entries_of, select_these, stages};
use super::values::ms;
use crate::store::StoreError;
use crate::store::events::{EventStore, FIRST, LAST_CREATED, OutboxRow, Read, Recorded, past};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::due::REMOVED_AT_ONCE;
use rota_core::event::Kind;
use rota_core::ids::{StoreId, TicketId};
use serde_json::Value;
use std::collections::BTreeSet;

#[async_trait]
impl EventStore for Postgres {
    async fn events(&self, store: &StoreId, after: i64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        self.database.read(async |session| events(session, store, after, limit).await).await
    }

    async fn tell(&self, store: &StoreId, kind: Kind, body: &Value) -> Result<(), StoreError> {
        let now = self.database.clock.now();
        let tell = async |session: &Session| {
            let mut routing = take_routing(session, store).await?;
            append(session, store, routing.next_event, kind, body, now).await?;
            routing.next_event += 1;
            write_routing(session, store, &routing).await
        };
        self.database.write(tell).await
    }

    async fn first_event(&self, store: &StoreId) -> Result<i64, StoreError> {
        self.database.look(async |session| counter(session, store, FIRST).await).await
    }

    async fn last_event(&self, store: &StoreId) -> Result<i64, StoreError> {
        self.database.look(async |session| Ok(read_routing(session, store).await?.next_event - 1)).await
    }
}

async fn events(session: &Session, store: &StoreId, after: i64, limit: u32) -> Result<Vec<Recorded>, Fault> {
    let stages = stages(session, store).await?;
    let mut read = Read { outbox: outbox(session, store, after, limit).await?, ..Read::default() };
    let created = created(session, store, after, limit).await?;
    let ids: Vec<i64> = created.iter().map(|(id, _)| *id).collect();
    read.created = select_these(session, store, &stages, &ids).await?;
    read.creations = created.into_iter().map(|(id, event)| (TicketId(id), event)).collect();
    let told: BTreeSet<i64> = read.outbox.iter().filter_map(|row| row.ticket).collect();
    let told: Vec<i64> = told.into_iter().collect();
    let rows = select_these(session, store, &stages, &told).await?;
    read.tickets = rows.into_iter().map(|row| (row.ticket.id, row)).collect();
    let changed = read.created.iter().filter(|row| row.ticket.sequence > 1).map(|row| row.ticket.id.0);
    let all: Vec<i64> = changed.chain(told).collect();
    read.entries = entries_of(session, store, &all).await?;
    Ok(read.recorded(&stages, limit)?)
}

async fn outbox(session: &Session, store: &StoreId, after: i64, limit: u32) -> Result<Vec<OutboxRow>, Fault> {
    let select = "SELECT position, at, kind, ticket_id, sequence, body FROM outbox
                  WHERE store_id = $1 AND position > $2 ORDER BY position LIMIT $3";
    let rows = session.rows(select, &[&store.as_str(), &after, &i64::from(limit)]).await?;
    rows.iter()
        .map(|row| {
            Ok(OutboxRow {
                position: row.try_get(0)?,
                at: row.try_get(1)?,
                kind: row.try_get(2)?,
                ticket: row.try_get(3)?,
                sequence: row.try_get(4)?,
                body: row.try_get(5)?,
            })
        })
        .collect()
}

/// The tickets that were created after a position, and the positions of their creations.
async fn created(
    session: &Session,
    store: &StoreId,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, i64)>, Fault> {
    let last = LAST_CREATED
        .replace("STORE", "$1")
        .replace("POSITION", "$2")
        .replace("SELECT 0,", "SELECT 0::bigint,");
    let row = session.row(&last, &[&store.as_str(), &after]).await?;
    let last: i64 = row.map_or(Ok(0), |row| row.try_get(0))?;
    let select = "SELECT id, event FROM tickets WHERE store_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let rows = session.rows(select, &[&store.as_str(), &last, &i64::from(limit)]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Appends an event that is about no ticket.
pub async fn append(
    session: &Session,
    store: &StoreId,
    position: i64,
    kind: Kind,
    body: &Value,
    now: Timestamp,
) -> Result<(), Fault> {
    let insert = "INSERT INTO outbox (store_id, position, at, kind, body) VALUES ($1, $2, $3, $4, $5)";
    session.execute(insert, &[&store.as_str(), &position, &ms(now), &kind.name(), &body.to_string()]).await?;
    Ok(())
}

/// Removes the oldest events that are past their time; answers how many.
pub async fn remove_old(session: &Session, store: &StoreId, now: Timestamp) -> Result<u64, Fault> {
    let id = store.as_str();
    let select = "SELECT position, at FROM outbox WHERE store_id = $1 ORDER BY position LIMIT $2";
    let rows = session.rows(select, &[&id, &i64::from(REMOVED_AT_ONCE)]).await?;
    let oldest = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let oldest: Vec<(i64, i64)> = oldest.collect::<Result<_, Fault>>()?;
    let counted = session.row("SELECT events_to FROM ledger WHERE store_id = $1", &[&id]).await?;
    let counted = counted.map_or(Ok(0), |row| row.try_get(0))?;
    let Some(last) = past(&oldest, counted, now) else { return Ok(0) };
    put_counter(session, store, FIRST, last + 1).await?;
    session.execute("DELETE FROM outbox WHERE store_id = $1 AND position <= $2", &[&id, &last]).await
}
