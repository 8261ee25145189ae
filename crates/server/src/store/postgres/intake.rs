//! Intake's transaction, in two round trips: take the routing rows and read what the plan needs; then plan, write and
//! commit.
//!
//! A batch is one transaction; which stores it has calls of is the batcher's, by [`BatchScope`].

mod facts;
mod outcome;
mod places;
mod routing;
mod thread;
mod writes;

use super::connect::close_idle;
use super::fault::Fault;
use super::roster::Rosters;
use super::session::Session;
use super::{Database, INTAKE_CONNECTIONS, shift};
use crate::store::{Answers, Batch, IntakeFailure, StoreError};
use facts::{StoreFacts, read_facts};
use jiff::Timestamp;
use places::Places;
use rota_core::ids::StoreId;
use rota_core::intake::{Answer, Call, Lookups, Plan, lookups, plan};
use rota_core::life::{self, Shift};
use rota_core::roster::Roster;
use rota_core::ticket::Pool;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::MutexGuard;
use tokio::time::{Instant, timeout};

pub use routing::{Taken, read_routing, take_generation, take_routing, write_routing};
pub use thread::IntakeThread;
pub use writes::put_last_agents;

/// How far a transaction of intake reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BatchScope {
    /// All stores of a batch commit together: the fewest commits. For one PostgreSQL server.
    #[default]
    Batch,
    /// Each store commits by itself, at its own pace: nothing depends on a transaction over several stores. For a database
    /// that is distributed by store.
    Store,
}

/// How long a transaction may take before its COMMIT is sent. Nothing was written then, and callers are told so.
const UNTIL_COMMIT: Duration = Duration::from_millis(800);
/// How long COMMIT may go unanswered before its outcome is looked up on another connection. Together with the time for
/// that connection, or with the time before COMMIT, those who wait for their turn meanwhile are refused within 2 s.
const UNTIL_ANSWERED: Duration = Duration::from_millis(800);

/// The calls of one store: their places in the batch.
type ByStore<'a> = BTreeMap<&'a StoreId, Vec<usize>>;

/// Answers with their calls' places in the batch.
type Placed = Vec<(usize, Answer)>;

/// What intake needs besides the batch.
pub struct Intake {
    database: Database,
    rosters: Rosters,
    places: Places,
    /// Held by the batch under way where batches have all stores' calls, so that the next one settles its calls as late as
    /// it can.
    turn: tokio::sync::Mutex<()>,
}

type Turn<'a> = Option<MutexGuard<'a, ()>>;

impl Intake {
    pub fn new(database: Database) -> Self {
        let places = Places::new(INTAKE_CONNECTIONS);
        Self { database, rosters: Rosters::default(), places, turn: tokio::sync::Mutex::default() }
    }

    /// Answers a batch.
    pub async fn run(&self, batch: &dyn Batch) -> Result<Answers, IntakeFailure> {
        // Taken first, so that a database that is away settles no batch.
        let _place = self.places.take().await.map_err(IntakeFailure::NotWritten)?;
        let session = self.session().await?;
        let turn = match self.database.options.scope {
            BatchScope::Batch => Some(self.turn.lock().await),
            BatchScope::Store => None,
        };
        let calls = batch.calls();
        let mut by_store = ByStore::new();
        for (index, call) in calls.iter().enumerate() {
            by_store.entry(&call.store).or_default().push(index);
        }
        let mut answers: Answers = calls.iter().map(|_| None).collect();
        for (index, answer) in transaction(self, session, batch, &by_store, turn).await? {
            answers[index] = Some(answer);
        }
        Ok(answers)
    }

    async fn session(&self) -> Result<Session, IntakeFailure> {
        self.database.session().await.map_err(|error| {
            self.places.refuse_waiting();
            IntakeFailure::NotWritten(error)
        })
    }
}

/// How an attempt ended badly.
enum Failed {
    /// Nothing of it is in the database.
    NotWritten(Fault),
    /// COMMIT was sent, and not answered for certain; `first` is a ticket that it would have written.
    Unknown { first: outcome::Written, answers: Placed, fault: Fault },
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self::NotWritten(fault)
    }
}

async fn transaction(
    intake: &Intake,
    mut session: Session,
    batch: &dyn Batch,
    by_store: &ByStore<'_>,
    turn: Turn<'_>,
) -> Result<Placed, IntakeFailure> {
    if by_store.is_empty() {
        return Ok(Placed::new());
    }
    let deadline = Instant::now() + intake.database.options.deadline;
    loop {
        match attempt(intake, &session, batch, by_store).await {
            Ok(answers) => return Ok(answers),
            Err(Failed::NotWritten(fault)) if fault.wants_another_run() && Instant::now() < deadline => {
                if !matches!(timeout(UNTIL_COMMIT, session.rollback()).await, Ok(Ok(()))) {
                    drop(session);
                    session = intake.session().await?;
                }
            }
            Err(Failed::NotWritten(fault)) => return Err(IntakeFailure::NotWritten(fault.into())),
            Err(Failed::Unknown { first, answers, fault }) => {
                // The session is closed: its place is the look-up's.
                drop(session);
                drop(turn);
                batch.pass_on();
                let _in_doubt = intake.places.in_doubt();
                tracing::warn!(error = %StoreError::from(fault), "a commit was not answered; looking its outcome up");
                return match outcome::look_up(intake, &first).await {
                    Ok(true) => Ok(answers),
                    Ok(false) => Err(IntakeFailure::NotWritten(StoreError::Away("the commit failed".into()))),
                    Err(error) => Err(IntakeFailure::Unknown(error)),
                };
            }
        }
    }
}

async fn attempt(
    intake: &Intake,
    session: &Session,
    batch: &dyn Batch,
    by_store: &ByStore<'_>,
) -> Result<Placed, Failed> {
    let begun = AtomicBool::new(false);
    let read = timeout(UNTIL_COMMIT, async {
        session.keep_statements().await?;
        read(intake, session, batch.calls(), by_store, &begun).await
    })
    .await;
    let stores = read.map_err(|_| match begun.into_inner() {
        true => locked(),
        false => {
            intake.places.refuse_waiting();
            silent(intake, UNTIL_COMMIT)
        }
    })??;
    let now = intake.database.clock.now();
    let mut answers = Placed::new();
    let mut writes = writes::Collected::new();
    for (known, (store, indices)) in stores.into_iter().zip(by_store) {
        let indices: Vec<usize> = indices.iter().copied().filter(|index| batch.claim(*index)).collect();
        let calls: Vec<&Call> = indices.iter().map(|index| &batch.calls()[*index]).collect();
        let Taken { routing, generation } = known.taken;
        let before = routing.clone();
        let Plan { answers: told, writes: decided } =
            plan(&known.roster, routing, known.queues, known.facts, &calls, now);
        match decided {
            Some(decided) => writes.add(store, generation, decided),
            // A kept answer is told again only once a commit that came after it is on stable storage.
            None if told.iter().any(|answer| matches!(answer, Answer::Replayed(_))) => {
                writes.touch(store, generation, &before)
            }
            None => {}
        }
        answers.extend(indices.into_iter().zip(told));
    }
    let committed = timeout(UNTIL_ANSWERED, writes.commit(session, now)).await;
    match committed.unwrap_or_else(|_| Err(writes::Uncommitted::Perhaps(silent(intake, UNTIL_ANSWERED)))) {
        Ok(()) => Ok(answers),
        Err(writes::Uncommitted::No(fault)) => Err(Failed::NotWritten(fault)),
        Err(writes::Uncommitted::Perhaps(fault)) => match writes.first() {
            Some(first) => Err(Failed::Unknown { first, answers, fault }),
            None => Err(Failed::NotWritten(fault)),
        },
    }
}

/// What a connection that does not answer means: the idle ones may be as silent, and are not waited for.
fn silent(intake: &Intake, limit: Duration) -> Fault {
    close_idle(&intake.database.pool);
    StoreError::Away(format!("the database did not answer within {limit:?}")).into()
}

/// The database answers, but somebody else has what the batch needs.
fn locked() -> Fault {
    StoreError::Away(format!("rows that intake needs were locked for {UNTIL_COMMIT:?}")).into()
}

/// The state that a store's calls are decided from, in the order of the stores. Reading begins with a guess: that no
/// roster has changed since it was last read. Then everything is in one round trip. `begun` is set once the database has
/// answered anything.
async fn read(
    intake: &Intake,
    session: &Session,
    calls: &[Call],
    by_store: &ByStore<'_>,
    begun: &AtomicBool,
) -> Result<Vec<Known>, Fault> {
    let known: Vec<Option<Arc<Roster>>> = by_store.keys().map(|store| intake.rosters.known(store)).collect();
    let guess = async {
        match known.iter().cloned().collect::<Option<Vec<_>>>() {
            Some(rosters) => Some(read_facts(session, wanted(&rosters, calls, by_store)).await),
            None => None,
        }
    };
    let stores: Vec<&StoreId> = by_store.keys().copied().collect();
    let taken = routing::take_all(session, &stores);
    let begin = async {
        session.begin_intake().await?;
        begun.store(true, Ordering::Relaxed);
        Ok::<_, Fault>(())
    };
    let (began, routing, guessed) = futures_util::future::join3(begin, taken, guess).await;
    began?;
    let mut routing = routing?;
    let mut rosters = Vec::with_capacity(by_store.len());
    let mut rows = Vec::with_capacity(by_store.len());
    for store in by_store.keys() {
        let row = routing.remove(*store).ok_or(StoreError::NotFound)?;
        rosters.push(intake.rosters.get(session, store, row.routing.roster_version).await?);
        rows.push(row);
    }
    let right = rosters
        .iter()
        .zip(&known)
        .all(|(roster, known)| known.as_ref().is_some_and(|known| known.version() == roster.version()));
    let facts = match guessed {
        Some(facts) if right => facts?,
        _ => read_facts(session, wanted(&rosters, calls, by_store)).await?,
    };
    let all = rosters.into_iter().zip(rows).zip(facts);
    let known = |((roster, taken), facts)| Known { roster, taken, facts, queues: BTreeSet::new() };
    let mut all: Vec<Known> = all.map(known).collect();
    for (known, (store, indices)) in all.iter_mut().zip(by_store) {
        let is_dry = indices.iter().all(|index| calls[*index].dry_run);
        hand_out_first(session, store, known, is_dry, intake.database.clock.now()).await?;
    }
    Ok(all)
}

/// Hands out what waits before new tickets come (desk 4). Where nobody could take any, nothing is read for it; where all of
/// them are dry runs nothing is written: they are told what would be.
async fn hand_out_first(
    session: &Session,
    store: &StoreId,
    known: &mut Known,
    is_dry: bool,
    now: Timestamp,
) -> Result<(), Fault> {
    let Taken { routing, generation } = &known.taken;
    if routing.pools.values().all(|pool| pool.waiting == 0) {
        return Ok(());
    }
    let facts = life::Known { loads: known.facts.loads.clone(), ..life::Known::default() };
    let mut shift = Shift::new(&known.roster, routing.clone(), facts, now);
    shift.stir_all();
    if let Some(worked) = shift::hand_out_all(session, store, &known.roster, shift).await? {
        if !is_dry {
            shift::write(session, store, *generation, &worked, now).await?;
        }
        known.taken.routing = worked.routing;
        known.facts.loads = worked.open;
        known.queues = worked.unfinished;
    }
    Ok(())
}

/// What one store's calls are decided from.
struct Known {
    roster: Arc<Roster>,
    taken: routing::Taken,
    facts: StoreFacts,
    /// The pools in which older tickets go first.
    queues: BTreeSet<Pool>,
}

fn wanted<'a>(
    rosters: &[Arc<Roster>],
    calls: &'a [Call],
    by_store: &'a ByStore<'_>,
) -> Vec<(&'a StoreId, Lookups<'a>)> {
    let of_store = |(roster, (store, indices)): (&Arc<Roster>, (&&'a StoreId, &'a Vec<usize>))| {
        let calls: Vec<&Call> = indices.iter().map(|index| &calls[*index]).collect();
        (*store, lookups(roster, &calls))
    };
    rosters.iter().zip(by_store).map(of_store).collect()
}
