//! Schema migrations: forward only, each in its own transaction, with a checksum, and with the oldest schema
//! number a program has to know in order to work with the result.

use super::fault::Fault;
use crate::store::StoreError;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

struct Migration {
    number: i64,
    name: &'static str,
    sql: &'static str,
    /// A program that knows migrations up to this number can still work with the result.
    oldest_program: i64,
}

const MIGRATIONS: &[Migration] = &[Migration {
    number: 1,
    name: "init",
    sql: include_str!("../../../../../migrations/sqlite/0001_init.sql"),
    oldest_program: 1,
}];

/// Brings the schema up to this program's. Runs under the write lock.
pub fn run(db: &Connection, now: Timestamp) -> Result<(), Fault> {
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
             number         INTEGER NOT NULL PRIMARY KEY,
             name           TEXT    NOT NULL,
             checksum       BLOB    NOT NULL,
             oldest_program INTEGER NOT NULL,
             applied_at     INTEGER NOT NULL
         ) STRICT",
    )?;
    refuse_newer(db)?;
    for migration in MIGRATIONS {
        apply(db, migration, now)?;
    }
    Ok(())
}

fn refuse_newer(db: &Connection) -> Result<(), Fault> {
    let needed: Option<i64> =
        db.query_row("SELECT max(oldest_program) FROM schema_migrations", [], |row| row.get(0))?;
    let known = MIGRATIONS.last().map_or(0, |migration| migration.number);
    match needed {
        Some(needed) if needed > known => Err(StoreError::Unusable(format!(
            "its schema needs a program that knows migration {needed}, and this one knows up to {known}; \
             install a newer rota"
        ))
        .into()),
        _ => Ok(()),
    }
}

fn apply(db: &Connection, migration: &Migration, now: Timestamp) -> Result<(), Fault> {
    let checksum = Sha256::digest(migration.sql).to_vec();
    let select = "SELECT checksum FROM schema_migrations WHERE number = ?1";
    let applied: Option<Vec<u8>> = db.query_row(select, [migration.number], |row| row.get(0)).optional()?;
    match applied {
        Some(known) if known == checksum => Ok(()),
        Some(_) => Err(StoreError::Unusable(format!(
            "migration {} ({}) was applied with another text than this program has; \
             install the release that made this database",
            migration.number, migration.name
        ))
        .into()),
        None => {
            db.execute_batch(migration.sql)?;
            db.execute(
                "INSERT INTO schema_migrations VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    migration.number,
                    migration.name,
                    checksum,
                    migration.oldest_program,
                    now.as_millisecond()
                ],
            )?;
            Ok(())
        }
    }
}
