//! What a batch writes: a statement per table for all its stores, sent together with COMMIT.

use super::outcome::Written;
use super::routing::{self, Columns};
use crate::clock::{Entropy, SystemEntropy};
use crate::store::StoreError;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::parameter::Parameter;
use crate::store::postgres::session::Session;
use crate::store::postgres::values::{corrupt, ms, priority_to_rank};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use jiff::Timestamp;
use rota_core::ids::{AgentId, CustomerId, StoreId};
use rota_core::intake::{Record, RecordKey, Routing, Writes};
use rota_core::ticket::NewTicket;

/// How many records past their time a batch removes beyond twice as many as it writes.
const REMOVED_PER_BATCH: i64 = 64;

/// How many batches write to a routing row, on average, before it is replaced: it has about as many versions that are
/// walked along beneath an old snapshot, each for some tens of nanoseconds.
const BATCHES_PER_GENERATION: u64 = 128;

/// The routing rows, the open counts and the tickets of a batch. The `unnest` stand in the lists of columns, where they
/// run side by side; in FROM each would be collected first. The routing rows are there, for they are held: ON CONFLICT
/// finds them by their whole key. A join is free to walk along all that the index has, and while the table is small it
/// does.
const WRITE: &str = "
    WITH routed AS (
        INSERT INTO routing (store_id, generation, roster_version, next_ticket, next_event, pools)
        SELECT unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6)
        ON CONFLICT (store_id, generation) DO UPDATE SET
            roster_version = excluded.roster_version, next_ticket = excluded.next_ticket,
            next_event = excluded.next_event, pools = excluded.pools
    ), loaded AS (
        INSERT INTO agent_loads (store_id, generation, agent_id, open)
        SELECT unnest($7), unnest($8), unnest($9), unnest($10)
        ON CONFLICT (store_id, generation, agent_id) DO UPDATE SET open = agent_loads.open + excluded.open
    )
    INSERT INTO tickets (stage, store_id, batch, id, customer_id, channel, agent_id, team_id, waiting_pool,
                         created_at, created_by, event, receipt, brand_address, customer_address, task_title,
                         context, priority)
    SELECT 'open', unnest($11), unnest($12), unnest($13), unnest($14), unnest($15), unnest($16), unnest($17),
           unnest($18), unnest($19), unnest($20), unnest($21), unnest($22), unnest($23), unnest($24),
           unnest($25), unnest($26), unnest($27)";

/// How a commit ended badly.
pub enum Uncommitted {
    No(Fault),
    /// The server may have committed.
    Perhaps(Fault),
}

/// The writes of all stores of a batch.
pub struct Collected<'a> {
    /// By this random number the batch is found again if its commit is not answered.
    batch: i64,
    routing: Columns<'a>,
    tickets: Vec<(&'a str, NewTicket)>,
    loads: Vec<(&'a str, i64, i64, i64)>,
    records: Vec<(&'a str, RecordKey, Record)>,
    last_agents: Vec<(&'a str, CustomerId, AgentId)>,
    first: Option<(&'a StoreId, i64)>,
}

impl<'a> Collected<'a> {
    pub fn new() -> Self {
        let mut batch = [0; 8];
        SystemEntropy.fill(&mut batch);
        Self {
            batch: i64::from_ne_bytes(batch),
            routing: Columns::default(),
            tickets: Vec::new(),
            loads: Vec::new(),
            records: Vec::new(),
            last_agents: Vec::new(),
            first: None,
        }
    }

    pub fn add(&mut self, store: &'a StoreId, generation: i64, writes: Writes) {
        let id = store.as_str();
        self.first = self.first.or(writes.tickets.first().map(|first| (store, first.id.0)));
        self.routing.push(store, generation, &writes.routing);
        self.tickets.extend(writes.tickets.into_iter().map(|ticket| (id, ticket)));
        self.records.extend(writes.records.into_iter().map(|(key, record)| (id, key, record)));
        self.last_agents
            .extend(writes.last_agents.into_iter().map(|(customer, agent)| (id, customer, agent)));
        let mut loads: Vec<_> = writes
            .loads
            .into_iter()
            .map(|(agent, more)| (id, generation, agent.0, i64::from(more)))
            .collect();
        loads.sort_unstable();
        self.loads.extend(loads);
    }

    /// Writes a store's routing row as it is, so that there is something to commit.
    pub fn touch(&mut self, store: &'a StoreId, generation: i64, routing: &Routing) {
        self.routing.push(store, generation, routing);
    }

    /// A ticket by which the outcome can be looked up.
    pub fn first(&self) -> Option<Written> {
        let (store, ticket) = self.first?;
        Some(Written { store: store.clone(), ticket, batch: self.batch })
    }

    /// Writes and commits in one round trip.
    pub async fn commit(&self, session: &Session, now: Timestamp) -> Result<(), Uncommitted> {
        if self.routing.stores.is_empty() {
            return session.rollback().await.map_err(Uncommitted::No);
        }
        let records = self.record_columns().map_err(|error| Uncommitted::No(error.into()))?;
        let mut statements: Vec<BoxFuture<'_, Result<(), Fault>>> = vec![self.write_tickets(session).boxed()];
        if self.tickets.iter().any(|(_, ticket)| !ticket.labels.is_empty()) {
            statements.push(self.write_labels(session).boxed());
        }
        if !self.records.is_empty() {
            statements.push(self.remove_expired(session, now).boxed());
            statements.push(records.write(session, now).boxed());
        }
        if !self.last_agents.is_empty() {
            let given = self.last_agents.iter().map(|(store, customer, agent)| (*store, customer, *agent));
            statements.push(put_last_agents(session, given.collect(), now).boxed());
        }
        for store in self.of_new_generation() {
            statements
                .extend(routing::REPLACE.map(|statement| self.replace(session, statement, store).boxed()));
        }
        statements.push(session.commit().boxed());
        // In their order: joined futures are first polled one after the other, and so are the statements sent.
        let mut outcomes = join_all(statements).await;
        let committed = outcomes.pop().expect("COMMIT was the last");
        let failed = outcomes.into_iter().find_map(Result::err);
        match (failed, committed) {
            (None, Ok(())) if session.has_warned() => {
                let warning = StoreError::Away("the server warned while it committed".into());
                Err(Uncommitted::Perhaps(warning.into()))
            }
            (None, Ok(())) => Ok(()),
            // The server has answered that it rolled back.
            (Some(fault), Ok(())) => Err(Uncommitted::No(fault)),
            (_, Err(fault)) if fault.may_have_committed() => Err(Uncommitted::Perhaps(fault)),
            (failed, Err(fault)) => Err(Uncommitted::No(failed.unwrap_or(fault))),
        }
    }

    async fn replace(&self, session: &Session, statement: &'static str, place: usize) -> Result<(), Fault> {
        let Columns { stores, generations, .. } = &self.routing;
        session.kept_execute(statement, &[&stores[place], &generations[place]]).await?;
        Ok(())
    }

    /// The places of the stores whose rows are replaced: by chance, so that nothing has to be counted, and of a batch of
    /// many stores those of few.
    fn of_new_generation(&self) -> impl Iterator<Item = usize> + use<'_> {
        let drawn = self.batch.cast_unsigned() % BATCHES_PER_GENERATION;
        (0..self.routing.stores.len()).filter(move |place| *place as u64 % BATCHES_PER_GENERATION == drawn)
    }

    async fn write_tickets(&self, session: &Session) -> Result<(), Fault> {
        fn column<'t, T>(tickets: &'t [(&str, NewTicket)], of: impl Fn(&'t NewTicket) -> T) -> Vec<T> {
            tickets.iter().map(|(_, ticket)| of(ticket)).collect()
        }
        let routing = &self.routing;
        let loads = &self.loads;
        let load_stores: Vec<&str> = loads.iter().map(|(store, ..)| *store).collect();
        let load_generations: Vec<i64> = loads.iter().map(|(_, generation, ..)| *generation).collect();
        let agents: Vec<i64> = loads.iter().map(|(_, _, agent, _)| *agent).collect();
        let more: Vec<i64> = loads.iter().map(|(.., more)| *more).collect();
        let tickets = &self.tickets;
        let stores: Vec<&str> = tickets.iter().map(|(store, _)| *store).collect();
        let is_first = |place: usize| place == 0 || stores[place - 1] != stores[place];
        let batches: Vec<Option<i64>> =
            (0..stores.len()).map(|place| is_first(place).then_some(self.batch)).collect();
        let columns: [&dyn Parameter; 27] = [
            &routing.stores,
            &routing.generations,
            &routing.versions,
            &routing.tickets,
            &routing.events,
            &routing.pools,
            &load_stores,
            &load_generations,
            &agents,
            &more,
            &stores,
            &batches,
            &column(tickets, |ticket| ticket.id.0),
            &column(tickets, |ticket| ticket.customer.as_str()),
            &column(tickets, |ticket| ticket.contact.channel().name()),
            &column(tickets, |ticket| ticket.agent.map(|agent| agent.0)),
            &column(tickets, |ticket| ticket.team.map(|team| team.0)),
            &column(tickets, |ticket| ticket.waiting.map(|pool| pool.number())),
            &column(tickets, |ticket| ms(ticket.created_at)),
            &column(tickets, |ticket| &*ticket.by),
            &column(tickets, |ticket| ticket.event),
            &column(tickets, |ticket| ticket.receipt.stored()),
            &column(tickets, |ticket| ticket.contact.brand_address()),
            &column(tickets, |ticket| ticket.contact.customer_address()),
            &column(tickets, |ticket| ticket.contact.task_title()),
            &column(tickets, |ticket| ticket.context.as_deref()),
            &column(tickets, |ticket| priority_to_rank(ticket.priority)),
        ];
        session.kept_execute(WRITE, &columns).await?;
        Ok(())
    }

    async fn write_labels(&self, session: &Session) -> Result<(), Fault> {
        let (mut stores, mut tickets, mut labels) = (Vec::new(), Vec::new(), Vec::new());
        for (store, ticket) in &self.tickets {
            for label in &ticket.labels {
                stores.push(*store);
                tickets.push(ticket.id.0);
                labels.push(label.0);
            }
        }
        let insert =
            "INSERT INTO ticket_labels (store_id, ticket_id, label_id) SELECT * FROM unnest($1, $2, $3)";
        session.kept_execute(insert, &[&stores, &tickets, &labels]).await?;
        Ok(())
    }

    /// Removes records past their time of the batch's own stores, whose routing rows are held: so no two nodes remove
    /// the same ones. More go than come, so they never pile up.
    async fn remove_expired(&self, session: &Session, now: Timestamp) -> Result<(), Fault> {
        let most = REMOVED_PER_BATCH + 2 * i64::try_from(self.records.len()).unwrap_or_default();
        let delete = "
            DELETE FROM idempotency i
            USING (SELECT store_id, caller, key FROM idempotency
                   WHERE store_id = ANY($1) AND expires_at <= $2 LIMIT $3) AS expired
            WHERE i.store_id = expired.store_id AND i.caller = expired.caller AND i.key = expired.key";
        // Not kept, as the reading of records.
        session.execute(delete, &[&self.routing.stores, &ms(now), &most]).await?;
        Ok(())
    }

    fn record_columns(&self) -> Result<RecordColumns<'_>, StoreError> {
        let mut columns = RecordColumns::default();
        for (store, key, record) in &self.records {
            let answer = serde_json::to_string(&record.answer).map_err(|error| corrupt("answer", error))?;
            columns.stores.push(store);
            columns.callers.push(&key.caller);
            columns.keys.push(&key.key);
            columns.hashes.push(record.body_hash.as_slice());
            columns.answers.push(answer);
            columns.expire.push(ms(record.expires_at));
        }
        Ok(columns)
    }
}

/// Notes who was given customers' last tickets; each customer of a store once.
pub async fn put_last_agents(
    session: &Session,
    given: Vec<(&str, &CustomerId, AgentId)>,
    now: Timestamp,
) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO last_agents (store_id, customer_id, agent_id, at)
        SELECT *, $4 FROM unnest($1, $2, $3)
        ON CONFLICT (store_id, customer_id) DO UPDATE SET agent_id = excluded.agent_id, at = excluded.at";
    let stores: Vec<&str> = given.iter().map(|(store, ..)| *store).collect();
    let customers: Vec<&str> = given.iter().map(|(_, customer, _)| customer.as_str()).collect();
    let agents: Vec<i64> = given.iter().map(|(.., agent)| agent.0).collect();
    session.execute(upsert, &[&stores, &customers, &agents, &ms(now)]).await?;
    Ok(())
}

/// The records to keep.
#[derive(Default)]
struct RecordColumns<'a> {
    stores: Vec<&'a str>,
    callers: Vec<&'a str>,
    keys: Vec<&'a str>,
    hashes: Vec<&'a [u8]>,
    answers: Vec<String>,
    expire: Vec<i64>,
}

impl RecordColumns<'_> {
    async fn write(&self, session: &Session, now: Timestamp) -> Result<(), Fault> {
        let upsert = "
            INSERT INTO idempotency (store_id, caller, key, body_hash, answer, expires_at, created_at)
            SELECT *, $7 FROM unnest($1, $2, $3, $4, $5, $6)
            ON CONFLICT (store_id, caller, key) DO UPDATE SET
                body_hash = excluded.body_hash, answer = excluded.answer,
                created_at = excluded.created_at, expires_at = excluded.expires_at";
        let Self { stores, callers, keys, hashes, answers, expire } = self;
        session.kept_execute(upsert, &[stores, callers, keys, hashes, answers, expire, &ms(now)]).await?;
        Ok(())
    }
}
