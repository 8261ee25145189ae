//! Schema migrations, in the transaction of whoever opens the database.

use super::fault::Fault;
use crate::store::migration::{Migration, refuse_newer};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

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
    for migration in missing(db)? {
        apply(db, migration, now)?;
    }
    Ok(())
}

/// The migrations that are still to be applied; refuses a schema that this program does not know.
pub fn missing(db: &Connection) -> Result<Vec<&'static Migration>, Fault> {
    let needed: Option<i64> =
        db.query_row("SELECT max(oldest_program) FROM schema_migrations", [], |row| row.get(0))?;
    refuse_newer(needed.unwrap_or(0), MIGRATIONS)?;
    let mut missing = Vec::new();
    for migration in MIGRATIONS {
        let select = "SELECT checksum FROM schema_migrations WHERE number = ?1";
        let kept: Option<Vec<u8>> = db.query_row(select, [migration.number], |row| row.get(0)).optional()?;
        if !migration.is_applied(kept.as_deref())? {
            missing.push(migration);
        }
    }
    Ok(missing)
}

fn apply(db: &Connection, migration: &Migration, now: Timestamp) -> Result<(), Fault> {
    db.execute_batch(migration.sql)?;
    let Migration { number, name, oldest_program, .. } = migration;
    db.execute(
        "INSERT INTO schema_migrations VALUES (?1, ?2, ?3, ?4, ?5)",
        params![number, name, migration.checksum(), oldest_program, now.as_millisecond()],
    )?;
    Ok(())
}
