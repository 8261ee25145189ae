//! The scheduler's side of the storage trait: pieces of work that come at a time, each done once by whoever holds it.

use super::{DecideSettings, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::due::{Kind, Next};
use rota_core::ids::{StoreId, TicketId};

/// For how long, and under which name, a node holds what it takes. The name is made anew for each taking.
#[derive(Debug, Clone)]
pub struct Lease {
    pub name: String,
    pub span: std::time::Duration,
}

/// A piece that is held under a lease.
#[derive(Debug, Clone)]
pub struct Piece {
    pub store: StoreId,
    pub kind: Kind,
    /// A ticket or an agent; 0 where the piece is about the whole store.
    pub subject: i64,
    pub at: Timestamp,
    /// How often it has failed in a row.
    pub failures: u32,
    /// The lease's name.
    pub lease: String,
}

/// What a piece comes to.
pub enum Work {
    Wake(TicketId),
    /// What changes of an agent.
    Change(DecideSettings),
    AutoClose,
    WaitingTooLong,
    Retention,
    Sessions,
}

/// What became of a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Done,
    /// Done, and to be done again then.
    Again(Timestamp),
    /// It was no longer held, and nothing was done: somebody else has it, or it was put to another time.
    Lost,
    /// Its store is gone, and so is the piece.
    Dropped,
}

impl From<Next> for Ended {
    fn from(next: Next) -> Self {
        match next {
            Next::Done => Self::Done,
            Next::Again(at) => Self::Again(at),
        }
    }
}

impl Ended {
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Again(_) => "again",
            Self::Lost => "lost",
            Self::Dropped => "dropped",
        }
    }
}

/// A piece as an operator sees it; `kind` may be a later release's.
#[derive(Debug, Clone)]
pub struct Job {
    pub store: StoreId,
    pub kind: String,
    pub subject: i64,
    pub at: Timestamp,
    pub failures: u32,
    /// Why it failed last.
    pub failure: Option<String>,
}

/// How many pieces an operator should look at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DueFigures {
    /// Due for longer than [`rota_core::due::LATE_AFTER`].
    pub late: u64,
    /// That failed when they were last tried.
    pub failing: u64,
}

/// Timed work. Pieces of kinds that this release does not know are left for one that does.
#[async_trait]
pub trait DueStore: Send + Sync {
    /// Puts the pieces that stores have by their settings ([`rota_core::due::standing`]) where they are missing.
    async fn ensure_due(&self) -> Result<(), StoreError>;
    /// When the earliest piece comes that nobody holds.
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError>;
    /// Takes pieces whose time has come and that nobody holds, of all stores, the oldest first.
    async fn take_due(&self, lease: &Lease, limit: u32) -> Result<Vec<Piece>, StoreError>;
    /// Does the piece and takes it off the list, or puts it to its next time, in one transaction; nothing if it is no
    /// longer held.
    async fn work_due(&self, piece: &Piece, work: Work) -> Result<Ended, StoreError>;
    /// Puts a piece on the list, or moves it to that time.
    async fn put_due(
        &self,
        store: &StoreId,
        kind: Kind,
        subject: i64,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// When a piece comes that is on the list.
    async fn due_at(
        &self,
        store: &StoreId,
        kind: Kind,
        subject: i64,
    ) -> Result<Option<Timestamp>, StoreError>;
    /// Puts a piece that could not be done to another time, with the reason.
    async fn fail_due(&self, piece: &Piece, again: Timestamp, why: &str) -> Result<(), StoreError>;
    /// Lets go of pieces that were not worked.
    async fn leave_due(&self, pieces: &[Piece]) -> Result<(), StoreError>;
    /// What is due or has failed, of one store or all, the oldest first.
    async fn jobs(&self, store: Option<&StoreId>, limit: u32) -> Result<Vec<Job>, StoreError>;
    async fn due_figures(&self) -> Result<DueFigures, StoreError>;
    /// The stores in which somebody could take a ticket that waits, as after hours have begun or leave has ended.
    async fn stores_with_takers(&self) -> Result<Vec<StoreId>, StoreError>;
}
