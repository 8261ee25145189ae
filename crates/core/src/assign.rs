//! The assignment engine. [`Assigner::decide`] says who gets a ticket; [`Assigner::take`] moves on to the state
//! after it. Both are pure: the same inputs give the same decision.

pub mod ramp;
mod ring;

use crate::ids::{AgentId, TeamId};
use crate::receipt::{Eligible, Reason, Receipt, Route, Seat};
use crate::roster::{Policy, Roster};
use crate::ticket::{Outcome, Pool};
use jiff::Timestamp;
use ramp::Taken;
use ring::{Ring, Turn};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A pool's place in its rotation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolState {
    /// The last agent that got a ticket as a turn.
    pub last: Option<AgentId>,
    /// How many tickets wait for somebody to become eligible.
    pub waiting: u64,
    /// Where the store has a ramp: what each agent has taken since tickets wait.
    pub taken: BTreeMap<AgentId, Taken>,
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
    queues: BTreeSet<Pool>,
}

impl<'a> Assigner<'a> {
    /// `loads` has to cover the agents that [`Roster::needs_loads`] is about.
    pub fn new(roster: &'a Roster, pools: Pools, loads: Loads, now: Timestamp) -> Self {
        Self { roster, now, pools, loads, rings: HashMap::new(), queues: BTreeSet::new() }
    }

    /// In these pools tickets wait that somebody could take: new ones go behind them (desk 4).
    pub fn behind(mut self, queues: BTreeSet<Pool>) -> Self {
        self.queues = queues;
        self
    }

    pub fn roster(&self) -> &'a Roster {
        self.roster
    }

    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    pub fn loads(&self) -> &Loads {
        &self.loads
    }

    /// The state after the decisions taken so far.
    pub fn into_pools(self) -> Pools {
        self.pools
    }

    /// The same, with the loads.
    pub fn into_state(self) -> (Pools, Loads) {
        (self.pools, self.loads)
    }

    /// Goes on at a later instant. Nobody's hours, leave or holidays may begin or end on the way.
    pub fn advance(&mut self, now: Timestamp) {
        self.now = now;
        if self.roster.ramp().is_some() {
            for ring in self.rings.values_mut() {
                ring.advance(now);
            }
        }
    }

    /// Of a ticket whose agent was found without a pool.
    pub fn direct(&self, route: Route, agent: AgentId) -> Decision {
        let receipt = Receipt::direct(self.roster.version(), route, Some(agent));
        Decision { agent: Some(agent), team: None, waiting: None, receipt }
    }

    /// Who would get a new ticket of `pool`.
    pub fn decide(&mut self, pool: Pool) -> Decision {
        if self.queues.contains(&pool) {
            self.decide_behind(pool)
        } else {
            self.decide_waiting(pool, &BTreeSet::new())
        }
    }

    /// What becomes of a new ticket of `pool` that goes behind older ones.
    pub fn decide_behind(&mut self, pool: Pool) -> Decision {
        self.out_of_pool(pool, Turn::Behind)
    }

    /// Who would get a ticket that waits in `pool` and that `passed` have passed on. The first to pass it ended its turn:
    /// from then on it goes round without moving one, or those who passed would lose turns to it (desk 1, Pass on).
    pub fn decide_waiting(&mut self, pool: Pool, passed: &BTreeSet<AgentId>) -> Decision {
        self.out_of_pool(pool, Turn::Of(passed))
    }

    /// Whether somebody could take a ticket of the pool.
    pub fn has_taker(&mut self, pool: Pool) -> bool {
        self.roster.policy(pool) != Policy::Unassigned && self.ring(pool).has_free()
    }

    /// Why an agent of the roster could not be given a ticket of no pool, and until when as far as that is known;
    /// [`Reason::NotTheirTurn`] when they could.
    pub fn standing(&mut self, agent: AgentId) -> (Reason, Option<Timestamp>) {
        self.ring(Pool::Store).standing(agent).unwrap_or((Reason::Inactive, None))
    }

    /// The pool's members, as far as they stand now.
    pub fn members(&mut self, pool: Pool) -> Members<'_> {
        Members { ring: self.ring(pool) }
    }

    /// Makes `decision` the past: the turn, the loads and the number of waiting tickets move on.
    pub fn take(&mut self, decision: &Decision) {
        let receipt = &decision.receipt;
        if let Some(pool) = decision.waiting {
            self.add_waiting(pool, 1);
        }
        let Some(agent) = decision.agent else { return };
        if let (Some(pool), Some(turn)) = (receipt.pool(), receipt.turn_after) {
            self.take_turn(pool, turn);
        }
        self.add_load(agent, 1);
    }

    /// Counts open tickets of an agent, as far as loads are needed.
    pub fn add_load(&mut self, agent: AgentId, more: i64) {
        let load = self.loads.entry(agent).or_default();
        *load = load.saturating_add_signed(i32::try_from(more).unwrap_or(0));
        let load = *load;
        for ring in self.rings.values_mut() {
            ring.loaded(agent, load);
        }
    }

    /// Counts tickets that wait. Where none is left, the ramp is over.
    pub fn add_waiting(&mut self, pool: Pool, more: i64) {
        let state = self.pools.entry(pool).or_default();
        state.waiting = state.waiting.saturating_add_signed(more);
        if state.waiting == 0 && !state.taken.is_empty() {
            state.taken.clear();
            if let Some(ring) = self.rings.get_mut(&pool) {
                ring.unramped();
            }
        }
    }

    /// Moves a pool's turn to who took a ticket. While tickets wait, the ramp counts it.
    pub fn take_turn(&mut self, pool: Pool, agent: AgentId) {
        let state = self.pools.entry(pool).or_default();
        state.last = Some(agent);
        let Some(ramp) = self.roster.ramp().filter(|_| state.waiting > 0) else { return };
        let taken = ramp.take(state.taken.get(&agent).copied(), self.now);
        state.taken.insert(agent, taken);
        if let Some(ring) = self.rings.get_mut(&pool) {
            ring.ramped(agent, ramp.holds(taken, self.now));
        }
    }

    fn out_of_pool(&mut self, pool: Pool, turn: Turn<'_>) -> Decision {
        let team = match pool {
            Pool::Store => None,
            Pool::Team(team) => Some(team),
        };
        match self.roster.policy(pool) {
            policy @ (Policy::RoundRobin | Policy::Balanced) => self.by_turn(pool, policy, team, turn),
            policy @ Policy::Unassigned => {
                let receipt = Receipt::of_pool(self.roster.version(), pool, policy, Outcome::Unclaimed);
                Decision { agent: None, team, waiting: None, receipt }
            }
        }
    }

    fn by_turn(&mut self, pool: Pool, policy: Policy, team: Option<TeamId>, turn: Turn<'_>) -> Decision {
        let last = self.pools.get(&pool).and_then(|state| state.last);
        let version = self.roster.version();
        let ring = self.ring(pool);
        let round = ring.round(last, turn);
        let outcome = if round.chosen.is_some() { Outcome::Assigned } else { Outcome::Waiting };
        let moves = round.chosen.is_some() && matches!(turn, Turn::Of(passed) if passed.is_empty());
        let receipt = Receipt {
            turn_before: last,
            chosen: round.chosen,
            turn_after: if moves { round.chosen } else { last },
            considered: ring.len(),
            seats: round.seats,
            others: round.others,
            spread: ring.spread(),
            eligible: moves.then(|| ring.eligible()).filter(|them| them.len() <= Eligible::MAX_KEPT).cloned(),
            ..Receipt::of_pool(version, pool, policy, outcome)
        };
        let waiting = receipt.chosen.is_none().then_some(pool);
        Decision { agent: receipt.chosen, team, waiting, receipt }
    }

    fn ring(&mut self, pool: Pool) -> &mut Ring {
        let Self { roster, now, pools, loads, rings, .. } = self;
        rings.entry(pool).or_insert_with(|| {
            let state = pools.get(&pool).filter(|state| state.waiting > 0);
            let held = |agent| roster.ramp()?.holds(*state?.taken.get(&agent)?, *now);
            Ring::new(roster.policy(pool), roster.members(pool, *now), loads, held)
        })
    }
}

/// A pool's members as they stand at one moment.
pub struct Members<'a> {
    ring: &'a Ring,
}

impl Members<'_> {
    /// How many stand how; those who could be chosen are [`Reason::NotTheirTurn`].
    pub fn standings(&self) -> BTreeMap<Reason, u32> {
        self.ring.standings()
    }

    /// Everybody, in the order of their ids; who could be chosen is [`Reason::NotTheirTurn`].
    pub fn all(&self) -> impl Iterator<Item = Seat> {
        self.ring.all()
    }

    /// How many could be chosen with one open ticket less.
    pub fn one_closing_away(&self) -> u32 {
        self.ring.one_closing_away()
    }
}

#[cfg(test)]
mod tests;
