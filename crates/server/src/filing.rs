//! The chore that files new tickets and changed words in lists and search, beside intake.
//!
//! Intake goes first: after a step the chore pauses for several times as long as the step took. While more comes in than it
//! could file at that pace it would fall behind and slow intake all the same, so it all but rests until less comes.

use crate::store::Store;
use crate::telemetry::Metrics;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often it looks when there was nothing to do.
const LOOK: Duration = Duration::from_millis(250);
/// How long it pauses after a step, as a multiple of the step.
const PAUSE: u32 = 4;
/// The same while it is outrun.
const REST: u32 = 99;
/// So few tickets do not outrun it: a step for one takes little less time than one for many.
const FEW: u64 = 16;
/// How long it leaves a database alone that has failed.
const AWAY: Duration = Duration::from_secs(1);

/// Files for as long as the server runs.
pub async fn keep_filing(store: Arc<dyn Store>, metrics: Arc<Metrics>) {
    let mut failed = false;
    let (mut calls, mut ended) = (metrics.calls(), Instant::now());
    loop {
        let began = Instant::now();
        let filed = store.file().await;
        let (now, came) = (Instant::now(), metrics.calls().saturating_sub(calls));
        let pause = match &filed {
            Ok(0) => LOOK,
            Ok(tickets) => {
                let step = Step { tickets: *tickets, took: now - began };
                step.pause(came, now - ended)
            }
            Err(error) => {
                // Once for as long as it lasts.
                if !failed {
                    tracing::warn!(%error, "new tickets could not be filed in the lists; trying on");
                }
                AWAY
            }
        };
        failed = filed.is_err();
        (calls, ended) = (calls + came, now);
        tokio::time::sleep(pause).await;
    }
}

struct Step {
    tickets: u64,
    took: Duration,
}

impl Step {
    /// How long to pause after it, when so many tickets came within `over`, the step included.
    fn pause(&self, came: u64, over: Duration) -> Duration {
        let at_that_pace = self.tickets as f64 * over.as_secs_f64() / (self.took * (PAUSE + 1)).as_secs_f64();
        let is_outrun = came > FEW && came as f64 > at_that_pace;
        self.took * if is_outrun { REST } else { PAUSE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Step = Step { tickets: 50, took: Duration::from_millis(4) };

    #[test]
    fn what_it_can_keep_up_with_is_filed_at_its_pace() {
        // 50 tickets in 4 ms, and four times as long for intake: 2,500 a second.
        assert_eq!(STEP.pause(2_500, Duration::from_secs(1)), Duration::from_millis(16));
        assert_eq!(STEP.pause(50, Duration::from_millis(20)), Duration::from_millis(16));
    }

    #[test]
    fn a_few_tickets_are_filed_soon_however_long_a_step_takes() {
        let slow = Step { tickets: 1, took: Duration::from_millis(30) };
        assert_eq!(slow.pause(16, slow.took), Duration::from_millis(120));
        assert_eq!(slow.pause(17, slow.took), Duration::from_millis(2_970));
    }

    #[test]
    fn while_more_comes_it_rests_and_goes_on_once_less_comes_however_long_it_rested() {
        let rest = Duration::from_millis(396);
        assert_eq!(STEP.pause(2_600, Duration::from_secs(1)), rest);
        assert_eq!(STEP.pause(8_000, rest + STEP.took), rest);
        assert_eq!(STEP.pause(900, rest + STEP.took), Duration::from_millis(16));
    }
}
