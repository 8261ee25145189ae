//! The floor: who is there, how loaded, what waits, and whose turn is next (desk 2); and what a waiting ticket waits for
//! (desk 5).

use crate::assign::{Assigner, Loads, Pools};
use crate::ids::{AgentId, TicketId};
use crate::receipt::{Reason, Seat};
use crate::roster::{Policy, Roster};
use crate::ticket::Pool;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What the clock brings soonest is told of so many agents.
const MOST_COMING: usize = 5;

/// A pool as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolFloor {
    pub pool: Pool,
    pub policy: Policy,
    pub waiting: u64,
    /// The last agent that got a ticket as a turn.
    pub last: Option<AgentId>,
    /// Who would get a ticket now.
    pub next: Option<AgentId>,
    /// How many members stand how; those who could be given a ticket are [`Reason::NotTheirTurn`].
    pub standings: BTreeMap<Reason, u32>,
}

/// What would let somebody take a ticket that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaysOut {
    pub pool: Pool,
    /// Who could take it now: only for the moment until it is handed out.
    pub could_now: u32,
    /// Who could be given a ticket once a time has come, and what holds them until then; the soonest first.
    pub by_clock: Vec<(AgentId, Reason, Timestamp)>,
    /// How many could take it if each closed one ticket.
    pub after_one_closing: u32,
    /// How many are offline.
    pub offline: u32,
    /// How many have passed it on.
    pub passed_before: u32,
}

impl WaysOut {
    /// The same in English, a line each; `name` is what an agent is called, `told` what is said of a reason.
    pub fn lines(
        &self,
        name: impl Fn(AgentId) -> String,
        told: impl Fn(AgentId, Reason) -> Reason,
    ) -> Vec<String> {
        let comes = |(agent, reason, at): &(AgentId, Reason, Timestamp)| {
            format!(
                "{} can take it from {at} on: {} until then",
                name(*agent),
                told(*agent, *reason).phrase()
            )
        };
        let counted = |count: u32, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            many_of => Some(format!("{many_of} {many}")),
        };
        let mut lines: Vec<String> = self.by_clock.iter().map(comes).collect();
        lines.extend(counted(
            self.after_one_closing,
            "agent can take it after closing one ticket",
            "agents can take it after closing one ticket each",
        ));
        lines.extend(counted(self.offline, "agent is offline", "agents are offline"));
        lines.extend(counted(self.passed_before, "agent has passed it on", "agents have passed it on"));
        if lines.is_empty() {
            lines.push("the pool has no agents".into());
        }
        lines
    }
}

/// Decides at one instant for a store.
pub fn assigner<'a>(roster: &'a Roster, pools: &Pools, loads: &Loads, now: Timestamp) -> Assigner<'a> {
    Assigner::new(roster, pools.clone(), loads.clone(), now)
}

/// Every agent as they stand in the store's pool.
pub fn agents(assigner: &mut Assigner<'_>) -> Vec<Seat> {
    assigner.members(Pool::Store).all().collect()
}

/// The store's pool, then those of the teams.
pub fn pools(assigner: &mut Assigner<'_>) -> Vec<PoolFloor> {
    let teams = assigner.roster().teams().iter().map(|team| Pool::Team(team.id));
    let all: Vec<Pool> = std::iter::once(Pool::Store).chain(teams).collect();
    all.into_iter().map(|pool| one_pool(assigner, pool)).collect()
}

fn one_pool(assigner: &mut Assigner<'_>, pool: Pool) -> PoolFloor {
    let next = assigner.decide(pool).agent;
    let standings = assigner.members(pool).standings();
    let state = assigner.pools().get(&pool).cloned().unwrap_or_default();
    let policy = assigner.roster().policy(pool);
    PoolFloor { pool, policy, waiting: state.waiting, last: state.last, next, standings }
}

/// What a ticket waits for in its pool, which `passed` have passed on.
pub fn ways_out(assigner: &mut Assigner<'_>, pool: Pool, passed: &BTreeSet<AgentId>) -> WaysOut {
    let now = assigner.now();
    let members = assigner.members(pool);
    let standings = members.standings();
    let count = |reason| standings.get(&reason).copied().unwrap_or_default();
    let comes = |seat: Seat| Some((seat.agent, seat.reason, seat.until.filter(|until| *until > now)?));
    let mut by_clock: Vec<_> = members.all().filter_map(comes).collect();
    by_clock.sort_by_key(|(agent, _, at)| (*at, *agent));
    by_clock.truncate(MOST_COMING);
    let free = members.all().filter(|seat| seat.reason == Reason::NotTheirTurn);
    let passed_before = free.filter(|seat| passed.contains(&seat.agent)).count();
    let passed_before = u32::try_from(passed_before).unwrap_or(u32::MAX);
    WaysOut {
        pool,
        could_now: count(Reason::NotTheirTurn) - passed_before,
        by_clock,
        after_one_closing: members.one_closing_away(),
        offline: count(Reason::Offline),
        passed_before,
    }
}

/// The oldest ticket that waits in a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oldest {
    pub ticket: TicketId,
    pub since: Timestamp,
}
