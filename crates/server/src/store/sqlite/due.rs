//! What is to be done at a time: the list of it, and who holds what.

mod waiting;
mod work;

use super::Sqlite;
use super::fault::Fault;
use super::provision;
use super::shift;
use super::values::{known, ms, span_ms, time};
use crate::store::StoreError;
use crate::store::due::{DueFigures, DueStore, Ended, Job, Lease, Piece, Work};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::due::{self, Kind, LATE_AFTER};
use rota_core::ids::StoreId;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::sync::PoisonError;

pub use work::work;

#[async_trait]
impl DueStore for Sqlite {
    async fn ensure_due(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(move |tx| ensure(tx, now)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let now = self.clock.now();
        self.read(move |db| next(db, now)).await
    }

    async fn take_due(&self, lease: &Lease, limit: u32) -> Result<Vec<Piece>, StoreError> {
        let (lease, now) = (lease.clone(), self.clock.now());
        self.write(move |tx| take(tx, &lease, limit, now)).await
    }

    async fn work_due(&self, piece: &Piece, what: Work) -> Result<Ended, StoreError> {
        let (piece, now) = (piece.clone(), self.clock.now());
        self.write_by_roster(move |tx, rosters| work(tx, rosters, &piece, what, now)).await
    }

    async fn put_due(
        &self,
        store: &StoreId,
        kind: Kind,
        subject: i64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let store = store.clone();
        self.write(move |tx| put(tx, &store, kind, subject, at)).await
    }

    async fn due_at(
        &self,
        store: &StoreId,
        kind: Kind,
        subject: i64,
    ) -> Result<Option<Timestamp>, StoreError> {
        let store = store.clone();
        self.read(move |db| at(db, &store, kind, subject)).await
    }

    async fn fail_due(&self, piece: &Piece, again: Timestamp, why: &str) -> Result<(), StoreError> {
        let (piece, why) = (piece.clone(), why.to_owned());
        self.write(move |tx| fail(tx, &piece, again, &why)).await
    }

    async fn leave_due(&self, pieces: &[Piece]) -> Result<(), StoreError> {
        let pieces = pieces.to_vec();
        self.write(move |tx| leave(tx, &pieces)).await
    }

    async fn jobs(&self, store: Option<&StoreId>, limit: u32) -> Result<Vec<Job>, StoreError> {
        let (store, now) = (store.cloned(), self.clock.now());
        self.read(move |db| jobs(db, store.as_ref(), limit, now)).await
    }

    async fn due_figures(&self) -> Result<DueFigures, StoreError> {
        let now = self.clock.now();
        self.read(move |db| figures(db, now)).await
    }

    async fn stores_with_takers(&self) -> Result<Vec<StoreId>, StoreError> {
        let (rosters, now) = (self.rosters.clone(), self.clock.now());
        self.read(move |db| {
            let mut rosters = rosters.lock().unwrap_or_else(PoisonError::into_inner);
            shift::with_takers(db, &mut rosters, now)
        })
        .await
    }
}

/// Puts a piece of work on the list, or moves it to another time: who holds it then holds it no more.
pub fn put(tx: &Connection, store: &StoreId, kind: Kind, subject: i64, at: Timestamp) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO due (store_id, kind, subject, at, lease_until, failures) VALUES (?1, ?2, ?3, ?4, 0, 0)
         ON CONFLICT (store_id, kind, subject)
         DO UPDATE SET at = ?4, lease_until = 0, lease = NULL, failures = 0, failure = NULL WHERE at <> ?4",
    )?
    .execute(params![store.as_str(), kind.name(), subject, ms(at)])?;
    Ok(())
}

pub fn at(db: &Connection, store: &StoreId, kind: Kind, subject: i64) -> Result<Option<Timestamp>, Fault> {
    let mut select =
        db.prepare_cached("SELECT at FROM due WHERE store_id = ?1 AND kind = ?2 AND subject = ?3")?;
    let at: Option<i64> =
        select.query_row(params![store.as_str(), kind.name(), subject], |row| row.get(0)).optional()?;
    Ok(at.map(time).transpose()?)
}

/// Puts the pieces of the store's own where they are missing.
pub fn stand(tx: &Connection, store: &StoreId, now: Timestamp) -> Result<(), Fault> {
    let settings = provision::store_row(tx, store)?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO due (store_id, kind, subject, at, lease_until, failures) VALUES (?1, ?2, 0, ?3, 0, 0)
         ON CONFLICT DO NOTHING",
    )?;
    for (kind, at) in due::standing(settings.close_after, settings.waiting_too_long, now) {
        insert.execute(params![store.as_str(), kind.name(), ms(at)])?;
    }
    Ok(())
}

/// The same for every store.
pub fn ensure(tx: &Connection, now: Timestamp) -> Result<(), Fault> {
    let mut select = tx.prepare("SELECT store_id FROM stores")?;
    let stores = select.query_map([], |row| row.get::<_, String>(0))?;
    for store in stores.collect::<Result<Vec<_>, _>>()? {
        stand(tx, &known("stores.store_id", StoreId::new(&store))?, now)?;
    }
    Ok(())
}

/// The kinds that this release can do, for a statement.
fn kinds() -> String {
    Kind::ALL.map(|kind| format!("'{}'", kind.name())).join(", ")
}

pub fn next(db: &Connection, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let mut select = db.prepare_cached(&format!(
        "SELECT at FROM due INDEXED BY due_by_time WHERE lease_until <= ?1 AND kind IN ({})
         ORDER BY at LIMIT 1",
        kinds()
    ))?;
    let next: Option<i64> = select.query_row([ms(now)], |row| row.get(0)).optional()?;
    Ok(next.map(time).transpose()?)
}

fn take_sql() -> String {
    format!(
        "SELECT store_id, kind, subject, at, failures FROM due INDEXED BY due_by_time
         WHERE at <= ?1 AND lease_until <= ?1 AND kind IN ({}) ORDER BY at LIMIT ?2",
        kinds()
    )
}

pub fn take(tx: &Connection, lease: &Lease, limit: u32, now: Timestamp) -> Result<Vec<Piece>, Fault> {
    let mut select = tx.prepare_cached(&take_sql())?;
    let mut rows = select.query(params![ms(now), limit])?;
    let mut pieces = Vec::new();
    while let Some(row) = rows.next()? {
        pieces.push(piece(row, &lease.name)?);
    }
    let mut hold = tx.prepare_cached(
        "UPDATE due SET lease = ?4, lease_until = ?5 WHERE store_id = ?1 AND kind = ?2 AND subject = ?3",
    )?;
    let until = ms(now).saturating_add(span_ms(lease.span));
    for Piece { store, kind, subject, .. } in &pieces {
        hold.execute(params![store.as_str(), kind.name(), subject, lease.name, until])?;
    }
    Ok(pieces)
}

fn piece(row: &Row<'_>, lease: &str) -> Result<Piece, Fault> {
    let (store, kind): (String, String) = (row.get(0)?, row.get(1)?);
    Ok(Piece {
        store: known("due.store_id", StoreId::new(&store))?,
        kind: known("due.kind", Kind::from_name(&kind))?,
        subject: row.get(2)?,
        at: time(row.get(3)?)?,
        failures: row.get(4)?,
        lease: lease.to_owned(),
    })
}

fn is_held(tx: &Connection, piece: &Piece) -> Result<bool, Fault> {
    let select = "SELECT 1 FROM due WHERE store_id = ?1 AND kind = ?2 AND subject = ?3 AND lease = ?4";
    let Piece { store, kind, subject, lease, .. } = piece;
    Ok(tx.prepare_cached(select)?.exists(params![store.as_str(), kind.name(), subject, lease])?)
}

/// Takes a piece that is held off the list, or puts it to its next time.
fn settle(tx: &Connection, piece: &Piece, ended: Ended) -> Result<(), Fault> {
    let Piece { store, kind, subject, lease, .. } = piece;
    let key = (store.as_str(), kind.name(), subject, lease);
    match ended {
        Ended::Lost => {}
        Ended::Done | Ended::Dropped => {
            let delete = "DELETE FROM due WHERE store_id = ?1 AND kind = ?2 AND subject = ?3 AND lease = ?4";
            tx.prepare_cached(delete)?.execute(key)?;
        }
        Ended::Again(at) => {
            tx.prepare_cached(
                "UPDATE due SET at = ?5, lease_until = 0, lease = NULL, failures = 0, failure = NULL
                 WHERE store_id = ?1 AND kind = ?2 AND subject = ?3 AND lease = ?4",
            )?
            .execute(params![key.0, key.1, key.2, key.3, ms(at)])?;
        }
    }
    Ok(())
}

pub fn fail(tx: &Connection, piece: &Piece, again: Timestamp, why: &str) -> Result<(), Fault> {
    let Piece { store, kind, subject, lease, .. } = piece;
    tx.prepare_cached(
        "UPDATE due SET at = ?5, lease_until = 0, lease = NULL, failures = failures + 1, failure = ?6
         WHERE store_id = ?1 AND kind = ?2 AND subject = ?3 AND lease = ?4",
    )?
    .execute(params![store.as_str(), kind.name(), subject, lease, ms(again), why])?;
    Ok(())
}

pub fn leave(tx: &Connection, pieces: &[Piece]) -> Result<(), Fault> {
    let mut update = tx.prepare_cached(
        "UPDATE due SET lease_until = 0, lease = NULL
         WHERE store_id = ?1 AND kind = ?2 AND subject = ?3 AND lease = ?4",
    )?;
    for Piece { store, kind, subject, lease, .. } in pieces {
        update.execute(params![store.as_str(), kind.name(), subject, lease])?;
    }
    Ok(())
}

pub fn jobs(db: &Connection, store: Option<&StoreId>, limit: u32, now: Timestamp) -> Result<Vec<Job>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT store_id, kind, subject, at, failures, failure FROM due
         WHERE (at <= ?1 OR failures > 0) AND (?2 IS NULL OR store_id = ?2)
         ORDER BY at, store_id, kind, subject LIMIT ?3",
    )?;
    let mut rows = select.query(params![ms(now), store.map(StoreId::as_str), limit])?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        jobs.push(Job {
            store: known("due.store_id", StoreId::new(&row.get::<_, String>(0)?))?,
            kind: row.get(1)?,
            subject: row.get(2)?,
            at: time(row.get(3)?)?,
            failures: row.get(4)?,
            failure: row.get(5)?,
        });
    }
    Ok(jobs)
}

pub fn figures(db: &Connection, now: Timestamp) -> Result<DueFigures, Fault> {
    let late = "SELECT count(*) FROM due INDEXED BY due_by_time WHERE at < ?1";
    let failing = "SELECT count(*) FROM due INDEXED BY due_failing WHERE failures > 0";
    let late_before = ms(now).saturating_sub(span_ms(LATE_AFTER));
    Ok(DueFigures {
        late: db.prepare_cached(late)?.query_row([late_before], |row| row.get(0))?,
        failing: db.prepare_cached(failing)?.query_row([], |row| row.get(0))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_found_in_the_order_of_time_without_going_through_the_list() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../../../../../migrations/sqlite/0001_init.sql")).unwrap();
        let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {}", take_sql())).unwrap();
        let steps = explain.query_map(params![0, 50], |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
        assert_eq!(steps, ["SEARCH due USING INDEX due_by_time (at<?)"]);
    }
}
