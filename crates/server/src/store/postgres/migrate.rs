//! Schema migrations: forward only, each in its own transaction, with a checksum, and with the oldest schema
//! number a program has to know in order to work with the result.

use super::fault::Fault;
use super::session::Session;
use crate::store::StoreError;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use tokio_postgres::error::SqlState;

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
    sql: include_str!("../../../../../migrations/postgres/0001_init.sql"),
    oldest_program: 1,
}];

/// Row 0 is no migration: whoever migrates holds its lock.
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS schema_migrations (
        number         BIGINT NOT NULL PRIMARY KEY,
        name           TEXT   NOT NULL,
        checksum       BYTEA  NOT NULL,
        oldest_program BIGINT NOT NULL,
        applied_at     BIGINT NOT NULL
    );
    INSERT INTO schema_migrations VALUES (0, 'lease', '', 0, 0) ON CONFLICT DO NOTHING";

/// Brings the schema up to this program's. A schema that is there already is only looked at.
pub async fn run(session: &Session, now: Timestamp) -> Result<(), Fault> {
    let is_there = session.row("SELECT to_regclass('schema_migrations') IS NOT NULL", &[]).await?;
    if is_there.is_some_and(|row| row.get(0)) && missing(session).await?.is_empty() {
        return Ok(());
    }
    make_table(session).await?;
    loop {
        session.begin_writing().await?;
        session.run("SELECT FROM schema_migrations WHERE number = 0 FOR UPDATE").await?;
        let Some(next) = missing(session).await?.first().copied() else { break session.rollback().await };
        session.run(next.sql).await?;
        let insert = "INSERT INTO schema_migrations VALUES ($1, $2, $3, $4, $5)";
        let checksum = Sha256::digest(next.sql);
        let at = now.as_millisecond();
        session
            .execute(insert, &[&next.number, &next.name, &checksum.as_slice(), &next.oldest_program, &at])
            .await?;
        session.commit().await?;
    }
}

/// Two that make it at the same moment stand in each other's way; the one that is refused finds it made.
async fn make_table(session: &Session) -> Result<(), Fault> {
    match session.run(TABLE).await {
        Err(Fault::Postgres(error))
            if matches!(
                error.code(),
                Some(&SqlState::UNIQUE_VIOLATION | &SqlState::DUPLICATE_TABLE | &SqlState::DUPLICATE_OBJECT)
            ) =>
        {
            session.run(TABLE).await
        }
        outcome => outcome,
    }
}

/// The migrations that are still to be applied; refuses a schema that this program does not know.
async fn missing(session: &Session) -> Result<Vec<&'static Migration>, Fault> {
    let mut applied: HashMap<i64, Vec<u8>> = HashMap::new();
    let mut needed = 0;
    for row in session.rows("SELECT number, checksum, oldest_program FROM schema_migrations", &[]).await? {
        applied.insert(row.try_get(0)?, row.try_get(1)?);
        needed = needed.max(row.try_get(2)?);
    }
    let known = MIGRATIONS.last().map_or(0, |migration| migration.number);
    if needed > known {
        return Err(StoreError::Unusable(format!(
            "the schema needs a program that knows migration {needed}, and this one knows up to {known}; \
             install a newer rota"
        ))
        .into());
    }
    let mut missing = Vec::new();
    for migration in MIGRATIONS {
        match applied.get(&migration.number) {
            None => missing.push(migration),
            Some(checksum) if checksum[..] == Sha256::digest(migration.sql)[..] => {}
            Some(_) => {
                return Err(StoreError::Unusable(format!(
                    "migration {} ({}) was applied with another text than this program has; \
                     install the release that made this database",
                    migration.number, migration.name
                ))
                .into());
            }
        }
    }
    Ok(missing)
}
