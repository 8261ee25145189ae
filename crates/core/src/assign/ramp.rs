//! The ramp: while tickets wait in a pool, each agent takes only so many of it in a time, so that who comes first is not
//! given the whole queue (desk 4).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// So many tickets of a pool with a queue for each agent, in a time that begins with the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Ramp {
    per_agent: u32,
    every: Duration,
}

/// The stored form of [`Ramp`].
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    per_agent: u32,
    every_ms: u64,
}

impl TryFrom<Stored> for Ramp {
    type Error = Unfit;

    fn try_from(Stored { per_agent, every_ms }: Stored) -> Result<Self, Unfit> {
        Self::new(per_agent, Duration::from_millis(every_ms))
    }
}

impl From<Ramp> for Stored {
    fn from(Ramp { per_agent, every }: Ramp) -> Self {
        Self { per_agent, every_ms: u64::try_from(every.as_millis()).unwrap_or(u64::MAX) }
    }
}

/// What is wrong with a ramp as it was written; completes "ramp …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("gives each agent 1 to {max} tickets at a time", max = Ramp::MOST)]
    PerAgent,
    #[error("counts in a time of 1s to 24h")]
    Every,
}

/// What an agent has taken of a pool with a queue: so many since then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    pub since: Timestamp,
    pub count: u32,
}

impl Ramp {
    pub const MOST: u32 = 1000;
    const SHORTEST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    pub fn new(per_agent: u32, every: Duration) -> Result<Self, Unfit> {
        if !(1..=Self::MOST).contains(&per_agent) {
            return Err(Unfit::PerAgent);
        }
        if !(Self::SHORTEST..=Self::LONGEST).contains(&every) {
            return Err(Unfit::Every);
        }
        Ok(Self { per_agent, every })
    }

    pub fn per_agent(self) -> u32 {
        self.per_agent
    }

    pub fn every(self) -> Duration {
        self.every
    }

    /// Until when an agent that has taken so much is held back; `None`: it is not.
    pub fn holds(self, taken: Taken, now: Timestamp) -> Option<Timestamp> {
        let over = self.over(taken);
        (taken.count >= self.per_agent && now < over).then_some(over)
    }

    /// What an agent has taken once it takes one more.
    pub fn take(self, taken: Option<Taken>, now: Timestamp) -> Taken {
        match taken {
            Some(taken) if now < self.over(taken) => Taken { count: taken.count.saturating_add(1), ..taken },
            _ => Taken { since: now, count: 1 },
        }
    }

    fn over(self, taken: Taken) -> Timestamp {
        let every = SignedDuration::try_from(self.every).unwrap_or(SignedDuration::MAX);
        taken.since.checked_add(every).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_takes_so_many_in_a_time_and_then_as_many_again() {
        let ramp = Ramp::new(2, Duration::from_secs(60)).unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let first = ramp.take(None, at(0));
        assert_eq!(ramp.holds(first, at(1)), None);
        let second = ramp.take(Some(first), at(10));
        assert_eq!(ramp.holds(second, at(59)), Some(at(60)));
        assert_eq!(ramp.holds(second, at(60)), None, "the time is over");
        assert_eq!(ramp.take(Some(second), at(60)), Taken { since: at(60), count: 1 });
    }

    #[test]
    fn a_ramp_gives_at_least_one_ticket_and_no_end_of_them() {
        let minute = Duration::from_secs(60);
        assert_eq!(Ramp::new(0, minute), Err(Unfit::PerAgent));
        assert_eq!(Ramp::new(1001, minute), Err(Unfit::PerAgent));
        assert_eq!(Ramp::new(1, Duration::from_millis(999)), Err(Unfit::Every));
    }
}
