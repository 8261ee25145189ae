//! Filing what intake and commands have left: tickets into the lists, words into the search.
//!
//! Texts are cut into words by a reader. The writer then takes the tickets as they are by now, and words that have become
//! old meanwhile keep their mark in `unlisted`.

use super::fault::Fault;
use crate::store::lists::{AGAIN, Backlog, CUSTOMERS, STORES, TEXT, Texts};
use crate::store::values::known;
use rota_core::ids::StoreId;
use rota_core::search::Scope;
use rusqlite::{Connection, OptionalExtension, params};

/// The most tickets of one step: intake waits while they are written.
const TICKETS: usize = 64;

/// What a step files, of one store.
pub struct Step {
    backlog: Backlog,
    /// In the order of their numbers, with their words.
    tickets: Vec<(i64, String)>,
    /// Filed tickets with new words, and the stamp of their mark.
    again: Vec<(i64, i64, String)>,
    customers: Vec<Changed>,
}

/// A customer whose tickets get new words.
struct Changed {
    id: String,
    stamp: i64,
    /// Some of them, in the order of their numbers, and whether they are the last ones.
    tickets: Vec<(i64, String)>,
    ended: bool,
}

/// Stores in which something is to be filed.
const UNFILED: &str = "FROM routing r LEFT JOIN listing l ON l.store_id = r.store_id
                    WHERE (l.store_id IS NULL OR l.tickets_to < r.next_ticket - 1
                        OR EXISTS (SELECT 1 FROM unlisted u WHERE u.store_id = r.store_id
                                   AND (u.kind = 'customer' OR CAST(u.id AS INTEGER) <= l.tickets_to)))";

/// Whether all of a store is filed.
pub fn all_is_filed(db: &Connection, store: &StoreId) -> Result<bool, Fault> {
    let mut select = db.prepare_cached(&format!("SELECT 1 {UNFILED} AND r.store_id = ?1"))?;
    Ok(!select.exists([store.as_str()])?)
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
    let mut select = db.prepare_cached(&format!(
        "SELECT r.store_id, coalesce(l.tickets_to, 0), l.store_id IS NOT NULL {UNFILED} AND r.store_id > ?1
         ORDER BY r.store_id LIMIT ?2"
    ))?;
    let mut rows = select.query(params![last, STORES])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let store = known("routing.store_id", StoreId::new(&row.get::<_, String>(0)?))?;
        found.push(Backlog { store, tickets_to: row.get(1)?, has_row: row.get(2)? });
    }
    Ok(found)
}

/// Marks are read before the texts: what is written after them keeps its mark.
fn step(db: &Connection, backlog: Backlog, most: usize) -> Result<Step, Fault> {
    let again = changed_tickets(db, &backlog)?;
    let customers = changed_customers(db, &backlog.store, AGAIN - again.len())?;
    Ok(Step { tickets: new_tickets(db, &backlog, most)?, again, customers, backlog })
}

fn new_tickets(db: &Connection, backlog: &Backlog, most: usize) -> Result<Vec<(i64, String)>, Fault> {
    let mut select =
        db.prepare_cached("SELECT id FROM tickets WHERE store_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3")?;
    let ids =
        select.query_map(params![backlog.store.as_str(), backlog.tickets_to, most], |row| row.get(0))?;
    worded(db, &backlog.store, ids.collect::<Result<_, _>>()?)
}

fn changed_tickets(db: &Connection, backlog: &Backlog) -> Result<Vec<(i64, i64, String)>, Fault> {
    let store = &backlog.store;
    let mut select = db.prepare_cached(
        "SELECT CAST(id AS INTEGER), stamp FROM unlisted
         WHERE store_id = ?1 AND kind = 'ticket' AND CAST(id AS INTEGER) <= ?2 LIMIT ?3",
    )?;
    let of = params![store.as_str(), backlog.tickets_to, AGAIN];
    let marked = select.query_map(of, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let marked = marked.collect::<Result<Vec<(i64, i64)>, _>>()?;
    let words = worded(db, store, marked.iter().map(|(id, _)| *id).collect())?;
    Ok(marked.into_iter().zip(words).map(|((id, stamp), (_, words))| (id, stamp, words)).collect())
}

/// Customers with at most so many tickets together.
fn changed_customers(db: &Connection, store: &StoreId, most: usize) -> Result<Vec<Changed>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT id, stamp, past FROM unlisted WHERE store_id = ?1 AND kind = 'customer' LIMIT ?2",
    )?;
    let marked = select
        .query_map(params![store.as_str(), CUSTOMERS], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut select = db.prepare_cached(
        "SELECT ticket_id FROM listed INDEXED BY listed_by_customer
         WHERE store_id = ?1 AND customer_id = ?2 AND ticket_id > ?3 ORDER BY ticket_id LIMIT ?4",
    )?;
    let (mut customers, mut left) = (Vec::new(), most);
    for marked in marked.collect::<Result<Vec<(String, i64, i64)>, _>>()? {
        let (id, stamp, past) = marked;
        let tickets = select.query_map(params![store.as_str(), id, past, left], |row| row.get(0))?;
        let tickets = tickets.collect::<Result<Vec<i64>, _>>()?;
        let asked = tickets.len();
        let words = worded(db, store, tickets)?;
        customers.push(Changed { id, stamp, ended: asked < left && words.len() == asked, tickets: words });
        left -= asked;
        if left == 0 {
            break;
        }
    }
    Ok(customers)
}

/// The words of tickets; of the first of them, where they have very much text.
fn worded(db: &Connection, store: &StoreId, tickets: Vec<i64>) -> Result<Vec<(i64, String)>, Fault> {
    let scope = Scope::of(store);
    let (mut found, mut bytes) = (Vec::with_capacity(tickets.len()), 0);
    for ticket in tickets {
        let texts = texts(db, store, ticket)?;
        bytes += texts.size();
        found.push((ticket, texts.entries(&scope)?));
        if bytes > TEXT as usize {
            break;
        }
    }
    Ok(found)
}

fn texts(db: &Connection, store: &StoreId, ticket: i64) -> Result<Texts, Fault> {
    let mut select = db.prepare_cached(
        "SELECT t.task_title, t.context, c.first_name, c.last_name, c.email_key, t.sequence IS NOT NULL
         FROM tickets t LEFT JOIN customers c ON c.store_id = t.store_id AND c.id = t.customer_id
         WHERE t.store_id = ?1 AND t.id = ?2",
    )?;
    let found = select.query_row(params![store.as_str(), ticket], |row| {
        let names = [row.get(2)?, row.get(3)?];
        let texts = Texts {
            title: row.get(0)?,
            context: row.get(1)?,
            names,
            email_key: row.get(4)?,
            bodies: Vec::new(),
        };
        Ok((texts, row.get(5)?))
    });
    let (mut texts, has_more): (Texts, bool) = found.optional()?.unwrap_or_default();
    if has_more {
        texts.bodies = said(db, store, ticket)?;
    }
    Ok(texts)
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

/// Files the steps; what somebody else has filed meanwhile is left to the next time.
pub fn write(tx: &Connection, steps: &[Step]) -> Result<(), Fault> {
    for step in steps {
        let Backlog { store, tickets_to, has_row } = &step.backlog;
        if !has_row {
            tx.prepare_cached("INSERT INTO listing VALUES (?1, 0) ON CONFLICT DO NOTHING")?
                .execute([store.as_str()])?;
        }
        let mut select = tx.prepare_cached("SELECT tickets_to FROM listing WHERE store_id = ?1")?;
        let at: i64 = select.query_row([store.as_str()], |row| row.get(0))?;
        if at != *tickets_to {
            continue;
        }
        for (ticket, words) in &step.tickets {
            file(tx, store, *ticket, words)?;
        }
        for (ticket, stamp, words) in &step.again {
            file_again(tx, store, *ticket, *stamp, words)?;
        }
        for customer in &step.customers {
            file_customer(tx, store, customer)?;
        }
        if let Some((last, _)) = step.tickets.last() {
            tx.prepare_cached("UPDATE listing SET tickets_to = ?2 WHERE store_id = ?1")?
                .execute(params![store.as_str(), last])?;
        }
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
    index_again(tx, store, ticket, words)
}

fn index_again(tx: &Connection, store: &StoreId, ticket: i64, words: &str) -> Result<(), Fault> {
    let mut select = tx.prepare_cached("SELECT doc FROM listed WHERE store_id = ?1 AND ticket_id = ?2")?;
    let doc: Option<i64> = select.query_row(params![store.as_str(), ticket], |row| row.get(0)).optional()?;
    if let Some(doc) = doc {
        tx.prepare_cached("DELETE FROM ticket_words WHERE rowid = ?1")?.execute([doc])?;
        index(tx, doc, words)?;
    }
    Ok(())
}

/// A ticket whose own texts have changed meanwhile keeps its mark.
fn file_customer(tx: &Connection, store: &StoreId, customer: &Changed) -> Result<(), Fault> {
    for (ticket, words) in &customer.tickets {
        index_again(tx, store, *ticket, words)?;
    }
    let mark = "WHERE store_id = ?1 AND kind = 'customer' AND id = ?2 AND stamp = ?3";
    let of = params![store.as_str(), customer.id, customer.stamp];
    if customer.ended {
        tx.prepare_cached(&format!("DELETE FROM unlisted {mark}"))?.execute(of)?;
    } else if let Some((last, _)) = customer.tickets.last() {
        tx.prepare_cached(&format!("UPDATE unlisted SET past = ?4 {mark}"))?.execute(params![
            store.as_str(),
            customer.id,
            customer.stamp,
            last
        ])?;
    }
    Ok(())
}

/// Marks a customer whose name or address may be new.
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
         ON CONFLICT (store_id, kind, id) DO UPDATE SET stamp = stamp + 1, past = 0",
    )?
    .execute([store.as_str(), kind, id])?;
    Ok(())
}

/// How many tickets the steps file, anew or again; at least one, since also a step that only makes a store's row, or takes a
/// mark away, is one.
pub fn size(steps: &[Step]) -> u64 {
    let of_customers =
        |step: &Step| step.customers.iter().map(|customer| customer.tickets.len()).sum::<usize>();
    let of = |step: &Step| step.tickets.len() + step.again.len() + of_customers(step);
    steps.iter().map(of).sum::<usize>().max(1) as u64
}

/// The last store of the steps, from which the next ones go on; `None` where there was nothing to do.
pub fn last(steps: &[Step]) -> Option<&StoreId> {
    steps.last().map(|step| &step.backlog.store)
}
