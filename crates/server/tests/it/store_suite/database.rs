//! A database of a test's own, reached through nothing but the storage trait.

use super::calls::{Calls, told};
use crate::harness::{STORE, StoreFile, TempDir, postgres};
use jiff::Timestamp;
use rota::clock::Clock;
use rota::provision;
use rota::settings::agents::{self, Which};
use rota::settings::{self, Asked};
use rota::store::postgres::{Address, BatchScope, Options, Postgres};
use rota::store::sqlite::{Place, Sqlite};
use rota::store::types::{ApiKey, Keep, TicketRow, Work, Worked};
use rota::store::{Answers, DecideSettings, Provisioned, Refused, Role, Store, StoreError};
use rota_core::access::Actor;
use rota_core::availability::Availability;
use rota_core::ids::{StoreId, TicketId};
use rota_core::intake::Call;
use rota_core::life::{Command, Expected, Order, Outcome, Refusal};
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;

/// When every test begins.
pub const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

/// What differs between databases.
pub trait Engine: Send + Sync {
    /// Another handle, as another process would open one.
    fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn Store>;
    /// Changes rows behind the trait's back, foreign keys notwithstanding.
    fn damage(&self, sql: &str);
    fn count(&self, table: &str) -> u64;
    /// Puts the tickets up to this one into the lists, without their words.
    fn list(&self, last: i64);
    /// A handle on a backup.
    fn open_backup(&self, file: &Path, clock: Arc<dyn Clock>) -> Arc<dyn Store>;
}

/// Runs a promise on a SQLite file.
pub fn sqlite(promise: impl AsyncFnOnce(&TestDatabase)) {
    let dir = TempDir::new();
    let engine = SqliteFile { path: dir.path().join("rota.db") };
    run(engine, dir, promise);
}

/// Runs a promise on a PostgreSQL database.
pub fn postgres(promise: impl AsyncFnOnce(&TestDatabase)) {
    run(PostgresDatabase::new(BatchScope::Batch), TempDir::new(), promise);
}

/// The same, where each store of a batch commits by itself.
pub fn postgres_each_store(promise: impl AsyncFnOnce(&TestDatabase)) {
    run(PostgresDatabase::new(BatchScope::Store), TempDir::new(), promise);
}

fn run(engine: impl Engine + 'static, dir: TempDir, promise: impl AsyncFnOnce(&TestDatabase)) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async { promise(&TestDatabase::new(Box::new(engine), dir)).await });
}

struct SqliteFile {
    path: PathBuf,
}

impl Engine for SqliteFile {
    fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn Store> {
        let place = Place::file(&self.path);
        Arc::new(Sqlite::open(&place, Role::Command, clock).expect("the database opens"))
    }

    fn damage(&self, sql: &str) {
        let db = Connection::open(&self.path).expect("the file opens");
        db.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).expect("the damage is done");
    }

    fn count(&self, table: &str) -> u64 {
        let db = Connection::open(&self.path).expect("the file opens");
        let count = db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0));
        count.expect("the table is there")
    }

    fn list(&self, last: i64) {
        self.damage(&format!(
            "INSERT INTO listing SELECT store_id, {last} FROM stores;
             INSERT INTO listed (store_id, ticket_id, stage, customer_id, channel, priority, created_at, last_event,
                                 quiet_since)
             SELECT store_id, id, stage, customer_id, channel, 1, created_at, event, created_at
             FROM tickets WHERE id <= {last}"
        ));
    }

    fn open_backup(&self, file: &Path, clock: Arc<dyn Clock>) -> Arc<dyn Store> {
        Self { path: file.to_owned() }.open(clock)
    }
}

struct PostgresDatabase {
    database: postgres::Database,
    options: Options,
}

impl PostgresDatabase {
    fn new(scope: BatchScope) -> Self {
        Self { database: postgres::Database::new(), options: Options { scope, ..Options::default() } }
    }
}

impl Engine for PostgresDatabase {
    fn open(&self, clock: Arc<dyn Clock>) -> Arc<dyn Store> {
        let address = Address::parse(&self.database.url()).expect("a URL");
        let opened = Postgres::open(&address, Role::Command, self.options, clock);
        tokio::task::block_in_place(|| {
            Arc::new(Handle::current().block_on(opened).expect("the database opens"))
        })
    }

    fn damage(&self, sql: &str) {
        self.database.sql(&format!("SET session_replication_role = replica; {sql}"));
    }

    fn count(&self, table: &str) -> u64 {
        self.database.sql(&format!("SELECT count(*) FROM {table}")).parse().expect("a count")
    }

    fn list(&self, last: i64) {
        self.damage(&format!(
            "INSERT INTO listing SELECT store_id, {last} FROM stores;
             INSERT INTO listed (store_id, ticket_id, stage, customer_id, channel, priority, created_at, last_event,
                                 quiet_since, words)
             SELECT store_id, id, stage, customer_id, channel, 1, created_at, event, created_at, ''
             FROM tickets WHERE id <= {last}"
        ));
    }

    fn open_backup(&self, file: &Path, clock: Arc<dyn Clock>) -> Arc<dyn Store> {
        SqliteFile { path: file.to_owned() }.open(clock)
    }
}

/// A clock that goes only when it is told to.
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::Relaxed)).expect("a time")
    }
}

pub struct TestDatabase {
    // Declared before the folder, so that the handle is closed before its files are gone.
    store: Arc<dyn Store>,
    engine: Box<dyn Engine>,
    clock: Arc<TestClock>,
    dir: TempDir,
}

impl TestDatabase {
    fn new(engine: Box<dyn Engine>, dir: TempDir) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(START.as_millisecond())));
        Self { store: engine.open(clock.clone()), engine, clock, dir }
    }

    /// Another handle on the same database.
    pub fn another(&self) -> Arc<dyn Store> {
        self.engine.open(self.clock.clone())
    }

    pub fn damage(&self, sql: &str) {
        self.engine.damage(sql);
    }

    pub fn count(&self, table: &str) -> u64 {
        self.engine.count(table)
    }

    pub fn list(&self, last: i64) {
        self.engine.list(last);
    }

    pub fn open_backup(&self, file: &Path) -> Arc<dyn Store> {
        self.engine.open_backup(file, self.clock.clone())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn pass(&self, time: Duration) {
        let ms = i64::try_from(time.as_millis()).expect("a test's time");
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// Makes the database agree with the file; what was changed, or every problem.
    pub async fn apply(&self, file: &StoreFile) -> Vec<String> {
        match self.try_apply(file, false).await {
            Provisioned::Changed(changed) => changed.changes.into_iter().map(|change| change.told).collect(),
            other => panic!("{other:?}"),
        }
    }

    pub async fn try_apply(&self, file: &StoreFile, dry_run: bool) -> Provisioned {
        let read = provision::read(&file.render()).expect("a good store file");
        let options = provision::Options { yes: true, prune: false, now: self.now() };
        let store = read.id.clone();
        self.store
            .provision(&store, provision::decision(read, options), dry_run)
            .await
            .expect("the file is applied")
    }

    /// Makes a change of the usual store by the operator, which has to succeed.
    pub async fn change(&self, decide: DecideSettings) -> Value {
        self.change_of(&usual(), decide).await.unwrap_or_else(|refused| panic!("{refused}"))
    }

    pub async fn change_of(&self, store: &StoreId, decide: DecideSettings) -> Result<Value, Refused> {
        match settings::change(&**self, store, decide).await.expect("the change is made or refused") {
            Provisioned::Changed(changed) => Ok(changed.answer),
            Provisioned::Refused(refused) => Err(refused),
            other => panic!("{other:?}"),
        }
    }

    /// Lets an agent of the usual store take turns, or takes them out.
    pub async fn set_online(&self, email: &str, online: bool) {
        self.change(availability(email, online)).await;
    }

    pub async fn create_key(&self, key: ApiKey) {
        let store = key.store.clone();
        let made = self.change_of(&store, settings::keys::add(Asked::operator(), key)).await;
        made.expect("the key is made");
    }

    /// The answers to one batch, in words.
    pub async fn told(&self, calls: impl IntoIterator<Item = Call>) -> Vec<String> {
        self.answers(calls).await.iter().map(told).collect()
    }

    /// The answers to calls that are handed over as the server would: all in one batch, or each store's in one.
    pub async fn answers(&self, calls: impl IntoIterator<Item = Call>) -> Answers {
        if !self.store.batches_by_store() {
            return self.batch(calls).await;
        }
        let mut batches: BTreeMap<StoreId, (Vec<usize>, Vec<Call>)> = BTreeMap::new();
        let mut answers = Answers::new();
        for (place, call) in calls.into_iter().enumerate() {
            let (places, calls) = batches.entry(call.store.clone()).or_default();
            places.push(place);
            calls.push(call);
            answers.push(None);
        }
        for (places, calls) in batches.into_values() {
            for (place, answer) in places.into_iter().zip(self.batch(calls).await) {
                answers[place] = answer;
            }
        }
        answers
    }

    async fn batch(&self, calls: impl IntoIterator<Item = Call>) -> Answers {
        Calls::new(calls).answered_by(self.store.as_ref()).await
    }

    /// What becomes of commands on tickets of the usual store, worked in one transaction.
    pub async fn work(
        &self,
        by: &Actor,
        orders: impl IntoIterator<Item = (i64, Command)>,
    ) -> Vec<Result<Outcome, Refusal>> {
        match self.try_work(&usual(), by, orders, None).await.expect("the orders are worked") {
            Worked::Now(outcomes) => outcomes,
            other => panic!("{other:?}"),
        }
    }

    pub async fn try_work(
        &self,
        store: &StoreId,
        by: &Actor,
        orders: impl IntoIterator<Item = (i64, Command)>,
        keep: Option<Keep>,
    ) -> Result<Worked, StoreError> {
        let order = |(ticket, command)| Order { ticket: TicketId(ticket), command };
        let orders = orders.into_iter().map(order).collect();
        self.store.work(store, Work { by: by.clone(), orders, keep }).await
    }

    /// Closes tickets of the usual store; answers which of them were closed by this.
    pub async fn close(&self, ids: &[i64]) -> Vec<i64> {
        let close = Command::Close { expected: Expected::Anybody };
        let outcomes = self.work(&Actor::Operator, ids.iter().map(|id| (*id, close.clone()))).await;
        let done =
            ids.iter().zip(outcomes).filter(|(_, outcome)| matches!(outcome, Ok(Outcome::Done { .. })));
        done.map(|(id, _)| *id).collect()
    }

    /// The usual store's tickets.
    pub async fn all_tickets(&self) -> Vec<TicketRow> {
        self.store.tickets(&usual(), TicketId(0), 10_000, false).await.expect("tickets are listed")
    }

    /// Nothing contradicts itself.
    pub async fn assert_sound(&self) {
        let findings = self.store.check().await.expect("the check runs");
        assert!(findings.is_empty(), "{findings:?}");
    }
}

impl std::ops::Deref for TestDatabase {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        self.store.as_ref()
    }
}

/// The change that an agent goes online or offline.
pub fn availability(email: &str, online: bool) -> DecideSettings {
    let to = if online { Availability::Online } else { Availability::Away { reason: None, until: None } };
    agents::make_available(Asked::operator(), Which::Address(email.to_owned()), to, false)
}

/// The store of the usual store file.
pub fn usual() -> StoreId {
    store(STORE)
}

pub fn store(id: &str) -> StoreId {
    StoreId::new(id).expect("a store's id")
}
