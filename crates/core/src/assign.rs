//! The assignment engine. [`Assigner::decide`] says who gets a ticket; [`Assigner::take`] moves on to the state
//! after it. Both are pure: the same inputs give the same decision.

mod ring;

use crate::ids::{AgentId, TeamId};
use crate::receipt::Receipt;
use crate::request::Target;
use crate::roster::{Policy, Roster};
use crate::ticket::{Outcome, Pool};
use jiff::Timestamp;
use ring::Ring;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A pool's place in its rotation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolState {
    /// The last agent that got a ticket as a turn.
    pub last: Option<AgentId>,
    /// How many tickets wait for somebody to become eligible.
    pub waiting: u64,
}

/// The state of all pools of a store.
pub type Pools = BTreeMap<Pool, PoolState>;

/// Open tickets per agent; who is not in it has none.
pub type Loads = HashMap<AgentId, u32>;

/// Who gets a ticket.
#[derive(Debug, Clone)]
pub struct Decision {
    pub agent: Option<AgentId>,
    pub team: Option<TeamId>,
    /// The pool that will give the ticket out.
    pub waiting: Option<Pool>,
    pub receipt: Receipt,
}

/// Decides for one store, at one instant, over any number of tickets.
pub struct Assigner<'a> {
    roster: &'a Roster,
    now: Timestamp,
    pools: Pools,
    loads: Loads,
    rings: HashMap<Pool, Ring>,
}

impl<'a> Assigner<'a> {
    /// `loads` has to cover the agents with a limit.
    pub fn new(roster: &'a Roster, pools: Pools, loads: Loads, now: Timestamp) -> Self {
        Self { roster, now, pools, loads, rings: HashMap::new() }
    }

    /// The state after the decisions taken so far.
    pub fn into_pools(self) -> Pools {
        self.pools
    }

    /// What would be decided now. `target` names an active agent or team of the roster.
    pub fn decide(&mut self, target: &Target) -> Decision {
        match target {
            Target::Agent(email) => self.asked(email),
            Target::AllAgents => self.out_of_pool(Pool::Store, &BTreeSet::new()),
            Target::Team(team) => self.out_of_pool(Pool::Team(*team), &BTreeSet::new()),
        }
    }

    /// Who would get a ticket of `pool` that `passed` have passed on. The first to pass it ended its turn: from then
    /// on it goes round without moving one, or those who passed would lose turns to it (desk 1, Pass on).
    pub fn decide_passed(&mut self, pool: Pool, passed: &BTreeSet<AgentId>) -> Decision {
        self.out_of_pool(pool, passed)
    }

    /// Makes `decision` the past: the turn, the loads and the number of waiting tickets move on.
    pub fn take(&mut self, decision: &Decision) {
        let receipt = &decision.receipt;
        if let Some(pool) = decision.waiting {
            self.pools.entry(pool).or_default().waiting += 1;
        }
        let Some(agent) = decision.agent else { return };
        if let (Some(pool), Some(turn)) = (receipt.pool(), receipt.turn_after) {
            self.pools.entry(pool).or_default().last = Some(turn);
        }
        let load = self.loads.entry(agent).or_default();
        *load += 1;
        for ring in self.rings.values_mut() {
            ring.loaded(agent, *load);
        }
    }

    fn asked(&mut self, email: &str) -> Decision {
        let agent = self.roster.agent_by_email(email).map(|agent| agent.id);
        let receipt = Receipt::asked(self.roster.version(), agent);
        Decision { agent, team: None, waiting: None, receipt }
    }

    fn out_of_pool(&mut self, pool: Pool, passed: &BTreeSet<AgentId>) -> Decision {
        let team = match pool {
            Pool::Store => None,
            Pool::Team(team) => Some(team),
        };
        match self.roster.policy(pool) {
            Policy::RoundRobin => self.round_robin(pool, team, passed),
            Policy::Unassigned => {
                let receipt = self.receipt(pool, Policy::Unassigned, Outcome::Unclaimed);
                Decision { agent: None, team, waiting: None, receipt }
            }
        }
    }

    fn round_robin(&mut self, pool: Pool, team: Option<TeamId>, passed: &BTreeSet<AgentId>) -> Decision {
        let last = self.pools.get(&pool).and_then(|state| state.last);
        let (roster, now, loads) = (self.roster, self.now, &self.loads);
        let ring = self.rings.entry(pool).or_insert_with(|| Ring::new(roster.members(pool, now), loads));
        let round = ring.round(last, passed);
        let outcome = if round.chosen.is_some() { Outcome::Assigned } else { Outcome::Waiting };
        let considered = ring.len();
        let receipt = Receipt {
            turn_before: last,
            chosen: round.chosen,
            turn_after: if passed.is_empty() { round.chosen.or(last) } else { last },
            considered,
            seats: round.seats,
            others: round.others,
            ..self.receipt(pool, Policy::RoundRobin, outcome)
        };
        let waiting = receipt.chosen.is_none().then_some(pool);
        Decision { agent: receipt.chosen, team, waiting, receipt }
    }

    fn receipt(&self, pool: Pool, policy: Policy, outcome: Outcome) -> Receipt {
        Receipt {
            version: self.roster.version(),
            policy: Some(policy),
            pool: Some(pool.number()),
            turn_before: None,
            chosen: None,
            turn_after: None,
            outcome,
            considered: 0,
            seats: Vec::new(),
            others: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests;
