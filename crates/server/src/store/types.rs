//! What goes into and comes out of storage, apart from intake's own types.

mod change;

use super::StoreError;
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::assign::{Loads, Pools};
use rota_core::availability::AwayReason;
use rota_core::floor::Oldest;
use rota_core::hours::Hours;
use rota_core::ids::{AgentId, CustomerId, KeyId, LabelId, StoreId, TeamId, TicketId};
use rota_core::intake::{BodyHash, RecordKey};
use rota_core::leave::Leaves;
use rota_core::life::{Entry, Order, Outcome, Refusal, Ticket};
use rota_core::receipt::Receipt;
use rota_core::roster::{Policy, Roster, Routing};
use rota_core::search::Cursor;
use rota_core::ticket::{Channel, Contact, Pool};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

pub use change::{
    AuditEntry, AuditRow, Change, CurrentSettings, ERASED_AT_ONCE, ERASED_VALUE, Holder, MOST_MOVED, Move,
    SettingsChange, customer_subject, ordered,
};

/// An API key as it is stored: the secret's hash, never the secret.
#[derive(Debug, Clone)]
pub struct ApiKey {
    pub store: StoreId,
    pub id: KeyId,
    pub name: String,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    pub scopes: Vec<String>,
    /// Requests a second, per node; `None` is unlimited.
    pub rate: Option<u32>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
}

/// Who made a row: a store file governs only what it made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    File,
    Command,
}

impl Origin {
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Command => "command",
        }
    }

    pub fn from_name(name: &str) -> Self {
        if name == "file" { Self::File } else { Self::Command }
    }
}

/// A store's own settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRow {
    pub name: String,
    pub timezone: String,
    pub policy: Policy,
    pub dedupe_window: Duration,
    /// How long after its closing a customer's message reopens a ticket; zero: never.
    pub reopen_within: Duration,
    /// How long after its customer was last heard of an open ticket closes by itself; `None`: never.
    pub close_after: Option<Duration>,
    /// Whether agents see all tickets of the store (desk 3).
    pub agents_see_all: bool,
    /// How long the audit log is kept.
    pub keep_audit: Duration,
    /// Whether the bodies of rejected create calls are kept with what is said of them.
    pub keep_rejected_values: bool,
    /// How long a ticket waits until that is told; `None`: it is not.
    pub waiting_too_long: Option<Duration>,
    /// Whether mails to agents have what a ticket says; without it they have its number and page.
    pub mail_content: bool,
    pub routing: Routing,
}

impl StoreRow {
    /// What a new store has until it says otherwise: three days to write again, a year of audit log.
    pub const REOPEN_WITHIN: Duration = Duration::from_secs(3 * 24 * 60 * 60);
    pub const KEEP_AUDIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);
}

/// An agent, archived or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRow {
    pub id: AgentId,
    pub email: String,
    pub name: String,
    pub role: String,
    pub online: bool,
    /// Why and until when one who is not online is away, as far as they said.
    pub away_reason: Option<AwayReason>,
    pub away_until: Option<Timestamp>,
    pub max_open: Option<u32>,
    pub leave: Leaves,
    pub active: bool,
    pub origin: Origin,
    /// Open tickets.
    pub open: u32,
}

/// A team, archived or not; `None` as policy is the store's, as hours always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamRow {
    pub id: TeamId,
    pub name: String,
    pub policy: Option<Policy>,
    pub hours: Option<Hours>,
    pub members: Vec<AgentId>,
    pub active: bool,
    pub origin: Origin,
}

/// A label, archived or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelRow {
    pub id: LabelId,
    pub name: String,
    pub active: bool,
    pub origin: Origin,
}

/// A number or mail address of the store's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandRow {
    pub channel: Channel,
    /// In its compared form.
    pub address: String,
    pub active: bool,
    pub origin: Origin,
}

/// How a customer is looked for, in this order: the first that is given and matches.
#[derive(Debug, Clone, Default)]
pub struct CustomerKey {
    pub id: Option<CustomerId>,
    pub partner_id: Option<String>,
    pub phone: Option<String>,
    pub email_key: Option<String>,
}

/// Which parts of a customer are wanted besides its own row.
#[derive(Debug, Clone, Copy, Default)]
pub struct CustomerSet {
    pub assets: bool,
    pub addresses: bool,
    pub tags: bool,
}

impl CustomerSet {
    pub const ALL: Self = Self { assets: true, addresses: true, tags: true };
}

/// A customer, with those of the parts (assets, addresses, tags) that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    pub id: CustomerId,
    pub partner_id: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub country_code: Option<String>,
    pub active: bool,
    pub origin: Origin,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub assets: Vec<Asset>,
    pub addresses: Vec<PostalAddress>,
    pub tags: Vec<String>,
}

/// What an asset is (contract 2, `assetName`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssetKind {
    Email,
    PhoneNumber,
}

impl AssetKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "EMAIL",
            Self::PhoneNumber => "PHONE_NUMBER",
        }
    }
}

/// A way to reach a customer. `id` is 0 until it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    pub id: i64,
    pub kind: AssetKind,
    pub value: String,
    pub country_code: Option<String>,
    pub created_at: Timestamp,
}

/// A postal address. `id` is 0 until it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostalAddress {
    pub id: i64,
    pub partner_id: Option<String>,
    pub address1: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub country_code: Option<String>,
    pub state: Option<String>,
    pub zip: Option<String>,
    pub is_default: bool,
}

/// What to do with the customer that a call is about.
#[derive(Debug)]
pub struct CustomerDecision {
    /// The row to write; its id is ignored for a new customer, which gets the next free number.
    pub row: CustomerRow,
    pub new: bool,
}

/// One line of an import.
#[derive(Debug, Clone)]
pub struct ImportRow {
    pub id: Option<CustomerId>,
    pub partner_id: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    /// Goes with the phone number: a new number without one clears the old one's.
    pub country_code: Option<String>,
}

/// A ticket as it is now, with its texts and the receipt of its creation.
#[derive(Debug, Clone)]
pub struct TicketRow {
    pub ticket: Ticket,
    pub contact: Contact,
    pub context: Option<String>,
    /// A key's id, or an actor's stored form.
    pub created_by: String,
    /// The ticket that this one goes on from.
    pub linked_to: Option<TicketId>,
    /// What its customer is called now; `None` where nobody knows, or it was erased.
    pub customer_name: Option<String>,
    pub receipt: Receipt,
    /// Names of the agents and teams in the receipt, as they were then.
    pub names: ReceiptNames,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Found {
    /// In the list's order, without the names of their receipts' people.
    pub tickets: Vec<TicketRow>,
    pub next: Option<Cursor>,
    /// Whether all words, names and addresses that had been written by then were searched; true where nothing is.
    pub up_to_date: bool,
}

/// How many tickets a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub count: u64,
    /// Whether there may be more than that.
    pub more: bool,
}

/// What the agents and teams of a receipt were called when it was written.
#[derive(Debug, Clone, Default)]
pub struct ReceiptNames {
    pub agents: HashMap<AgentId, String>,
    pub teams: HashMap<TeamId, String>,
}

impl rota_core::receipt::Names for ReceiptNames {
    fn agent(&self, id: AgentId) -> String {
        self.agents.get(&id).cloned().unwrap_or_else(|| format!("agent {id}"))
    }

    fn team(&self, id: TeamId) -> String {
        self.teams.get(&id).cloned().unwrap_or_else(|| format!("team {id}"))
    }
}

/// How a store's people and pools stand.
#[derive(Debug, Clone)]
pub struct FloorRow {
    pub roster: Arc<Roster>,
    pub pools: Pools,
    /// Everybody's open tickets.
    pub loads: Loads,
    /// Of each pool in which tickets wait, the one that waits longest.
    pub oldest: BTreeMap<Pool, Oldest>,
}

/// A ticket's timeline.
#[derive(Debug, Clone)]
pub struct Timeline {
    pub created_at: Timestamp,
    /// A key's id, or an actor's stored form.
    pub created_by: String,
    /// In the order of their numbers, from 2 on: the creation is 1.
    pub entries: Vec<Entry>,
}

/// Commands on tickets of one store, in one transaction.
#[derive(Debug, Clone)]
pub struct Work {
    pub by: Actor,
    pub orders: Vec<Order>,
    /// Where the outcome is kept, for a call that may be repeated.
    pub keep: Option<Keep>,
}

/// What a call that may be repeated is known by.
#[derive(Debug, Clone)]
pub struct Keep {
    pub key: RecordKey,
    /// Of what was asked for.
    pub hash: BodyHash,
}

/// What became of [`Work`].
#[derive(Debug, Clone)]
pub enum Worked {
    /// One outcome per order.
    Now(Vec<Result<Outcome, Refusal>>),
    /// The call came before, and its orders led to this.
    Before(Vec<Result<Led, Refusal>>),
    /// The key came before with something else.
    KeyReused,
}

/// What an order led to, as far as a repeat of its call is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led {
    pub ticket: TicketId,
    /// The timeline entry that it made; `None` where there was nothing to do.
    pub entry: Option<i64>,
    /// The ticket was made by it.
    pub is_new: bool,
}

/// What is told of an outcome. An order for a merged ticket is refused where nobody follows it to the one that it is merged into.
pub fn led(outcome: Result<Outcome, Refusal>) -> Result<Led, Refusal> {
    let (ticket, entry, is_new) = match outcome? {
        Outcome::Done { ticket, entry } => (ticket.id, Some(entry), false),
        Outcome::Created { ticket } => (ticket.id, Some(ticket.sequence), true),
        Outcome::Unchanged { ticket } => (ticket.id, None, false),
        Outcome::Elsewhere { ticket } => return Err(Refusal::Merged { into: ticket }),
    };
    Ok(Led { ticket, entry, is_new })
}

/// How many tickets wait in a pool.
#[derive(Debug, Clone)]
pub struct PoolWaiting {
    pub store: StoreId,
    pub pool: Pool,
    pub waiting: u64,
}

/// Something in the database that contradicts something else.
#[derive(Debug, Clone)]
pub struct Finding {
    pub store: Option<StoreId>,
    pub text: String,
}

impl Finding {
    /// A store whose routing row is missing or cannot be read.
    pub fn of_routing(store: StoreId, error: StoreError) -> Self {
        let text = match error {
            StoreError::NotFound => "routing: the store's routing row is missing".into(),
            StoreError::Unusable(why) => why,
            other => other.to_string(),
        };
        Self { store: Some(store), text }
    }
}

impl ImportRow {
    /// The customer after the import: what the line leaves out stays as it was.
    pub fn into_customer(self, id: CustomerId, found: Option<CustomerRow>, now: Timestamp) -> CustomerRow {
        let mut row = found.unwrap_or_else(|| CustomerRow::new(id, now));
        row.partner_id = self.partner_id.or(row.partner_id);
        row.first_name = self.first_name.or(row.first_name);
        row.last_name = self.last_name.or(row.last_name);
        if self.phone.is_some() || self.country_code.is_some() {
            row.country_code = self.country_code;
        }
        row.phone = self.phone.or(row.phone);
        row.email = self.email.or(row.email);
        row.active = true;
        row.updated_at = now;
        row
    }
}

impl CustomerRow {
    /// The longest text about a customer, such as a name, in characters.
    pub const MAX_TEXT: usize = 500;

    /// A customer of whom nothing is known yet, made by a command or a call.
    pub fn new(id: CustomerId, now: Timestamp) -> Self {
        Self {
            id,
            partner_id: None,
            first_name: None,
            last_name: None,
            phone: None,
            email: None,
            country_code: None,
            active: true,
            origin: Origin::Command,
            created_at: now,
            updated_at: now,
            assets: Vec::new(),
            addresses: Vec::new(),
            tags: Vec::new(),
        }
    }
}
