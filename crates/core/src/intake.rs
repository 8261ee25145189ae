//! A batch of create calls to one store becomes answers and writes. Everything is decided here, from what the
//! adapter read under the store's routing row; the adapter only looks up and writes.

mod plan;

use crate::assign::{Loads, Pools};
use crate::ids::{AgentId, CustomerId, KeyId, StoreId};
use crate::problem::Problems;
use crate::receipt::{Receipt, Route};
use crate::request::TicketRequest;
use crate::roster::Policy;
use crate::rules::Matcher;
use crate::ticket::{Created, NewTicket, Outcome};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

pub use plan::{lookups, plan};

/// How long the answer to an Idempotency-Key is kept (contract 1, Retries).
pub const KEEP_ANSWERS: Duration = Duration::from_secs(24 * 60 * 60);

/// The SHA-256 of a request's body.
pub type BodyHash = [u8; 32];

/// One create call, as far as it can be judged without the database.
#[derive(Debug)]
pub struct Call {
    pub store: StoreId,
    pub by: KeyId,
    pub idempotency_key: Option<Box<str>>,
    pub body_hash: BodyHash,
    /// A call with broken form still comes here where a kept answer could go before the refusal.
    pub request: Result<TicketRequest, Problems>,
    pub dry_run: bool,
    /// Of a dry run, rules that are tried instead of the store's.
    pub rules: Option<Arc<Matcher>>,
}

/// Where a kept answer is found: under the Idempotency-Key (`caller` empty, since it is unique per store), or
/// under the API key and the body's hash in hex (`dedupe_window`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey {
    pub caller: Box<str>,
    pub key: Box<str>,
}

/// A kept answer.
#[derive(Debug, Clone)]
pub struct Record {
    pub body_hash: BodyHash,
    pub answer: Created,
    pub expires_at: Timestamp,
}

/// The store's routing row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    pub roster_version: i64,
    pub next_ticket: i64,
    /// The position of the store's next event.
    pub next_event: i64,
    pub pools: Pools,
}

/// What has to be read before [`plan`] can decide.
#[derive(Debug, Default)]
pub struct Lookups<'a> {
    pub customers: HashSet<&'a CustomerId>,
    pub records: HashSet<RecordKey>,
    /// Whether open tickets are needed, see [`Roster::needs_loads`](crate::roster::Roster::needs_loads).
    pub loads: bool,
    /// Whether the customers' tags are.
    pub tags: bool,
    /// Whether it is needed who was given the customers' last tickets.
    pub last_agents: bool,
}

/// What was read for [`Lookups`].
#[derive(Debug, Default)]
pub struct Facts {
    /// The customers asked for that are active in the store.
    pub customers: HashSet<CustomerId>,
    pub records: HashMap<RecordKey, Record>,
    pub loads: Loads,
    pub tags: HashMap<CustomerId, Vec<Box<str>>>,
    /// Who was given the customer's last ticket, and when.
    pub last_agents: HashMap<CustomerId, (AgentId, Timestamp)>,
}

/// How a new ticket was decided, for those who count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    pub route: Route,
    /// `None` where no pool was asked.
    pub policy: Option<Policy>,
    pub outcome: Outcome,
}

/// What a call is told.
#[derive(Debug, Clone)]
pub enum Answer {
    Created(Created, Decided),
    Replayed(Created),
    /// The Idempotency-Key came before with other bytes.
    KeyReused,
    Invalid(Problems),
    DryRun(Created, Box<Receipt>),
}

/// What has to be written, all in one transaction.
#[derive(Debug)]
pub struct Writes {
    /// In the order of their ids, which are consecutive.
    pub tickets: Vec<NewTicket>,
    pub records: Vec<(RecordKey, Record)>,
    /// How many more open tickets each agent has.
    pub loads: HashMap<AgentId, u32>,
    /// Who was given a customer's last ticket; empty where the store does not go by that.
    pub last_agents: BTreeMap<CustomerId, AgentId>,
    /// The routing row after the batch.
    pub routing: Routing,
}

/// The outcome of a batch.
#[derive(Debug)]
pub struct Plan {
    /// One per call, in their order.
    pub answers: Vec<Answer>,
    /// `None` when there is nothing to write.
    pub writes: Option<Writes>,
}
