//! One batch of tickets as the rows that intake and commands would have written.

use std::collections::BTreeMap;

use rota_core::life::{State, What};
use rusqlite::{Statement, Transaction, params};
use serde_json::json;

use super::{lists::Lists, past::Ticket};

pub struct Rows<'a> {
    transaction: &'a Transaction<'a>,
    store: &'a str,
    next_ticket: i64,
    next_event: i64,
    opened: BTreeMap<i64, i64>,
    waiting: BTreeMap<i64, u64>,
}

struct Inserts<'a> {
    ticket: Statement<'a>,
    label: Statement<'a>,
    entry: Statement<'a>,
    event: Statement<'a>,
    wake: Statement<'a>,
}

/// A pool as the routing row has it: its number, the last assigned, how many wait.
type Pool = (i64, Option<i64>, u64);

impl<'a> Rows<'a> {
    /// Reads where the store's numbers are.
    pub fn begin(transaction: &'a Transaction<'a>, store: &'a str) -> rusqlite::Result<Self> {
        let numbers = "SELECT next_ticket, next_event FROM routing WHERE store_id = ?1";
        let (next_ticket, next_event) =
            transaction.query_row(numbers, [store], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (opened, waiting) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { transaction, store, next_ticket, next_event, opened, waiting })
    }

    /// Writes all of them, and moves the store's numbers and counts on.
    pub fn write<'t>(
        mut self,
        tickets: impl Iterator<Item = Ticket<'t>>,
        lists: &mut Lists,
    ) -> anyhow::Result<()> {
        let mut inserts = Inserts::prepare(self.transaction)?;
        let mut listing = lists.begin(self.transaction)?;
        for ticket in tickets {
            self.insert(&mut inserts, &ticket)?;
            listing.list(self.next_ticket, self.next_event - 1, &ticket)?;
            self.next_ticket += 1;
            self.count(&ticket);
        }
        listing.finish(self.next_ticket - 1)?;
        self.finish()
    }

    fn insert(&mut self, inserts: &mut Inserts, ticket: &Ticket) -> rusqlite::Result<()> {
        let (store, id) = (self.store, self.next_ticket);
        let (columns, event) = (Columns::of(ticket), self.next_event);
        let last = ticket.entries.last().map(|(at, ..)| *at);
        let count = ticket.entries.len() as i64;
        inserts.ticket.execute(params![
            store,
            id,
            ticket.customer_id,
            ticket.channel,
            ticket.state.kind().name(),
            columns.agent,
            ticket.team_id,
            columns.pool,
            ticket.created_at,
            event,
            ticket.receipt,
            ticket.brand_address,
            ticket.customer_address,
            ticket.task_title,
            ticket.context,
            last.and(columns.stage),
            last.map(|_| ticket.priority.rank()),
            last.map(|_| ticket.entries.iter().any(|(.., what)| matches!(what, What::Noted { .. }))),
            last.map(|_| ticket.created_at),
            last,
            last.map(|_| 1 + count),
            last.map(|_| event + count),
            columns.until,
            columns.closed_at,
            columns.closed_by,
        ])?;
        self.next_event += 1;
        for label in &ticket.label_ids {
            inserts.label.execute(params![store, id, label])?;
        }
        for (number, (at, by, what)) in ticket.entries.iter().enumerate() {
            let sequence = number as i64 + 2;
            inserts.entry.execute(params![store, id, sequence, at, what.kind(), by, what.stored()])?;
            let (kind, body) = (what.event().name(), columns.snapshot(ticket, id, sequence, *at));
            inserts.event.execute(params![store, self.next_event, at, kind, id, sequence, body])?;
            self.next_event += 1;
        }
        if let Some(until) = columns.until {
            inserts.wake.execute(params![store, id, until])?;
        }
        Ok(())
    }

    fn count(&mut self, ticket: &Ticket) {
        if let Some(agent) = ticket.state.loads() {
            *self.opened.entry(agent.0).or_default() += 1;
        }
        if let Some(pool) = ticket.state.waiting() {
            *self.waiting.entry(pool.number()).or_default() += 1;
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        for (agent, open) in &self.opened {
            self.transaction.execute(
                "INSERT INTO agent_loads (store_id, agent_id, open) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET open = open + excluded.open",
                params![self.store, agent, open],
            )?;
        }
        let pools: String = self.transaction.query_row(
            "SELECT pools FROM routing WHERE store_id = ?1",
            [self.store],
            |row| row.get(0),
        )?;
        let mut pools: Vec<Pool> = serde_json::from_str(&pools)?;
        for (pool, more) in self.waiting {
            match pools.iter_mut().find(|(known, ..)| *known == pool) {
                Some((.., waiting)) => *waiting += more,
                None => pools.push((pool, None, more)),
            }
        }
        self.transaction.execute(
            "UPDATE routing SET next_ticket = ?2, next_event = ?3, pools = ?4 WHERE store_id = ?1",
            params![self.store, self.next_ticket, self.next_event, serde_json::to_string(&pools)?],
        )?;
        Ok(())
    }
}

/// A state as a ticket's row has it.
#[derive(Default)]
struct Columns {
    agent: Option<i64>,
    pool: Option<i64>,
    stage: Option<i64>,
    until: Option<i64>,
    closed_at: Option<i64>,
    closed_by: Option<&'static str>,
}

impl Columns {
    /// The ticket as the outbox keeps it. Whichever entry it is, the ticket is told as it ended.
    fn snapshot(&self, ticket: &Ticket, id: i64, sequence: i64, at: i64) -> String {
        let stored = json!({
            "id": id,
            "kind": ticket.state.kind().name(),
            "agent": self.agent,
            "team": ticket.team_id,
            "waiting_pool": self.pool,
            "stage": self.stage,
            "priority": ticket.priority.rank(),
            "changed_at": at,
            "sequence": sequence,
            "snoozed_until": self.until,
            "closed_at": self.closed_at,
            "closed_by": self.closed_by,
        });
        json!([stored, ticket.label_ids]).to_string()
    }

    fn of(ticket: &Ticket) -> Self {
        let state = &ticket.state;
        Self {
            agent: state.agent().map(|agent| agent.0),
            pool: state.waiting().map(rota_core::ticket::Pool::number),
            stage: match state {
                State::Open { stage, .. } | State::Snoozed { stage, .. } => Some(stage.0),
                State::Closed { .. } | State::Merged { .. } => None,
            },
            until: state.wakes_at().map(|at| at.as_millisecond()),
            closed_at: state.closed_at().map(|at| at.as_millisecond()),
            closed_by: state.closed_by().map(rota_core::life::ClosedBy::name),
        }
    }
}

impl<'a> Inserts<'a> {
    fn prepare(transaction: &'a Transaction) -> rusqlite::Result<Self> {
        let prepare = |sql| transaction.prepare(sql);
        Ok(Self {
            ticket: prepare(
                "INSERT INTO tickets (store_id, id, customer_id, channel, stage, agent_id, team_id, waiting_pool,
                                      created_at, event, receipt, brand_address, customer_address, task_title,
                                      context, stage_id, priority, touched, opened_at, changed_at, sequence,
                                      last_event, snoozed_until, closed_at, closed_by, created_by)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
                         ?20, ?21, ?22, ?23, ?24, ?25, 'api')",
            )?,
            label: prepare("INSERT INTO ticket_labels (store_id, ticket_id, label_id) VALUES (?1, ?2, ?3)")?,
            entry: prepare(
                "INSERT INTO timeline (store_id, ticket_id, sequence, at, kind, actor, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?,
            event: prepare(
                "INSERT INTO outbox (store_id, position, at, kind, ticket_id, sequence, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?,
            wake: prepare(
                "INSERT INTO due (store_id, kind, subject, at, lease_until, failures)
                 VALUES (?1, 'wake', ?2, ?3, 0, 0)",
            )?,
        })
    }
}
