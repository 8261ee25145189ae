//! Domain values in and out of the databases' columns, which both have alike.

use super::StoreError;
use jiff::Timestamp;
use rota_core::address::{EmailAddress, PhoneNumber};
use rota_core::assign::ramp::Taken;
use rota_core::assign::{PoolState, Pools};
use rota_core::availability::AwayReason;
use rota_core::ids::{AgentId, CustomerId, LabelId, StageId, TeamId, TicketId};
use rota_core::leave::Leaves;
use rota_core::life::{ClosedBy, Entry, Place, Priority, State, Ticket, What};
use rota_core::stages::Stages;
use rota_core::ticket::{Channel, Contact, Pool, Stage as Kind, TaskTitle};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::time::Duration;

/// Milliseconds since the epoch.
pub fn ms(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// A span of time in whole milliseconds.
pub fn span_ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

pub fn time(ms: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(ms).map_err(|error| corrupt("time", error))
}

pub fn time_or_null(ms: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    ms.map(time).transpose()
}

/// Why an agent is away.
pub fn away_reason(text: Option<String>) -> Result<Option<AwayReason>, StoreError> {
    let read = |text: String| AwayReason::new(&text).map_err(|error| corrupt("agents.away_reason", error));
    text.map(read).transpose()
}

/// A value that no version of this program wrote.
pub fn corrupt(what: &str, why: impl Display) -> StoreError {
    StoreError::Unusable(format!(
        "{what} cannot be read: {why}; run `rota check`, restore a backup if it persists"
    ))
}

/// A value that should be there.
pub fn known<T>(what: &str, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| corrupt(what, "unknown value"))
}

pub fn hash(bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| corrupt("hash", "not 32 bytes"))
}

/// A value that is stored as JSON.
pub fn from_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(what, error))
}

/// The same; NULL is what is there by default.
pub fn from_json_or_default<T: DeserializeOwned + Default>(
    what: &str,
    text: Option<&str>,
) -> Result<T, StoreError> {
    text.map_or_else(|| Ok(T::default()), |text| from_json(what, text))
}

/// The stored form of a value that is read back by [`from_json`].
pub fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("values have only string keys")
}

/// A new ticket's priority, NULL where it is the usual one.
pub fn priority_to_rank(priority: Priority) -> Option<i64> {
    (priority != Priority::default()).then(|| priority.rank())
}

/// An agent's leave, NULL where there is none.
pub fn leave_to_text(leave: &Leaves) -> Option<String> {
    (!leave.is_empty()).then(|| to_json(leave))
}

/// A pool as the routing row has it: `[pool, last, waiting]`, and behind that, while a ramp counts, what each agent has
/// taken since when: `[[agent, ms, count], …]`.
#[derive(Serialize, Deserialize)]
struct StoredPool(
    i64,
    Option<AgentId>,
    u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")] Vec<(AgentId, i64, u32)>,
);

/// Pools as the routing row has them.
pub fn pools_to_text(pools: &Pools) -> String {
    let stored = |(pool, state): (&Pool, &PoolState)| {
        let taken = state.taken.iter().map(|(agent, taken)| (*agent, ms(taken.since), taken.count));
        StoredPool(pool.number(), state.last, state.waiting, taken.collect())
    };
    to_json(&pools.iter().map(stored).collect::<Vec<_>>())
}

pub fn pools_from_text(text: &str) -> Result<Pools, StoreError> {
    let rows: Vec<StoredPool> = from_json("routing.pools", text)?;
    let pool = |StoredPool(pool, last, waiting, taken)| {
        let taken =
            taken.into_iter().map(|(agent, since, count)| Ok((agent, Taken { since: time(since)?, count })));
        let taken = taken.collect::<Result<_, StoreError>>()?;
        Ok((Pool::from_number(pool), PoolState { last, waiting, taken }))
    };
    rows.into_iter().map(pool).collect()
}

/// A ticket's columns, but for its texts and its receipt. What is `None` of those after `event` is as intake leaves it: in
/// the store's first stage, of normal priority, not worked on since its creation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredTicket {
    pub id: i64,
    pub customer: String,
    pub channel: String,
    /// The kind of its stage.
    pub kind: String,
    pub agent: Option<i64>,
    pub team: Option<i64>,
    pub waiting_pool: Option<i64>,
    pub created_at: i64,
    pub event: i64,
    pub stage: Option<i64>,
    pub priority: Option<i64>,
    /// A JSON array of agents.
    pub passed: Option<String>,
    pub touched: Option<bool>,
    pub heard_at: Option<i64>,
    pub opened_at: Option<i64>,
    pub changed_at: Option<i64>,
    pub sequence: Option<i64>,
    pub last_event: Option<i64>,
    pub snoozed_until: Option<i64>,
    pub closed_at: Option<i64>,
    pub closed_by: Option<String>,
    pub merged_into: Option<i64>,
    /// The state before a merge, as JSON.
    pub merged_was: Option<String>,
}

/// Which columns [`StoredTicket`] has, in its order.
pub const TICKET_COLUMNS: &str = "t.id, t.customer_id, t.channel, t.stage, t.agent_id, t.team_id, t.waiting_pool, \
     t.created_at, t.event, t.stage_id, t.priority, t.passed, t.touched, t.heard_at, t.opened_at, t.changed_at, \
     t.sequence, t.last_event, t.snoozed_until, t.closed_at, t.closed_by, t.merged_into, t.merged_was";

/// A ticket's customer's name, as a column behind [`TICKET_COLUMNS`]: first and last, NULL where there is none. It is looked up
/// row by row, by the customers' key, whatever the planner thinks of the tables' sizes.
pub const CUSTOMER_NAME: &str = "(SELECT nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), '') \
     FROM customers c WHERE c.store_id = t.store_id AND c.id = t.customer_id)";

impl StoredTicket {
    /// The ticket in a store with these stages; its labels stand in rows of their own.
    pub fn ticket(self, stages: &Stages, labels: BTreeSet<LabelId>) -> Result<Ticket, StoreError> {
        let created_at = time(self.created_at)?;
        let or_created = |at: Option<i64>| at.map_or(Ok(created_at), time);
        let passed: Option<BTreeSet<AgentId>> =
            self.passed.as_deref().map(|text| json("tickets.passed", text)).transpose()?;
        Ok(Ticket {
            id: TicketId(self.id),
            customer: known("tickets.customer_id", CustomerId::new(&self.customer))?,
            created_at,
            state: self.state(stages)?,
            team: self.team.map(TeamId),
            labels,
            priority: match self.priority {
                Some(rank) => known("tickets.priority", Priority::from_rank(rank))?,
                None => Priority::default(),
            },
            passed: passed.unwrap_or_default(),
            touched: self.touched.unwrap_or(false),
            heard_at: time_or_null(self.heard_at)?,
            opened_at: or_created(self.opened_at)?,
            changed_at: or_created(self.changed_at)?,
            sequence: self.sequence.unwrap_or(1),
        })
    }

    fn state(&self, stages: &Stages) -> Result<State, StoreError> {
        // A stage that the store has given up falls back to the first.
        let kept = self.stage.map(StageId).filter(|stage| stages.is_open(*stage));
        let stage = kept.unwrap_or_else(|| stages.first_open());
        let agent = self.agent.map(AgentId);
        let ended = || time(known("tickets.closed_at", self.closed_at)?);
        match known("tickets.stage", Kind::from_name(&self.kind))? {
            Kind::Open => {
                let place = match (agent, self.waiting_pool) {
                    (Some(agent), _) => Place::Owned(agent),
                    (None, Some(pool)) => Place::Waiting(Pool::from_number(pool)),
                    (None, None) => Place::Unclaimed,
                };
                Ok(State::Open { stage, place })
            }
            Kind::Snoozed => {
                let until = time(known("tickets.snoozed_until", self.snoozed_until)?)?;
                Ok(State::Snoozed { stage, until, agent })
            }
            Kind::Closed => match (self.merged_into, &self.merged_was) {
                (Some(into), Some(was)) => {
                    let was = Box::new(json("tickets.merged_was", was)?);
                    Ok(State::Merged { at: ended()?, into: TicketId(into), was })
                }
                _ => {
                    let by = self.closed_by.as_deref().and_then(ClosedBy::from_name);
                    Ok(State::Closed { at: ended()?, by: known("tickets.closed_by", by)?, agent })
                }
            },
        }
    }

    /// The columns of a ticket that was changed; `last_event` is its last entry's position among the store's events.
    /// Customer, channel, creation and event stay as they are, and are left empty here.
    pub fn changed(ticket: &Ticket, last_event: i64) -> Self {
        let mut row = Self {
            id: ticket.id.0,
            kind: ticket.kind().name().into(),
            agent: ticket.owner().map(|agent| agent.0),
            team: ticket.team.map(|team| team.0),
            waiting_pool: ticket.state.waiting().map(Pool::number),
            priority: Some(ticket.priority.rank()),
            passed: (!ticket.passed.is_empty())
                .then(|| serde_json::to_string(&ticket.passed).expect("numbers serialize")),
            touched: Some(ticket.touched),
            heard_at: ticket.heard_at.map(ms),
            opened_at: Some(ms(ticket.opened_at)),
            changed_at: Some(ms(ticket.changed_at)),
            sequence: Some(ticket.sequence),
            last_event: Some(last_event),
            ..Self::default()
        };
        match &ticket.state {
            State::Open { stage, .. } => row.stage = Some(stage.0),
            State::Snoozed { stage, until, .. } => {
                (row.stage, row.snoozed_until) = (Some(stage.0), Some(ms(*until)));
            }
            State::Closed { at, by, .. } => {
                (row.closed_at, row.closed_by) = (Some(ms(*at)), Some(by.name().into()));
            }
            State::Merged { at, into, was } => {
                (row.closed_at, row.closed_by) = (Some(ms(*at)), Some(ClosedBy::Merge.name().into()));
                row.merged_into = Some(into.0);
                row.merged_was = Some(serde_json::to_string(was).expect("a state has only string keys"));
            }
        }
        row
    }
}

/// A ticket as the outbox keeps it, with its labels; the rest stands in the ticket's own row.
pub fn snapshot_to_text(ticket: &Ticket) -> String {
    to_json(&(StoredTicket::changed(ticket, 0), &ticket.labels))
}

/// The ticket that `known` was when this was written.
pub fn snapshot_from_text(text: &str, known: &Ticket, stages: &Stages) -> Result<Ticket, StoreError> {
    let (stored, labels): (StoredTicket, BTreeSet<LabelId>) = from_json("outbox.body", text)?;
    let (customer, created_at) = (known.customer.to_string(), ms(known.created_at));
    StoredTicket { customer, created_at, ..stored }.ticket(stages, labels)
}

fn json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(what, error))
}

/// The two ends of a ticket, as its columns have them.
pub fn contact<'a>(
    channel: &str,
    brand: Option<&'a str>,
    customer: Option<&str>,
    title: Option<&str>,
) -> Result<Contact, StoreError> {
    let phone = |column, text: &str| known(column, PhoneNumber::new(text));
    let mail = |column, text: &str| known(column, EmailAddress::new(text));
    let own = |text: Option<&'a str>| known("tickets.brand_address", text);
    const CUSTOMERS: &str = "tickets.customer_address";
    match known("tickets.channel", Channel::from_name(channel))? {
        Channel::Whatsapp => Ok(Contact::Whatsapp {
            brand: phone("tickets.brand_address", own(brand)?)?,
            customer: customer.map(|text| phone(CUSTOMERS, text)).transpose()?,
        }),
        Channel::Email => Ok(Contact::Email {
            brand: mail("tickets.brand_address", own(brand)?)?,
            customer: customer.map(|text| mail(CUSTOMERS, text)).transpose()?,
        }),
        Channel::Tasks => {
            Ok(Contact::Task { title: known("tickets.task_title", title.and_then(TaskTitle::new))? })
        }
    }
}

/// A timeline entry, as its columns have it.
pub fn entry(
    sequence: i64,
    at: i64,
    actor: &str,
    body: &str,
    receipt: Option<&str>,
) -> Result<Entry, StoreError> {
    Ok(Entry {
        sequence,
        at: time(at)?,
        by: actor.parse().map_err(|error| corrupt("timeline.actor", error))?,
        what: What::from_stored(body).map_err(|error| corrupt("timeline.body", error))?,
        receipt: receipt.map(|text| json("timeline.receipt", text)).transpose()?.map(Box::new),
    })
}
