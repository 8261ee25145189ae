//! Replay (desk 5): reads the past once and goes through it twice, by the settings as they are and by a draft. Nothing is
//! written.

mod draft;
mod report;

use crate::settings;
use crate::store::replay::{Chunk, Period};
use crate::store::types::CurrentSettings;
use crate::store::{Store, StoreError};
use jiff::{Timestamp, ToSpan};
use report::Names;
use rota_core::ids::StoreId;
use rota_core::replay::{Past, Reader, Shift, Side, run as replayed};
use rota_core::roster::Roster;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use tokio::sync::mpsc;

pub use draft::{Draft, Drafted, of_file};
pub use report::{Named, NamedAgent, NamedPool, PoolName, Report};

/// The most tickets of one replay: each takes some 100 bytes while it goes on.
pub const MOST_TICKETS: u64 = 5_000_000;
/// The longest time of one, in days.
pub const MOST_DAYS: i64 = 366;
/// Parts of the past that are read ahead.
const READ_AHEAD: usize = 2;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0} tickets came in this time, and a replay takes {MOST_TICKETS} at most; choose a shorter one")]
    TooMany(u64),
    /// Nobody waits for it any more.
    #[error("the replay was given up")]
    GivenUp,
    #[error("the replay ended early: {0}")]
    Broken(String),
}

/// What is replayed, and by what.
pub struct Plan {
    store: StoreId,
    from: Timestamp,
    to: Timestamp,
    before: Roster,
    after: Roster,
    changes: Vec<String>,
    names: Names,
}

/// How far a replay is, and whether it is to go on.
#[derive(Default)]
pub struct Watch {
    tickets: AtomicU64,
    read: AtomicU64,
    before: AtomicU64,
    after: AtomicU64,
    given_up: AtomicBool,
}

/// A time that cannot be replayed: the field and the rule that it breaks.
pub type Unfit = (&'static str, String);

/// What is asked for, or the last thirty days. What is still to come has not been recorded.
pub fn period(
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), Unfit> {
    let days = |at: Timestamp, days: i64| at.checked_sub((24 * days).hours()).unwrap_or(Timestamp::MIN);
    if to.is_some_and(|to| to > now) {
        return Err(("to", "is still to come".into()));
    }
    let to = to.unwrap_or(now);
    let from = from.unwrap_or_else(|| days(to, 30));
    if from >= to {
        return Err(("from", "is before to".into()));
    }
    if from < days(to, MOST_DAYS) {
        return Err(("from", format!("is at most {MOST_DAYS} days before to")));
    }
    Ok((from, to))
}

impl Plan {
    pub fn new(
        store: &StoreId,
        (from, to): (Timestamp, Timestamp),
        current: &CurrentSettings,
        drafted: Drafted,
    ) -> Result<Self, StoreError> {
        let (before, after) =
            (settings::roster(store, current)?, settings::roster(store, &drafted.settings)?);
        let names = Names::of(&drafted.settings);
        Ok(Self { store: store.clone(), from, to, before, after, changes: drafted.changes, names })
    }
}

impl Watch {
    /// From 0 to 1: half of it is reading.
    pub fn done(&self) -> f64 {
        let tickets = self.tickets.load(Relaxed).max(1) as f64;
        let sum = self.before.load(Relaxed) + self.after.load(Relaxed);
        (self.read.load(Relaxed) as f64 / tickets + sum as f64 / (2.0 * tickets)) / 2.0
    }

    /// How many tickets came, once that is known.
    pub fn tickets(&self) -> u64 {
        self.tickets.load(Relaxed)
    }

    pub fn give_up(&self) {
        self.given_up.store(true, Relaxed);
    }

    fn goes_on(&self) -> bool {
        !self.given_up.load(Relaxed)
    }
}

/// Reads and replays, on threads for blocking work.
pub async fn run(store: &dyn Store, plan: Plan, watch: Arc<Watch>) -> Result<Report, Failure> {
    let (send, receive) = mpsc::channel(READ_AHEAD);
    let needs = Reader::new(plan.from, plan.to, &plan.before, &plan.after).needs();
    let period = Period { from: plan.from, to: plan.to, needs };
    let id = plan.store.clone();
    let reported = tokio::task::spawn_blocking(move || report(plan, receive, &watch));
    let (read, reported) = tokio::join!(store.recorded(&id, period, send), reported);
    read?;
    reported.map_err(|error| Failure::Broken(error.to_string()))?
}

fn report(plan: Plan, chunks: mpsc::Receiver<Chunk>, watch: &Watch) -> Result<Report, Failure> {
    let past = past(&plan, chunks, watch)?;
    let Plan { before, after, changes, names, .. } = plan;
    let (before, after) = thread::scope(|scope| {
        let other = scope.spawn(|| one(after, &past, Side::After, &watch.after, watch));
        (one(before, &past, Side::Before, &watch.before, watch), other.join())
    });
    let after = after.map_err(|_| Failure::Broken("a run has panicked".into()))?;
    let (before, after) = before.zip(after).ok_or(Failure::GivenUp)?;
    Ok(Report::new(&past, &names, changes, before, after))
}

fn one(
    roster: Roster,
    past: &Past,
    side: Side,
    done: &AtomicU64,
    watch: &Watch,
) -> Option<rota_core::replay::Figures> {
    replayed(roster, past, side, |arrivals| {
        done.store(arrivals as u64, Relaxed);
        if watch.goes_on() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
}

/// Takes in what is read. Without its end, reading has failed, and tells why itself.
fn past(plan: &Plan, mut chunks: mpsc::Receiver<Chunk>, watch: &Watch) -> Result<Past, Failure> {
    let mut reader = Reader::new(plan.from, plan.to, &plan.before, &plan.after);
    let mut known: Vec<Shift> = Vec::new();
    while let Some(chunk) = chunks.blocking_recv().filter(|_| watch.goes_on()) {
        match chunk {
            Chunk::Begin { tickets, shifts } => {
                if tickets > MOST_TICKETS {
                    return Err(Failure::TooMany(tickets));
                }
                watch.tickets.store(tickets, Relaxed);
                known = shifts;
            }
            Chunk::Tickets(tickets) => {
                watch.read.fetch_add(tickets.len() as u64, Relaxed);
                for ticket in tickets {
                    reader.read(ticket);
                }
            }
            Chunk::End => return Ok(reader.finish(known)),
        }
    }
    Err(Failure::GivenUp)
}
