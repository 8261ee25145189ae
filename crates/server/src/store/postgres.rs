//! PostgreSQL: any number of nodes on one database. What they do at once is put in order by row locks alone.

mod audit;
mod backup;
mod check;
mod connect;
mod copy;
mod customers;
mod due;
mod erase;
mod events;
mod fault;
mod filing;
mod floor;
mod intake;
mod kept;
mod keys;
mod ledger;
mod lists;
mod mail;
mod migrate;
mod moving;
mod parameter;
mod people;
mod provision;
mod records;
mod rejections;
mod replay;
mod roster;
mod session;
mod sessions;
mod shift;
mod tickets;
mod transaction;
mod viewing;
mod views;
mod webhooks;

use super::ledger::{LedgerRow, LedgerStore};
use super::migration::Migration;
use super::replay::{Chunk, Period, ReplayStore};
use super::sqlite::Draft;
use super::types::{
    AgentRow, ApiKey, AuditRow, Count, CurrentSettings, CustomerKey, CustomerRow, CustomerSet, Finding,
    FloorRow, Found, ImportRow, Keep, PoolWaiting, ReceiptNames, TicketRow, Timeline, Work, Worked,
};
use super::views::{DecideView, ViewChanged, ViewRow, ViewStore};
use super::{
    Answers, Batch, Customers, DecideCustomer, DecideSettings, Erasure, IntakeFailure, IntakeStore,
    ListStore, Provisioned, Role, SettingsStore, Store, StoreError, TicketStore, values,
};
use crate::clock::Clock;
use async_trait::async_trait;
use connect::Connector;
use deadpool::managed::Pool;
use intake::{Intake, IntakeThread, read_routing};
use jiff::Timestamp;
use jiff::civil::Date;
use roster::Rosters;
use rota_core::access::Actor;
use rota_core::ids::{CustomerId, KeyId, StoreId, TicketId};
use rota_core::receipt::Receipt;
use rota_core::roster::Roster;
use rota_core::search::{Filter, Listing};
use rota_core::ticket::Pool as TicketPool;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, mpsc};

pub use connect::Address;
pub use copy::End;
pub use intake::BatchScope;
pub use migrate::MIGRATIONS;

/// Connections of one node at most.
const CONNECTIONS: usize = 16;
/// Those of them that intake's thread has for itself.
const INTAKE_CONNECTIONS: usize = 8;

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
    database: Database,
    intake: IntakeThread,
    scope: BatchScope,
    /// As they were last read outside intake, which has its own.
    rosters: Rosters,
    /// The store that was filed last: the next step goes on behind it.
    filed_last: Mutex<String>,
    /// The same for the ledger.
    counted_last: Mutex<String>,
}

/// Connections to one database, of some number at most.
pub struct Database {
    pool: Pool<Connector>,
    migrated: OnceCell<()>,
    clock: Arc<dyn Clock>,
    options: Options,
}

impl Database {
    fn new(address: &Address, connections: usize, options: Options, clock: Arc<dyn Clock>) -> Self {
        Self { pool: address.pool(connections), migrated: OnceCell::new(), clock, options }
    }
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
        let database = Database::new(address, CONNECTIONS - INTAKE_CONNECTIONS, options, clock.clone());
        match database.session().await {
            Err(StoreError::Away(why)) if role == Role::Server => {
                tracing::warn!("the database is away; waiting for it: {why}");
            }
            opened => drop(opened?),
        }
        let intake = Intake::new(Database::new(address, INTAKE_CONNECTIONS, options, clock));
        let intake = IntakeThread::start(intake)?;
        let rosters = Rosters::default();
        Ok(Self {
            database,
            intake,
            scope: options.scope,
            rosters,
            filed_last: Mutex::default(),
            counted_last: Mutex::default(),
        })
    }
}

#[async_trait]
impl IntakeStore for Postgres {
    fn batches_by_store(&self) -> bool {
        self.scope == BatchScope::Store
    }

    async fn intake(&self, batch: Arc<dyn Batch>) -> Result<Answers, IntakeFailure> {
        self.intake.run(batch).await
    }
}

#[async_trait]
impl TicketStore for Postgres {
    async fn tickets(
        &self,
        store: &StoreId,
        after: TicketId,
        limit: u32,
        waiting_only: bool,
    ) -> Result<Vec<TicketRow>, StoreError> {
        self.database
            .read(async |session| tickets::page(session, store, after, limit, waiting_only).await)
            .await
    }

    async fn ticket(&self, store: &StoreId, id: TicketId) -> Result<Option<TicketRow>, StoreError> {
        self.database.read(async |session| tickets::one(session, store, id).await).await
    }

    async fn floor(&self, store: &StoreId) -> Result<FloorRow, StoreError> {
        self.database.read(async |session| floor::read(session, &self.rosters, store).await).await
    }

    async fn timeline(&self, store: &StoreId, id: TicketId) -> Result<Option<Timeline>, StoreError> {
        self.database.read(async |session| tickets::timeline(session, store, id).await).await
    }

    async fn merged_into(
        &self,
        store: &StoreId,
        id: TicketId,
        limit: u32,
    ) -> Result<Vec<TicketId>, StoreError> {
        self.database.read(async |session| tickets::merged_into(session, store, id, limit).await).await
    }

    async fn roster(&self, store: &StoreId) -> Result<Arc<Roster>, StoreError> {
        self.database
            .read(async |session| {
                let routing = read_routing(session, store).await?;
                self.rosters.get(session, store, routing.roster_version).await
            })
            .await
    }

    async fn work(&self, store: &StoreId, work: Work) -> Result<Worked, StoreError> {
        let now = self.database.clock.now();
        self.database
            .write(async |session| shift::work(session, &self.rosters, store, &work, now).await)
            .await
    }

    async fn hand_out(&self, store: &StoreId) -> Result<bool, StoreError> {
        let now = self.database.clock.now();
        self.database.write(async |session| shift::hand_out(session, &self.rosters, store, now).await).await
    }
}

#[async_trait]
impl ListStore for Postgres {
    async fn find(&self, store: &StoreId, by: &Actor, listing: &Listing) -> Result<Found, StoreError> {
        let now = self.database.clock.now();
        self.database
            .read(async |session| {
                let version = read_routing(session, store).await?.roster_version;
                let roster = self.rosters.get(session, store, version).await?;
                lists::page(session, store, &roster, by, listing, now).await
            })
            .await
    }

    async fn counts(
        &self,
        store: &StoreId,
        by: &Actor,
        filters: &[Filter],
    ) -> Result<Vec<Count>, StoreError> {
        let now = self.database.clock.now();
        self.database
            .read(async |session| {
                let version = read_routing(session, store).await?.roster_version;
                let roster = self.rosters.get(session, store, version).await?;
                let mut counts = Vec::with_capacity(filters.len());
                for filter in filters {
                    counts.push(lists::count(session, store, &roster, by, filter, now).await?);
                }
                Ok(counts)
            })
            .await
    }

    async fn file(&self) -> Result<u64, StoreError> {
        let last = self.filed_last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stores = self.database.look(async |session| filing::backlogs(session, &last).await).await?;
        let reached = stores.last().map_or_else(String::new, |store| store.as_str().into());
        *self.filed_last.lock().unwrap_or_else(PoisonError::into_inner) = reached;
        if stores.is_empty() {
            // There may be something before the store where this began.
            return if last.is_empty() { Ok(0) } else { self.file().await };
        }
        let mut filed = 0;
        for store in &stores {
            filed += self.database.write(async |session| filing::step(session, store).await).await?;
        }
        Ok(filed)
    }
}

#[async_trait]
impl LedgerStore for Postgres {
    async fn count_decisions(&self) -> Result<bool, StoreError> {
        let last = self.counted_last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let stores = self.database.look(async |session| ledger::uncounted(session, &last).await).await?;
        let mut more = stores.len() == super::ledger::STORES;
        for store in &stores {
            more |= self.database.write(async |session| ledger::step(session, store).await).await?;
        }
        let reached = stores.last().filter(|_| stores.len() == super::ledger::STORES);
        let reached = reached.map_or_else(String::new, |store| store.as_str().into());
        *self.counted_last.lock().unwrap_or_else(PoisonError::into_inner) = reached;
        Ok(more)
    }

    async fn ledger(
        &self,
        store: &StoreId,
        pool: TicketPool,
        from: Date,
        to: Date,
    ) -> Result<LedgerRow, StoreError> {
        self.database.read(async |session| ledger::show(session, store, pool, from, to).await).await
    }
}

#[async_trait]
impl ReplayStore for Postgres {
    async fn recorded(
        &self,
        store: &StoreId,
        period: Period,
        to: mpsc::Sender<Chunk>,
    ) -> Result<(), StoreError> {
        self.database.read(async |session| replay::read(session, store, period, &to).await).await
    }
}

#[async_trait]
impl ViewStore for Postgres {
    async fn views(&self, store: &StoreId) -> Result<Vec<ViewRow>, StoreError> {
        self.database.look(async |session| views::all(session, store).await).await
    }

    async fn change_view(
        &self,
        store: &StoreId,
        decide: DecideView,
        keep: Option<Keep>,
    ) -> Result<ViewChanged, StoreError> {
        let now = self.database.clock.now();
        let change = async |session: &session::Session| {
            views::change(session, store, &decide, keep.as_ref(), now).await
        };
        self.database.write(change).await
    }
}

#[async_trait]
impl SettingsStore for Postgres {
    async fn provision(
        &self,
        store: &StoreId,
        decide: DecideSettings,
        dry_run: bool,
    ) -> Result<Provisioned, StoreError> {
        if dry_run {
            return self
                .database
                .read(async |session| provision::decide(session, store, &decide).await)
                .await;
        }
        let now = self.database.clock.now();
        let is_accepted = |done: &Provisioned| matches!(done, Provisioned::Changed(_));
        self.database
            .write_if(is_accepted, async |session| provision::run(session, store, &decide, now).await)
            .await
    }

    async fn settings(&self, store: &StoreId, customers: Customers) -> Result<CurrentSettings, StoreError> {
        self.database.read(async |session| provision::current(session, store, &customers).await).await
    }

    async fn audit(
        &self,
        store: &StoreId,
        subject: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        self.database.look(async |session| audit::page(session, store, subject, before, limit).await).await
    }

    async fn customers(
        &self,
        store: &StoreId,
        after: Option<&CustomerId>,
        limit: u32,
    ) -> Result<Vec<CustomerRow>, StoreError> {
        self.database.look(async |session| customers::page(session, store, after, limit).await).await
    }

    async fn erase(
        &self,
        store: &StoreId,
        customer: &CustomerId,
        after: TicketId,
    ) -> Result<Erasure, StoreError> {
        self.database.write(async |session| erase::step(session, store, customer, after).await).await
    }
}

#[async_trait]
impl Store for Postgres {
    async fn ready(&self) -> Result<(), StoreError> {
        self.database
            .write(async |session| {
                session.run("UPDATE schema_migrations SET applied_at = applied_at WHERE number = 1").await
            })
            .await
    }

    async fn store_exists(&self, store: &StoreId) -> Result<bool, StoreError> {
        self.database.look(async |session| people::store_exists(session, store).await).await
    }

    async fn only_store(&self) -> Result<Option<StoreId>, StoreError> {
        self.database.look(async |session| people::only_store(session).await).await
    }

    async fn key(&self, id: &KeyId) -> Result<Option<ApiKey>, StoreError> {
        self.database.look(async |session| keys::one(session, id).await).await
    }

    async fn keys(&self, store: Option<&StoreId>) -> Result<Vec<ApiKey>, StoreError> {
        self.database.look(async |session| keys::all(session, store).await).await
    }

    async fn keys_changed_since(&self, since: Timestamp) -> Result<Vec<ApiKey>, StoreError> {
        self.database.look(async |session| keys::changed_since(session, since).await).await
    }

    async fn keys_used(&self, used: Vec<(StoreId, KeyId, Timestamp)>) -> Result<(), StoreError> {
        self.database.write(async |session| keys::used(session, &used).await).await
    }

    async fn agents(&self, store: &StoreId) -> Result<Vec<AgentRow>, StoreError> {
        self.database.read(async |session| people::agents(session, store).await).await
    }

    async fn put_customer(
        &self,
        store: &StoreId,
        by: &Actor,
        find: CustomerKey,
        decide: DecideCustomer,
    ) -> Result<CustomerRow, StoreError> {
        let now = self.database.clock.now();
        self.database
            .write(async |session| customers::put(session, store, by, &find, &decide, now).await)
            .await
    }

    async fn customer(
        &self,
        store: &StoreId,
        find: &CustomerKey,
        with: CustomerSet,
    ) -> Result<Option<CustomerRow>, StoreError> {
        self.database.read(async |session| customers::find(session, store, find, with).await).await
    }

    async fn import_customers(
        &self,
        store: &StoreId,
        by: &Actor,
        rows: Vec<ImportRow>,
    ) -> Result<Vec<Result<(), String>>, StoreError> {
        let now = self.database.clock.now();
        self.database.write(async |session| customers::import(session, store, by, &rows, now).await).await
    }

    async fn receipt_names(&self, store: &StoreId, receipt: &Receipt) -> Result<ReceiptNames, StoreError> {
        let names =
            self.database.read(async |session| tickets::names(session, store, &[receipt]).await).await?;
        Ok(names.into_iter().next().unwrap_or_default())
    }

    async fn waiting(&self) -> Result<Vec<PoolWaiting>, StoreError> {
        self.database.look(tickets::waiting).await
    }

    async fn check(&self) -> Result<Vec<Finding>, StoreError> {
        self.database.read(check::run).await
    }

    async fn backup(&self, to: &Path, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<(), StoreError> {
        let draft = Draft::of(to)?;
        let now = self.database.clock.now();
        self.database.read(async |session| backup::copy(session, draft.fill(now)?, progress).await).await?;
        draft.finish()
    }
}
