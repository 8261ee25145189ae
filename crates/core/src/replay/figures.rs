//! What a run comes to: load per agent, waiting time, overflow.

use super::past::between;
use crate::ids::AgentId;
use crate::receipt::Route;
use crate::ticket::Pool;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The figures of one run, or of the record.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// In the order of their ids.
    pub agents: Vec<AgentFigures>,
    pub ways: Ways,
    /// Of all tickets.
    pub waiting: Waits,
    pub overflow: Overflow,
    /// Those that tickets came to, in their order.
    pub pools: Vec<PoolFigures>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentFigures {
    pub agent_id: AgentId,
    pub received: u64,
    /// At a time; a record does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_open: Option<u32>,
    /// Over the whole time, nights and all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_open: Option<f64>,
}

/// How many tickets found their way by what: a rule that names an agent or a team, say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ways {
    pub asked: u64,
    pub rule: u64,
    pub sticky: u64,
    pub pool: u64,
}

/// How long tickets waited that did not get somebody at once, in seconds. One that waits to the end counts until then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Waits {
    pub tickets: u64,
    pub mean_seconds: f64,
    pub p50_seconds: f64,
    pub p90_seconds: f64,
    pub p99_seconds: f64,
    pub max_seconds: f64,
}

/// Tickets that nobody was given by the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overflow {
    /// They wait.
    pub never_given_out: u64,
    /// People take them themselves.
    pub unclaimed: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolFigures {
    pub pool: Pool,
    /// All that came to it, those that somebody got at once among them.
    pub tickets: u64,
    pub waiting: Waits,
    pub overflow: Overflow,
}

/// Counts while a run goes on.
pub struct Tally {
    from: Timestamp,
    agents: BTreeMap<AgentId, Open>,
    /// Whether it is known who has how much.
    with_loads: bool,
    ways: Ways,
    pools: BTreeMap<Pool, Came>,
}

/// An agent's open tickets, over time.
struct Open {
    received: u64,
    open: u32,
    most: u32,
    since: Timestamp,
    /// Tickets times milliseconds, until `since`.
    area: i128,
}

#[derive(Default)]
struct Came {
    tickets: u64,
    /// Milliseconds.
    waits: Vec<i64>,
    overflow: Overflow,
}

impl Open {
    fn new(since: Timestamp) -> Self {
        Self { received: 0, open: 0, most: 0, since, area: 0 }
    }

    fn change(&mut self, open: u32, at: Timestamp) {
        self.area += i128::from(self.open) * i128::from(between(self.since, at));
        (self.open, self.since, self.most) = (open, at, self.most.max(open));
    }
}

impl Tally {
    /// Of these agents, also those who get nothing; of nobody: only who gets something, and no loads.
    pub fn new(from: Timestamp, agents: impl IntoIterator<Item = AgentId>) -> Self {
        let agents: BTreeMap<_, _> = agents.into_iter().map(|agent| (agent, Open::new(from))).collect();
        let with_loads = !agents.is_empty();
        Self { from, agents, with_loads, ways: Ways::default(), pools: BTreeMap::new() }
    }

    pub fn way(&mut self, route: Route) {
        match route {
            Route::Asked => self.ways.asked += 1,
            Route::Rule => self.ways.rule += 1,
            Route::Sticky => self.ways.sticky += 1,
            Route::Pool => self.ways.pool += 1,
        }
    }

    /// A ticket came to a pool.
    pub fn came(&mut self, pool: Pool) {
        self.of(pool).tickets += 1;
    }

    /// One waited in a pool, and then was given out, or was not by the end.
    pub fn waited(&mut self, pool: Pool, ms: i64, given_out: bool) {
        let came = self.of(pool);
        came.waits.push(ms);
        came.overflow.never_given_out += u64::from(!given_out);
    }

    pub fn unclaimed(&mut self, pool: Pool) {
        self.of(pool).overflow.unclaimed += 1;
    }

    /// Somebody got a ticket, of whom no load is known.
    pub fn received(&mut self, agent: AgentId) {
        self.agent(agent).received += 1;
    }

    /// The same, and has one more open.
    pub fn opened(&mut self, agent: AgentId, at: Timestamp) {
        let open = self.agent(agent);
        open.received += 1;
        open.change(open.open + 1, at);
    }

    pub fn closed(&mut self, agent: AgentId, at: Timestamp) {
        let open = self.agent(agent);
        open.change(open.open.saturating_sub(1), at);
    }

    pub fn figures(mut self, to: Timestamp) -> Figures {
        let span = between(self.from, to).max(1) as f64;
        for open in self.agents.values_mut() {
            open.change(open.open, to);
        }
        let with_loads = self.with_loads;
        let agents = self.agents.iter().map(|(id, open)| AgentFigures {
            agent_id: *id,
            received: open.received,
            most_open: with_loads.then_some(open.most),
            mean_open: with_loads.then(|| rounded(open.area as f64 / span, 100.0)),
        });
        let agents = agents.collect();
        let mut all = Came::default();
        let mut pools = Vec::with_capacity(self.pools.len());
        for (pool, mut came) in self.pools {
            all.overflow.never_given_out += came.overflow.never_given_out;
            all.overflow.unclaimed += came.overflow.unclaimed;
            all.waits.extend_from_slice(&came.waits);
            let waiting = Waits::of(&mut came.waits);
            pools.push(PoolFigures { pool, tickets: came.tickets, waiting, overflow: came.overflow });
        }
        let waiting = Waits::of(&mut all.waits);
        Figures { agents, ways: self.ways, waiting, overflow: all.overflow, pools }
    }

    fn of(&mut self, pool: Pool) -> &mut Came {
        self.pools.entry(pool).or_default()
    }

    fn agent(&mut self, agent: AgentId) -> &mut Open {
        self.agents.entry(agent).or_insert_with(|| Open::new(self.from))
    }
}

impl Waits {
    fn of(waits: &mut [i64]) -> Self {
        waits.sort_unstable();
        let Some(longest) = waits.last() else { return Self::default() };
        let sum: i128 = waits.iter().map(|ms| i128::from(*ms)).sum();
        // The shortest that so many of a hundred did not exceed.
        let percentile =
            |percent: usize| seconds(waits[(waits.len() * percent).div_ceil(100).max(1) - 1] as f64);
        Self {
            tickets: waits.len() as u64,
            mean_seconds: seconds(sum as f64 / waits.len() as f64),
            p50_seconds: percentile(50),
            p90_seconds: percentile(90),
            p99_seconds: percentile(99),
            max_seconds: seconds(*longest as f64),
        }
    }
}

/// Milliseconds as seconds, to a tenth.
fn seconds(ms: f64) -> f64 {
    rounded(ms / 1000.0, 10.0)
}

fn rounded(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_waits_the_shortest_is_told_that_so_many_did_not_exceed() {
        let mut waits: Vec<i64> = (1..=200).rev().map(|second| second * 1000).collect();
        let of = Waits::of(&mut waits);
        assert_eq!((of.tickets, of.mean_seconds, of.max_seconds), (200, 100.5, 200.0));
        assert_eq!((of.p50_seconds, of.p90_seconds, of.p99_seconds), (100.0, 180.0, 198.0));
        assert_eq!(Waits::of(&mut [250]).p50_seconds, 0.3);
        assert_eq!(Waits::of(&mut []), Waits::default());
    }

    #[test]
    fn the_mean_of_open_tickets_is_over_time() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut tally = Tally::new(at(0), [AgentId(1), AgentId(2)]);
        tally.opened(AgentId(1), at(0));
        tally.opened(AgentId(1), at(50));
        tally.closed(AgentId(1), at(75));
        let [first, second] = &tally.figures(at(100)).agents[..] else { panic!("two agents") };
        assert_eq!((first.received, first.most_open, first.mean_open), (2, Some(2), Some(1.25)));
        assert_eq!((second.received, second.most_open, second.mean_open), (0, Some(0), Some(0.0)));
    }
}
