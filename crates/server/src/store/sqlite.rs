//! SQLite: WAL, `synchronous=FULL`, one writer thread, a pool of readers, checkpoints off the writer's path.

mod audit;
mod backup;
mod check;
mod checkpoint;
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
mod keys;
mod ledger;
mod lines;
mod lists;
mod mail;
mod migrate;
mod moving;
mod people;
mod provision;
mod readers;
mod records;
mod rejections;
mod replay;
mod roster;
mod routing;
mod sessions;
mod shift;
mod tickets;
mod turn;
mod viewing;
mod views;
mod webhooks;
mod writer;

use super::ledger::{LedgerRow, LedgerStore};
use super::replay::{Chunk, Period, ReplayStore};
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
use fault::Fault;
use jiff::Timestamp;
use jiff::civil::Date;
use lines::Line;
use readers::Readers;
use roster::Rosters;
use rota_core::access::Actor;
use rota_core::ids::{CustomerId, KeyId, StoreId, TicketId};
use rota_core::receipt::Receipt;
use rota_core::roster::Roster;
use rota_core::search::{Filter, Listing};
use rota_core::ticket::Pool;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use writer::{Writer, WriterHandle};

pub use backup::{Draft, restore};
pub use connect::Place;
pub use copy::{End, tables};

/// A SQLite database in use by this process.
pub struct Sqlite {
    writer: WriterHandle,
    readers: Readers,
    clock: Arc<dyn Clock>,
    /// As they were last read beside the writer, which has its own.
    rosters: Arc<Mutex<Rosters>>,
    /// The store that was filed last: the next step goes on behind it.
    filed_last: Mutex<String>,
    /// The same for the ledger.
    counted_last: Mutex<String>,
    looks: viewing::Looks,
}

impl Sqlite {
    /// Opens `place`, makes and migrates the database where needed. [`Role::Server`] refuses a database that
    /// another server has open.
    pub fn open(place: &Place, role: Role, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let writer = WriterHandle::start(place, role, clock.as_ref())?;
        let readers = Readers::new(place.clone());
        Ok(Self {
            writer,
            readers,
            clock,
            rosters: Arc::default(),
            filed_last: Mutex::default(),
            counted_last: Mutex::default(),
            looks: viewing::Looks::default(),
        })
    }

    /// Runs `work` on the writer in one transaction.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.writer.run(Line::Other, move |writer: &mut Writer| writer.transaction(work));
        done.await?
    }

    /// The same, for what is decided by the stores' rosters.
    async fn write_by_roster<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection, &mut Rosters) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.writer.run(Line::Other, move |writer: &mut Writer| writer.committing(work));
        Ok(done.await??)
    }

    /// Reads, with the store's roster as of the same view.
    async fn read_by_roster<T: Send + 'static>(
        &self,
        store: StoreId,
        work: impl FnOnce(&rusqlite::Connection, &StoreId, &Roster) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let rosters = self.rosters.clone();
        self.read(move |db| {
            let routing = routing::take(&mut db.prepare_cached(routing::TAKE)?, &store)?;
            let mut rosters = rosters.lock().unwrap_or_else(PoisonError::into_inner);
            let roster = rosters.get(db, &store, routing.roster_version)?;
            drop(rosters);
            work(db, &store, &roster)
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.run(work).await
    }
}

#[async_trait]
impl IntakeStore for Sqlite {
    async fn intake(&self, batch: Arc<dyn Batch>) -> Result<Answers, IntakeFailure> {
        let clock = self.clock.clone();
        let done = self.writer.run(Line::Intake, move |writer: &mut Writer| {
            intake::run(writer, batch.as_ref(), clock.as_ref())
        });
        done.await.map_err(IntakeFailure::Unknown)?
    }
}

#[async_trait]
impl TicketStore for Sqlite {
    async fn tickets(
        &self,
        store: &StoreId,
        after: TicketId,
        limit: u32,
        waiting_only: bool,
    ) -> Result<Vec<TicketRow>, StoreError> {
        let store = store.clone();
        self.read(move |db| tickets::page(db, &store, after, limit, waiting_only)).await
    }

    async fn ticket(&self, store: &StoreId, id: TicketId) -> Result<Option<TicketRow>, StoreError> {
        let store = store.clone();
        self.read(move |db| tickets::one(db, &store, id)).await
    }

    async fn floor(&self, store: &StoreId) -> Result<FloorRow, StoreError> {
        let (store, rosters) = (store.clone(), self.rosters.clone());
        self.read(move |db| {
            let mut rosters = rosters.lock().unwrap_or_else(PoisonError::into_inner);
            floor::read(db, &mut rosters, &store)
        })
        .await
    }

    async fn timeline(&self, store: &StoreId, id: TicketId) -> Result<Option<Timeline>, StoreError> {
        let store = store.clone();
        self.read(move |db| tickets::timeline(db, &store, id)).await
    }

    async fn merged_into(
        &self,
        store: &StoreId,
        id: TicketId,
        limit: u32,
    ) -> Result<Vec<TicketId>, StoreError> {
        let store = store.clone();
        self.read(move |db| tickets::merged_into(db, &store, id, limit)).await
    }

    async fn roster(&self, store: &StoreId) -> Result<Arc<Roster>, StoreError> {
        let (store, rosters) = (store.clone(), self.rosters.clone());
        self.read(move |db| {
            let routing = routing::take(&mut db.prepare_cached(routing::TAKE)?, &store)?;
            let mut rosters = rosters.lock().unwrap_or_else(PoisonError::into_inner);
            rosters.get(db, &store, routing.roster_version)
        })
        .await
    }

    async fn work(&self, store: &StoreId, work: Work) -> Result<Worked, StoreError> {
        let (store, now) = (store.clone(), self.clock.now());
        self.write_by_roster(move |tx, rosters| shift::work(tx, rosters, &store, &work, now)).await
    }

    async fn hand_out(&self, store: &StoreId) -> Result<bool, StoreError> {
        let (store, now) = (store.clone(), self.clock.now());
        self.write_by_roster(move |tx, rosters| shift::hand_out(tx, rosters, &store, now)).await
    }
}

#[async_trait]
impl ListStore for Sqlite {
    async fn find(&self, store: &StoreId, by: &Actor, listing: &Listing) -> Result<Found, StoreError> {
        let (store, by, listing, now) = (store.clone(), by.clone(), listing.clone(), self.clock.now());
        self.read_by_roster(store, move |db, store, roster| {
            lists::page(db, store, roster, &by, &listing, now)
        })
        .await
    }

    async fn counts(
        &self,
        store: &StoreId,
        by: &Actor,
        filters: &[Filter],
    ) -> Result<Vec<Count>, StoreError> {
        let (store, by, filters, now) = (store.clone(), by.clone(), filters.to_vec(), self.clock.now());
        self.read_by_roster(store, move |db, store, roster| {
            filters.iter().map(|filter| lists::count(db, store, roster, &by, filter, now)).collect()
        })
        .await
    }

    async fn file(&self) -> Result<u64, StoreError> {
        let last = self.filed_last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let steps = self.read(move |db| filing::read(db, &last)).await?;
        let stores = filing::last(&steps).map_or_else(String::new, |store| store.as_str().into());
        let before =
            std::mem::replace(&mut *self.filed_last.lock().unwrap_or_else(PoisonError::into_inner), stores);
        if steps.is_empty() {
            // There may be something before the store where this began.
            return if before.is_empty() { Ok(0) } else { self.file().await };
        }
        let tickets = filing::size(&steps);
        self.write(move |tx| filing::write(tx, &steps)).await?;
        Ok(tickets)
    }
}

#[async_trait]
impl LedgerStore for Sqlite {
    async fn count_decisions(&self) -> Result<bool, StoreError> {
        let last = self.counted_last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let read = self.read(move |db| ledger::read(db, &last)).await?;
        let ledger::Steps { steps, next, more } = read;
        if !steps.is_empty() {
            self.write(move |tx| ledger::write(tx, &steps)).await?;
        }
        *self.counted_last.lock().unwrap_or_else(PoisonError::into_inner) = next;
        Ok(more)
    }

    async fn ledger(
        &self,
        store: &StoreId,
        pool: Pool,
        from: Date,
        to: Date,
    ) -> Result<LedgerRow, StoreError> {
        let store = store.clone();
        self.read(move |db| ledger::show(db, &store, pool, from, to)).await
    }
}

#[async_trait]
impl ReplayStore for Sqlite {
    async fn recorded(
        &self,
        store: &StoreId,
        period: Period,
        to: mpsc::Sender<Chunk>,
    ) -> Result<(), StoreError> {
        let store = store.clone();
        self.read(move |db| replay::read(db, &store, period, &to)).await
    }
}

#[async_trait]
impl ViewStore for Sqlite {
    async fn views(&self, store: &StoreId) -> Result<Vec<ViewRow>, StoreError> {
        let store = store.clone();
        self.read(move |db| views::all(db, &store)).await
    }

    async fn change_view(
        &self,
        store: &StoreId,
        decide: DecideView,
        keep: Option<Keep>,
    ) -> Result<ViewChanged, StoreError> {
        let (store, now) = (store.clone(), self.clock.now());
        self.write(move |tx| views::change(tx, &store, &decide, keep.as_ref(), now)).await
    }
}

#[async_trait]
impl SettingsStore for Sqlite {
    async fn provision(
        &self,
        store: &StoreId,
        decide: DecideSettings,
        dry_run: bool,
    ) -> Result<Provisioned, StoreError> {
        let (store, now) = (store.clone(), self.clock.now());
        self.write(move |tx| provision::run(tx, &store, decide, dry_run, now)).await
    }

    async fn settings(&self, store: &StoreId, customers: Customers) -> Result<CurrentSettings, StoreError> {
        let store = store.clone();
        self.read(move |db| provision::current(db, &store, &customers)).await
    }

    async fn audit(
        &self,
        store: &StoreId,
        subject: Option<&str>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, StoreError> {
        let (store, subject) = (store.clone(), subject.map(str::to_owned));
        self.read(move |db| audit::page(db, &store, subject.as_deref(), before, limit)).await
    }

    async fn customers(
        &self,
        store: &StoreId,
        after: Option<&CustomerId>,
        limit: u32,
    ) -> Result<Vec<CustomerRow>, StoreError> {
        let (store, after) = (store.clone(), after.cloned());
        self.read(move |db| customers::page(db, &store, after.as_ref(), limit)).await
    }

    async fn erase(
        &self,
        store: &StoreId,
        customer: &CustomerId,
        after: TicketId,
    ) -> Result<Erasure, StoreError> {
        let (store, customer) = (store.clone(), customer.clone());
        self.write(move |tx| erase::step(tx, &store, &customer, after)).await
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn ready(&self) -> Result<(), StoreError> {
        self.writer.run(Line::Other, Writer::fence).await?
    }

    async fn store_exists(&self, store: &StoreId) -> Result<bool, StoreError> {
        let store = store.clone();
        self.read(move |db| people::store_exists(db, &store)).await
    }

    async fn only_store(&self) -> Result<Option<StoreId>, StoreError> {
        self.read(people::only_store).await
    }

    async fn key(&self, id: &KeyId) -> Result<Option<ApiKey>, StoreError> {
        let id = id.clone();
        self.read(move |db| keys::one(db, &id)).await
    }

    async fn keys(&self, store: Option<&StoreId>) -> Result<Vec<ApiKey>, StoreError> {
        let store = store.cloned();
        self.read(move |db| keys::all(db, store.as_ref())).await
    }

    async fn keys_changed_since(&self, since: Timestamp) -> Result<Vec<ApiKey>, StoreError> {
        self.read(move |db| keys::changed_since(db, since)).await
    }

    async fn keys_used(&self, used: Vec<(StoreId, KeyId, Timestamp)>) -> Result<(), StoreError> {
        self.write(move |tx| keys::used(tx, &used)).await
    }

    async fn agents(&self, store: &StoreId) -> Result<Vec<AgentRow>, StoreError> {
        let store = store.clone();
        self.read(move |db| people::agents(db, &store)).await
    }

    async fn put_customer(
        &self,
        store: &StoreId,
        by: &Actor,
        find: CustomerKey,
        decide: DecideCustomer,
    ) -> Result<CustomerRow, StoreError> {
        let (store, by, now) = (store.clone(), by.clone(), self.clock.now());
        self.write(move |tx| customers::put(tx, &store, &by, &find, decide, now)).await
    }

    async fn customer(
        &self,
        store: &StoreId,
        find: &CustomerKey,
        with: CustomerSet,
    ) -> Result<Option<CustomerRow>, StoreError> {
        let (store, find) = (store.clone(), find.clone());
        self.read(move |db| customers::find(db, &store, &find, with)).await
    }

    async fn import_customers(
        &self,
        store: &StoreId,
        by: &Actor,
        rows: Vec<ImportRow>,
    ) -> Result<Vec<Result<(), String>>, StoreError> {
        let (store, by, now) = (store.clone(), by.clone(), self.clock.now());
        self.write(move |tx| customers::import(tx, &store, &by, &rows, now)).await
    }

    async fn receipt_names(&self, store: &StoreId, receipt: &Receipt) -> Result<ReceiptNames, StoreError> {
        let (store, receipt) = (store.clone(), receipt.clone());
        self.read(move |db| tickets::names(db, &store, &receipt)).await
    }

    async fn waiting(&self) -> Result<Vec<PoolWaiting>, StoreError> {
        self.read(tickets::waiting).await
    }

    async fn check(&self) -> Result<Vec<Finding>, StoreError> {
        self.read(check::run).await
    }

    async fn backup(&self, to: &Path, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<(), StoreError> {
        let source = self.readers.take()?;
        backup::run(source, to, progress)
    }
}
