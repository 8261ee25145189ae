//! Webhooks' side of the storage trait: endpoints, who works them, what is still to be told, what was tried.

use super::StoreError;
use super::due::Lease;
use super::types::Origin;
use super::values::{from_json, known, time_or_null, to_json};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::event::Kind;
use rota_core::ids::{StoreId, TicketId, WebhookId};
use rota_core::webhook::Format;
use std::collections::{BTreeSet, HashMap, HashSet};

/// An endpoint as it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRow {
    pub id: WebhookId,
    pub url: String,
    /// The kinds it is told of; none: all.
    pub kinds: BTreeSet<Kind>,
    pub format: Format,
    pub active: bool,
    /// Why it was switched off, where nobody did.
    pub disabled_why: Option<String>,
    /// Of its secret: counts up with each rotation.
    pub generation: i64,
    pub rotated_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub origin: Origin,
}

/// An endpoint that is held, and how far it is.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub store: StoreId,
    pub row: WebhookRow,
    /// The last event that was looked at.
    pub position: i64,
    pub failing_since: Option<Timestamp>,
}

/// How an endpoint stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct WebhookState {
    /// Events that failed or are held back by one that did.
    pub pending: u64,
    pub failing_since: Option<Timestamp>,
}

/// An event behind an endpoint's position that is still to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    pub position: i64,
    pub part: u8,
    pub ticket: Option<TicketId>,
    pub failures: u32,
    /// When it failed first.
    pub first_at: Option<Timestamp>,
    /// `None`: an earlier one of its ticket is in the way.
    pub next_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    Failed,
    /// Failed for the last time.
    GivenUp,
}

impl Outcome {
    const ALL: [Self; 3] = [Self::Delivered, Self::Failed, Self::GivenUp];

    pub fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::GivenUp => "given_up",
        }
    }
}

/// What was sent, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// 0: it was a test.
    pub position: i64,
    pub part: u8,
    pub kind: String,
    pub ticket: Option<TicketId>,
    pub at: Timestamp,
    /// The how manieth of its event.
    pub attempt: u32,
    pub outcome: Outcome,
    pub status: Option<u16>,
    pub ms: u64,
    /// What went wrong on the way.
    pub error: Option<String>,
    /// How the answer's body begins.
    pub answer: Option<String>,
}

/// What one round of deliveries came to.
#[derive(Debug, Clone, Default)]
pub struct Round {
    pub position: i64,
    pub failing_since: Option<Timestamp>,
    pub attempts: Vec<Attempt>,
    /// Events that are pending no more.
    pub done: Vec<(i64, u8)>,
    pub pending: Vec<Pending>,
    /// Tickets whose first pending event is due, unless it waits for its time.
    pub released: BTreeSet<TicketId>,
}

#[async_trait]
pub trait WebhookStore: Send + Sync {
    /// What a server before this one held is free again, where there is one server at a time.
    async fn free_webhooks(&self) -> Result<(), StoreError>;
    /// Whether any store has an endpoint, active or not.
    async fn has_webhooks(&self) -> Result<bool, StoreError>;
    /// Active endpoints that nobody holds and that there is something to do for.
    async fn webhooks_with_work(&self, limit: u32) -> Result<Vec<(StoreId, WebhookId)>, StoreError>;
    /// Takes an endpoint, or holds it for longer; `None` where somebody else has it, or it is not active.
    async fn hold_webhook(
        &self,
        store: &StoreId,
        id: WebhookId,
        lease: &Lease,
    ) -> Result<Option<Endpoint>, StoreError>;
    async fn leave_webhook(&self, store: &StoreId, id: WebhookId, lease: &str) -> Result<(), StoreError>;
    /// Pending events whose time has come, the longest due first.
    async fn webhook_due(
        &self,
        store: &StoreId,
        id: WebhookId,
        limit: u32,
    ) -> Result<Vec<Pending>, StoreError>;
    /// Which of these tickets have pending events.
    async fn webhook_held(
        &self,
        store: &StoreId,
        id: WebhookId,
        tickets: &[TicketId],
    ) -> Result<HashSet<TicketId>, StoreError>;
    /// Writes what a round came to, if the endpoint is still held under that lease.
    async fn end_round(
        &self,
        store: &StoreId,
        id: WebhookId,
        lease: &str,
        round: Round,
    ) -> Result<bool, StoreError>;
    /// Notes an attempt beside the rounds; answers its number.
    async fn note_attempt(&self, store: &StoreId, id: WebhookId, attempt: Attempt)
    -> Result<i64, StoreError>;
    /// Has events sent again.
    async fn resend(
        &self,
        store: &StoreId,
        id: WebhookId,
        events: &[(i64, u8, Option<TicketId>)],
    ) -> Result<(), StoreError>;
    /// Attempts from before a number on, newest first, each with its number.
    async fn webhook_attempts(
        &self,
        store: &StoreId,
        id: WebhookId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, Attempt)>, StoreError>;
    /// How the store's endpoints stand.
    async fn webhook_states(&self, store: &StoreId) -> Result<HashMap<WebhookId, WebhookState>, StoreError>;
}

/// An endpoint's columns.
pub struct StoredWebhook {
    pub id: i64,
    pub url: String,
    pub kinds: String,
    pub format: String,
    pub active: bool,
    pub disabled_why: Option<String>,
    pub generation: i64,
    pub rotated_at: Option<i64>,
    pub created_at: i64,
    pub origin: String,
}

/// Which columns [`StoredWebhook`] has, in its order.
pub const WEBHOOK_COLUMNS: &str =
    "id, url, kinds, format, active, disabled_why, generation, rotated_at, created_at, origin";

/// Which columns [`Attempt`] has, in its order.
pub const ATTEMPT_COLUMNS: &str =
    "position, part, kind, ticket_id, at, attempt, outcome, status, ms, error, answer";

impl StoredWebhook {
    pub fn row(self) -> Result<WebhookRow, StoreError> {
        let names: Vec<String> = from_json("webhooks.kinds", &self.kinds)?;
        let kinds = names.iter().map(|name| known("webhooks.kinds", Kind::from_name(name)));
        Ok(WebhookRow {
            id: WebhookId(self.id),
            url: self.url,
            kinds: kinds.collect::<Result<_, _>>()?,
            format: known("webhooks.format", Format::from_name(&self.format))?,
            active: self.active,
            disabled_why: self.disabled_why,
            generation: self.generation,
            rotated_at: time_or_null(self.rotated_at)?,
            created_at: super::values::time(self.created_at)?,
            origin: Origin::from_name(&self.origin),
        })
    }
}

/// Kinds as they are stored.
pub fn kinds_to_text(kinds: &BTreeSet<Kind>) -> String {
    to_json(&kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>())
}

pub fn outcome(name: &str) -> Result<Outcome, StoreError> {
    let found = Outcome::ALL.into_iter().find(|outcome| outcome.name() == name);
    known("webhook_attempts.outcome", found)
}

/// A small number as it is stored.
pub fn small<T: TryFrom<i64>>(what: &str, number: i64) -> Result<T, StoreError> {
    known(what, T::try_from(number).ok())
}
