//! One side of a copy, as a SQLite file.

use super::connect::Place;
use super::fault::Fault;
use super::turn::Turnstile;
use super::{backup, migrate, writer};
use crate::clock::Clock;
use crate::store::tables::{Row, Table};
use crate::store::{Role, StoreError, copy};
use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use std::path::Path;

/// Pages of the log after which it is copied into the file, 32 MiB.
const CHECKPOINT: u32 = 8_192;

/// A database that nobody else uses.
pub struct End {
    db: Connection,
    /// A backup has none: it is only read.
    _turnstile: Option<Turnstile>,
}

impl End {
    /// Refuses a database that a server has open; a command that wants to write waits until this is dropped.
    pub fn open(place: &Place, clock: &dyn Clock) -> Result<Self, StoreError> {
        let turnstile = Turnstile::open(&place.path, Role::Server)?.keep_turn()?;
        let db = place.writer()?;
        writer::migrate_in_transaction(&db, clock)?;
        db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT).map_err(Fault::from)?;
        Ok(Self { db, _turnstile: Some(turnstile) })
    }

    /// A sound backup with this program's schema, as it is now: one view of it until this is dropped.
    pub fn backup(file: &Path) -> Result<Self, StoreError> {
        backup::verify(file)?;
        let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(Fault::from)?;
        db.execute_batch("BEGIN").map_err(Fault::from)?;
        if !migrate::missing(&db)?.is_empty() {
            return Err(StoreError::Conflict(format!(
                "{0} is of an earlier release; run `rota restore {0} --database sqlite:FILE` with a new file, then \
                 `rota migrate` and `rota copy` with that one",
                file.display()
            )));
        }
        Ok(Self { db, _turnstile: None })
    }

    fn select(&self, table: &Table, after: Option<&Row>, limit: u64) -> rusqlite::Result<Vec<Row>> {
        let key = table.listed_key();
        let behind = match after {
            Some(_) => format!("WHERE ({key}) > ({})", places(table.key.len())),
            None => String::new(),
        };
        let sql =
            format!("SELECT {} FROM {} {behind} ORDER BY {key} LIMIT {limit}", table.listed(), table.name);
        let mut select = self.db.prepare_cached(&sql)?;
        let rows = select.query_map(params_from_iter(after.into_iter().flatten()), |row| {
            (0..table.columns.len()).map(|place| row.get(place)).collect()
        })?;
        rows.collect()
    }

    fn insert(&self, table: &Table, rows: &[Row]) -> rusqlite::Result<()> {
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({})",
            table.name,
            table.listed(),
            places(table.columns.len())
        );
        let chunk = self.db.unchecked_transaction()?;
        let mut insert = chunk.prepare_cached(&sql)?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
        drop(insert);
        chunk.commit()
    }
}

#[async_trait(?Send)]
impl copy::End for End {
    async fn count(&self, table: &Table) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        Ok(self.db.query_row(&sql, [], |row| row.get(0)).map_err(Fault::from)?)
    }

    async fn rows(&self, table: &Table, after: Option<&Row>, limit: u64) -> Result<Vec<Row>, StoreError> {
        Ok(self.select(table, after, limit).map_err(Fault::from)?)
    }

    async fn append(&self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        Ok(self.insert(table, rows).map_err(Fault::from)?)
    }
}

fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}

/// The tables of this program's schema.
pub fn tables(clock: &dyn Clock) -> Result<Vec<Table>, StoreError> {
    let db = Connection::open_in_memory().map_err(Fault::from)?;
    migrate::run(&db, clock.now())?;
    Ok(Table::all(&db).map_err(Fault::from)?)
}
