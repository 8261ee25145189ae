//! The storage trait: one method is one use case and one transaction. A store applies; it never judges: decisions
//! come in as data or as a callback.

pub mod copy;
mod counted;
pub mod database;
pub mod due;
pub mod events;
mod kept;
pub mod ledger;
mod lists;
pub mod mail;
pub mod migration;
pub mod postgres;
pub mod rejections;
pub mod replay;
pub mod sessions;
mod settings;
pub mod sqlite;
mod tables;
pub mod types;
mod values;
pub mod viewing;
pub mod views;
pub mod webhooks;

use async_trait::async_trait;
use due::DueStore;
use events::EventStore;
use jiff::Timestamp;
use ledger::LedgerStore;
use mail::MailStore;
use rejections::RejectionStore;
use replay::ReplayStore;
use rota_core::access::Actor;
use rota_core::ids::{KeyId, StoreId, TicketId};
use rota_core::intake::{Answer, Call};
use rota_core::receipt::Receipt;
use rota_core::roster::Roster;
use rota_core::search::{Filter, Listing};
use sessions::SessionStore;
use std::path::Path;
use std::sync::Arc;
use types::{
    AgentRow, ApiKey, Count, CustomerDecision, CustomerKey, CustomerRow, CustomerSet, Finding, FloorRow,
    Found, ImportRow, PoolWaiting, ReceiptNames, TicketRow, Timeline, Work, Worked,
};

pub use settings::{
    Changed, Customers, DecideSettings, Decided, Erasure, Provisioned, Refused, SettingsDecision,
    SettingsStore,
};
use viewing::ViewingStore;
use views::ViewStore;
use webhooks::WebhookStore;

/// What a process does with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Serves it, replaces it or copies it. A SQLite database has one at a time.
    Server,
    /// Runs one command on it, also while a server has it open.
    Command,
}

/// Why a storage method did not do its work. Nothing was written, unless it is [`StoreError::Unknown`].
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("not found")]
    NotFound,
    #[error("{0}")]
    Conflict(String),
    /// Somebody else holds the database, or it is full, or it does not answer: trying again may help.
    #[error("the database is away: {0}")]
    Away(String),
    /// The lists are so far behind that the order of the last change cannot be told.
    #[error("the store's lists are still being made")]
    Behind,
    /// The database cannot be used as it is.
    #[error("the database is unusable: {0}")]
    Unusable(String),
    #[error("{0}")]
    Backend(String),
    /// The commit was sent; whether it succeeded could not be learned.
    #[error("whether it was done is not known: {0}; look before you repeat it")]
    Unknown(String),
}

/// Why a batch was not answered.
#[derive(Debug, Clone)]
pub enum IntakeFailure {
    /// Certainly nothing was written.
    NotWritten(StoreError),
    /// The commit was sent and its outcome is not known.
    Unknown(StoreError),
}

/// A batch of create calls. A call is claimed right before it is decided, under the lock, so that one whose
/// caller was already told "nothing was written" is left out for certain.
pub trait Batch: Send + Sync {
    /// The calls; which they are is settled when this is first asked, so a store asks when it is ready to decide.
    fn calls(&self) -> &[Call];
    /// Whether the call at `index` is still wanted; from then on it will be answered with its outcome.
    fn claim(&self, index: usize) -> bool;
    /// The next batch need not wait for this one any longer: its COMMIT was sent, and what became of it is being found
    /// out.
    fn pass_on(&self);
}

/// The answers to a batch in its order; `None` for calls that were no longer wanted.
pub type Answers = Vec<Option<Answer>>;

/// Decides what a customer call writes, from the customer that matched; again where the transaction has to run again.
pub type DecideCustomer = Box<dyn Fn(Option<&CustomerRow>) -> CustomerDecision + Send + Sync>;

/// What the batcher needs of a store.
#[async_trait]
pub trait IntakeStore: Send + Sync {
    /// Whether each store's calls are batches of their own, and any number of batches is handed over at a time. Else a
    /// batch has the calls of all stores.
    fn batches_by_store(&self) -> bool {
        false
    }

    /// Decides and writes a batch in one durable transaction (contract 1).
    async fn intake(&self, batch: Arc<dyn Batch>) -> Result<Answers, IntakeFailure>;
}

/// Tickets after their creation (desk 1 and 2).
#[async_trait]
pub trait TicketStore: Send + Sync {
    /// Tickets after `after` in the order of their ids, at most `limit`.
    async fn tickets(
        &self,
        store: &StoreId,
        after: TicketId,
        limit: u32,
        waiting_only: bool,
    ) -> Result<Vec<TicketRow>, StoreError>;
    async fn ticket(&self, store: &StoreId, id: TicketId) -> Result<Option<TicketRow>, StoreError>;
    /// The store's people and settings as they are now.
    async fn roster(&self, store: &StoreId) -> Result<Arc<Roster>, StoreError>;
    /// How its people and pools stand, all of one moment.
    async fn floor(&self, store: &StoreId) -> Result<FloorRow, StoreError>;
    async fn timeline(&self, store: &StoreId, id: TicketId) -> Result<Option<Timeline>, StoreError>;
    /// The tickets that were merged into this one, and into those, in the order of their numbers; at most `limit`.
    async fn merged_into(
        &self,
        store: &StoreId,
        id: TicketId,
        limit: u32,
    ) -> Result<Vec<TicketId>, StoreError>;

    /// Works orders one after the other, each by the state that the ones before it left, and hands out what can be handed
    /// out after them. An order that is refused changes nothing and keeps no other from being worked.
    async fn work(&self, store: &StoreId, work: Work) -> Result<Worked, StoreError>;

    /// Hands out waiting tickets of all pools, some at a time; answers whether there may be more.
    async fn hand_out(&self, store: &StoreId) -> Result<bool, StoreError>;
}

/// Finding tickets (desk 2).
#[async_trait]
pub trait ListStore: Send + Sync {
    /// A page of tickets that `by` may see.
    async fn find(&self, store: &StoreId, by: &Actor, listing: &Listing) -> Result<Found, StoreError>;

    /// How many tickets each of these filters shows to `by`: exact up to 1,000. Beyond that, or where very many have to be
    /// looked at, it says that there may be more.
    async fn counts(&self, store: &StoreId, by: &Actor, filters: &[Filter])
    -> Result<Vec<Count>, StoreError>;

    /// Files some of what is new or changed, in lists and search; answers how many tickets that was about, 0 where there was
    /// nothing to do. Until then lists have new tickets all the same, and searches don't find their words.
    async fn file(&self) -> Result<u64, StoreError>;
}

/// All that the program needs of a database. Every method about a store is given the store, and another one's row is
/// simply not found.
#[async_trait]
pub trait Store:
    IntakeStore
    + TicketStore
    + SettingsStore
    + SessionStore
    + DueStore
    + ListStore
    + ViewStore
    + ViewingStore
    + LedgerStore
    + ReplayStore
    + EventStore
    + RejectionStore
    + WebhookStore
    + MailStore
{
    /// Whether the database answers a write right now.
    async fn ready(&self) -> Result<(), StoreError>;

    async fn store_exists(&self, store: &StoreId) -> Result<bool, StoreError>;
    /// The store, where there is exactly one.
    async fn only_store(&self) -> Result<Option<StoreId>, StoreError>;

    async fn key(&self, id: &KeyId) -> Result<Option<ApiKey>, StoreError>;
    /// All keys, or one store's, in the order they were made.
    async fn keys(&self, store: Option<&StoreId>) -> Result<Vec<ApiKey>, StoreError>;
    async fn keys_changed_since(&self, since: Timestamp) -> Result<Vec<ApiKey>, StoreError>;
    async fn keys_used(&self, used: Vec<(StoreId, KeyId, Timestamp)>) -> Result<(), StoreError>;

    async fn agents(&self, store: &StoreId) -> Result<Vec<AgentRow>, StoreError>;

    async fn put_customer(
        &self,
        store: &StoreId,
        by: &Actor,
        find: CustomerKey,
        decide: DecideCustomer,
    ) -> Result<CustomerRow, StoreError>;
    async fn customer(
        &self,
        store: &StoreId,
        find: &CustomerKey,
        with: CustomerSet,
    ) -> Result<Option<CustomerRow>, StoreError>;
    /// One answer per row: `Err` names the rule that refused it.
    async fn import_customers(
        &self,
        store: &StoreId,
        by: &Actor,
        rows: Vec<ImportRow>,
    ) -> Result<Vec<Result<(), String>>, StoreError>;

    /// What a receipt's agents and team were called when it was written.
    async fn receipt_names(&self, store: &StoreId, receipt: &Receipt) -> Result<ReceiptNames, StoreError>;

    async fn waiting(&self) -> Result<Vec<PoolWaiting>, StoreError>;
    /// Everything that contradicts itself.
    async fn check(&self) -> Result<Vec<Finding>, StoreError>;
    /// Writes a consistent copy to a new file; `progress` is told pages done and pages in all.
    async fn backup(&self, to: &Path, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<(), StoreError>;
}
