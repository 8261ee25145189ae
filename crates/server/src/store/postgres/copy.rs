//! One side of a copy, as a PostgreSQL database.

use super::backup::value;
use super::connect::{self, Address};
use super::fault::Fault;
use super::migrate;
use super::parameter::Parameter;
use super::session::Session;
use super::transaction::commit;
use crate::clock::Clock;
use crate::store::tables::{Kind, Row, Table};
use crate::store::{StoreError, copy, sqlite};
use async_trait::async_trait;
use rusqlite::types::Value;
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;

/// How long a node is watched for. Each reads its keys every 500 ms, and soon waits for a fence that is in its way.
const WATCH: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(100);

/// What a fence may wait for the transactions of others. It is as long as the copy, and often idle.
const PATIENCE: &str = "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = 0;
                        SET LOCAL idle_in_transaction_session_timeout = 0";

/// A database that no node uses.
pub struct End {
    session: Session,
    /// Tables and columns of true and false.
    flags: HashSet<(String, String)>,
    /// Whether the fence's transaction writes everything.
    at_once: bool,
}

impl End {
    /// Fences the database until this is dropped: whoever else asks anything of it waits. One snapshot is read.
    pub async fn source(address: &Address, clock: &dyn Clock) -> Result<Self, StoreError> {
        let (session, flags) = fenced(address, clock).await?;
        Ok(Self { session, flags, at_once: true })
    }

    /// A source as well until [`End::commit`]: what is written before is there for nobody else, and goes with an error.
    pub async fn at_once(address: &Address, clock: &dyn Clock) -> Result<Self, StoreError> {
        let end = Self::source(address, clock).await?;
        end.session.run("SET LOCAL synchronous_commit = on").await?;
        Ok(end)
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(commit(&self.session).await?)
    }

    /// Only looks whether anybody is there: each chunk is a transaction of its own.
    pub async fn target(address: &Address, clock: &dyn Clock) -> Result<Self, StoreError> {
        let (session, flags) = fenced(address, clock).await?;
        session.rollback().await?;
        Ok(Self { session, flags, at_once: false })
    }

    async fn insert(&self, table: &Table, rows: &[Row]) -> Result<(), Fault> {
        let places = 0..table.columns.len();
        let selected: Vec<String> = places.clone().map(|place| self.selected(table, place)).collect();
        let arrays: Vec<String> = places.clone().map(|place| format!("${}", place + 1)).collect();
        let names: Vec<String> = places.clone().map(|place| format!("c{place}")).collect();
        let sql = format!(
            "INSERT INTO {} ({}) SELECT {} FROM unnest({}) AS rows ({})",
            table.name,
            table.listed(),
            selected.join(", "),
            arrays.join(", "),
            names.join(", ")
        );
        let arrays: Vec<Box<dyn Parameter + '_>> =
            places.map(|place| array(table.kinds[place], rows, place)).collect();
        let arrays: Vec<&dyn Parameter> = arrays.iter().map(Box::as_ref).collect();
        if self.at_once {
            return self.session.execute(&sql, &arrays).await.map(drop);
        }
        self.session.begin_writing().await?;
        match self.session.execute(&sql, &arrays).await {
            Ok(_) => commit(&self.session).await,
            Err(fault) => {
                // Where even this fails, the connection is closed, which rolls back as well.
                let _ = self.session.rollback().await;
                Err(fault)
            }
        }
    }

    fn selected(&self, table: &Table, place: usize) -> String {
        let flag = self.flags.contains(&(table.name.clone(), table.columns[place].clone()));
        if flag { format!("c{place} <> 0") } else { format!("c{place}") }
    }

    async fn select(&self, table: &Table, after: Option<&Row>, limit: u64) -> Result<Vec<Row>, Fault> {
        let key = table.listed_key();
        let values: Vec<Box<dyn Parameter + '_>> = after.into_iter().flatten().map(parameter).collect();
        let values: Vec<&dyn Parameter> = values.iter().map(Box::as_ref).collect();
        let behind = match after {
            Some(_) => {
                let places: Vec<String> = (1..=values.len()).map(|place| format!("${place}")).collect();
                format!("WHERE ({key}) > ({})", places.join(", "))
            }
            None => String::new(),
        };
        let sql =
            format!("SELECT {} FROM {} {behind} ORDER BY {key} LIMIT {limit}", table.listed(), table.name);
        let rows = self.session.rows(&sql, &values).await?;
        rows.iter().map(|row| (0..row.len()).map(|place| value(row, place)).collect()).collect()
    }
}

#[async_trait(?Send)]
impl copy::End for End {
    async fn count(&self, table: &Table) -> Result<u64, StoreError> {
        Ok(super::backup::count(&self.session, table).await?)
    }

    async fn rows(&self, table: &Table, after: Option<&Row>, limit: u64) -> Result<Vec<Row>, StoreError> {
        Ok(self.select(table, after, limit).await?)
    }

    async fn append(&self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        Ok(self.insert(table, rows).await?)
    }
}

/// A session in a transaction that has every table for itself, and the flags among the columns.
async fn fenced(
    address: &Address,
    clock: &dyn Clock,
) -> Result<(Session, HashSet<(String, String)>), StoreError> {
    let session = connect::take(&address.pool(1)).await?;
    migrate::run(&session, migrate::MIGRATIONS, clock.now()).await?;
    let names: Vec<String> = sqlite::tables(clock)?.into_iter().map(|table| table.name).collect();
    session.begin_fence().await?;
    session.run(PATIENCE).await?;
    let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names.join(", "));
    match session.run(&lock).await {
        Err(Fault::Postgres(error)) if is_in_use(&error) => return Err(in_use(address)),
        locked => locked?,
    }
    refuse_nodes(&session, &names, address).await?;
    let flags = flags(&session, &names).await?;
    Ok((session, flags))
}

fn is_in_use(error: &tokio_postgres::Error) -> bool {
    matches!(error.code(), Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED))
}

fn in_use(address: &Address) -> StoreError {
    StoreError::Conflict(format!(
        "{address:?} is in use by `rota serve` or another program; stop every node and what else works on it, then run this again"
    ))
}

/// Told by its waiting, a node is found behind a pooler and under any name, and another installation in the same
/// database is not taken for one.
async fn refuse_nodes(session: &Session, tables: &[String], address: &Address) -> Result<(), StoreError> {
    let waiting = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                   AND relation = ANY ($1::regclass[]) LIMIT 1";
    let names: Vec<&str> = tables.iter().map(String::as_str).collect();
    let begun = Instant::now();
    while begun.elapsed() < WATCH {
        if session.row(waiting, &[&names]).await?.is_some() {
            return Err(in_use(address));
        }
        sleep(LOOK).await;
    }
    Ok(())
}

async fn flags(session: &Session, tables: &[String]) -> Result<HashSet<(String, String)>, Fault> {
    let select = "SELECT attrelid::regclass::text, attname::text FROM pg_attribute
                  WHERE attrelid = ANY ($1::regclass[]) AND atttypid = 'boolean'::regtype";
    let names: Vec<&str> = tables.iter().map(String::as_str).collect();
    let rows = session.rows(select, &[&names]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// A column of `rows`, which holds values of one kind and nulls.
fn array<'a>(kind: Kind, rows: &'a [Row], place: usize) -> Box<dyn Parameter + 'a> {
    let values = rows.iter().map(move |row| &row[place]);
    match kind {
        Kind::Integer => Box::new(values.map(integer).collect::<Vec<_>>()),
        Kind::Real => Box::new(values.map(real).collect::<Vec<_>>()),
        Kind::Text => Box::new(values.map(text).collect::<Vec<_>>()),
        Kind::Blob => Box::new(values.map(blob).collect::<Vec<_>>()),
    }
}

/// A value of a key, which is never null, and an integer or a text.
fn parameter(value: &Value) -> Box<dyn Parameter + '_> {
    match value {
        Value::Integer(integer) => Box::new(*integer),
        other => Box::new(text(other)),
    }
}

fn integer(value: &Value) -> Option<i64> {
    if let Value::Integer(integer) = value { Some(*integer) } else { None }
}

fn real(value: &Value) -> Option<f64> {
    if let Value::Real(real) = value { Some(*real) } else { None }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

fn blob(value: &Value) -> Option<&[u8]> {
    if let Value::Blob(blob) = value { Some(blob) } else { None }
}
