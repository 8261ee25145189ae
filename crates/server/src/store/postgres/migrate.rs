//! Schema migrations, each in its own transaction, under a lease, beside nodes that serve.

use super::fault::Fault;
use super::session::Session;
use super::transaction::commit;
use crate::store::StoreError;
use crate::store::migration::{Migration, refuse_newer};
use jiff::Timestamp;
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::sleep;
use tokio_postgres::error::SqlState;

/// The schema of this release.
pub const MIGRATIONS: &[Migration] = &[Migration {
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

/// How long a migration waits for a lock at a time. Whoever comes after it waits behind it, so this is well within the
/// time that intake gives its own statements.
const LOCK_WAIT: &str = "SET LOCAL lock_timeout = '250ms'; SAVEPOINT migration";
/// Between two tries, in which what has gathered behind the last one is done.
const PAUSE: Duration = Duration::from_secs(1);
/// A lock that is not to be had for about a minute is held by something that somebody has to look at.
const TRIES: u32 = 50;

/// Brings the schema up to `migrations`, a program's own. A schema that is there already is only looked at.
pub async fn run(session: &Session, migrations: &'static [Migration], now: Timestamp) -> Result<(), Fault> {
    let is_there = session.row("SELECT to_regclass('schema_migrations') IS NOT NULL", &[]).await?;
    if is_there.is_some_and(|row| row.get(0)) && missing(session, migrations).await?.is_empty() {
        return Ok(());
    }
    make_table(session).await?;
    loop {
        session.begin_writing().await?;
        session.run("SELECT FROM schema_migrations WHERE number = 0 FOR UPDATE").await?;
        let Some(next) = missing(session, migrations).await?.first().copied() else {
            break session.rollback().await;
        };
        apply(session, next).await?;
        let insert = "INSERT INTO schema_migrations VALUES ($1, $2, $3, $4, $5)";
        let checksum = next.checksum();
        let at = now.as_millisecond();
        session
            .execute(insert, &[&next.number, &next.name, &checksum.as_slice(), &next.oldest_program, &at])
            .await?;
        commit(session).await?;
    }
}

/// Keeps the lease between its tries, so that nodes that start together don't take turns at holding up intake.
async fn apply(session: &Session, migration: &Migration) -> Result<(), Fault> {
    session.run(LOCK_WAIT).await?;
    for _ in 0..TRIES {
        match session.run(migration.sql).await {
            Err(Fault::Postgres(error)) if is_in_the_way(&error) => {
                tracing::warn!(
                    migration = migration.number,
                    name = migration.name,
                    "a transaction of somebody else's is in the migration's way; trying again in {PAUSE:?}: {}",
                    StoreError::from(Fault::from(error))
                );
                session.run("ROLLBACK TO migration").await?;
                sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
    Err(StoreError::Conflict(format!(
        "migration {} ({}) did not get its locks within a minute: a transaction of somebody else's is in its way; \
         find the oldest by `SELECT pid, xact_start, query FROM pg_stat_activity ORDER BY xact_start`, end it, and \
         start again",
        migration.number, migration.name
    ))
    .into())
}

fn is_in_the_way(error: &tokio_postgres::Error) -> bool {
    matches!(error.code(), Some(&SqlState::LOCK_NOT_AVAILABLE | &SqlState::T_R_DEADLOCK_DETECTED))
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
async fn missing(
    session: &Session,
    migrations: &'static [Migration],
) -> Result<Vec<&'static Migration>, Fault> {
    let mut applied: HashMap<i64, Vec<u8>> = HashMap::new();
    let mut needed = 0;
    for row in session.rows("SELECT number, checksum, oldest_program FROM schema_migrations", &[]).await? {
        applied.insert(row.try_get(0)?, row.try_get(1)?);
        needed = needed.max(row.try_get(2)?);
    }
    refuse_newer(needed, migrations)?;
    let mut missing = Vec::new();
    for migration in migrations {
        if !migration.is_applied(applied.get(&migration.number).map(Vec::as_slice))? {
            missing.push(migration);
        }
    }
    Ok(missing)
}
