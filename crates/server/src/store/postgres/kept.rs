//! Statements that the server keeps by name, and so parses and plans once a connection instead of once a batch.
//!
//! A name is known to one backend only, and behind a pooler a transaction may run in any. So every transaction that uses
//! names also asks which backend it has. Where that is not the one that was given the names, the transaction is rolled
//! back, whatever its statements did there, and this process keeps no statements from then on.

use super::fault::Fault;
use super::parameter::Parameter;
use super::session::{BEGIN_WRITING, begin_writing};
use super::values::known;
use futures_util::future::try_join_all;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Statement};

/// The statements of one connection.
pub struct KeptStatements {
    state: Mutex<State>,
    /// Whether a pooler was met: one for all connections.
    pooled: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    /// The backend that knows the names.
    backend: Option<i32>,
    kept: HashMap<&'static str, Statement>,
    /// What was run while it was not kept, with the types of its parameters.
    wanted: HashMap<&'static str, Vec<Type>>,
}

impl KeptStatements {
    pub fn new(pooled: Arc<AtomicBool>) -> Self {
        Self { state: Mutex::default(), pooled }
    }

    /// The statement, if the server keeps it; if not, it will once [`KeptStatements::keep_wanted`] has run.
    pub fn find(&self, sql: &'static str, parameters: &[&dyn Parameter]) -> Option<Statement> {
        if self.pooled.load(Ordering::Relaxed) {
            return None;
        }
        let mut state = self.lock();
        let found = state.kept.get(sql).cloned();
        if found.is_none() {
            let types = || parameters.iter().map(|parameter| parameter.sql_type()).collect();
            state.wanted.entry(sql).or_insert_with(types);
        }
        found
    }

    /// Whether statements were run that could be kept.
    pub fn has_wanted(&self) -> bool {
        !self.lock().wanted.is_empty()
    }

    /// Has the server keep what was run so far; in a transaction of its own, so that all of it reaches one backend.
    pub async fn keep_wanted(&self, client: &Client) -> Result<(), Fault> {
        let wanted = std::mem::take(&mut self.lock().wanted);
        let backend = begin(client).await?;
        self.confirm(backend)?;
        let prepare = wanted.iter().map(async |(sql, types)| {
            let statement = client.prepare_typed(sql, types).await?;
            Ok::<_, tokio_postgres::Error>((*sql, statement))
        });
        match try_join_all(prepare).await {
            Ok(kept) => {
                client.batch_execute("COMMIT").await?;
                let mut state = self.lock();
                state.backend = Some(backend);
                state.kept.extend(kept);
                Ok(())
            }
            // Somebody else's, who came through the same pooler.
            Err(error) if error.code() == Some(&SqlState::DUPLICATE_PSTATEMENT) => Err(self.met_pooler()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the transaction runs where the names are known, by what `pg_backend_pid()` said in it. Nothing of it may be
    /// committed before.
    pub fn confirm(&self, backend: i32) -> Result<(), Fault> {
        match self.lock().backend {
            Some(known) if known != backend => Err(self.met_pooler()),
            _ => Ok(()),
        }
    }

    /// What an error of a kept statement means: the name may stand for nothing there, or for somebody else's statement.
    pub fn fault(&self, error: tokio_postgres::Error) -> Fault {
        let strange = [
            SqlState::INVALID_SQL_STATEMENT_NAME,
            SqlState::PROTOCOL_VIOLATION,
            SqlState::INVALID_BINARY_REPRESENTATION,
            SqlState::DATATYPE_MISMATCH,
        ];
        if error.code().is_some_and(|code| strange.contains(code)) { self.met_pooler() } else { error.into() }
    }

    fn met_pooler(&self) -> Fault {
        if !self.pooled.swap(true, Ordering::Relaxed) {
            tracing::info!("a pooler stands before the database: statements are sent in full from now on");
        }
        Fault::OtherBackend
    }

    /// No code panics while it holds the lock, so the state is whole even if some thread has died.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins a transaction that writes; answers the backend that it runs in.
async fn begin(client: &Client) -> Result<i32, Fault> {
    begin_writing(client, BEGIN_WRITING).await?;
    let rows = client.query_typed("SELECT pg_backend_pid()", &[]).await?;
    Ok(known("pg_backend_pid", rows.first())?.try_get(0)?)
}
