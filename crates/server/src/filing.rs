//! The chore that files new tickets and changed words in lists and search, beside intake.
//!
//! Intake goes first: after a step the chore pauses for several times as long as the step took.

use crate::store::Store;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often it looks when there was nothing to do.
const LOOK: Duration = Duration::from_millis(250);
/// How long it pauses after a step, as a multiple of the step.
const PAUSE: u32 = 4;
/// How long it leaves a database alone that has failed.
const AWAY: Duration = Duration::from_secs(1);

/// Files for as long as the server runs.
pub async fn keep_filing(store: Arc<dyn Store>) {
    let mut failed = false;
    loop {
        let began = Instant::now();
        let filed = store.file().await;
        let pause = began.elapsed() * PAUSE;
        let pause = match &filed {
            Ok(true) => pause,
            Ok(false) => pause.max(LOOK),
            Err(error) => {
                // Once for as long as it lasts.
                if !failed {
                    tracing::warn!(%error, "new tickets could not be filed in the lists; trying on");
                }
                AWAY
            }
        };
        failed = filed.is_err();
        tokio::time::sleep(pause).await;
    }
}
