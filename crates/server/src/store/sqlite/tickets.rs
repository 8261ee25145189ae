//! Tickets as they are listed, shown and closed.

use super::fault::Fault;
use super::routing;
use super::values::{corrupt, known, ms, pools_from_text, time};
use crate::store::types::{PoolWaiting, ReceiptNames, TicketRow, TimelineRow};
use jiff::Timestamp;
use rota_core::ids::{AgentId, CustomerId, LabelId, StoreId, TeamId, TicketId};
use rota_core::receipt::Receipt;
use rota_core::ticket::{Channel, Pool, Stage};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

const SELECT: &str =
    "SELECT t.id, t.customer_id, t.channel, t.stage, t.agent_id, t.team_id, t.waiting_pool, t.created_at,
            t.brand_address, t.customer_address, t.task_title, t.context, t.receipt
     FROM tickets t";

pub fn page(
    db: &Connection,
    store: &StoreId,
    after: TicketId,
    limit: u32,
    waiting_only: bool,
) -> Result<Vec<TicketRow>, Fault> {
    select(db, store, &page_sql(waiting_only), params![store.as_str(), after.0, limit])
}

/// Waiting tickets are few among many: their own index knows them, though in the order of their pools.
fn page_sql(waiting_only: bool) -> String {
    let which = if waiting_only {
        "t.id IN (SELECT id FROM tickets INDEXED BY tickets_waiting
                  WHERE store_id = ?1 AND waiting_pool IS NOT NULL AND id > ?2 ORDER BY id LIMIT ?3)"
    } else {
        "t.id > ?2"
    };
    format!("{SELECT} WHERE t.store_id = ?1 AND {which} ORDER BY t.id LIMIT ?3")
}

pub fn one(db: &Connection, store: &StoreId, id: TicketId) -> Result<Option<TicketRow>, Fault> {
    let sql = format!("{SELECT} WHERE t.store_id = ?1 AND t.id = ?2");
    Ok(select(db, store, &sql, params![store.as_str(), id.0])?.pop())
}

fn select(db: &Connection, store: &StoreId, sql: &str, params: impl Params) -> Result<Vec<TicketRow>, Fault> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(params)?;
    let mut tickets = Vec::new();
    while let Some(row) = rows.next()? {
        let mut ticket = from_row(row)?;
        ticket.labels = labels(db, store, ticket.id)?;
        ticket.names = names(db, store, &ticket.receipt)?;
        tickets.push(ticket);
    }
    Ok(tickets)
}

fn from_row(row: &Row<'_>) -> Result<TicketRow, Fault> {
    let receipt: String = row.get(12)?;
    Ok(TicketRow {
        id: TicketId(row.get(0)?),
        customer: known("tickets.customer_id", CustomerId::new(&row.get::<_, String>(1)?))?,
        channel: known("tickets.channel", Channel::from_name(&row.get::<_, String>(2)?))?,
        stage: known("tickets.stage", Stage::from_name(&row.get::<_, String>(3)?))?,
        agent: row.get::<_, Option<i64>>(4)?.map(AgentId),
        team: row.get::<_, Option<i64>>(5)?.map(TeamId),
        waiting: row.get::<_, Option<i64>>(6)?.map(Pool::from_number),
        created_at: time(row.get(7)?)?,
        brand_address: row.get(8)?,
        customer_address: row.get(9)?,
        task_title: row.get(10)?,
        context: row.get(11)?,
        labels: Vec::new(),
        receipt: serde_json::from_str(&receipt).map_err(|error| corrupt("tickets.receipt", error))?,
        names: ReceiptNames::default(),
    })
}

fn labels(db: &Connection, store: &StoreId, id: TicketId) -> Result<Vec<LabelId>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT label_id FROM ticket_labels WHERE store_id = ?1 AND ticket_id = ?2 ORDER BY label_id",
    )?;
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
    for seat in &receipt.seats {
        let of = params![store.as_str(), seat.agent.0, receipt.version];
        if let Some(name) = agent.query_row(of, |row| row.get(0)).optional()? {
            names.agents.insert(seat.agent, name);
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

pub fn timeline(db: &Connection, store: &StoreId, id: TicketId) -> Result<Vec<TimelineRow>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT 1, created_at, 'created', created_by FROM tickets WHERE store_id = ?1 AND id = ?2
         UNION ALL
         SELECT sequence, at, kind, actor FROM timeline WHERE store_id = ?1 AND ticket_id = ?2
         ORDER BY 1",
    )?;
    let mut rows = select.query(params![store.as_str(), id.0])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(TimelineRow {
            sequence: row.get(0)?,
            at: time(row.get(1)?)?,
            kind: row.get(2)?,
            actor: row.get(3)?,
        });
    }
    Ok(entries)
}

/// Closing ends a ticket's load or its wait, and tells so in its timeline and the outbox.
pub fn close(
    tx: &Connection,
    store: &StoreId,
    ids: &[TicketId],
    by: &str,
    now: Timestamp,
) -> Result<Vec<TicketId>, Fault> {
    let mut routing = routing::take(&mut tx.prepare_cached(routing::TAKE)?, store)?;
    let mut open = tx.prepare_cached(
        "SELECT agent_id, waiting_pool FROM tickets WHERE store_id = ?1 AND id = ?2 AND stage <> 'closed'",
    )?;
    let mut closed = Vec::new();
    for id in ids {
        let of = params![store.as_str(), id.0];
        let found: Option<(Option<i64>, Option<i64>)> =
            open.query_row(of, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((agent, pool)) = found else { continue };
        if let Some(agent) = agent {
            routing::add_load(&mut tx.prepare_cached(routing::ADD_LOAD)?, store, AgentId(agent), -1)?;
        }
        if let Some(state) = pool.and_then(|pool| routing.pools.get_mut(&Pool::from_number(pool))) {
            state.waiting = state.waiting.saturating_sub(1);
        }
        let sequence = mark_closed(tx, store, *id, by, now)?;
        tell(tx, store, routing.next_event, *id, sequence, now)?;
        routing.next_event += 1;
        closed.push(*id);
    }
    routing::write(&mut tx.prepare_cached(routing::WRITE)?, store, &routing)?;
    Ok(closed)
}

fn mark_closed(
    tx: &Connection,
    store: &StoreId,
    id: TicketId,
    by: &str,
    now: Timestamp,
) -> Result<i64, Fault> {
    let update = "UPDATE tickets SET stage = 'closed', waiting_pool = NULL WHERE store_id = ?1 AND id = ?2";
    tx.prepare_cached(update)?.execute(params![store.as_str(), id.0])?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO timeline (store_id, ticket_id, sequence, at, kind, actor, body)
         SELECT ?1, ?2, coalesce(max(sequence), 1) + 1, ?3, 'closed', ?4, '{}'
         FROM timeline WHERE store_id = ?1 AND ticket_id = ?2
         RETURNING sequence",
    )?;
    Ok(insert.query_row(params![store.as_str(), id.0, ms(now), by], |row| row.get(0))?)
}

fn tell(
    tx: &Connection,
    store: &StoreId,
    position: i64,
    id: TicketId,
    sequence: i64,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO outbox (store_id, position, at, ticket_id, sequence)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    insert.execute(params![store.as_str(), position, ms(now), id.0, sequence])?;
    Ok(())
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
        let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {}", page_sql(true))).unwrap();
        let steps = explain.query_map(params!["s", 0, 1000], |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
        assert!(steps[0].ends_with("(store_id=? AND id=?)"), "{steps:?}");
        assert!(steps.iter().any(|step| step.contains("COVERING INDEX tickets_waiting")), "{steps:?}");
    }
}
