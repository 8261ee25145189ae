//! What happened, in the order in which it was committed.

use super::Sqlite;
use super::fault::Fault;
use super::provision::{counter, put_counter};
use super::routing;
use super::tickets::{entries_of, select_these, stages};
use super::values::ms;
use crate::store::StoreError;
use crate::store::events::{EventStore, FIRST, LAST_CREATED, OutboxRow, Read, Recorded, past};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::due::REMOVED_AT_ONCE;
use rota_core::event::Kind;
use rota_core::ids::{StoreId, TicketId};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use std::collections::BTreeSet;

#[async_trait]
impl EventStore for Sqlite {
    async fn events(&self, store: &StoreId, after: i64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        let store = store.clone();
        self.read(move |db| events(db, &store, after, limit)).await
    }

    async fn tell(&self, store: &StoreId, kind: Kind, body: &Value) -> Result<(), StoreError> {
        let (store, body, now) = (store.clone(), body.clone(), self.clock.now());
        self.write(move |tx| {
            let mut routing = routing::take(&mut tx.prepare_cached(routing::TAKE)?, &store)?;
            append(tx, &store, routing.next_event, kind, None, &body, now)?;
            routing.next_event += 1;
            routing::write(&mut tx.prepare_cached(routing::WRITE)?, &store, &routing)
        })
        .await
    }

    async fn first_event(&self, store: &StoreId) -> Result<i64, StoreError> {
        let store = store.clone();
        self.read(move |db| counter(db, &store, FIRST)).await
    }

    async fn last_event(&self, store: &StoreId) -> Result<i64, StoreError> {
        let store = store.clone();
        self.read(move |db| {
            let routing = routing::take(&mut db.prepare_cached(routing::TAKE)?, &store)?;
            Ok(routing.next_event - 1)
        })
        .await
    }
}

fn events(db: &Connection, store: &StoreId, after: i64, limit: u32) -> Result<Vec<Recorded>, Fault> {
    let stages = stages(db, store)?;
    let mut read = Read { outbox: outbox(db, store, after, limit)?, ..Read::default() };
    let created = created(db, store, after, limit)?;
    let ids: Vec<i64> = created.iter().map(|(id, _)| *id).collect();
    read.created = select_these(db, store, &stages, &ids)?;
    read.creations = created.into_iter().map(|(id, event)| (TicketId(id), event)).collect();
    let told: BTreeSet<i64> = read.outbox.iter().filter_map(|row| row.ticket).collect();
    let told: Vec<i64> = told.into_iter().collect();
    let rows = select_these(db, store, &stages, &told)?;
    read.tickets = rows.into_iter().map(|row| (row.ticket.id, row)).collect();
    let changed = read.created.iter().filter(|row| row.ticket.sequence > 1).map(|row| row.ticket.id);
    let all: BTreeSet<TicketId> = changed.chain(read.tickets.keys().copied()).collect();
    for ticket in all {
        read.entries.insert(ticket, entries_of(db, store, ticket)?);
    }
    Ok(read.recorded(&stages, limit)?)
}

fn outbox(db: &Connection, store: &StoreId, after: i64, limit: u32) -> Result<Vec<OutboxRow>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT position, at, kind, ticket_id, sequence, body FROM outbox
         WHERE store_id = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
    )?;
    let rows = select.query_map(params![store.as_str(), after, limit], |row| {
        Ok(OutboxRow {
            position: row.get(0)?,
            at: row.get(1)?,
            kind: row.get(2)?,
            ticket: row.get(3)?,
            sequence: row.get(4)?,
            body: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The tickets that were created after a position, and the positions of their creations.
fn created(db: &Connection, store: &StoreId, after: i64, limit: u32) -> Result<Vec<(i64, i64)>, Fault> {
    let last = LAST_CREATED.replace("STORE", "?1").replace("POSITION", "?2");
    let last: i64 = db.prepare_cached(&last)?.query_row(params![store.as_str(), after], |row| row.get(0))?;
    let mut select = db.prepare_cached(
        "SELECT id, event FROM tickets WHERE store_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
    )?;
    let rows =
        select.query_map(params![store.as_str(), last, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Appends an event that tells of no timeline entry, of a ticket or of none.
pub fn append(
    tx: &Connection,
    store: &StoreId,
    position: i64,
    kind: Kind,
    ticket: Option<TicketId>,
    body: &Value,
    now: Timestamp,
) -> Result<(), Fault> {
    let ticket = ticket.map(|ticket| ticket.0);
    tx.prepare_cached(
        "INSERT INTO outbox (store_id, position, at, kind, ticket_id, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![store.as_str(), position, ms(now), kind.name(), ticket, body.to_string()])?;
    Ok(())
}

/// Removes the oldest events that are past their time; answers how many.
pub fn remove_old(tx: &Connection, store: &StoreId, now: Timestamp) -> Result<usize, Fault> {
    let mut select =
        tx.prepare_cached("SELECT position, at FROM outbox WHERE store_id = ?1 ORDER BY position LIMIT ?2")?;
    let oldest =
        select.query_map(params![store.as_str(), REMOVED_AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let oldest: Vec<(i64, i64)> = oldest.collect::<Result<_, _>>()?;
    let counted = "SELECT events_to FROM ledger WHERE store_id = ?1";
    let counted: Option<i64> =
        tx.prepare_cached(counted)?.query_row([store.as_str()], |row| row.get(0)).optional()?;
    let Some(last) = past(&oldest, counted.unwrap_or(0), now) else { return Ok(0) };
    put_counter(tx, store, FIRST, last + 1)?;
    let delete = "DELETE FROM outbox WHERE store_id = ?1 AND position <= ?2";
    Ok(tx.prepare_cached(delete)?.execute(params![store.as_str(), last])?)
}
