//! Intake's own thread.
//!
//! A batch waits for the database four times, and after each wait its next step should come at once. Among the tasks of the
//! connections to callers it would stand in their queue, behind everybody who has just been answered; a thread of its own
//! is woken by the operating system.

use super::Intake;
use crate::store::{Answers, Batch, IntakeFailure, StoreError};
use std::sync::Arc;
use tokio::runtime;
use tokio::sync::{mpsc, oneshot};

/// A batch and the way back.
type Job = (Arc<dyn Batch>, oneshot::Sender<Result<Answers, IntakeFailure>>);

/// Hands batches to the thread, which ends when this is dropped.
pub struct IntakeThread(mpsc::UnboundedSender<Job>);

impl IntakeThread {
    pub fn start(intake: Intake) -> Result<Self, StoreError> {
        let failed = |error: std::io::Error| StoreError::Backend(format!("cannot start a thread: {error}"));
        let runtime = runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (jobs, taken) = mpsc::unbounded_channel();
        let work = move || runtime.block_on(serve(Arc::new(intake), taken));
        std::thread::Builder::new().name("intake".into()).spawn(work).map_err(failed)?;
        Ok(Self(jobs))
    }

    pub async fn run(&self, batch: Arc<dyn Batch>) -> Result<Answers, IntakeFailure> {
        let (reply, answers) = oneshot::channel();
        let stopped = || StoreError::Backend("intake's thread has stopped".into());
        self.0.send((batch, reply)).map_err(|_| IntakeFailure::NotWritten(stopped()))?;
        answers.await.unwrap_or_else(|_| Err(IntakeFailure::Unknown(stopped())))
    }
}

async fn serve(intake: Arc<Intake>, mut jobs: mpsc::UnboundedReceiver<Job>) {
    while let Some((batch, reply)) = jobs.recv().await {
        let intake = intake.clone();
        tokio::spawn(async move {
            let answers = intake.run(batch.as_ref()).await;
            // Whoever asked may have gone.
            let _ = reply.send(answers);
        });
    }
}
