//! Erasing what tickets, kept rejections and the audit log say of a customer.

use super::fault::Fault;
use super::filing::{mark_customer, mark_ticket};
use super::values::corrupt;
use super::{audit, rejections, routing};
use crate::store::Erasure;
use crate::store::types::{ERASED_AT_ONCE, ERASED_VALUE, customer_subject};
use rota_core::ids::{CustomerId, StoreId, TicketId};
use rota_core::life::What;
use rota_core::text::ERASED;
use rusqlite::{Connection, params};

/// One step: the next tickets; behind the last, the audit log. The routing row is read first: no command works on the
/// tickets meanwhile.
pub fn step(
    tx: &Connection,
    store: &StoreId,
    customer: &CustomerId,
    after: TicketId,
) -> Result<Erasure, Fault> {
    routing::take(&mut tx.prepare_cached(routing::TAKE)?, store)?;
    let tickets = tickets(tx, store, customer, after)?;
    for ticket in &tickets {
        blank(tx, store, *ticket)?;
    }
    match tickets.last() {
        Some(last) if tickets.len() == ERASED_AT_ONCE => Ok(Erasure::After(*last)),
        _ => {
            words(tx, store, customer)?;
            rejections::erase(tx, store, customer)?;
            audit::blank(tx, store, &customer_subject(customer), ERASED_VALUE)?;
            Ok(Erasure::Done)
        }
    }
}

fn tickets(
    db: &Connection,
    store: &StoreId,
    customer: &CustomerId,
    after: TicketId,
) -> Result<Vec<TicketId>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT ticket_id FROM listed INDEXED BY listed_by_customer
         WHERE store_id = ?1 AND customer_id = ?2 AND ticket_id > ?3
         UNION
         SELECT id FROM tickets WHERE store_id = ?1 AND customer_id = ?2
           AND id > max(?3, coalesce((SELECT tickets_to FROM listing WHERE store_id = ?1), 0))
         ORDER BY 1 LIMIT ?4",
    )?;
    let limit = i64::try_from(ERASED_AT_ONCE).unwrap_or(i64::MAX);
    let of = params![store.as_str(), customer.as_str(), after.0, limit];
    let rows = select.query_map(of, |row| Ok(TicketId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn blank(tx: &Connection, store: &StoreId, ticket: TicketId) -> Result<(), Fault> {
    let of = params![store.as_str(), ticket.0];
    tx.prepare_cached(
        "UPDATE tickets SET context = NULL, customer_address = NULL,
                            task_title = CASE WHEN task_title IS NOT NULL THEN ?3 END
         WHERE store_id = ?1 AND id = ?2",
    )?
    .execute(params![store.as_str(), ticket.0, ERASED])?;
    let mut select = tx.prepare_cached(
        "SELECT sequence, body FROM timeline
         WHERE store_id = ?1 AND ticket_id = ?2 AND kind IN ('noted', 'message', 'passed')",
    )?;
    let mut update = tx.prepare_cached(
        "UPDATE timeline SET body = ?4 WHERE store_id = ?1 AND ticket_id = ?2 AND sequence = ?3",
    )?;
    let entries = select.query_map(of, |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (sequence, body) in entries.collect::<Result<Vec<(i64, String)>, _>>()? {
        let what = What::from_stored(&body).map_err(|error| corrupt("timeline.body", error))?;
        if let Some(erased) = what.erased() {
            update.execute(params![store.as_str(), ticket.0, sequence, erased.stored()])?;
        }
    }
    tx.prepare_cached("DELETE FROM message_ids WHERE store_id = ?1 AND ticket_id = ?2")?.execute(of)?;
    mark_ticket(tx, store, ticket.0)
}

/// What the search knows of the customer.
fn words(tx: &Connection, store: &StoreId, customer: &CustomerId) -> Result<(), Fault> {
    let of = [store.as_str(), customer.as_str()];
    tx.execute("UPDATE customers SET phone_reversed = NULL WHERE store_id = ?1 AND id = ?2", of)?;
    mark_customer(tx, store, customer.as_str())
}
