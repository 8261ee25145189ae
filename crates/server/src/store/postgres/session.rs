//! A connection in use, and the transaction on it.

use super::connect::Connector;
use super::fault::Fault;
use super::kept::KeptStatements;
use super::parameter::Parameter;
use crate::store::StoreError;
use deadpool::managed::Object;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

/// A connection of the pool's.
pub struct Connection {
    pub client: Client,
    /// Set when the server has warned of something since it was last looked at.
    pub warned: Arc<AtomicBool>,
    pub kept: KeptStatements,
}

/// A transaction that writes. COMMIT returns once it is on stable storage, also on the synchronous standbys if there
/// are any, whatever the server's default is. Nothing is compiled, see [`BEGIN_READING`].
pub const BEGIN_WRITING: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on; \
                                 SET LOCAL jit = off";
/// [`BEGIN_WRITING`] for kept statements. Their plans outlive the sizes that the tables had when they were made: while a
/// table is small, reading all of it looks cheaper than its index. And they are made once, not anew for each batch. The
/// server gives up waiting for a lock a little before intake does: it would not notice that its client has gone, and one
/// backend after the other would wait for what somebody else holds for long. A wait for a standby is no lock.
const BEGIN_INTAKE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on; \
                            SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan; \
                            SET LOCAL lock_timeout = '700ms'";
/// A transaction that reads one state of the database. Statements are short, and of the longer ones the planner expects a
/// hundred times what they read: to compile such a one first, as a server does of itself, took 60 ms to save less than one.
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL jit = off";

/// A connection until it goes back to the pool. Statements are sent when they are first polled, so those that are
/// polled together share a round trip, and run in the order of their polling.
pub struct Session {
    connection: Option<Object<Connector>>,
    under_way: AtomicBool,
}

impl From<Object<Connector>> for Session {
    fn from(connection: Object<Connector>) -> Self {
        Self { connection: Some(connection), under_way: AtomicBool::new(false) }
    }
}

impl Deref for Session {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("only dropping takes it")
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A transaction whose end is not known to this side holds locks: its connection is closed, not reused.
        if *self.under_way.get_mut()
            && let Some(connection) = self.connection.take()
        {
            drop(Object::take(connection));
        }
    }
}

impl Session {
    pub async fn begin_writing(&self) -> Result<(), Fault> {
        self.under_way.store(true, Ordering::Relaxed);
        self.warned.store(false, Ordering::Relaxed);
        begin_writing(&self.client, BEGIN_WRITING).await
    }

    /// Has the server keep the statements that this connection ran with `kept_…` and that it does not keep yet.
    pub async fn keep_statements(&self) -> Result<(), Fault> {
        if self.kept.has_wanted() {
            self.under_way.store(true, Ordering::Relaxed);
            self.kept.keep_wanted(&self.client).await?;
            self.under_way.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The same for intake.
    pub async fn begin_intake(&self) -> Result<(), Fault> {
        self.under_way.store(true, Ordering::Relaxed);
        self.warned.store(false, Ordering::Relaxed);
        begin_writing(&self.client, BEGIN_INTAKE).await
    }

    pub async fn begin_reading(&self) -> Result<(), Fault> {
        self.under_way.store(true, Ordering::Relaxed);
        self.run(BEGIN_READING).await
    }

    /// A statement without a transaction follows. Given up before its answer, it takes its connection with it: who had it
    /// next would wait for that answer first.
    pub fn begin_looking(&self) {
        self.under_way.store(true, Ordering::Relaxed);
    }

    pub fn end_looking(&self) {
        self.under_way.store(false, Ordering::Relaxed);
    }

    /// Begins a transaction that locks tables and then reads one state of the database.
    pub async fn begin_fence(&self) -> Result<(), Fault> {
        self.under_way.store(true, Ordering::Relaxed);
        begin_writing(&self.client, "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE").await
    }

    /// Commits what succeeded so far; of a transaction in which something failed the server makes a rollback.
    pub async fn commit(&self) -> Result<(), Fault> {
        self.run("COMMIT").await?;
        self.under_way.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Rolls back, unless the transaction has ended already: the server would warn.
    pub async fn rollback(&self) -> Result<(), Fault> {
        if !self.under_way.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.run("ROLLBACK").await?;
        self.under_way.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the server has warned since the transaction began: then its commit may be less durable than asked.
    pub fn has_warned(&self) -> bool {
        self.warned.load(Ordering::Acquire)
    }

    /// Statements without parameters.
    pub async fn run(&self, sql: &str) -> Result<(), Fault> {
        Ok(self.client.batch_execute(sql).await?)
    }

    pub async fn rows(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<Vec<Row>, Fault> {
        Ok(self.client.query_typed(sql, &typed(parameters)).await?)
    }

    pub async fn row(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<Option<Row>, Fault> {
        Ok(self.rows(sql, parameters).await?.into_iter().next())
    }

    /// As [`Session::rows`], for a statement that the server keeps. The transaction has to confirm its backend
    /// ([`KeptStatements::confirm`]) before it commits.
    pub async fn kept_rows(
        &self,
        sql: &'static str,
        parameters: &[&dyn Parameter],
    ) -> Result<Vec<Row>, Fault> {
        match self.kept.find(sql, parameters) {
            Some(statement) => {
                let done = self.client.query(&statement, &untyped(parameters)).await;
                done.map_err(|error| self.kept.fault(error))
            }
            None => self.rows(sql, parameters).await,
        }
    }

    /// As [`Session::execute`], and as [`Session::kept_rows`].
    pub async fn kept_execute(&self, sql: &'static str, parameters: &[&dyn Parameter]) -> Result<u64, Fault> {
        match self.kept.find(sql, parameters) {
            Some(statement) => {
                let done = self.client.execute(&statement, &untyped(parameters)).await;
                done.map_err(|error| self.kept.fault(error))
            }
            None => self.execute(sql, parameters).await,
        }
    }

    /// Answers how many rows were changed.
    pub async fn execute(&self, sql: &str, parameters: &[&dyn Parameter]) -> Result<u64, Fault> {
        Ok(self.client.execute_typed(sql, &typed(parameters)).await?)
    }
}

/// A server in recovery refuses a transaction that writes as something it does not know how to do. It will, once it is
/// promoted; or another host does.
pub async fn begin_writing(client: &Client, begin: &str) -> Result<(), Fault> {
    client.batch_execute(begin).await.map_err(|error| match error.code() {
        Some(&SqlState::FEATURE_NOT_SUPPORTED) => {
            StoreError::Away(format!("it takes no writes: {}", StoreError::from(Fault::from(error)))).into()
        }
        _ => error.into(),
    })
}

fn untyped<'a>(parameters: &[&'a dyn Parameter]) -> Vec<&'a (dyn ToSql + Sync)> {
    parameters.iter().map(|&parameter| parameter as &(dyn ToSql + Sync)).collect()
}

fn typed<'a>(parameters: &[&'a dyn Parameter]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    parameters.iter().map(|&parameter| (parameter as &(dyn ToSql + Sync), parameter.sql_type())).collect()
}
