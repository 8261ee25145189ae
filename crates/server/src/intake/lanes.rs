//! Lanes, which empty the queues batch by batch.

use super::batch::LateBatch;
use super::queue::{Entry, Queue, Room};
use super::{Limits, Reply, Unanswered};
use crate::store::{Answers, IntakeFailure, IntakeStore};
use crate::telemetry::Metrics;
use rota_core::ids::StoreId;
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

/// Batches of one queue for all stores that are handed over at a time: while one commits, the next stands ready and
/// fills until its turn, so that the store never waits for the batcher.
pub const SHARED: usize = 2;

/// The queues that calls wait in, and the lanes that empty them.
pub struct Lanes {
    queues: Queues,
    room: Arc<Room>,
    /// What each lane is one of; none once they are closed.
    lane: Mutex<Option<Lane>>,
}

enum Queues {
    Shared(Arc<Queue>),
    /// A store's queue is made with its first call, and stays: there are no more of them than stores with keys.
    ByStore(Mutex<HashMap<StoreId, Arc<Queue>>>),
}

impl Lanes {
    pub fn start(
        store: Arc<dyn IntakeStore>,
        limits: Limits,
        metrics: Arc<Metrics>,
    ) -> (Self, JoinHandle<()>) {
        let room = Arc::new(Room::new(limits.queue));
        let (running, mut ended) = mpsc::channel(1);
        let queues = match store.batches_by_store() {
            false => Queues::Shared(Arc::new(Queue::new(room.clone()))),
            true => Queues::ByStore(Mutex::default()),
        };
        let lane = Lane { store, max_batch: limits.max_batch, metrics, _running: running };
        let lanes = Self { queues, room, lane: Mutex::new(Some(lane)) };
        if let Queues::Shared(queue) = &lanes.queues {
            for _ in 0..SHARED {
                lanes.run(queue);
            }
        }
        let flushing = tokio::spawn(async move {
            ended.recv().await;
        });
        (lanes, flushing)
    }

    /// `false` when the queues are full or closed.
    pub fn push(&self, entry: Entry) -> bool {
        match &self.queues {
            Queues::Shared(queue) => queue.push(entry),
            Queues::ByStore(queues) => {
                self.of_store(&mut lock(queues), &entry.call.store).is_some_and(|queue| queue.push(entry))
            }
        }
    }

    fn of_store(&self, queues: &mut HashMap<StoreId, Arc<Queue>>, store: &StoreId) -> Option<Arc<Queue>> {
        if let Some(queue) = queues.get(store) {
            return Some(queue.clone());
        }
        let queue = Arc::new(Queue::new(self.room.clone()));
        self.run(&queue).then(|| {
            queues.insert(store.clone(), queue.clone());
            queue
        })
    }

    /// Starts a lane, unless all are closed.
    fn run(&self, queue: &Arc<Queue>) -> bool {
        let Some(lane) = lock(&self.lane).clone() else { return false };
        tokio::spawn(lane.flush(queue.clone()));
        true
    }

    pub fn waiting(&self) -> usize {
        self.room.taken()
    }

    pub fn close(&self) {
        lock(&self.lane).take();
        match &self.queues {
            Queues::Shared(queue) => queue.close(),
            Queues::ByStore(queues) => lock(queues).values().for_each(|queue| queue.close()),
        }
    }
}

/// No code panics while it holds one of these locks, so what they guard is whole even if some thread has died.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Clone)]
struct Lane {
    store: Arc<dyn IntakeStore>,
    max_batch: usize,
    metrics: Arc<Metrics>,
    /// So that the end of the last lane is noticed.
    _running: mpsc::Sender<Infallible>,
}

impl Lane {
    /// Hands over one batch after the other. One that is passed on goes on beside those that come after it.
    async fn flush(self, queue: Arc<Queue>) {
        let mut passed_on = JoinSet::new();
        while queue.wait().await {
            let batch = Arc::new(LateBatch::new(queue.clone(), self.max_batch));
            let mut ended = Box::pin(self.clone().answer(batch.clone()));
            tokio::select! {
                () = &mut ended => {}
                () = batch.passed_on() => drop(passed_on.spawn(ended)),
            }
            while passed_on.try_join_next().is_some() {}
        }
        while passed_on.join_next().await.is_some() {}
    }

    async fn answer(self, batch: Arc<LateBatch>) {
        let begun = Instant::now();
        let done = self.store.intake(batch.clone()).await;
        let replies = batch.replies();
        if !replies.is_empty() {
            self.metrics.batch(replies.len(), begun.elapsed());
        }
        tell(done, replies, &self.metrics);
    }
}

/// Callers that have gone are passed over.
fn tell(done: Result<Answers, IntakeFailure>, replies: Vec<Reply>, metrics: &Metrics) {
    let failed: Unanswered = match done {
        Ok(answers) => {
            for (reply, answer) in replies.into_iter().zip(answers) {
                if let Some(answer) = answer {
                    metrics.decided(&answer);
                    let _ = reply.send(Ok(answer));
                }
            }
            return;
        }
        Err(failure) => failure.into(),
    };
    for reply in replies {
        let _ = reply.send(Err(failed.clone()));
    }
}
