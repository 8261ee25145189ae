//! The ledger: what each agent was given, and what would have been their part of it (desk 5).
//!
//! Decisions are counted in the order of the store's events. Each round-robin turn gives 1/n entitlement to each of the n
//! who could be chosen, and 1 received to who was. While they stay the same n, |received − entitled| < 1 for each of them:
//! that is the promise of round robin, and it is checked after each turn. What is given outside the turns is counted in
//! columns of its own.

mod given;
mod run;
mod stretch;

use crate::ids::AgentId;
use crate::ticket::Pool;
use jiff::civil::Date;
use run::Run;
use std::collections::{BTreeMap, HashMap};

pub use given::{Given, Turn, Way};
pub use stretch::Stretch;

/// Who the members of a pool were as of a version of the roster, in the order of their ids.
pub type Rosters = HashMap<(Pool, i64), Box<[AgentId]>>;

/// What an agent was given out of a pool on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Share {
    /// As a turn of round robin.
    pub received: u64,
    /// The sum of 1/n over the turns at which they were one of n who could be chosen.
    pub entitled: f64,
    /// How often they were next, but not available.
    pub missed: u64,
    /// Besides the turns, by [`Way`].
    pub outside: [u64; Way::COUNT],
}

/// What a pool gave out on a day, and whether it was given fairly.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// Turns of round robin that were counted.
    pub turns: u64,
    /// Turns of which it is not known who else could have been chosen.
    pub uncounted: u64,
    /// The greatest |received − entitled| after any of the turns, since its stretch began.
    pub worst: f64,
    /// Turns after which that was 1 or more.
    pub broken: u64,
    /// The event of the last of them.
    pub broken_at: Option<i64>,
    pub spread: Spread,
}

/// By how many open tickets those who could be chosen differed, over the decisions of a balanced pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    pub decisions: u64,
    pub least: u32,
    pub most: u32,
    /// Of all decisions; the mean is this by their number.
    pub sum: u64,
}

/// What is to be added to what stands.
#[derive(Debug, Default)]
pub struct Counted {
    pub shares: BTreeMap<(Pool, Date, AgentId), Share>,
    pub figures: BTreeMap<(Pool, Date), Figures>,
    /// The stretches of the pools that are in one now, in place of those that stood.
    pub stretches: BTreeMap<Pool, Stretch>,
}

/// Counts decisions, from the stretches on in which the last ones left the pools.
pub struct Ledger<'a> {
    rosters: &'a Rosters,
    runs: BTreeMap<Pool, Run>,
    counted: Counted,
}

impl<'a> Ledger<'a> {
    /// `rosters` has those of the turns that will be counted; a turn whose pool it does not have is uncounted.
    pub fn new(stretches: BTreeMap<Pool, Stretch>, rosters: &'a Rosters) -> Self {
        let runs = stretches.into_iter().map(|(pool, stretch)| (pool, Run::new(stretch))).collect();
        Self { rosters, runs, counted: Counted::default() }
    }

    /// Counts the decision of an event on a day of the store's.
    pub fn count(&mut self, event: i64, day: Date, given: &Given) {
        match given {
            Given::Turn(turn) => self.turn(event, day, turn),
            Given::Balanced { pool, agent, spread } => {
                self.end(*pool);
                self.share(*pool, day, *agent).outside[Way::ByLoad as usize] += 1;
                self.counted.figures.entry((*pool, day)).or_default().spread.add(*spread);
            }
            Given::Outside { pool, agent, way } => {
                self.share(*pool, day, *agent).outside[*way as usize] += 1;
            }
        }
    }

    /// Some decisions are not known: all stretches end.
    pub fn forget(&mut self) {
        let pools: Vec<Pool> = self.runs.keys().copied().collect();
        for pool in pools {
            self.end(pool);
        }
    }

    pub fn finish(mut self) -> Counted {
        for (pool, mut run) in std::mem::take(&mut self.runs) {
            run.settle(pool, &mut self.counted);
            self.counted.stretches.insert(pool, run.into_stretch());
        }
        self.counted
    }

    fn turn(&mut self, event: i64, day: Date, turn: &Turn) {
        let Self { rosters, runs, counted } = self;
        let members = rosters.get(&(turn.pool, turn.version));
        let run = runs.entry(turn.pool).or_default();
        if members.is_some_and(|members| run.take(event, day, turn, members, counted)) {
            return;
        }
        self.end(turn.pool);
        self.counted.figures.entry((turn.pool, day)).or_default().uncounted += 1;
    }

    fn end(&mut self, pool: Pool) {
        if let Some(mut run) = self.runs.remove(&pool) {
            run.settle(pool, &mut self.counted);
        }
    }

    fn share(&mut self, pool: Pool, day: Date, agent: AgentId) -> &mut Share {
        self.counted.shares.entry((pool, day, agent)).or_default()
    }
}

impl Share {
    pub fn add(&mut self, more: &Self) {
        self.received += more.received;
        self.entitled += more.entitled;
        self.missed += more.missed;
        for (sum, more) in self.outside.iter_mut().zip(more.outside) {
            *sum += more;
        }
    }

    pub fn outside(&self, way: Way) -> u64 {
        self.outside[way as usize]
    }

    /// What they received beyond their part, or less.
    pub fn difference(&self) -> f64 {
        self.received as f64 - self.entitled
    }
}

impl Figures {
    pub fn add(&mut self, more: &Self) {
        self.turns += more.turns;
        self.uncounted += more.uncounted;
        self.worst = self.worst.max(more.worst);
        self.broken += more.broken;
        self.broken_at = self.broken_at.max(more.broken_at);
        self.spread.merge(&more.spread);
    }
}

impl Spread {
    fn add(&mut self, (fewest, most): (u32, u32)) {
        let spread = most.saturating_sub(fewest);
        self.merge(&Self { decisions: 1, least: spread, most: spread, sum: spread.into() });
    }

    fn merge(&mut self, more: &Self) {
        if more.decisions == 0 {
            return;
        }
        self.least = if self.decisions == 0 { more.least } else { self.least.min(more.least) };
        self.most = self.most.max(more.most);
        self.decisions += more.decisions;
        self.sum += more.sum;
    }

    pub fn mean(&self) -> Option<f64> {
        (self.decisions > 0).then(|| self.sum as f64 / self.decisions as f64)
    }
}

#[cfg(test)]
mod tests;
