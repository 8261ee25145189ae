//! A stretch: turns of a pool one after the other at which the same agents could be chosen.

use crate::ids::AgentId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Since when the same agents could be chosen, what each of them received. The serialized form is the stored one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Stretch {
    turns: u64,
    /// In the order of their ids.
    eligible: Box<[AgentId]>,
    /// In the same order.
    received: Box<[u64]>,
    /// The greatest |received − entitled| so far, in nths.
    worst: u64,
    /// How many have received how much: the greatest and the least are where the promise breaks first.
    tally: BTreeMap<u64, u32>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    turns: u64,
    eligible: Box<[AgentId]>,
    received: Box<[u64]>,
    worst: u64,
}

impl From<Stored> for Stretch {
    fn from(Stored { turns, eligible, received, worst }: Stored) -> Self {
        let mut tally = BTreeMap::new();
        for received in &received {
            *tally.entry(*received).or_default() += 1;
        }
        Self { turns, eligible, received, worst, tally }
    }
}

impl From<Stretch> for Stored {
    fn from(stretch: Stretch) -> Self {
        let Stretch { turns, eligible, received, worst, .. } = stretch;
        Self { turns, eligible, received, worst }
    }
}

impl Stretch {
    /// One that begins.
    pub(super) fn of(eligible: &[AgentId]) -> Self {
        let received = vec![0; eligible.len()].into();
        Stored { turns: 0, eligible: eligible.into(), received, worst: 0 }.into()
    }

    pub fn turns(&self) -> u64 {
        self.turns
    }

    pub fn eligible(&self) -> &[AgentId] {
        &self.eligible
    }

    /// What each of [`Stretch::eligible`] received.
    pub fn received(&self) -> &[u64] {
        &self.received
    }

    /// The greatest |received − entitled| of anybody after any of its turns.
    pub fn worst(&self) -> f64 {
        self.worst as f64 / self.eligible.len().max(1) as f64
    }

    /// Gives a turn to the agent at `place`; answers the greatest |received − entitled| after it, and whether the promise
    /// holds: that it is below 1.
    pub(super) fn take(&mut self, place: usize) -> (f64, bool) {
        let received = &mut self.received[place];
        if let Some(alike) = self.tally.get_mut(received) {
            *alike -= 1;
            if *alike == 0 {
                self.tally.remove(received);
            }
        }
        *received += 1;
        *self.tally.entry(*received).or_default() += 1;
        self.turns += 1;
        // In nths, so that nothing is rounded: everybody is entitled to `turns` of them.
        let n = self.eligible.len() as u64;
        let most = self.tally.keys().next_back().copied().unwrap_or_default() * n;
        let least = self.tally.keys().next().copied().unwrap_or_default() * n;
        let difference = most.saturating_sub(self.turns).max(self.turns.saturating_sub(least));
        self.worst = self.worst.max(difference);
        (difference as f64 / n as f64, difference < n)
    }
}
