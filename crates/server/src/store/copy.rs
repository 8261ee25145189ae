//! Moving a whole installation to another database: table by table in an order that suits the foreign keys, in the
//! order of keys, each chunk one transaction of the target. So what a broken copy left in the target is the first rows
//! of each table, and the next copy goes on behind them. Restoring a backup to PostgreSQL is such a copy in one
//! transaction.

mod digest;

use super::database::Database;
use super::tables::{Row, Table};
use super::{StoreError, postgres, sqlite};
use crate::clock::Clock;
use async_trait::async_trait;
use digest::Digest;
use std::path::Path;

/// Rows that are read at a time and written in one transaction.
const CHUNK: u64 = 1_000;

/// A store takes no ticket without its routing row, so these rows go last: a target that can be served is complete.
const LAST: &str = "routing";

/// One side of a copy. The source is fenced for as long as this lives: nobody else writes to it.
#[async_trait(?Send)]
pub trait End {
    async fn count(&self, table: &Table) -> Result<u64, StoreError>;

    /// The rows whose keys come after `after`, in the order of keys, at most `limit`.
    async fn rows(&self, table: &Table, after: Option<&Row>, limit: u64) -> Result<Vec<Row>, StoreError>;

    /// Writes new rows, in one durable transaction unless the whole copy is one.
    async fn append(&self, table: &Table, rows: &[Row]) -> Result<(), StoreError>;
}

/// What a copy did, in rows.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    pub rows: u64,
    /// Those that an earlier copy had left in the target.
    pub found: u64,
}

/// Copies the installation at `from` to `to`, which is empty, or has what an earlier copy of the same installation left.
/// `progress` is told rows done and rows in all. [`StoreError::Conflict`] when one of the two is in use, or the target
/// has anything else; nothing was written then.
pub async fn run(
    from: &Database,
    to: &Database,
    clock: &dyn Clock,
    progress: &dyn Fn(u64, u64),
) -> Result<Copied, StoreError> {
    let source: Box<dyn End> = match from {
        Database::Sqlite(place) => Box::new(sqlite::End::open(place, clock)?),
        Database::Postgres(address) => Box::new(postgres::End::source(address, clock).await?),
    };
    let target: Box<dyn End> = match to {
        Database::Sqlite(place) => Box::new(sqlite::End::open(place, clock)?),
        Database::Postgres(address) => Box::new(postgres::End::target(address, clock).await?),
    };
    let tables = in_order(clock)?;
    Copy { source: source.as_ref(), target: target.as_ref(), progress, total: 0, done: 0 }.run(&tables).await
}

/// Brings the backup `file` to a database that has no rows yet: all of it, verified, or nothing. Answers with the number
/// of rows. [`StoreError::Conflict`] when the file is no sound backup, or the database is in use or has rows.
pub async fn restore(
    file: &Path,
    to: &postgres::Address,
    clock: &dyn Clock,
    progress: &dyn Fn(u64, u64),
) -> Result<u64, StoreError> {
    let source = sqlite::End::backup(file)?;
    let target = postgres::End::at_once(to, clock).await?;
    let tables = in_order(clock)?;
    refuse_used(&target, &tables).await?;
    let copied = Copy { source: &source, target: &target, progress, total: 0, done: 0 }.run(&tables).await?;
    target.commit().await?;
    Ok(copied.rows)
}

async fn refuse_used(target: &dyn End, tables: &[Table]) -> Result<(), StoreError> {
    for table in tables {
        if !target.rows(table, None, 1).await?.is_empty() {
            return Err(StoreError::Conflict(format!(
                "the database has rows in {} already, and a backup goes to an empty one: make a new database, or a new \
                 schema, and name that",
                table.name
            )));
        }
    }
    Ok(())
}

fn in_order(clock: &dyn Clock) -> Result<Vec<Table>, StoreError> {
    let mut tables = sqlite::tables(clock)?;
    // A stable sort: the others stay in their order.
    tables.sort_by_key(|table| table.name == LAST);
    Ok(tables)
}

struct Copy<'a> {
    source: &'a dyn End,
    target: &'a dyn End,
    progress: &'a dyn Fn(u64, u64),
    total: u64,
    done: u64,
}

/// How far a table's copy has come.
struct Part<'a> {
    table: &'a Table,
    /// Of the source's rows up to `last`.
    read: Digest,
    last: Option<Row>,
}

impl Part<'_> {
    fn pass(&mut self, rows: &[Row]) {
        self.read.add(rows);
        self.last = rows.last().map(|row| self.table.key_of(row)).or(self.last.take());
    }
}

impl Copy<'_> {
    async fn run(mut self, tables: &[Table]) -> Result<Copied, StoreError> {
        for table in tables {
            self.total += self.source.count(table).await?;
        }
        if self.total == 0 {
            return Err(StoreError::Conflict("the source is empty; check its name".into()));
        }
        (self.progress)(0, self.total);
        // All is compared before anything is written.
        let mut parts = Vec::new();
        for table in tables {
            parts.push(self.found(table).await?);
        }
        let found = self.done;
        let (last, bulk) = parts.split_last_mut().expect("there are tables");
        for group in [bulk, std::slice::from_mut(last)] {
            for part in &mut *group {
                self.append(part).await?;
            }
            for part in group {
                self.verify(part).await?;
            }
        }
        Ok(Copied { rows: self.done, found })
    }

    /// Passes over the rows that the target has already, which have to be the source's first ones.
    async fn found<'t>(&mut self, table: &'t Table) -> Result<Part<'t>, StoreError> {
        let there = digest(self.target, table).await?;
        let mut part = Part { table, read: Digest::default(), last: None };
        while part.read.count < there.count {
            let limit = CHUNK.min(there.count - part.read.count);
            let rows = self.source.rows(table, part.last.as_ref(), limit).await?;
            if rows.is_empty() {
                break;
            }
            part.pass(&rows);
        }
        if part.read != there {
            return Err(StoreError::Conflict(format!(
                "the target has rows in {} that are not the source's: it is another installation, or one of the two was \
                 used after an earlier copy; name an empty database",
                table.name
            )));
        }
        self.count_up(there.count);
        Ok(part)
    }

    async fn append(&mut self, part: &mut Part<'_>) -> Result<(), StoreError> {
        loop {
            let rows = self.source.rows(part.table, part.last.as_ref(), CHUNK).await?;
            if rows.is_empty() {
                return Ok(());
            }
            self.target.append(part.table, &rows).await?;
            part.pass(&rows);
            self.count_up(rows.len() as u64);
        }
    }

    async fn verify(&self, part: &Part<'_>) -> Result<(), StoreError> {
        if digest(self.target, part.table).await? == part.read {
            return Ok(());
        }
        Err(StoreError::Conflict(format!(
            "{} is not the same in the target: something else wrote to it; empty the target and copy again",
            part.table.name
        )))
    }

    fn count_up(&mut self, rows: u64) {
        self.done += rows;
        (self.progress)(self.done, self.total);
    }
}

async fn digest(end: &dyn End, table: &Table) -> Result<Digest, StoreError> {
    let mut part = Part { table, read: Digest::default(), last: None };
    loop {
        let rows = end.rows(table, part.last.as_ref(), CHUNK).await?;
        if rows.is_empty() {
            return Ok(part.read);
        }
        part.pass(&rows);
    }
}
