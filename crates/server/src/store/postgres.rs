//! PostgreSQL: any number of nodes on one database. What they do at once is put in order by row locks alone.

mod backup;
mod check;
mod connect;
mod copy;
mod customers;
mod fault;
mod intake;
mod keys;
mod migrate;
mod parameter;
mod people;
mod provision;
mod roster;
mod session;
mod tickets;
mod transaction;

use super::migration::Migration;
use super::sqlite::Draft;
use super::types::{
    AgentRow, ApiKey, CustomerKey, CustomerRow, CustomerSet, Finding, ImportRow, PoolWaiting, ReceiptNames,
    TicketRow, TimelineRow,
};
use super::{
    Answers, Batch, DecideCustomer, DecideSettings, IntakeFailure, IntakeStore, Provisioned, Role, Store,
    StoreError, values,
};
use crate::clock::Clock;
use async_trait::async_trait;
use connect::Connector;
use deadpool::managed::Pool;
use jiff::Timestamp;
use roster::Rosters;
use rota_core::ids::{KeyId, StoreId, TicketId};
use rota_core::receipt::Receipt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};

pub use connect::Address;
pub use copy::End;
pub use intake::BatchScope;
pub use migrate::MIGRATIONS;

/// What may be set besides the address.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    pub scope: BatchScope,
    /// How long the outcome of a commit that was not answered is looked for.
    pub deadline: Duration,
    /// The schema that the program works with.
    pub migrations: &'static [Migration],
}

impl Default for Options {
    fn default() -> Self {
        Self { scope: BatchScope::default(), deadline: Duration::from_secs(10), migrations: MIGRATIONS }
    }
}

/// A PostgreSQL database in use by this process.
pub struct Postgres {
    pool: Pool<Connector>,
    migrated: OnceCell<()>,
    rosters: Rosters,
    /// Held by the batch under way, so that the next one settles its calls as late as it can.
    turn: Mutex<()>,
    clock: Arc<dyn Clock>,
    options: Options,
}

impl Postgres {
    /// Connects; makes and migrates the schema where needed. [`Role::Server`] waits for a database that is away: it opens
    /// all the same, and connects once it is asked for something and the database is back.
    pub async fn open(
        address: &Address,
        role: Role,
        options: Options,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        let pool = address.pool();
        let db = Self {
            pool,
            migrated: OnceCell::new(),
            rosters: Rosters::default(),
            turn: Mutex::default(),
            clock,
            options,
        };
        match db.session().await {
            Err(StoreError::Away(why)) if role == Role::Server => {
                tracing::warn!("the database is away; waiting for it: {why}");
            }
            opened => drop(opened?),
        }
        Ok(db)
    }
}

#[async_trait]
impl IntakeStore for Postgres {
    async fn intake(&self, batch: Arc<dyn Batch>) -> Result<Answers, IntakeFailure> {
        intake::run(self, batch.as_ref()).await
    }
}

#[async_trait]
impl Store for Postgres {
    async fn ready(&self) -> Result<(), StoreError> {
        self.write(async |session| {
            session.run("UPDATE schema_migrations SET applied_at = applied_at WHERE number = 1").await
        })
        .await
    }

    async fn provision(
        &self,
        store: &StoreId,
        decide: DecideSettings,
        dry_run: bool,
    ) -> Result<Provisioned, StoreError> {
        if dry_run {
            return self.read(async |session| provision::decide(session, store, &decide).await).await;
        }
        let now = self.clock.now();
        let is_accepted = |done: &Provisioned| matches!(done, Provisioned::Changed(_));
        self.write_if(is_accepted, async |session| provision::run(session, store, &decide, now).await).await
    }

    async fn store_exists(&self, store: &StoreId) -> Result<bool, StoreError> {
        self.look(async |session| people::store_exists(session, store).await).await
    }

    async fn create_key(&self, key: ApiKey) -> Result<(), StoreError> {
        self.write(async |session| keys::create(session, &key).await).await
    }

    async fn key(&self, id: &KeyId) -> Result<Option<ApiKey>, StoreError> {
        self.look(async |session| keys::one(session, id).await).await
    }

    async fn keys(&self, store: Option<&StoreId>) -> Result<Vec<ApiKey>, StoreError> {
        self.look(async |session| keys::all(session, store).await).await
    }

    async fn keys_changed_since(&self, since: Timestamp) -> Result<Vec<ApiKey>, StoreError> {
        self.look(async |session| keys::changed_since(session, since).await).await
    }

    async fn revoke_key(&self, id: &KeyId) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(async |session| keys::revoke(session, id, now).await).await
    }

    async fn keys_used(&self, used: Vec<(StoreId, KeyId, Timestamp)>) -> Result<(), StoreError> {
        self.write(async |session| keys::used(session, &used).await).await
    }

    async fn agents(&self, store: &StoreId) -> Result<Vec<AgentRow>, StoreError> {
        self.read(async |session| people::agents(session, store).await).await
    }

    async fn set_online(&self, store: &StoreId, email_key: &str, online: bool) -> Result<bool, StoreError> {
        let now = self.clock.now();
        self.write(async |session| people::set_online(session, store, email_key, online, now).await).await
    }

    async fn put_customer(
        &self,
        store: &StoreId,
        find: CustomerKey,
        decide: DecideCustomer,
    ) -> Result<CustomerRow, StoreError> {
        self.write(async |session| customers::put(session, store, &find, &decide).await).await
    }

    async fn customer(
        &self,
        store: &StoreId,
        find: &CustomerKey,
        with: CustomerSet,
    ) -> Result<Option<CustomerRow>, StoreError> {
        self.read(async |session| customers::find(session, store, find, with).await).await
    }

    async fn import_customers(
        &self,
        store: &StoreId,
        rows: Vec<ImportRow>,
    ) -> Result<Vec<Result<(), String>>, StoreError> {
        let now = self.clock.now();
        self.write(async |session| customers::import(session, store, &rows, now).await).await
    }

    async fn tickets(
        &self,
        store: &StoreId,
        after: TicketId,
        limit: u32,
        waiting_only: bool,
    ) -> Result<Vec<TicketRow>, StoreError> {
        self.read(async |session| tickets::page(session, store, after, limit, waiting_only).await).await
    }

    async fn ticket(&self, store: &StoreId, id: TicketId) -> Result<Option<TicketRow>, StoreError> {
        self.read(async |session| tickets::one(session, store, id).await).await
    }

    async fn timeline(&self, store: &StoreId, id: TicketId) -> Result<Vec<TimelineRow>, StoreError> {
        self.look(async |session| tickets::timeline(session, store, id).await).await
    }

    async fn receipt_names(&self, store: &StoreId, receipt: &Receipt) -> Result<ReceiptNames, StoreError> {
        let names = self.read(async |session| tickets::names(session, store, &[receipt]).await).await?;
        Ok(names.into_iter().next().unwrap_or_default())
    }

    async fn close_tickets(
        &self,
        store: &StoreId,
        ids: &[TicketId],
        by: &str,
    ) -> Result<Vec<TicketId>, StoreError> {
        let now = self.clock.now();
        self.write(async |session| tickets::close(session, store, ids, by, now).await).await
    }

    async fn waiting(&self) -> Result<Vec<PoolWaiting>, StoreError> {
        self.look(tickets::waiting).await
    }

    async fn check(&self) -> Result<Vec<Finding>, StoreError> {
        self.read(check::run).await
    }

    async fn backup(&self, to: &Path, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<(), StoreError> {
        let draft = Draft::of(to)?;
        let now = self.clock.now();
        self.read(async |session| backup::copy(session, draft.fill(now)?, progress).await).await?;
        draft.finish()
    }
}
