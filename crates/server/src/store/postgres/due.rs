//! What is to be done at a time: the list of it, and who holds what.

mod waiting;
mod work;

use super::Postgres;
use super::fault::Fault;
use super::provision;
use super::session::Session;
use super::shift;
use super::values::{known, ms, span_ms, time};
use crate::store::StoreError;
use crate::store::due::{DueFigures, DueStore, Ended, Job, Lease, Piece, Work};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::due::{self, Kind, LATE_AFTER};
use rota_core::ids::StoreId;
use tokio_postgres::Row;

pub use work::work;

#[async_trait]
impl DueStore for Postgres {
    async fn ensure_due(&self) -> Result<(), StoreError> {
        let now = self.database.clock.now();
        self.database.write(async |session| ensure(session, now).await).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let now = self.database.clock.now();
        self.database.look(async |session| next(session, now).await).await
    }

    async fn take_due(&self, lease: &Lease, limit: u32) -> Result<Vec<Piece>, StoreError> {
        let now = self.database.clock.now();
        self.database.write(async |session| take(session, lease, limit, now).await).await
    }

    async fn work_due(&self, piece: &Piece, what: Work) -> Result<Ended, StoreError> {
        let now = self.database.clock.now();
        self.database.write(async |session| work(session, &self.rosters, piece, &what, now).await).await
    }

    async fn put_due(
        &self,
        store: &StoreId,
        kind: Kind,
        subject: i64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.database.write(async |session| put(session, store, kind, subject, at).await).await
    }

    async fn due_at(
        &self,
        store: &StoreId,
        kind: Kind,
        subject: i64,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.database.look(async |session| at(session, store, kind, subject).await).await
    }

    async fn fail_due(&self, piece: &Piece, again: Timestamp, why: &str) -> Result<(), StoreError> {
        self.database.write(async |session| fail(session, piece, again, why).await).await
    }

    async fn leave_due(&self, pieces: &[Piece]) -> Result<(), StoreError> {
        self.database.write(async |session| leave(session, pieces).await).await
    }

    async fn jobs(&self, store: Option<&StoreId>, limit: u32) -> Result<Vec<Job>, StoreError> {
        let now = self.database.clock.now();
        self.database.look(async |session| jobs(session, store, limit, now).await).await
    }

    async fn due_figures(&self) -> Result<DueFigures, StoreError> {
        let now = self.database.clock.now();
        self.database.look(async |session| figures(session, now).await).await
    }

    async fn stores_with_takers(&self) -> Result<Vec<StoreId>, StoreError> {
        let now = self.database.clock.now();
        self.database.read(async |session| shift::with_takers(session, &self.rosters, now).await).await
    }
}

/// Puts a piece of work on the list, or moves it to another time: who holds it then holds it no more.
pub async fn put(
    session: &Session,
    store: &StoreId,
    kind: Kind,
    subject: i64,
    at: Timestamp,
) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO due (store_id, kind, subject, at, lease_until, failures) VALUES ($1, $2, $3, $4, 0, 0)
        ON CONFLICT (store_id, kind, subject)
        DO UPDATE SET at = $4, lease_until = 0, lease = NULL, failures = 0, failure = NULL WHERE due.at <> $4";
    session.execute(upsert, &[&store.as_str(), &kind.name(), &subject, &ms(at)]).await?;
    Ok(())
}

pub async fn at(
    session: &Session,
    store: &StoreId,
    kind: Kind,
    subject: i64,
) -> Result<Option<Timestamp>, Fault> {
    let select = "SELECT at FROM due WHERE store_id = $1 AND kind = $2 AND subject = $3";
    match session.row(select, &[&store.as_str(), &kind.name(), &subject]).await? {
        Some(row) => Ok(Some(time(row.try_get(0)?)?)),
        None => Ok(None),
    }
}

/// Puts the pieces of the store's own where they are missing.
pub async fn stand(session: &Session, store: &StoreId, now: Timestamp) -> Result<(), Fault> {
    let settings = provision::store_row(session, store).await?;
    let insert = "
        INSERT INTO due (store_id, kind, subject, at, lease_until, failures)
        SELECT $1, kind, 0, at, 0, 0 FROM unnest($2, $3) AS p (kind, at) ON CONFLICT DO NOTHING";
    let standing = due::standing(settings.close_after, settings.waiting_too_long, now);
    let (kinds, times): (Vec<&str>, Vec<i64>) =
        standing.into_iter().map(|(kind, at)| (kind.name(), ms(at))).unzip();
    session.execute(insert, &[&store.as_str(), &kinds, &times]).await?;
    Ok(())
}

/// The same for every store.
pub async fn ensure(session: &Session, now: Timestamp) -> Result<(), Fault> {
    for row in session.rows("SELECT store_id FROM stores ORDER BY store_id", &[]).await? {
        stand(session, &known("stores.store_id", StoreId::new(row.try_get(0)?))?, now).await?;
    }
    Ok(())
}

/// The kinds that this release can do.
fn kinds() -> Vec<&'static str> {
    Kind::ALL.map(Kind::name).to_vec()
}

pub async fn next(session: &Session, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let select = "SELECT at FROM due WHERE lease_until <= $1 AND kind = ANY($2) ORDER BY at LIMIT 1";
    let row = session.row(select, &[&ms(now), &kinds()]).await?;
    row.map(|row| Ok(time(row.try_get(0)?)?)).transpose()
}

/// What another node is taking at this moment is passed over, not waited for.
pub async fn take(session: &Session, lease: &Lease, limit: u32, now: Timestamp) -> Result<Vec<Piece>, Fault> {
    let take = "
        WITH free AS (
            SELECT store_id, kind, subject FROM due
            WHERE at <= $1 AND lease_until <= $1 AND kind = ANY($2) ORDER BY at LIMIT $3
            FOR NO KEY UPDATE SKIP LOCKED
        )
        UPDATE due d SET lease = $4, lease_until = $5 FROM free f
        WHERE d.store_id = f.store_id AND d.kind = f.kind AND d.subject = f.subject
        RETURNING d.store_id, d.kind, d.subject, d.at, d.failures";
    let until = ms(now).saturating_add(span_ms(lease.span));
    let rows =
        session.rows(take, &[&ms(now), &kinds(), &i64::from(limit), &lease.name.as_str(), &until]).await?;
    let mut pieces = rows.iter().map(|row| piece(row, &lease.name)).collect::<Result<Vec<_>, _>>()?;
    pieces.sort_by_key(|piece| piece.at);
    Ok(pieces)
}

fn piece(row: &Row, lease: &str) -> Result<Piece, Fault> {
    let failures: i64 = row.try_get(4)?;
    Ok(Piece {
        store: known("due.store_id", StoreId::new(row.try_get(0)?))?,
        kind: known("due.kind", Kind::from_name(row.try_get(1)?))?,
        subject: row.try_get(2)?,
        at: time(row.try_get(3)?)?,
        failures: known("due.failures", failures.try_into().ok())?,
        lease: lease.to_owned(),
    })
}

/// Whether the piece is still held; it stays so until the transaction ends.
async fn is_held(session: &Session, piece: &Piece) -> Result<bool, Fault> {
    let select = "SELECT FROM due WHERE store_id = $1 AND kind = $2 AND subject = $3 AND lease = $4
                  FOR NO KEY UPDATE";
    let Piece { store, kind, subject, lease, .. } = piece;
    let row = session.row(select, &[&store.as_str(), &kind.name(), subject, &lease.as_str()]).await?;
    Ok(row.is_some())
}

/// Takes a piece that is held off the list, or puts it to its next time.
async fn settle(session: &Session, piece: &Piece, ended: Ended) -> Result<(), Fault> {
    let Piece { store, kind, subject, lease, .. } = piece;
    let (store, kind, lease) = (store.as_str(), kind.name(), lease.as_str());
    match ended {
        Ended::Lost => {}
        Ended::Done | Ended::Dropped => {
            let delete = "DELETE FROM due WHERE store_id = $1 AND kind = $2 AND subject = $3 AND lease = $4";
            session.execute(delete, &[&store, &kind, subject, &lease]).await?;
        }
        Ended::Again(at) => {
            let update = "
                UPDATE due SET at = $5, lease_until = 0, lease = NULL, failures = 0, failure = NULL
                WHERE store_id = $1 AND kind = $2 AND subject = $3 AND lease = $4";
            session.execute(update, &[&store, &kind, subject, &lease, &ms(at)]).await?;
        }
    }
    Ok(())
}

pub async fn fail(session: &Session, piece: &Piece, again: Timestamp, why: &str) -> Result<(), Fault> {
    let update = "
        UPDATE due SET at = $5, lease_until = 0, lease = NULL, failures = failures + 1, failure = $6
        WHERE store_id = $1 AND kind = $2 AND subject = $3 AND lease = $4";
    let Piece { store, kind, subject, lease, .. } = piece;
    session
        .execute(update, &[&store.as_str(), &kind.name(), subject, &lease.as_str(), &ms(again), &why])
        .await?;
    Ok(())
}

pub async fn leave(session: &Session, pieces: &[Piece]) -> Result<(), Fault> {
    let update = "
        UPDATE due d SET lease_until = 0, lease = NULL
        FROM unnest($1, $2, $3, $4) AS p (store_id, kind, subject, lease)
        WHERE d.store_id = p.store_id AND d.kind = p.kind AND d.subject = p.subject AND d.lease = p.lease";
    let stores: Vec<&str> = pieces.iter().map(|piece| piece.store.as_str()).collect();
    let kinds: Vec<&str> = pieces.iter().map(|piece| piece.kind.name()).collect();
    let subjects: Vec<i64> = pieces.iter().map(|piece| piece.subject).collect();
    let leases: Vec<&str> = pieces.iter().map(|piece| piece.lease.as_str()).collect();
    session.execute(update, &[&stores, &kinds, &subjects, &leases]).await?;
    Ok(())
}

pub async fn jobs(
    session: &Session,
    store: Option<&StoreId>,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<Job>, Fault> {
    let select = "
        SELECT store_id, kind, subject, at, failures, failure FROM due
        WHERE (at <= $1 OR failures > 0) AND ($2 IS NULL OR store_id = $2)
        ORDER BY at, store_id, kind, subject LIMIT $3";
    let of = store.map(StoreId::as_str);
    let rows = session.rows(select, &[&ms(now), &of, &i64::from(limit)]).await?;
    rows.iter()
        .map(|row| {
            let failures: i64 = row.try_get(4)?;
            Ok(Job {
                store: known("due.store_id", StoreId::new(row.try_get(0)?))?,
                kind: row.try_get(1)?,
                subject: row.try_get(2)?,
                at: time(row.try_get(3)?)?,
                failures: known("due.failures", failures.try_into().ok())?,
                failure: row.try_get(5)?,
            })
        })
        .collect()
}

pub async fn figures(session: &Session, now: Timestamp) -> Result<DueFigures, Fault> {
    let select =
        "SELECT (SELECT count(*) FROM due WHERE at < $1), (SELECT count(*) FROM due WHERE failures > 0)";
    let late_before = ms(now).saturating_sub(span_ms(LATE_AFTER));
    let row = known("a count", session.row(select, &[&late_before]).await?)?;
    let count = |count: i64| known("a count of due", count.try_into().ok());
    Ok(DueFigures { late: count(row.try_get(0)?)?, failing: count(row.try_get(1)?)? })
}
