//! Telling of tickets that wait too long.

use crate::store::events::told_wait;
use crate::store::sqlite::fault::Fault;
use crate::store::sqlite::tickets::entries_of;
use crate::store::sqlite::values::{ms, time};
use crate::store::sqlite::{events, provision, routing};
use jiff::Timestamp;
use rota_core::due::{Next, TOLD_AT_ONCE, after_telling, earlier};
use rota_core::event::Kind;
use rota_core::ids::{StoreId, TicketId};
use rota_core::wait::Wait;
use rusqlite::{Connection, Row, params};

/// A waiting ticket of which it is not known whether its wait was told.
struct Found {
    ticket: TicketId,
    created_at: Timestamp,
    sequence: i64,
    known: Option<Wait>,
}

pub fn tell(tx: &Connection, store: &StoreId, now: Timestamp) -> Result<Next, Fault> {
    let mut routing = routing::take(&mut tx.prepare_cached(routing::TAKE)?, store)?;
    let span = provision::store_row(tx, store)?.waiting_too_long;
    let Some(before) = span.map(|span| earlier(now, span)) else { return Ok(after_telling(span, 0, now)) };
    tx.prepare_cached(
        "DELETE FROM waits WHERE store_id = ?1 AND NOT EXISTS (
             SELECT 1 FROM tickets t
             WHERE t.store_id = ?1 AND t.id = waits.ticket_id AND t.waiting_pool IS NOT NULL)",
    )?
    .execute([store.as_str()])?;
    let found = find(tx, store, before)?;
    let mut put = tx.prepare_cached(
        "INSERT OR REPLACE INTO waits (store_id, ticket_id, sequence, since, told) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for Found { ticket, created_at, sequence, known } in &found {
        let later = if *sequence > 1 { entries_of(tx, store, *ticket)? } else { Vec::new() };
        let mut wait = Wait::now(*created_at, &later, *known);
        if wait.is_due(before) {
            wait.told = true;
            let (kind, body) = (Kind::TicketWaitingTooLong, told_wait(&wait));
            events::append(tx, store, routing.next_event, kind, Some(*ticket), &body, now)?;
            routing.next_event += 1;
        }
        put.execute(params![store.as_str(), ticket.0, sequence, ms(wait.since), wait.told])?;
    }
    routing::write(&mut tx.prepare_cached(routing::WRITE)?, store, &routing)?;
    Ok(after_telling(span, found.len(), now))
}

/// What was looked at is found again once it has changed, or its wait has become too long.
fn find(tx: &Connection, store: &StoreId, before: Timestamp) -> Result<Vec<Found>, Fault> {
    let mut select = tx.prepare_cached(
        "SELECT t.id, t.created_at, coalesce(t.sequence, 1), w.since, w.told
         FROM tickets t LEFT JOIN waits w ON w.store_id = t.store_id AND w.ticket_id = t.id
         WHERE t.store_id = ?1 AND t.waiting_pool IS NOT NULL AND t.created_at <= ?2
           AND (w.ticket_id IS NULL OR w.sequence <> coalesce(t.sequence, 1) OR NOT w.told AND w.since <= ?2)
         LIMIT ?3",
    )?;
    let mut rows = select.query(params![store.as_str(), ms(before), TOLD_AT_ONCE])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Found {
            ticket: TicketId(row.get(0)?),
            created_at: time(row.get(1)?)?,
            sequence: row.get(2)?,
            known: known(row)?,
        });
    }
    Ok(found)
}

fn known(row: &Row<'_>) -> Result<Option<Wait>, Fault> {
    let since: Option<i64> = row.get(3)?;
    let Some(since) = since else { return Ok(None) };
    Ok(Some(Wait { since: time(since)?, told: row.get(4)? }))
}
