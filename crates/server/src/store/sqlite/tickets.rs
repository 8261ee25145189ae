//! Tickets as they are listed and shown.

use super::fault::Fault;
use super::values::{
    CUSTOMER_NAME, StoredTicket, TICKET_COLUMNS, contact, corrupt, entry, known, pools_from_text, time,
};
use crate::store::types::{PoolWaiting, ReceiptNames, TicketRow, Timeline};
use rota_core::ids::{LabelId, StageId, StoreId, TicketId};
use rota_core::life::Entry;
use rota_core::receipt::Receipt;
use rota_core::stages::{Stage, Stages};
use rota_core::text::Name;
use rota_core::ticket::{Pool, Stage as Kind};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use std::collections::BTreeSet;

pub fn page(
    db: &Connection,
    store: &StoreId,
    after: TicketId,
    limit: u32,
    waiting_only: bool,
) -> Result<Vec<TicketRow>, Fault> {
    select(db, store, page_condition(waiting_only), params![store.as_str(), after.0, limit])
}

/// Waiting tickets are few among many: their own index knows them, though in the order of their pools.
fn page_condition(waiting_only: bool) -> &'static str {
    if waiting_only {
        "t.id IN (SELECT id FROM tickets INDEXED BY tickets_waiting
                  WHERE store_id = ?1 AND waiting_pool IS NOT NULL AND id > ?2 ORDER BY id LIMIT ?3)
         ORDER BY t.id LIMIT ?3"
    } else {
        "t.id > ?2 ORDER BY t.id LIMIT ?3"
    }
}

pub fn one(db: &Connection, store: &StoreId, id: TicketId) -> Result<Option<TicketRow>, Fault> {
    Ok(select(db, store, "t.id = ?2", params![store.as_str(), id.0])?.pop())
}

/// These tickets, in this order, without the names of their receipts' people.
pub fn select_these(
    db: &Connection,
    store: &StoreId,
    stages: &Stages,
    ids: &[i64],
) -> Result<Vec<TicketRow>, Fault> {
    let mut select = db.prepare_cached(&select_sql("t.id = ?2"))?;
    let mut tickets = Vec::with_capacity(ids.len());
    for id in ids {
        let mut rows = select.query(params![store.as_str(), id])?;
        if let Some(row) = rows.next()? {
            tickets.push(from_row(db, store, stages, row)?);
        }
    }
    Ok(tickets)
}

/// The tickets of the store (parameter 1) that meet the condition.
fn select(
    db: &Connection,
    store: &StoreId,
    condition: &str,
    params: impl Params,
) -> Result<Vec<TicketRow>, Fault> {
    let stages = stages(db, store)?;
    let mut select = db.prepare_cached(&select_sql(condition))?;
    let mut rows = select.query(params)?;
    let mut tickets = Vec::new();
    while let Some(row) = rows.next()? {
        let mut ticket = from_row(db, store, &stages, row)?;
        ticket.names = names(db, store, &ticket.receipt)?;
        tickets.push(ticket);
    }
    Ok(tickets)
}

fn select_sql(condition: &str) -> String {
    format!(
        "SELECT {TICKET_COLUMNS}, t.brand_address, t.customer_address, t.task_title, t.context, t.created_by,
                t.linked_to, t.receipt, {CUSTOMER_NAME}
         FROM tickets t WHERE t.store_id = ?1 AND {condition}"
    )
}

fn from_row(db: &Connection, store: &StoreId, stages: &Stages, row: &Row<'_>) -> Result<TicketRow, Fault> {
    let stored = read_ticket(row)?;
    let (brand, customer, title): (Option<String>, Option<String>, Option<String>) =
        (row.get(23)?, row.get(24)?, row.get(25)?);
    let receipt: String = row.get(29)?;
    Ok(TicketRow {
        contact: contact(&stored.channel, brand.as_deref(), customer.as_deref(), title.as_deref())?,
        ticket: {
            let labels = labels(db, store, TicketId(stored.id))?;
            stored.ticket(stages, labels)?
        },
        context: row.get(26)?,
        created_by: row.get(27)?,
        linked_to: row.get::<_, Option<i64>>(28)?.map(TicketId),
        customer_name: row.get(30)?,
        receipt: serde_json::from_str(&receipt).map_err(|error| corrupt("tickets.receipt", error))?,
        names: ReceiptNames::default(),
    })
}

/// Reads [`TICKET_COLUMNS`].
pub fn read_ticket(row: &Row<'_>) -> rusqlite::Result<StoredTicket> {
    Ok(StoredTicket {
        id: row.get(0)?,
        customer: row.get(1)?,
        channel: row.get(2)?,
        kind: row.get(3)?,
        agent: row.get(4)?,
        team: row.get(5)?,
        waiting_pool: row.get(6)?,
        created_at: row.get(7)?,
        event: row.get(8)?,
        stage: row.get(9)?,
        priority: row.get(10)?,
        passed: row.get(11)?,
        touched: row.get(12)?,
        heard_at: row.get(13)?,
        opened_at: row.get(14)?,
        changed_at: row.get(15)?,
        sequence: row.get(16)?,
        last_event: row.get(17)?,
        snoozed_until: row.get(18)?,
        closed_at: row.get(19)?,
        closed_by: row.get(20)?,
        merged_into: row.get(21)?,
        merged_was: row.get(22)?,
    })
}

/// The store's stages; the usual ones where it has made none.
pub fn stages(db: &Connection, store: &StoreId) -> Result<Stages, Fault> {
    let mut select =
        db.prepare_cached("SELECT id, name, kind FROM stages WHERE store_id = ?1 ORDER BY place, id")?;
    let mut rows = select.query([store.as_str()])?;
    let mut stages = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, kind): (String, String) = (row.get(1)?, row.get(2)?);
        let name = Name::new(&name).map_err(|error| corrupt("stages.name", error))?;
        let kind = known("stages.kind", Kind::from_name(&kind))?;
        stages.push(Stage { id: StageId(row.get(0)?), name, kind });
    }
    if stages.is_empty() {
        return Ok(Stages::default());
    }
    Ok(Stages::new(stages).map_err(|error| corrupt("stages", error))?)
}

pub fn labels(db: &Connection, store: &StoreId, id: TicketId) -> Result<BTreeSet<LabelId>, Fault> {
    let mut select =
        db.prepare_cached("SELECT label_id FROM ticket_labels WHERE store_id = ?1 AND ticket_id = ?2")?;
    let rows = select.query_map(params![store.as_str(), id.0], |row| Ok(LabelId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Names as of the receipt's roster version, from the append-only history.
pub fn names(db: &Connection, store: &StoreId, receipt: &Receipt) -> Result<ReceiptNames, Fault> {
    let mut names = ReceiptNames::default();
    let mut agent = db.prepare_cached(
        "SELECT name FROM agent_history WHERE store_id = ?1 AND agent_id = ?2 AND roster_version <= ?3
         ORDER BY roster_version DESC LIMIT 1",
    )?;
    for id in receipt.agents() {
        let of = params![store.as_str(), id.0, receipt.version];
        if let Some(name) = agent.query_row(of, |row| row.get(0)).optional()? {
            names.agents.insert(id, name);
        }
    }
    if let Some(Pool::Team(team)) = receipt.pool() {
        let mut select = db.prepare_cached("SELECT name FROM teams WHERE store_id = ?1 AND id = ?2")?;
        if let Some(name) = select.query_row(params![store.as_str(), team.0], |row| row.get(0)).optional()? {
            names.teams.insert(team, name);
        }
    }
    Ok(names)
}

pub fn timeline(db: &Connection, store: &StoreId, id: TicketId) -> Result<Option<Timeline>, Fault> {
    let of = params![store.as_str(), id.0];
    let mut created =
        db.prepare_cached("SELECT created_at, created_by FROM tickets WHERE store_id = ?1 AND id = ?2")?;
    let created: Option<(i64, String)> =
        created.query_row(of, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((created_at, created_by)) = created else { return Ok(None) };
    Ok(Some(Timeline { created_at: time(created_at)?, created_by, entries: entries_of(db, store, id)? }))
}

pub fn merged_into(
    db: &Connection,
    store: &StoreId,
    id: TicketId,
    limit: u32,
) -> Result<Vec<TicketId>, Fault> {
    let mut select = db.prepare_cached(
        "WITH RECURSIVE merged (id) AS (
             SELECT id FROM tickets WHERE store_id = ?1 AND merged_into = ?2
             UNION SELECT t.id FROM merged m JOIN tickets t ON t.store_id = ?1 AND t.merged_into = m.id
         ) SELECT id FROM merged ORDER BY id LIMIT ?3",
    )?;
    let rows = select.query_map(params![store.as_str(), id.0, limit], |row| Ok(TicketId(row.get(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The entries of a ticket's timeline after its creation, in their order.
pub fn entries_of(db: &Connection, store: &StoreId, id: TicketId) -> Result<Vec<Entry>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT sequence, at, actor, body, receipt FROM timeline WHERE store_id = ?1 AND ticket_id = ?2
         ORDER BY sequence",
    )?;
    let mut rows = select.query(params![store.as_str(), id.0])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let (actor, body, receipt): (String, String, Option<String>) =
            (row.get(2)?, row.get(3)?, row.get(4)?);
        entries.push(entry(row.get(0)?, row.get(1)?, &actor, &body, receipt.as_deref())?);
    }
    Ok(entries)
}

/// Every pool that has waiting tickets.
pub fn waiting(db: &Connection) -> Result<Vec<PoolWaiting>, Fault> {
    let mut select = db.prepare_cached("SELECT store_id, pools FROM routing ORDER BY store_id")?;
    let mut rows = select.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let store = known("routing.store_id", StoreId::new(&row.get::<_, String>(0)?))?;
        let pools = pools_from_text(&row.get::<_, String>(1)?)?;
        let of_store = pools.into_iter().filter(|(_, state)| state.waiting > 0);
        found.extend(of_store.map(|(pool, state)| PoolWaiting {
            store: store.clone(),
            pool,
            waiting: state.waiting,
        }));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_tickets_are_found_without_going_through_all_tickets() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../../../../../migrations/sqlite/0001_init.sql")).unwrap();
        let sql = select_sql(page_condition(true));
        let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = explain.query_map(params!["s", 0, 1000], |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
        assert!(steps[0].ends_with("(store_id=? AND id=?)"), "{steps:?}");
        assert!(steps.iter().any(|step| step.contains("COVERING INDEX tickets_waiting")), "{steps:?}");
        assert!(
            steps
                .iter()
                .any(|step| step.starts_with("SEARCH c USING") && step.ends_with("(store_id=? AND id=?)")),
            "{steps:?}"
        );
    }
}
