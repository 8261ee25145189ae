//! The batcher: requests that arrive while a commit is under way share the next one. There is no artificial wait;
//! a batch of one is the idle case.

mod batch;
mod queue;

use crate::store::{IntakeFailure, IntakeStore, StoreError};
use crate::telemetry::Metrics;
use batch::{Claim, LateBatch};
use futures_util::FutureExt;
use queue::{Entry, Queue};
use rota_core::intake::{Answer, Call};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Batches handed to the store at a time: while one commits, the next stands ready and fills until its turn, so
/// that the store never waits for the batcher.
const LANES: usize = 2;

/// The batcher's limits.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls that may wait for a batch.
    pub queue: usize,
    /// Calls in one batch at most.
    pub max_batch: usize,
    /// How long a call may take.
    pub deadline: Duration,
}

/// Why a call got no answer.
#[derive(Debug, Clone)]
pub enum Unanswered {
    /// The queue is full or the server is stopping. Nothing was written.
    Refused,
    /// The database is away, or the deadline passed before the call's turn. Nothing was written.
    NotWritten(StoreError),
    /// The commit was sent; whether it succeeded is not known.
    Unknown(StoreError),
}

impl From<IntakeFailure> for Unanswered {
    fn from(failure: IntakeFailure) -> Self {
        match failure {
            IntakeFailure::NotWritten(error) => Self::NotWritten(error),
            IntakeFailure::Unknown(error) => Self::Unknown(error),
        }
    }
}

/// Takes calls and hands them to the store in batches.
pub struct Intake {
    queue: Arc<Queue>,
    deadline: Duration,
}

impl Intake {
    /// Starts the batcher. It ends when [`Intake::close`] was called and everything queued is answered.
    pub fn start(
        store: Arc<dyn IntakeStore>,
        limits: Limits,
        metrics: Arc<Metrics>,
    ) -> (Self, JoinHandle<()>) {
        let queue = Arc::new(Queue::new(limits.queue));
        let lane = || flush(queue.clone(), store.clone(), limits.max_batch, metrics.clone());
        let lanes = futures_util::future::join_all((0..LANES).map(|_| lane()).collect::<Vec<_>>());
        let flushing = tokio::spawn(lanes.map(drop));
        (Self { queue, deadline: limits.deadline }, flushing)
    }

    /// Queues a call and waits for its answer, at most to the deadline.
    pub async fn submit(&self, call: Call) -> Result<Answer, Unanswered> {
        let claim = Arc::new(Claim::default());
        let (reply, answer) = oneshot::channel();
        if !self.queue.push(Entry { call, claim: claim.clone(), reply }) {
            return Err(Unanswered::Refused);
        }
        match tokio::time::timeout(self.deadline, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Unanswered::Unknown(StoreError::Backend("the batcher has stopped".into()))),
            Err(_) if claim.abandon() => Err(Unanswered::NotWritten(StoreError::Away(
                "the deadline passed before the call's turn".into(),
            ))),
            Err(_) => {
                Err(Unanswered::Unknown(StoreError::Away("the deadline passed during the commit".into())))
            }
        }
    }

    /// How many calls wait for a batch.
    pub fn queued(&self) -> usize {
        self.queue.len()
    }

    /// Takes no further calls; what is queued is still answered.
    pub fn close(&self) {
        self.queue.close();
    }
}

async fn flush(queue: Arc<Queue>, store: Arc<dyn IntakeStore>, max_batch: usize, metrics: Arc<Metrics>) {
    while queue.wait().await {
        let batch = Arc::new(LateBatch::new(queue.clone(), max_batch));
        let begun = Instant::now();
        let done = store.intake(batch.clone()).await;
        let replies = batch.replies();
        if !replies.is_empty() {
            metrics.batch(replies.len(), begun.elapsed());
        }
        answer(done, replies, &metrics);
    }
}

type Reply = oneshot::Sender<Result<Answer, Unanswered>>;

/// Callers that have gone are passed over.
fn answer(
    done: Result<crate::store::Answers, IntakeFailure>,
    replies: Vec<Option<Reply>>,
    metrics: &Metrics,
) {
    let failed: Unanswered = match done {
        Ok(answers) => {
            for (reply, answer) in replies.into_iter().zip(answers) {
                if let (Some(reply), Some(answer)) = (reply, answer) {
                    metrics.decided(&answer);
                    let _ = reply.send(Ok(answer));
                }
            }
            return;
        }
        Err(failure) => failure.into(),
    };
    for reply in replies.into_iter().flatten() {
        let _ = reply.send(Err(failed.clone()));
    }
}

#[cfg(test)]
mod tests;
