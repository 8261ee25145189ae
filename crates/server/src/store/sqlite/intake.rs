//! Intake's transaction: take the routing row, read what the plan needs, plan, write.

use super::fault::Fault;
use super::roster::Rosters;
use super::values::{corrupt, hash, ms, pools_from_text, pools_to_text, time};
use super::writer::{Undone, Writer};
use crate::clock::Clock;
use crate::store::{Answers, Batch, IntakeFailure, StoreError};
use jiff::Timestamp;
use rota_core::assign::Loads;
use rota_core::ids::{AgentId, CustomerId, StoreId};
use rota_core::intake::{Answer, Call, Facts, Lookups, Record, RecordKey, Routing, Writes, lookups, plan};
use rota_core::ticket::NewTicket;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// How many records past their time one batch removes at most.
const REMOVED_PER_BATCH: u32 = 64;

/// Answers a batch: one transaction over all its stores, in the order of their ids.
pub fn run(writer: &mut Writer, batch: &dyn Batch, clock: &dyn Clock) -> Result<Answers, IntakeFailure> {
    writer.committing(|db, rosters| answer(db, rosters, batch, clock)).map_err(|undone| match undone {
        Undone::NotWritten(error) => IntakeFailure::NotWritten(error),
        Undone::Unknown(error) => IntakeFailure::Unknown(error),
    })
}

fn answer(
    db: &Connection,
    rosters: &mut Rosters,
    batch: &dyn Batch,
    clock: &dyn Clock,
) -> Result<Answers, Fault> {
    let calls = batch.calls();
    let now = clock.now();
    let mut answers: Answers = calls.iter().map(|_| None).collect();
    let mut by_store: BTreeMap<&StoreId, Vec<usize>> = BTreeMap::new();
    for (index, call) in calls.iter().enumerate() {
        if batch.claim(index) {
            by_store.entry(&call.store).or_default().push(index);
        }
    }
    for (store, indices) in by_store {
        let of_store: Vec<&Call> = indices.iter().map(|index| &calls[*index]).collect();
        let told = one_store(db, rosters, store, &of_store, now)?;
        for (index, answer) in indices.into_iter().zip(told) {
            answers[index] = Some(answer);
        }
    }
    remove_expired(db, now)?;
    Ok(answers)
}

fn one_store(
    db: &Connection,
    rosters: &mut Rosters,
    store: &StoreId,
    calls: &[&Call],
    now: Timestamp,
) -> Result<Vec<Answer>, Fault> {
    let routing = take_routing(db, store)?;
    let roster = rosters.get(db, store, routing.roster_version)?;
    let facts = read_facts(db, store, lookups(&roster, calls))?;
    let plan = plan(&roster, routing, facts, calls, now);
    if let Some(writes) = plan.writes {
        write(db, store, &writes, now)?;
    }
    Ok(plan.answers)
}

/// The write lock is held already, so reading the row is taking it.
pub fn take_routing(db: &Connection, store: &StoreId) -> Result<Routing, Fault> {
    let mut select = db.prepare_cached(
        "SELECT roster_version, next_ticket, next_event, pools FROM routing WHERE store_id = ?1",
    )?;
    let row = select.query_row([store.as_str()], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?))
    });
    let (roster_version, next_ticket, next_event, pools) =
        row.optional()?.ok_or_else(|| Fault::from(StoreError::NotFound))?;
    Ok(Routing { roster_version, next_ticket, next_event, pools: pools_from_text(&pools)? })
}

pub fn write_routing(db: &Connection, store: &StoreId, routing: &Routing) -> Result<(), Fault> {
    let mut update = db.prepare_cached(
        "UPDATE routing SET roster_version = ?2, next_ticket = ?3, next_event = ?4, pools = ?5 WHERE store_id = ?1",
    )?;
    let Routing { roster_version, next_ticket, next_event, pools } = routing;
    update.execute(params![store.as_str(), roster_version, next_ticket, next_event, pools_to_text(pools)])?;
    Ok(())
}

fn read_facts(db: &Connection, store: &StoreId, wanted: Lookups<'_>) -> Result<Facts, Fault> {
    let mut facts = Facts::default();
    let mut customer =
        db.prepare_cached("SELECT 1 FROM customers WHERE store_id = ?1 AND id = ?2 AND active")?;
    for id in wanted.customers {
        if customer.exists([store.as_str(), id.as_str()])? {
            facts.customers.insert(CustomerId::clone(id));
        }
    }
    for key in wanted.records {
        if let Some(record) = read_record(db, store, &key)? {
            facts.records.insert(key, record);
        }
    }
    if wanted.loads {
        facts.loads = read_loads(db, store)?;
    }
    Ok(facts)
}

fn read_record(db: &Connection, store: &StoreId, key: &RecordKey) -> Result<Option<Record>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT body_hash, answer, expires_at FROM idempotency WHERE store_id = ?1 AND caller = ?2 AND key = ?3",
    )?;
    let row = select.query_row(params![store.as_str(), key.caller, key.key], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
    });
    let Some((body_hash, answer, expires_at)) = row.optional()? else { return Ok(None) };
    Ok(Some(Record {
        body_hash: hash(body_hash)?,
        answer: serde_json::from_str(&answer).map_err(|error| corrupt("idempotency.answer", error))?,
        expires_at: time(expires_at)?,
    }))
}

fn read_loads(db: &Connection, store: &StoreId) -> Result<Loads, Fault> {
    let mut select = db.prepare_cached("SELECT agent_id, open FROM agent_loads WHERE store_id = ?1")?;
    let rows = select.query_map([store.as_str()], |row| Ok((AgentId(row.get(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn write(db: &Connection, store: &StoreId, writes: &Writes, now: Timestamp) -> Result<(), Fault> {
    write_routing(db, store, &writes.routing)?;
    write_tickets(db, store, &writes.tickets)?;
    write_labels(db, store, &writes.tickets)?;
    for (agent, more) in &writes.loads {
        add_load(db, store, *agent, i64::from(*more))?;
    }
    write_records(db, store, &writes.records, now)
}

fn write_tickets(db: &Connection, store: &StoreId, tickets: &[NewTicket]) -> Result<(), Fault> {
    let mut ticket = db.prepare_cached(
        "INSERT INTO tickets (store_id, id, customer_id, channel, stage, agent_id, team_id, waiting_pool,
                              created_at, created_by, event, receipt, brand_address, customer_address, task_title, context)
         VALUES (?1, ?2, ?3, ?4, 'open', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    for new in tickets {
        let contact = &new.contact;
        ticket.execute(params![
            store.as_str(),
            new.id.0,
            new.customer.as_str(),
            contact.channel().name(),
            new.agent.map(|agent| agent.0),
            new.team.map(|team| team.0),
            new.waiting.map(|pool| pool.number()),
            ms(new.created_at),
            new.by,
            new.event,
            new.receipt.stored(),
            contact.brand_address(),
            contact.customer_address(),
            contact.task_title(),
            new.context,
        ])?;
    }
    Ok(())
}

fn write_labels(db: &Connection, store: &StoreId, tickets: &[NewTicket]) -> Result<(), Fault> {
    let mut insert =
        db.prepare_cached("INSERT INTO ticket_labels (store_id, ticket_id, label_id) VALUES (?1, ?2, ?3)")?;
    for new in tickets {
        for label in &new.labels {
            insert.execute(params![store.as_str(), new.id.0, label.0])?;
        }
    }
    Ok(())
}

/// Counts open tickets up or down.
pub fn add_load(db: &Connection, store: &StoreId, agent: AgentId, more: i64) -> Result<(), Fault> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO agent_loads (store_id, agent_id, open) VALUES (?1, ?2, max(?3, 0))
         ON CONFLICT (store_id, agent_id) DO UPDATE SET open = open + ?3",
    )?;
    upsert.execute(params![store.as_str(), agent.0, more])?;
    Ok(())
}

fn write_records(
    db: &Connection,
    store: &StoreId,
    records: &[(RecordKey, Record)],
    now: Timestamp,
) -> Result<(), Fault> {
    let mut upsert = db.prepare_cached(
        "INSERT OR REPLACE INTO idempotency (store_id, caller, key, body_hash, answer, created_at, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for (key, record) in records {
        let answer = serde_json::to_string(&record.answer).map_err(|error| corrupt("answer", error))?;
        let hash = record.body_hash.as_slice();
        let expires = ms(record.expires_at);
        upsert.execute(params![store.as_str(), key.caller, key.key, hash, answer, ms(now), expires])?;
    }
    Ok(())
}

/// Removes records past their time, of whatever store, in small steps. Looking first costs one seek where there
/// are none; a DELETE with a subquery would make a temporary table in every batch.
fn remove_expired(db: &Connection, now: Timestamp) -> Result<(), Fault> {
    let mut select = db.prepare_cached(
        "SELECT store_id, caller, key FROM idempotency WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2",
    )?;
    let rows = select.query_map(params![ms(now), REMOVED_PER_BATCH], |row| {
        Ok([row.get::<_, String>(0)?, row.get(1)?, row.get(2)?])
    })?;
    let expired: Vec<[String; 3]> = rows.collect::<Result<_, _>>()?;
    let mut delete =
        db.prepare_cached("DELETE FROM idempotency WHERE store_id = ?1 AND caller = ?2 AND key = ?3")?;
    for record in expired {
        delete.execute(record)?;
    }
    Ok(())
}
