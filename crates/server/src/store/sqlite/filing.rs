//! Filing what intake and commands have left: tickets into the lists, words into the search.
//!
//! Texts are cut into words by a reader. The writer then takes the tickets as they are by now, and words that have become
//! old meanwhile keep their mark in `unlisted`.

use super::fault::Fault;
use crate::store::lists::{AGAIN, Backlog, CUSTOMERS, GREATEST, STORES, TEXT, joined, mark, ticket_words};
use crate::store::values::known;
use rota_core::ids::StoreId;
use rota_core::search::words_of;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// The most tickets of one step: intake waits while they are written.
const TICKETS: usize = 200;

/// What a step files, of one store.
pub struct Step {
    backlog: Backlog,
    /// In the order of their numbers, with their words.
    tickets: Vec<(i64, String)>,
    /// Filed tickets with new words, and the stamp of their mark.
    again: Vec<(i64, i64, String)>,
    /// Customers of the first pass, in the order of their ids.
    pass: Vec<String>,
    /// Whether they are the last ones.
    passed: bool,
    /// Customers that have changed.
    customers: Vec<String>,
}

/// What is to be filed next, of some stores after `last`, in the order of their ids.
pub fn read(db: &Connection, last: &str) -> Result<Vec<Step>, Fault> {
    let mut left = TICKETS;
    let mut steps = Vec::new();
    for backlog in backlogs(db, last)? {
        if left == 0 {
            break;
        }
        let step = step(db, backlog, left)?;
        left -= step.tickets.len().min(left);
        steps.push(step);
    }
    Ok(steps)
}

fn backlogs(db: &Connection, last: &str) -> Result<Vec<Backlog>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT r.store_id, coalesce(l.tickets_to, 0), coalesce(l.customers_to, ''), l.store_id IS NOT NULL
         FROM routing r LEFT JOIN listing l ON l.store_id = r.store_id
         WHERE r.store_id > ?1 AND (l.store_id IS NULL OR l.tickets_to < r.next_ticket - 1 OR l.customers_to < ?2
             OR EXISTS (SELECT 1 FROM unlisted u WHERE u.store_id = r.store_id AND (u.kind = 'customer'
                        OR CAST(u.id AS INTEGER) <= l.tickets_to)))
         ORDER BY r.store_id LIMIT ?3",
    )?;
    let mut rows = select.query(params![last, GREATEST, STORES])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let store = known("routing.store_id", StoreId::new(&row.get::<_, String>(0)?))?;
        let (tickets_to, customers_to, has_row) = (row.get(1)?, row.get(2)?, row.get(3)?);
        found.push(Backlog { store, tickets_to, customers_to, has_row });
    }
    Ok(found)
}

fn step(db: &Connection, backlog: Backlog, most: usize) -> Result<Step, Fault> {
    let id = backlog.store.as_str();
    let mut select =
        db.prepare_cached("SELECT id FROM customers WHERE store_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3")?;
    let pass = select.query_map(params![id, backlog.customers_to, CUSTOMERS], |row| row.get(0))?;
    let pass = pass.collect::<Result<Vec<String>, _>>()?;
    let mut select =
        db.prepare_cached("SELECT id FROM unlisted WHERE store_id = ?1 AND kind = 'customer' LIMIT ?2")?;
    let customers = select.query_map(params![id, CUSTOMERS], |row| row.get(0))?;
    let customers = customers.collect::<Result<Vec<String>, _>>()?;
    Ok(Step {
        tickets: new_tickets(db, &backlog, most)?,
        again: changed_tickets(db, &backlog)?,
        passed: pass.len() < CUSTOMERS,
        pass,
        customers,
        backlog,
    })
}

fn new_tickets(db: &Connection, backlog: &Backlog, most: usize) -> Result<Vec<(i64, String)>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT id, task_title, context, sequence IS NOT NULL FROM tickets
         WHERE store_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
    )?;
    let mut rows = select.query(params![backlog.store.as_str(), backlog.tickets_to, most])?;
    let (mut tickets, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (id, title, context): (i64, Option<String>, Option<String>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let bodies = if row.get(3)? { said(db, &backlog.store, id)? } else { Vec::new() };
        bytes += context.as_ref().map_or(0, String::len) + bodies.iter().map(String::len).sum::<usize>();
        tickets.push((id, text(&backlog.store, title.as_deref(), context.as_deref(), &bodies)?));
        if bytes > TEXT as usize {
            break;
        }
    }
    Ok(tickets)
}

fn changed_tickets(db: &Connection, backlog: &Backlog) -> Result<Vec<(i64, i64, String)>, Fault> {
    let store = &backlog.store;
    let mut select = db.prepare_cached(
        "SELECT CAST(id AS INTEGER), stamp FROM unlisted
         WHERE store_id = ?1 AND kind = 'ticket' AND CAST(id AS INTEGER) <= ?2 LIMIT ?3",
    )?;
    let of = params![store.as_str(), backlog.tickets_to, AGAIN];
    let marked = select.query_map(of, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut texts =
        db.prepare_cached("SELECT task_title, context FROM tickets WHERE store_id = ?1 AND id = ?2")?;
    let (mut changed, mut bytes) = (Vec::new(), 0);
    for marked in marked.collect::<Result<Vec<(i64, i64)>, _>>()? {
        let (id, stamp) = marked;
        let found: Option<(Option<String>, Option<String>)> =
            texts.query_row(params![store.as_str(), id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (title, context) = found.unwrap_or_default();
        let bodies = said(db, store, id)?;
        bytes += bodies.iter().map(String::len).sum::<usize>();
        changed.push((id, stamp, text(store, title.as_deref(), context.as_deref(), &bodies)?));
        if bytes > TEXT as usize {
            break;
        }
    }
    Ok(changed)
}

/// Notes and messages, the first of them where they are very much text together.
fn said(db: &Connection, store: &StoreId, ticket: i64) -> Result<Vec<String>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT body FROM timeline WHERE store_id = ?1 AND ticket_id = ?2 AND kind IN ('noted', 'message')
         ORDER BY sequence",
    )?;
    let mut rows = select.query(params![store.as_str(), ticket])?;
    let (mut bodies, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let body: String = row.get(0)?;
        bytes += body.len();
        bodies.push(body);
        if bytes > TEXT as usize {
            break;
        }
    }
    Ok(bodies)
}

/// What the index is given: the store's mark, then the words.
fn text(
    store: &StoreId,
    title: Option<&str>,
    context: Option<&str>,
    bodies: &[String],
) -> Result<String, Fault> {
    Ok(format!("{} {}", mark(store), joined(&ticket_words(title, context, bodies)?)))
}

/// Files the steps; what somebody else has filed meanwhile is left to the next time.
pub fn write(tx: &Connection, steps: &[Step]) -> Result<(), Fault> {
    for step in steps {
        let Backlog { store, tickets_to, customers_to, has_row } = &step.backlog;
        if !has_row {
            tx.prepare_cached("INSERT INTO listing VALUES (?1, 0, '') ON CONFLICT DO NOTHING")?
                .execute([store.as_str()])?;
        }
        let mut select =
            tx.prepare_cached("SELECT tickets_to, customers_to FROM listing WHERE store_id = ?1")?;
        let at: (i64, String) = select.query_row([store.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if (at.0, &at.1) != (*tickets_to, customers_to) {
            continue;
        }
        for (ticket, words) in &step.tickets {
            file(tx, store, *ticket, words)?;
        }
        for (ticket, stamp, words) in &step.again {
            file_again(tx, store, *ticket, *stamp, words)?;
        }
        for customer in step.pass.iter().chain(&step.customers) {
            name(tx, store, customer)?;
        }
        let tickets_to = step.tickets.last().map_or(*tickets_to, |(last, _)| *last);
        let customers_to = match step.pass.last() {
            _ if step.passed && customers_to.as_str() < GREATEST => GREATEST,
            Some(last) => last,
            None => customers_to,
        };
        tx.prepare_cached("UPDATE listing SET tickets_to = ?2, customers_to = ?3 WHERE store_id = ?1")?
            .execute(params![store.as_str(), tickets_to, customers_to])?;
    }
    Ok(())
}

fn file(tx: &Connection, store: &StoreId, ticket: i64, words: &str) -> Result<(), Fault> {
    let filed = tx.prepare_cached(
        "INSERT INTO listed (store_id, ticket_id, stage, unowned, agent_id, team_id, customer_id, channel, priority,
                             created_at, last_event, quiet_since)
         SELECT store_id, id, stage,
                CASE WHEN stage = 'open' AND agent_id IS NULL
                     THEN CASE WHEN waiting_pool IS NULL THEN 'unclaimed' ELSE 'waiting' END END,
                agent_id, team_id, customer_id, channel, coalesce(priority, 1), created_at,
                coalesce(last_event, event), max(coalesce(heard_at, 0), coalesce(opened_at, created_at))
         FROM tickets WHERE store_id = ?1 AND id = ?2",
    )?
    .execute(params![store.as_str(), ticket])?;
    if filed == 0 { Ok(()) } else { index(tx, tx.last_insert_rowid(), words) }
}

fn index(tx: &Connection, doc: i64, words: &str) -> Result<(), Fault> {
    tx.prepare_cached("INSERT INTO ticket_words (rowid, words) VALUES (?1, ?2)")?
        .execute(params![doc, words])?;
    Ok(())
}

fn file_again(tx: &Connection, store: &StoreId, ticket: i64, stamp: i64, words: &str) -> Result<(), Fault> {
    let unmark = "DELETE FROM unlisted WHERE store_id = ?1 AND kind = 'ticket' AND id = ?2 AND stamp = ?3";
    let unmarked = tx.prepare_cached(unmark)?.execute(params![store.as_str(), ticket.to_string(), stamp])?;
    if unmarked == 0 {
        return Ok(());
    }
    let mut select = tx.prepare_cached("SELECT doc FROM listed WHERE store_id = ?1 AND ticket_id = ?2")?;
    let doc: Option<i64> = select.query_row(params![store.as_str(), ticket], |row| row.get(0)).optional()?;
    if let Some(doc) = doc {
        tx.prepare_cached("DELETE FROM ticket_words WHERE rowid = ?1")?.execute([doc])?;
        index(tx, doc, words)?;
    }
    Ok(())
}

/// Makes the words of a customer's name those that it has now.
fn name(tx: &Connection, store: &StoreId, customer: &str) -> Result<(), Fault> {
    let of = [store.as_str(), customer];
    let mut select =
        tx.prepare_cached("SELECT first_name, last_name FROM customers WHERE store_id = ?1 AND id = ?2")?;
    let names: Option<(Option<String>, Option<String>)> =
        select.query_row(of, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (first, last) = names.unwrap_or_default();
    let words: BTreeSet<String> = words_of(first.iter().chain(&last).map(String::as_str));
    tx.prepare_cached("DELETE FROM customer_words WHERE store_id = ?1 AND customer_id = ?2")?.execute(of)?;
    let mut insert =
        tx.prepare_cached("INSERT INTO customer_words (store_id, customer_id, word) VALUES (?1, ?2, ?3)")?;
    for word in &words {
        insert.execute([store.as_str(), customer, word])?;
    }
    tx.prepare_cached("DELETE FROM unlisted WHERE store_id = ?1 AND kind = 'customer' AND id = ?2")?
        .execute(of)?;
    Ok(())
}

/// Marks a customer whose name is new.
pub fn mark_customer(tx: &Connection, store: &StoreId, customer: &str) -> Result<(), Fault> {
    mark_one(tx, store, "customer", customer)
}

/// Marks a ticket whose words have changed.
pub fn mark_ticket(tx: &Connection, store: &StoreId, ticket: i64) -> Result<(), Fault> {
    mark_one(tx, store, "ticket", &ticket.to_string())
}

fn mark_one(tx: &Connection, store: &StoreId, kind: &str, id: &str) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO unlisted (store_id, kind, id) VALUES (?1, ?2, ?3)
         ON CONFLICT (store_id, kind, id) DO UPDATE SET stamp = stamp + 1",
    )?
    .execute([store.as_str(), kind, id])?;
    Ok(())
}

/// The last store of the steps, from which the next ones go on; `None` where there was nothing to do.
pub fn last(steps: &[Step]) -> Option<&StoreId> {
    steps.last().map(|step| &step.backlog.store)
}
