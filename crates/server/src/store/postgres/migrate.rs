//! Schema migrations, each in its own transaction, under a lease.

use super::fault::Fault;
use super::session::Session;
use crate::store::migration::{Migration, refuse_newer};
use jiff::Timestamp;
use std::collections::HashMap;
use tokio_postgres::error::SqlState;

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
        let checksum = next.checksum();
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
    refuse_newer(needed, MIGRATIONS)?;
    let mut missing = Vec::new();
    for migration in MIGRATIONS {
        if !migration.is_applied(applied.get(&migration.number).map(Vec::as_slice))? {
            missing.push(migration);
        }
    }
    Ok(missing)
}
