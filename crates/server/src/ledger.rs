//! The chore that counts decisions into the ledger, beside intake.
//!
//! Intake goes first: after a step the chore pauses for several times as long as the step took, and once everything is
//! counted it lets some decisions gather, so that a step's writes are worth it.

pub mod shown;

use crate::store::Store;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often it looks when everything is counted.
const LOOK: Duration = Duration::from_secs(2);
/// How long it pauses after a step, as a multiple of the step.
const PAUSE: u32 = 9;

/// Counts for as long as the server runs.
pub async fn keep_ledger(store: Arc<dyn Store>) {
    let mut failed = false;
    loop {
        let began = Instant::now();
        let counted = store.count_decisions().await;
        let pause = began.elapsed() * PAUSE;
        let pause = match &counted {
            Ok(true) => pause,
            Ok(false) => pause.max(LOOK),
            Err(error) => {
                // Once for as long as it lasts.
                if !failed {
                    tracing::warn!(%error, "decisions could not be counted into the ledger; trying on");
                }
                LOOK
            }
        };
        failed = counted.is_err();
        tokio::time::sleep(pause).await;
    }
}
