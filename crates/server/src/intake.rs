//! The batcher: requests that arrive while a commit is under way share the next one. There is no artificial wait;
//! a batch of one is the idle case.

mod batch;
mod lanes;
mod queue;

use crate::store::{IntakeFailure, IntakeStore, StoreError};
use crate::telemetry::Metrics;
use batch::Claim;
use lanes::Lanes;
use queue::Entry;
use rota_core::intake::{Answer, Call};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

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
    lanes: Lanes,
    deadline: Duration,
}

impl Intake {
    /// Starts the batcher. It ends when [`Intake::close`] was called and everything queued is answered.
    pub fn start(
        store: Arc<dyn IntakeStore>,
        limits: Limits,
        metrics: Arc<Metrics>,
    ) -> (Self, JoinHandle<()>) {
        let (lanes, flushing) = Lanes::start(store, limits, metrics);
        (Self { lanes, deadline: limits.deadline }, flushing)
    }

    /// Queues a call and waits for its answer, at most to the deadline.
    pub async fn submit(&self, call: Call) -> Result<Answer, Unanswered> {
        let claim = Arc::new(Claim::default());
        let (reply, answer) = oneshot::channel();
        if !self.lanes.push(Entry { call, claim: claim.clone(), reply }) {
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
        self.lanes.waiting()
    }

    /// Takes no further calls; what is queued is still answered.
    pub fn close(&self) {
        self.lanes.close();
    }
}

type Reply = oneshot::Sender<Result<Answer, Unanswered>>;

#[cfg(test)]
mod tests;
