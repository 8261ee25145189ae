//! A change of people and settings: what it is decided from, what is written, what the audit log says of it.

use super::{AgentRow, ApiKey, BrandRow, CustomerRow, LabelRow, StoreRow, TeamRow};
use crate::store::webhooks::WebhookRow;
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::availability::Availability;
use rota_core::due::Kind;
use rota_core::event;
use rota_core::ids::{AgentId, CustomerId, TeamId, TicketId, WebhookId};
use rota_core::life::{Command, Expected, Known, Order, Recipient, Ticket};
use rota_core::roster::Roster;
use rota_core::rules::Rule;
use rota_core::stages::Stages;
use serde_json::Value;
use std::collections::HashMap;
use std::time::Duration;

/// All that a change of settings depends on.
#[derive(Debug, Default, Clone)]
pub struct CurrentSettings {
    /// `None` where the store is not there yet.
    pub store: Option<StoreRow>,
    pub stages: Stages,
    pub agents: Vec<AgentRow>,
    pub teams: Vec<TeamRow>,
    pub labels: Vec<LabelRow>,
    /// In the order in which they are looked at.
    pub rules: Vec<Rule>,
    pub brands: Vec<BrandRow>,
    pub keys: Vec<ApiKey>,
    pub webhooks: Vec<WebhookRow>,
    /// Those that were asked for.
    pub customers: Vec<CustomerRow>,
    /// The next number of each kind.
    pub counters: HashMap<String, i64>,
}

/// One change of settings, and the line that tells of it.
#[derive(Debug, Clone)]
pub struct Change {
    pub told: String,
    pub what: SettingsChange,
}

/// The rows as they are after a change.
#[derive(Debug, Clone)]
pub enum SettingsChange {
    Store(StoreRow),
    Stages(Stages),
    /// All of them, in their order.
    Rules(Vec<Rule>),
    Agent(AgentRow),
    Team(TeamRow),
    Label(LabelRow),
    Brand(BrandRow),
    Webhook(WebhookRow),
    /// With what was still to be told, and all attempts.
    WebhookGone(WebhookId),
    /// A key that is new or was revoked.
    Key(ApiKey),
    /// Without the parts, which stay as they are.
    Customer(Box<CustomerRow>),
    /// With all parts.
    WholeCustomer(Box<CustomerRow>),
    /// Timed work about a subject is to be done that long from now, and not at another time.
    Due {
        kind: Kind,
        subject: i64,
        after: Duration,
    },
    /// An event that is about no ticket.
    Tell {
        kind: event::Kind,
        body: Value,
    },
    /// The next number of a kind, so that none is used twice.
    Counter {
        kind: &'static str,
        next: i64,
    },
}

/// What the audit log says of a change. The values are representations without anything secret.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// What was changed, such as `agent:17`.
    pub subject: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// An entry of the audit log.
#[derive(Debug, Clone)]
pub struct AuditRow {
    /// Counts up within the store.
    pub position: i64,
    pub at: Timestamp,
    pub by: Actor,
    pub entry: AuditEntry,
}

/// Who has tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    Agent(AgentId),
    /// Of an agent's tickets those that they have not touched.
    Untouched(AgentId),
    Team(TeamId),
}

/// Open tickets that have to go somewhere else, because who has them is archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    pub of: Holder,
    pub to: Recipient,
}

impl Move {
    /// The orders that move a ticket, and who gives them: nobody but the clock takes a ticket from an owner who has not touched
    /// it. One that only changes its team stays with its owner.
    fn orders(&self, ticket: &Ticket, roster: &Roster, by: &Actor) -> Vec<(Actor, Order)> {
        if let Holder::Untouched(_) = self.of {
            return vec![(Actor::Clock, Order { ticket: ticket.id, command: Command::GiveOn })];
        }
        let order = |to| {
            let command = Command::Assign { to, expected: Expected::Anybody };
            (by.clone(), Order { ticket: ticket.id, command })
        };
        let owner = match self.of {
            Holder::Team(_) => ticket.owner().filter(|owner| roster.agent(*owner).is_some()),
            Holder::Agent(_) | Holder::Untouched(_) => None,
        };
        [self.to].into_iter().chain(owner.map(Recipient::Agent)).map(order).collect()
    }
}

/// The most tickets that are moved in one transaction, which intake waits for.
pub const MOST_MOVED: usize = 5_000;

impl AgentRow {
    pub fn availability(&self) -> Availability {
        if self.online {
            return Availability::Online;
        }
        Availability::Away { reason: self.away_reason.clone(), until: self.away_until }
    }

    pub fn with_availability(mut self, availability: Availability) -> Self {
        self.online = availability.is_online();
        (self.away_reason, self.away_until) = match availability {
            Availability::Online => (None, None),
            Availability::Away { reason, until } => (reason, until),
        };
        self
    }
}

/// The orders of all moves, from the tickets that were read for them.
pub fn ordered(
    known: &Known,
    moved: &[(TicketId, Move)],
    roster: &Roster,
    by: &Actor,
) -> Vec<(Actor, Order)> {
    let tickets: HashMap<TicketId, &Ticket> =
        known.tickets.iter().map(|held| (held.ticket.id, &held.ticket)).collect();
    let orders = moved.iter().filter_map(|(id, one)| Some(one.orders(tickets.get(id)?, roster, by)));
    orders.flatten().collect()
}

/// Tickets that one step of an erasure blanks.
pub const ERASED_AT_ONCE: usize = 100;
/// What is left of the audit log's values about an erased customer.
pub const ERASED_VALUE: &str = r#"{"erased":true}"#;

/// What the audit log calls a customer.
pub fn customer_subject(customer: &CustomerId) -> String {
    format!("customer:{customer}")
}
