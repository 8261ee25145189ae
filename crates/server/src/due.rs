//! The scheduler: timed work is taken from the store under a lease, and worked beside the requests. Every node has one;
//! what a node took and did not do is taken by another once the lease is over.

mod handing;
mod stop;

use crate::clock::{Clock, Entropy};
use crate::settings::agents;
use crate::store::due::{Lease, Piece, Work};
use crate::store::{Store, StoreError};
use crate::telemetry::Metrics;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use rota_core::due::{Kind, retry_at};
use rota_core::ids::{AgentId, StoreId, TicketId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

pub use stop::{Stop, Stopper, stopping};

/// How long a piece is held. A node that dies holds its pieces up for so long.
const HELD: Duration = Duration::from_secs(10);
/// Pieces taken at a time.
const TAKEN: u32 = 50;
/// Stores worked at a time. The pieces of one store would wait for each other, so they go one after the other, and
/// intake has its turns between them.
const STORES: usize = 4;
/// How long one piece may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often is looked at least, since other nodes put pieces too.
const LOOK: Duration = Duration::from_secs(1);
/// The longest reason that is kept of a failure, in characters.
const REASON: usize = 500;

pub struct Scheduler {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub metrics: Arc<Metrics>,
}

impl Scheduler {
    /// Works what is due until it is told to stop; then it ends after the pieces under way.
    pub async fn keep_working(self: Arc<Self>, stop: Stop) {
        let (mut ensured, mut failing) = (false, false);
        while !stop.is_set() {
            let done = self.round(&mut ensured, &stop).await;
            if let Err(error) = &done
                && !failing
            {
                tracing::warn!(%error, "timed work waits for the database");
            }
            failing = done.is_err();
            stop.or_after(done.unwrap_or(LOOK)).await;
        }
    }

    /// Works some of what is due; answers for how long nothing is to do.
    async fn round(&self, ensured: &mut bool, stop: &Stop) -> Result<Duration, StoreError> {
        if !*ensured {
            self.store.ensure_due().await?;
            *ensured = true;
        }
        let now = self.clock.now();
        match self.store.next_due().await? {
            Some(at) if at <= now => {}
            next => return Ok(next.map_or(LOOK, |at| span(now, at).min(LOOK))),
        }
        let lease = Lease { name: format!("{:016x}", self.random()), span: HELD };
        let mut stores: BTreeMap<StoreId, Vec<Piece>> = BTreeMap::new();
        for piece in self.store.take_due(&lease, TAKEN).await? {
            stores.entry(piece.store.clone()).or_default().push(piece);
        }
        stream::iter(stores.into_values())
            .for_each_concurrent(STORES, |pieces| self.work_store(pieces, stop))
            .await;
        Ok(Duration::ZERO)
    }

    /// Works one store's pieces. Where the store or the database is held up, the rest stays under its lease, and comes
    /// again when that ends.
    async fn work_store(&self, pieces: Vec<Piece>, stop: &Stop) {
        for (number, piece) in pieces.iter().enumerate() {
            if stop.is_set() {
                if let Err(error) = self.store.leave_due(&pieces[number..]).await {
                    tracing::debug!(%error, "timed work is left to its lease");
                }
                return;
            }
            if !self.work(piece).await {
                return;
            }
        }
    }

    /// Answers whether the store's next piece may be worked.
    async fn work(&self, piece: &Piece) -> bool {
        let kind = piece.kind.name();
        let why = match timeout(PATIENCE, self.store.work_due(piece, work(piece))).await {
            Ok(Ok(ended)) => {
                self.metrics.worked(kind, ended.name());
                return true;
            }
            Ok(Err(StoreError::Away(_))) => {
                self.metrics.worked(kind, "away");
                return false;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it was not done within {} s: somebody holds the store", PATIENCE.as_secs()),
        };
        self.metrics.worked(kind, "failed");
        let Piece { store, subject, .. } = piece;
        tracing::warn!(%store, kind, subject, why, "timed work failed; `rota jobs` lists it");
        self.fail(piece, &why).await
    }

    async fn fail(&self, piece: &Piece, why: &str) -> bool {
        let again = retry_at(piece.failures.saturating_add(1), self.clock.now(), self.random());
        let reason: String = why.chars().take(REASON).collect();
        let noted = timeout(PATIENCE, self.store.fail_due(piece, again, &reason)).await;
        noted.is_ok_and(|noted| noted.is_ok())
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// What the piece comes to.
pub fn work(piece: &Piece) -> Work {
    let agent = AgentId(piece.subject);
    match piece.kind {
        Kind::Wake => Work::Wake(TicketId(piece.subject)),
        Kind::AwayEnd => Work::Change(agents::come_back(agent)),
        Kind::GiveOn => Work::Change(agents::give_on(agent)),
        Kind::Idle => Work::Change(agents::fall_idle(agent)),
        Kind::AutoClose => Work::AutoClose,
        Kind::WaitingTooLong => Work::WaitingTooLong,
        Kind::Retention => Work::Retention,
        Kind::Sessions => Work::Sessions,
    }
}

fn span(from: Timestamp, to: Timestamp) -> Duration {
    to.duration_since(from).unsigned_abs()
}
