//! Intake's transaction: take the routing row, read what the plan needs, plan, write.

use super::fault::Fault;
use super::roster::Rosters;
use super::shift::Queued;
use super::values::{corrupt, hash, ms, priority_to_rank, time};
use super::writer::{Undone, Writer};
use super::{routing, shift};
use crate::clock::Clock;
use crate::store::{Answers, Batch, IntakeFailure};
use jiff::Timestamp;
use rota_core::assign::Loads;
use rota_core::ids::{AgentId, CustomerId, StoreId};
use rota_core::intake::{Answer, Call, Facts, Lookups, Record, RecordKey, Writes, lookups, plan};
use rota_core::ticket::NewTicket;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// How many records past their time one batch removes at most.
const REMOVED_PER_BATCH: u32 = 64;

pub const INSERT_TICKET: &str = "
    INSERT INTO tickets (store_id, id, customer_id, channel, stage, agent_id, team_id, waiting_pool,
                         created_at, created_by, event, receipt, brand_address, customer_address,
                         task_title, context, priority)
    VALUES (?1, ?2, ?3, ?4, 'open', ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
pub const INSERT_LABEL: &str =
    "INSERT INTO ticket_labels (store_id, ticket_id, label_id) VALUES (?1, ?2, ?3)";

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
    let mut statements = Statements::prepare(db)?;
    for (store, indices) in by_store {
        let of_store: Vec<&Call> = indices.iter().map(|index| &calls[*index]).collect();
        let told = one_store(db, &mut statements, rosters, store, &of_store, now)?;
        for (index, answer) in indices.into_iter().zip(told) {
            answers[index] = Some(answer);
        }
    }
    remove_expired(db, now)?;
    Ok(answers)
}

fn one_store(
    db: &Connection,
    statements: &mut Statements<'_>,
    rosters: &mut Rosters,
    store: &StoreId,
    calls: &[&Call],
    now: Timestamp,
) -> Result<Vec<Answer>, Fault> {
    let routing = routing::take(&mut statements.take_routing, store)?;
    let roster = rosters.get(db, store, routing.roster_version)?;
    let is_dry = calls.iter().all(|call| call.dry_run);
    let Queued { routing, queues, loads } = shift::hand_out_first(db, store, &roster, routing, is_dry, now)?;
    let mut facts = statements.facts(store, lookups(&roster, calls))?;
    facts.loads = loads.unwrap_or(facts.loads);
    let plan = plan(&roster, routing, queues, facts, calls, now);
    if let Some(writes) = plan.writes {
        statements.write(store, &writes, now)?;
    }
    Ok(plan.answers)
}

/// What a batch may run for each of its stores, looked up once: in a batch of 100 stores' tickets the look-ups
/// took a seventh of the writer's instructions.
struct Statements<'db> {
    take_routing: CachedStatement<'db>,
    write_routing: CachedStatement<'db>,
    add_load: CachedStatement<'db>,
    loads: CachedStatement<'db>,
    customer: CachedStatement<'db>,
    record: CachedStatement<'db>,
    tags: CachedStatement<'db>,
    last_agent: CachedStatement<'db>,
    put_last_agent: CachedStatement<'db>,
    insert_ticket: CachedStatement<'db>,
    insert_label: CachedStatement<'db>,
    put_record: CachedStatement<'db>,
}

impl<'db> Statements<'db> {
    fn prepare(db: &'db Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            take_routing: db.prepare_cached(routing::TAKE)?,
            write_routing: db.prepare_cached(routing::WRITE)?,
            add_load: db.prepare_cached(routing::ADD_LOAD)?,
            loads: db.prepare_cached("SELECT agent_id, open FROM agent_loads WHERE store_id = ?1")?,
            customer: db
                .prepare_cached("SELECT 1 FROM customers WHERE store_id = ?1 AND id = ?2 AND active")?,
            record: db.prepare_cached(
                "SELECT body_hash, answer, expires_at FROM idempotency
                 WHERE store_id = ?1 AND caller = ?2 AND key = ?3",
            )?,
            tags: db
                .prepare_cached("SELECT tag FROM customer_tags WHERE store_id = ?1 AND customer_id = ?2")?,
            last_agent: db.prepare_cached(
                "SELECT agent_id, at FROM last_agents WHERE store_id = ?1 AND customer_id = ?2",
            )?,
            put_last_agent: db.prepare_cached(routing::PUT_LAST_AGENT)?,
            insert_ticket: db.prepare_cached(INSERT_TICKET)?,
            insert_label: db.prepare_cached(INSERT_LABEL)?,
            put_record: db.prepare_cached(
                "INSERT OR REPLACE INTO idempotency (store_id, caller, key, body_hash, answer, created_at,
                                                     expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?,
        })
    }

    fn facts(&mut self, store: &StoreId, wanted: Lookups<'_>) -> Result<Facts, Fault> {
        let mut facts = Facts::default();
        for id in wanted.customers {
            if self.customer.exists([store.as_str(), id.as_str()])? {
                facts.customers.insert(CustomerId::clone(id));
            }
            if wanted.tags {
                let tags =
                    self.tags.query_map([store.as_str(), id.as_str()], |row| row.get::<_, String>(0))?;
                let tags = tags.map(|tag| tag.map(String::into_boxed_str)).collect::<Result<_, _>>()?;
                facts.tags.insert(CustomerId::clone(id), tags);
            }
            if wanted.last_agents {
                facts
                    .last_agents
                    .extend(self.last_agent(store, id)?.map(|last| (CustomerId::clone(id), last)));
            }
        }
        for key in wanted.records {
            if let Some(record) = self.record(store, &key)? {
                facts.records.insert(key, record);
            }
        }
        if wanted.loads {
            let rows =
                self.loads.query_map([store.as_str()], |row| Ok((AgentId(row.get(0)?), row.get(1)?)))?;
            facts.loads = rows.collect::<Result<Loads, _>>()?;
        }
        Ok(facts)
    }

    fn last_agent(
        &mut self,
        store: &StoreId,
        customer: &CustomerId,
    ) -> Result<Option<(AgentId, Timestamp)>, Fault> {
        let row = self
            .last_agent
            .query_row([store.as_str(), customer.as_str()], |row| Ok((AgentId(row.get(0)?), row.get(1)?)));
        let Some((agent, at)) = row.optional()? else { return Ok(None) };
        Ok(Some((agent, time(at)?)))
    }

    fn record(&mut self, store: &StoreId, key: &RecordKey) -> Result<Option<Record>, Fault> {
        let row = self.record.query_row(params![store.as_str(), key.caller, key.key], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
        });
        let Some((body_hash, answer, expires_at)) = row.optional()? else { return Ok(None) };
        Ok(Some(Record {
            body_hash: hash(body_hash)?,
            answer: serde_json::from_str(&answer).map_err(|error| corrupt("idempotency.answer", error))?,
            expires_at: time(expires_at)?,
        }))
    }

    fn write(&mut self, store: &StoreId, writes: &Writes, now: Timestamp) -> Result<(), Fault> {
        routing::write(&mut self.write_routing, store, &writes.routing)?;
        for ticket in &writes.tickets {
            insert_ticket(&mut self.insert_ticket, store, ticket)?;
            for label in &ticket.labels {
                self.insert_label.execute(params![store.as_str(), ticket.id.0, label.0])?;
            }
        }
        for (agent, more) in &writes.loads {
            routing::add_load(&mut self.add_load, store, *agent, i64::from(*more))?;
        }
        for (customer, agent) in &writes.last_agents {
            routing::put_last_agent(&mut self.put_last_agent, store, customer, *agent, now)?;
        }
        for (key, record) in &writes.records {
            self.write_record(store, key, record, now)?;
        }
        Ok(())
    }

    fn write_record(
        &mut self,
        store: &StoreId,
        key: &RecordKey,
        record: &Record,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let answer = serde_json::to_string(&record.answer).map_err(|error| corrupt("answer", error))?;
        let hash = record.body_hash.as_slice();
        let expires = ms(record.expires_at);
        let row = params![store.as_str(), key.caller, key.key, hash, answer, ms(now), expires];
        self.put_record.execute(row)?;
        Ok(())
    }
}

/// Runs [`INSERT_TICKET`]; the labels are not in it.
pub fn insert_ticket(
    statement: &mut CachedStatement<'_>,
    store: &StoreId,
    new: &NewTicket,
) -> Result<(), Fault> {
    let contact = &new.contact;
    statement.execute(params![
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
        priority_to_rank(new.priority),
    ])?;
    Ok(())
}

/// Removes records past their time, of whatever store, in small steps. Looking first costs one seek where there
/// are none; a DELETE with a subquery would make a temporary table in every batch.
fn remove_expired(db: &Connection, now: Timestamp) -> Result<(), Fault> {
    let mut select = db.prepare_cached(
        "SELECT rowid FROM idempotency WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2",
    )?;
    let rows = select.query_map(params![ms(now), REMOVED_PER_BATCH], |row| row.get(0))?;
    let expired: Vec<i64> = rows.collect::<Result<_, _>>()?;
    let mut delete = db.prepare_cached("DELETE FROM idempotency WHERE rowid = ?1")?;
    for record in expired {
        delete.execute([record])?;
    }
    Ok(())
}
