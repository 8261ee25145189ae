//! The one thread that writes. Work comes in through a queue of two lines, each piece runs in its own turn.

use super::checkpoint::Checkpoints;
use super::connect::Place;
use super::fault::{Fault, may_have_committed, wants_reopening};
use super::lines::{Line, Lines, Message};
use super::migrate;
use super::roster::Rosters;
use super::turn::{Turn, Turnstile};
use crate::clock::Clock;
use crate::store::{Role, StoreError};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce(&mut Writer) + Send>;

/// The writing connection and what it remembers between transactions.
pub struct Writer {
    db: Option<Connection>,
    /// A connection that failed. It stays open until the next one is: were it the last to close, the next would read
    /// the whole log anew, and with it commits whose sync failed and whose callers were told so.
    broken: Option<Connection>,
    place: Place,
    turnstile: Turnstile,
    checkpoints: Checkpoints,
    pub rosters: Rosters,
}

/// How a transaction ended badly.
#[derive(Debug)]
pub enum Undone {
    /// Nothing of it is in the database.
    NotWritten(StoreError),
    /// Its commit failed, and may be in the database all the same once the log is read anew.
    Unknown(StoreError),
}

impl From<Undone> for StoreError {
    fn from(undone: Undone) -> Self {
        match undone {
            Undone::NotWritten(error) => error,
            Undone::Unknown(error) => Self::Unknown(error.to_string()),
        }
    }
}

impl Writer {
    fn open(
        place: &Place,
        role: Role,
        clock: &dyn Clock,
        finish: CheckpointRequests,
    ) -> Result<Self, StoreError> {
        let turnstile = Turnstile::open(&place.path, role)?;
        let turn = turnstile.wait()?;
        let mut db = place.writer()?;
        migrate_in_transaction(&db, clock).map_err(|fault| match StoreError::from(fault) {
            StoreError::Unusable(why) => StoreError::Unusable(format!("{}: {why}", place.path.display())),
            other => other,
        })?;
        drop(turn);
        let checkpoints = Checkpoints::start(place, finish);
        checkpoints.watch(&mut db).map_err(Fault::from)?;
        let rosters = Rosters::default();
        Ok(Self { db: Some(db), broken: None, place: place.clone(), turnstile, checkpoints, rosters })
    }

    /// Runs `work` in a transaction that is durable when this returns `Ok`.
    pub fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        Ok(self.committing(|db, _| work(db))?)
    }

    /// The same, with the rosters at hand, and an outcome that is not known told apart.
    pub fn committing<T>(
        &mut self,
        work: impl FnOnce(&Connection, &mut Rosters) -> Result<T, Fault>,
    ) -> Result<T, Undone> {
        match self.attempt(work) {
            Ok(value) => Ok(value),
            Err(Attempt::Before(fault)) => Err(Undone::NotWritten(fault.into())),
            Err(Attempt::Commit(error)) if !may_have_committed(&error) || self.fence().is_ok() => {
                Err(Undone::NotWritten(Fault::from(error).into()))
            }
            Err(Attempt::Commit(error)) => Err(Undone::Unknown(Fault::from(error).into())),
        }
    }

    /// A durable commit that changes nothing. A commit that failed after its frames were written would come back to
    /// life if the machine went down now; this one overwrites those frames, and then nothing of it is left for
    /// certain.
    pub fn fence(&mut self) -> Result<(), StoreError> {
        const WRITE_AND_REMOVE: &str =
            "INSERT INTO schema_migrations SELECT -1, '', x'', 0, 0 WHERE NOT EXISTS
                                            (SELECT 1 FROM schema_migrations WHERE number = -1);
                                        DELETE FROM schema_migrations WHERE number = -1";
        self.attempt(|db, _| Ok(db.execute_batch(WRITE_AND_REMOVE)?)).map_err(|attempt| match attempt {
            Attempt::Before(fault) => fault.into(),
            Attempt::Commit(error) => Fault::from(error).into(),
        })
    }

    fn attempt<T>(
        &mut self,
        work: impl FnOnce(&Connection, &mut Rosters) -> Result<T, Fault>,
    ) -> Result<T, Attempt> {
        let db = match self.db.take() {
            Some(db) => db,
            None => self.reopen().map_err(|error| Attempt::Before(error.into()))?,
        };
        let done = attempt(&db, &self.turnstile, &mut self.rosters, work);
        match &done {
            Err(Attempt::Commit(error) | Attempt::Before(Fault::Sqlite(error))) if wants_reopening(error) => {
                self.broken = Some(db);
            }
            _ => self.db = Some(db),
        }
        self.checkpoints.consider();
        done
    }

    fn reopen(&mut self) -> Result<Connection, StoreError> {
        let mut db = self.place.writer()?;
        self.checkpoints.watch(&mut db).map_err(Fault::from)?;
        self.broken = None;
        Ok(db)
    }

    /// Copies what a checkpoint beside the writer left over, so that the log begins anew.
    fn finish_checkpoint(&mut self) {
        if let Some(db) = &self.db {
            self.checkpoints.finish(db);
        }
    }
}

enum Attempt {
    Before(Fault),
    Commit(rusqlite::Error),
}

fn attempt<T>(
    db: &Connection,
    turnstile: &Turnstile,
    rosters: &mut Rosters,
    work: impl FnOnce(&Connection, &mut Rosters) -> Result<T, Fault>,
) -> Result<T, Attempt> {
    let _turn: Turn<'_> = turnstile.wait().map_err(|error| Attempt::Before(error.into()))?;
    let begun = db.prepare_cached("BEGIN IMMEDIATE").and_then(|mut begin| begin.execute([]));
    begun.map_err(|error| Attempt::Before(error.into()))?;
    let value = match work(db, rosters) {
        Ok(value) => value,
        Err(fault) => {
            rollback(db);
            return Err(Attempt::Before(fault));
        }
    };
    match db.prepare_cached("COMMIT").and_then(|mut commit| commit.execute([])) {
        Ok(_) => Ok(value),
        Err(error) => {
            rollback(db);
            Err(Attempt::Commit(error))
        }
    }
}

/// A failed statement may have rolled back already, so an error here tells nothing new.
fn rollback(db: &Connection) {
    if !db.is_autocommit() {
        let _ = db.execute_batch("ROLLBACK");
    }
}

pub fn migrate_in_transaction(db: &Connection, clock: &dyn Clock) -> Result<(), Fault> {
    db.execute_batch("BEGIN IMMEDIATE")?;
    match migrate::run(db, clock.now()) {
        Ok(()) => Ok(db.execute_batch("COMMIT")?),
        Err(fault) => {
            rollback(db);
            Err(fault)
        }
    }
}

/// Asks the writer to finish a checkpoint.
#[derive(Clone)]
pub struct CheckpointRequests(mpsc::Sender<Message<Work>>);

impl CheckpointRequests {
    pub fn finish(&self) {
        // A writer that is gone has nothing left to checkpoint.
        let _ = self.0.send(Message::Work(Line::Other, Box::new(Writer::finish_checkpoint)));
    }
}

/// The writer's queue; dropping it lets the thread finish what is queued and waits for its end.
pub struct WriterHandle {
    queue: mpsc::Sender<Message<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for WriterHandle {
    fn drop(&mut self) {
        let _ = self.queue.send(Message::End);
        if let Some(thread) = self.thread.take() {
            // A panic of the writer was reported where it happened.
            let _ = thread.join();
        }
    }
}

impl WriterHandle {
    pub fn start(place: &Place, role: Role, clock: &dyn Clock) -> Result<Self, StoreError> {
        let (queue, incoming) = mpsc::channel();
        let mut writer = Writer::open(place, role, clock, CheckpointRequests(queue.clone()))?;
        let spawned = std::thread::Builder::new().name("rota-writer".into()).spawn(move || {
            for work in Lines::new(incoming) {
                // A panic is a defect in one piece of work; its connection was closed on the way out, and the next
                // piece opens another.
                let _ = catch_unwind(AssertUnwindSafe(|| work(&mut writer)));
            }
        });
        let thread =
            spawned.map_err(|error| StoreError::Backend(format!("no thread for the writer: {error}")))?;
        Ok(Self { queue, thread: Some(thread) })
    }

    /// Queues `work` in its line and waits for its result. An error says that the work may have been done or not.
    pub async fn run<T: Send + 'static>(
        &self,
        line: Line,
        work: impl FnOnce(&mut Writer) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (done, result) = oneshot::channel();
        let work: Work = Box::new(move |writer| {
            // Whoever asked may have gone; the work is done all the same.
            let _ = done.send(work(writer));
        });
        // A queue that has ended drops the work, and with it the other end of the result.
        let _ = self.queue.send(Message::Work(line, work));
        result.await.map_err(|_| StoreError::Unknown("the writer panicked, its message is in the log".into()))
    }
}
