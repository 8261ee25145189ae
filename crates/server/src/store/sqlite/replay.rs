//! The recorded past, read for replays.

use super::fault::Fault;
use super::routing;
use super::values::ms;
use crate::store::replay::{
    CHUNK, Chunk, Period, StoredEntry, StoredPast, StoredSaid, entries_condition, recorded, shift,
};
use rota_core::ids::StoreId;
use rota_core::replay::{Needs, Shift};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{HashMap, HashSet};
use tokio::sync::mpsc;

pub fn read(db: &Connection, store: &StoreId, period: Period, to: &mpsc::Sender<Chunk>) -> Result<(), Fault> {
    let end = routing::take(&mut db.prepare_cached(routing::TAKE)?, store)?.next_ticket;
    let first = first_from(db, store, ms(period.from), 1, end)?;
    let end = first_from(db, store, ms(period.to), first, end)?;
    let tickets = u64::try_from(end - first).unwrap_or(0);
    let mut goes_on = to.blocking_send(Chunk::Begin { tickets, shifts: shifts(db, store, period)? }).is_ok();
    let mut next = first;
    while goes_on && next < end {
        let until = end.min(next + CHUNK);
        goes_on = to.blocking_send(Chunk::Tickets(chunk(db, store, next, until, period.needs)?)).is_ok();
        next = until;
    }
    if goes_on {
        // Who has hung up by now does not miss it.
        drop(to.blocking_send(Chunk::End));
    }
    Ok(())
}

/// The first of the tickets from `low` to before `high` that came at `at` or later: numbers go up with time.
fn first_from(db: &Connection, store: &StoreId, at: i64, mut low: i64, mut high: i64) -> Result<i64, Fault> {
    let mut select = db.prepare_cached("SELECT created_at FROM tickets WHERE store_id = ?1 AND id = ?2")?;
    while low < high {
        let middle = low + (high - low) / 2;
        let came: Option<i64> =
            select.query_row(params![store.as_str(), middle], |row| row.get(0)).optional()?;
        if came.is_some_and(|came| came < at) { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

fn shifts(db: &Connection, store: &StoreId, period: Period) -> Result<Vec<Shift>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT agent_id, at, online, active FROM agent_history WHERE store_id = ?1 AND at < ?2
         ORDER BY agent_id, roster_version",
    )?;
    let mut rows = select.query(params![store.as_str(), ms(period.to)])?;
    let mut shifts = Vec::new();
    while let Some(row) = rows.next()? {
        shifts.push(shift(row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)?);
    }
    Ok(shifts)
}

fn chunk(
    db: &Connection,
    store: &StoreId,
    from: i64,
    to: i64,
    needs: Needs,
) -> Result<Vec<rota_core::replay::Recorded>, Fault> {
    let mut tickets = tickets(db, store, from, to, needs)?;
    if needs.labels {
        let mut labels = labels(db, store, from, to)?;
        for ticket in &mut tickets {
            ticket.labels = labels.remove(&ticket.id).unwrap_or_default();
        }
    }
    let tags = if needs.tags { tags(db, store, &tickets)? } else { HashMap::new() };
    Ok(recorded(tickets, entries(db, store, from, to, needs)?, &tags)?)
}

fn tickets(
    db: &Connection,
    store: &StoreId,
    from: i64,
    to: i64,
    needs: Needs,
) -> Result<Vec<StoredPast>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT id, created_at, receipt, linked_to IS NOT NULL, customer_id, channel, brand_address, customer_address,
                task_title, context
         FROM tickets WHERE store_id = ?1 AND id >= ?2 AND id < ?3 ORDER BY id",
    )?;
    let mut rows = select.query(params![store.as_str(), from, to])?;
    let mut tickets = Vec::new();
    while let Some(row) = rows.next()? {
        let said = if needs.subjects {
            let context = if needs.texts { row.get(9)? } else { None };
            let (channel, brand, customer, title) = (row.get(5)?, row.get(6)?, row.get(7)?, row.get(8)?);
            Some(StoredSaid { channel, brand, customer, title, context })
        } else {
            None
        };
        tickets.push(StoredPast {
            id: row.get(0)?,
            created_at: row.get(1)?,
            receipt: row.get(2)?,
            linked: row.get(3)?,
            customer: if needs.customers || needs.tags { row.get(4)? } else { None },
            said,
            labels: Vec::new(),
        });
    }
    Ok(tickets)
}

fn entries(
    db: &Connection,
    store: &StoreId,
    from: i64,
    to: i64,
    needs: Needs,
) -> Result<Vec<StoredEntry>, Fault> {
    let mut select = db.prepare_cached(&format!(
        "SELECT ticket_id, sequence, at, body FROM timeline
         WHERE store_id = ?1 AND ticket_id >= ?2 AND ticket_id < ?3 AND {}
         ORDER BY ticket_id, sequence",
        entries_condition(needs)
    ))?;
    let entry = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let rows = select.query_map(params![store.as_str(), from, to], entry)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn labels(db: &Connection, store: &StoreId, from: i64, to: i64) -> Result<HashMap<i64, Vec<i64>>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT ticket_id, label_id FROM ticket_labels WHERE store_id = ?1 AND ticket_id >= ?2 AND ticket_id < ?3",
    )?;
    let mut rows = select.query(params![store.as_str(), from, to])?;
    let mut labels: HashMap<i64, Vec<i64>> = HashMap::new();
    while let Some(row) = rows.next()? {
        labels.entry(row.get(0)?).or_default().push(row.get(1)?);
    }
    Ok(labels)
}

fn tags(
    db: &Connection,
    store: &StoreId,
    tickets: &[StoredPast],
) -> Result<HashMap<String, Vec<Box<str>>>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT tag FROM customer_tags WHERE store_id = ?1 AND customer_id = ?2 ORDER BY tag",
    )?;
    let customers: HashSet<&str> = tickets.iter().filter_map(|ticket| ticket.customer.as_deref()).collect();
    let mut tags = HashMap::new();
    for customer in customers {
        let tag = |row: &rusqlite::Row<'_>| Ok(row.get::<_, String>(0)?.into());
        let of: Vec<Box<str>> =
            select.query_map([store.as_str(), customer], tag)?.collect::<Result<_, _>>()?;
        if !of.is_empty() {
            tags.insert(customer.to_owned(), of);
        }
    }
    Ok(tags)
}
