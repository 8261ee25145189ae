//! How people and settings change: one method, whoever asks and whatever changes. What is to be changed is decided by a
//! callback from all that is there, under the store's lock.

use super::StoreError;
use super::types::{
    AuditEntry, AuditRow, Change, CurrentSettings, CustomerKey, CustomerRow, Keep, MOST_MOVED, Move,
};
use super::values::corrupt;
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::access::{Actor, Barred};
use rota_core::ids::{CustomerId, StoreId, TicketId};
use serde_json::Value;

/// Which customers a decision is given. They can be very many, so they are read only where they matter.
#[derive(Debug, Clone, Default)]
pub enum Customers {
    #[default]
    None,
    /// All that a store file is compared with, without their parts.
    All,
    /// The first match of each key, whole; with them the next free number of a customer.
    Found(Vec<CustomerKey>),
}

/// Decides what changes, from what is there; again from what is there then, where the transaction has to run again.
pub struct DecideSettings {
    /// Who asks, for the audit log.
    pub by: Actor,
    pub customers: Customers,
    /// Where the answer is kept, for a call that may be repeated.
    pub keep: Option<Keep>,
    pub decide: Box<dyn Fn(&CurrentSettings) -> SettingsDecision + Send + Sync>,
}

pub type SettingsDecision = Result<Decided, Refused>;

/// What is to be written, all in one transaction.
#[derive(Debug, Clone, Default)]
pub struct Decided {
    pub changes: Vec<Change>,
    pub audit: Vec<AuditEntry>,
    /// Open tickets that lose who had them.
    pub moves: Vec<Move>,
    /// What whoever asked is told.
    pub answer: Value,
    /// What is kept of it for a repeat: nothing secret, and nothing of a customer's.
    pub kept: Value,
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// What is wrong with a store file, a line each.
    #[error("{}", .0.join("; "))]
    File(Vec<String>),
    #[error("there is no such thing in this store")]
    NotFound,
    #[error("this is not yours to do")]
    Forbidden,
    /// It has to be said which state is changed (`If-Match`).
    #[error("needs the ETag of what you saw")]
    Unconditional,
    #[error("it has changed since you saw it")]
    Stale,
    /// Fields, each with the rule that it breaks against what the store is.
    #[error("{}", .0.iter().map(|(field, rule)| format!("{field} {rule}")).collect::<Vec<_>>().join("; "))]
    Unfit(Vec<(String, String)>),
    #[error(
        "more than {MOST_MOVED} open tickets would lose who has them; close or assign some of them first"
    )]
    TooManyTickets,
}

impl Refused {
    pub fn field(name: &str, rule: impl Into<String>) -> Self {
        Self::Unfit(vec![(name.into(), rule.into())])
    }
}

impl From<Barred> for Refused {
    fn from(barred: Barred) -> Self {
        match barred {
            Barred::Hidden => Self::NotFound,
            Barred::Forbidden => Self::Forbidden,
        }
    }
}

/// What became of a decision.
#[derive(Debug)]
pub enum Provisioned {
    Refused(Refused),
    Changed(Changed),
    /// The call came before: what was kept of its answer.
    Before(Value),
    /// The key came before with something else.
    KeyReused,
}

#[derive(Debug)]
pub struct Changed {
    pub changes: Vec<Change>,
    pub answer: Value,
    /// More tickets wait that somebody could take: [`super::TicketStore::hand_out`] goes on.
    pub unfinished: bool,
}

/// How far the erasure of a customer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// From after this ticket on, there are more.
    After(TicketId),
    Done,
}

/// People, settings, and the customers and the audit log as the desk sees them.
#[async_trait]
pub trait SettingsStore: Send + Sync {
    /// Writes what `decide` says, with its entries of the audit log; moves tickets and hands out what somebody has become
    /// able to take. With `dry_run` nothing is written.
    async fn provision(
        &self,
        store: &StoreId,
        decide: DecideSettings,
        dry_run: bool,
    ) -> Result<Provisioned, StoreError>;

    /// All that a decision would be given now.
    async fn settings(&self, store: &StoreId, customers: Customers) -> Result<CurrentSettings, StoreError>;

    /// The audit log from before a position on, newest first, at most `limit`; of one subject, or of all.
    async fn audit(
        &self,
        store: &StoreId,
        subject: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError>;

    /// Customers after `after` in the order of their ids, archived ones too, without their parts.
    async fn customers(
        &self,
        store: &StoreId,
        after: Option<&CustomerId>,
        limit: u32,
    ) -> Result<Vec<CustomerRow>, StoreError>;

    /// One step of erasing a customer who was archived as erased: blanks what the next tickets after `after` say of them,
    /// at last the audit log's values. All steps may be taken again.
    async fn erase(
        &self,
        store: &StoreId,
        customer: &CustomerId,
        after: TicketId,
    ) -> Result<Erasure, StoreError>;
}

impl AuditEntry {
    /// An entry; what is the same before and after is none.
    pub fn of(subject: String, before: Option<Value>, after: Option<Value>) -> Option<Self> {
        (before != after).then_some(Self { subject, before, after })
    }
}

impl AuditRow {
    /// Of stored columns.
    pub fn read(
        position: i64,
        at: Timestamp,
        actor: &str,
        subject: String,
        values: [Option<&str>; 2],
    ) -> Result<Self, StoreError> {
        let value = |text: Option<&str>| text.map(serde_json::from_str).transpose();
        let [before, after] = values.map(value);
        Ok(Self {
            position,
            at,
            by: actor.parse().map_err(|error| corrupt("audit.actor", error))?,
            entry: AuditEntry {
                subject,
                before: before.map_err(|error| corrupt("audit.before", error))?,
                after: after.map_err(|error| corrupt("audit.after", error))?,
            },
        })
    }
}
