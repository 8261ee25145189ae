//! One run: events in the order of time, each decided as the desk would have.

use super::figures::{Figures, Tally};
use super::moments::moments;
use super::past::{Arrival, between};
use super::{Handling, Past, Side, Wanted};
use crate::assign::{Assigner, Decision, Loads, Pools};
use crate::ids::AgentId;
use crate::receipt::Route;
use crate::roster::Roster;
use crate::route::{Sought, seek};
use crate::ticket::Pool;
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::ops::ControlFlow;

/// After so many arrivals it is asked whether to go on.
const ASKED_AFTER: usize = 4096;

/// What became of an arrival for the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placed {
    With(AgentId),
    Waiting(Pool),
    Unclaimed(Pool),
}

/// Goes through the past by the settings of `roster`. `go_on` is told how many arrivals are done; `None` once it does not go
/// on. Nobody has a ticket at the beginning, and nothing waits.
pub fn run(
    roster: Roster,
    past: &Past,
    side: Side,
    mut go_on: impl FnMut(usize) -> ControlFlow<()>,
) -> Option<Figures> {
    told(roster, past, side, &mut go_on, &mut |_, _, _| {})
}

/// The same, telling where each arrival goes and when: once, or twice for one that waits first.
pub(super) fn told(
    mut roster: Roster,
    past: &Past,
    side: Side,
    go_on: &mut dyn FnMut(usize) -> ControlFlow<()>,
    tell: &mut dyn FnMut(usize, Timestamp, Placed),
) -> Option<Figures> {
    let agents: Vec<AgentId> = roster.agents().iter().map(|agent| agent.id).collect();
    for agent in &agents {
        roster.set_online(*agent, false);
    }
    let mut begins = moments(&roster, past.from, past.to);
    begins.extend(past.shifts.iter().map(|shift| shift.at).filter(|at| *at < past.to));
    begins.insert(past.from);
    let ends = begins.iter().skip(1).copied().chain([past.to]);
    let mut shifts = past.shifts.iter().peekable();
    let mut desk = Desk::new(past, side, Tally::new(past.from, agents), tell);
    let (mut pools, mut loads) = (Pools::new(), Loads::new());
    for (begin, end) in begins.iter().copied().zip(ends) {
        while let Some(shift) = shifts.next_if(|shift| shift.at <= begin) {
            roster.set_online(shift.agent, shift.online);
        }
        let mut assigner = Assigner::new(&roster, pools, loads, begin);
        if desk.work(&mut assigner, end, go_on).is_break() {
            return None;
        }
        (pools, loads) = assigner.into_state();
    }
    Some(desk.finish())
}

/// What there is to be done besides who is there.
struct Desk<'p> {
    past: &'p Past,
    side: Side,
    /// The next that comes.
    next: usize,
    /// Of each pool the tickets that wait in it, the oldest first.
    queues: BTreeMap<Pool, VecDeque<usize>>,
    /// When tickets stop to be their agents' load.
    closings: BinaryHeap<Reverse<(Timestamp, usize, AgentId)>>,
    /// When the ramp lets go of somebody, where tickets wait.
    let_go: Option<Timestamp>,
    last_agents: HashMap<u32, (AgentId, Timestamp)>,
    tally: Tally,
    tell: &'p mut dyn FnMut(usize, Timestamp, Placed),
}

/// In the order in which those of one moment come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Closing,
    LetGo,
    Arrival,
}

impl<'p> Desk<'p> {
    fn new(
        past: &'p Past,
        side: Side,
        tally: Tally,
        tell: &'p mut dyn FnMut(usize, Timestamp, Placed),
    ) -> Self {
        Self {
            past,
            side,
            next: 0,
            queues: BTreeMap::new(),
            closings: BinaryHeap::new(),
            let_go: None,
            last_agents: HashMap::new(),
            tally,
            tell,
        }
    }

    /// All that comes before `end`, while nobody comes or goes.
    fn work(
        &mut self,
        assigner: &mut Assigner<'_>,
        end: Timestamp,
        go_on: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.hand_out(assigner);
        while let Some((at, event)) = self.next_event().filter(|(at, _)| *at < end) {
            assigner.advance(at);
            match event {
                Event::Closing => self.close(assigner),
                Event::LetGo => self.hand_out(assigner),
                Event::Arrival => {
                    self.arrive(assigner);
                    if self.next.is_multiple_of(ASKED_AFTER) {
                        go_on(self.next)?;
                    }
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn next_event(&self) -> Option<(Timestamp, Event)> {
        let closing = self.closings.peek().map(|Reverse((at, ..))| (*at, Event::Closing));
        let let_go = self.let_go.map(|at| (at, Event::LetGo));
        let arrival = self.past.arrivals.get(self.next).map(|arrival| (arrival.at, Event::Arrival));
        [closing, let_go, arrival].into_iter().flatten().min()
    }

    fn arrive(&mut self, assigner: &mut Assigner<'_>) {
        let past = self.past;
        let (index, arrival) = (self.next, &past.arrivals[self.next]);
        self.next += 1;
        let (decision, way) = self.decide(assigner, arrival);
        assigner.take(&decision);
        self.tally.way(way);
        let pool = decision.receipt.pool();
        if let Some(pool) = pool {
            self.tally.came(pool);
        }
        let now = assigner.now();
        match (decision.agent, decision.waiting) {
            (Some(agent), _) => self.give(index, agent, now),
            (None, Some(pool)) => {
                self.queues.entry(pool).or_default().push_back(index);
                (self.tell)(index, now, Placed::Waiting(pool));
            }
            (None, None) => {
                let pool = pool.unwrap_or(Pool::Store);
                self.tally.unclaimed(pool);
                (self.tell)(index, now, Placed::Unclaimed(pool));
            }
        }
    }

    /// As [`crate::route::route`] does, and who said where it goes. Nothing waits that somebody could take, so a new ticket
    /// overtakes none.
    fn decide(&self, assigner: &mut Assigner<'_>, arrival: &Arrival) -> (Decision, Route) {
        let roster = assigner.roster();
        let pool = match arrival.wanted {
            Wanted::Agent(agent) if roster.agent(agent).is_some() => {
                return (assigner.direct(Route::Asked, agent), Route::Asked);
            }
            Wanted::Pool(pool @ Pool::Team(team)) if roster.team(team).is_some() => Some(pool),
            Wanted::Pool(Pool::Store) => Some(Pool::Store),
            _ => None,
        };
        if let Some(pool) = pool {
            return (assigner.decide(pool), Route::Pool);
        }
        let rules = roster.rules().rules();
        let places = arrival.matching(self.side).iter();
        let matching = places.filter_map(|place| Some((rules.get(usize::from(*place))?, ())));
        let last = self.last_agents.get(&arrival.customer).copied();
        let Sought { decision, rule, .. } = seek(assigner, matching, last);
        let leads = rule.is_some_and(|(rule, ())| rule.team().is_some());
        let way = if leads { Route::Rule } else { decision.receipt.route };
        (decision, way)
    }

    fn give(&mut self, index: usize, agent: AgentId, now: Timestamp) {
        let arrival = &self.past.arrivals[index];
        self.tally.opened(agent, now);
        self.last_agents.insert(arrival.customer, (agent, now));
        (self.tell)(index, now, Placed::With(agent));
        let took = match arrival.handling {
            Handling::Took(ms) => Some(ms),
            Handling::Unknown => self.past.median,
            Handling::Lasts => None,
        };
        let end = took.and_then(|ms| now.checked_add(SignedDuration::from_millis(ms)).ok());
        if let Some(end) = end.filter(|end| *end < self.past.to) {
            self.closings.push(Reverse((end, index, agent)));
        }
    }

    fn close(&mut self, assigner: &mut Assigner<'_>) {
        let Some(Reverse((at, index, agent))) = self.closings.pop() else { return };
        self.tally.closed(agent, at);
        self.last_agents.insert(self.past.arrivals[index].customer, (agent, at));
        assigner.add_load(agent, -1);
        let limited = assigner.roster().agent(agent).is_some_and(|agent| agent.max_open.is_some());
        if limited {
            self.hand_out(assigner);
        }
    }

    /// What waits goes to who can take it, pool by pool, the oldest first.
    fn hand_out(&mut self, assigner: &mut Assigner<'_>) {
        self.let_go = None;
        if self.queues.is_empty() {
            return;
        }
        let now = assigner.now();
        for (pool, mut queue) in std::mem::take(&mut self.queues) {
            while !queue.is_empty() && assigner.has_taker(pool) {
                let decision = assigner.decide_waiting(pool, &BTreeSet::new());
                let (Some(agent), Some(index)) = (decision.agent, queue.pop_front()) else { break };
                assigner.add_load(agent, 1);
                assigner.take_turn(pool, agent);
                assigner.add_waiting(pool, -1);
                self.tally.waited(pool, between(self.past.arrivals[index].at, now), true);
                self.give(index, agent, now);
            }
            if !queue.is_empty() {
                self.let_go = self.let_go.into_iter().chain(next_let_go(assigner, pool)).min();
                self.queues.insert(pool, queue);
            }
        }
    }

    fn finish(mut self) -> Figures {
        let to = self.past.to;
        for (pool, queue) in &self.queues {
            for index in queue {
                self.tally.waited(*pool, between(self.past.arrivals[*index].at, to), false);
            }
        }
        self.tally.figures(to)
    }
}

/// When the ramp of a pool lets go of the first that it holds back.
fn next_let_go(assigner: &Assigner<'_>, pool: Pool) -> Option<Timestamp> {
    let (ramp, state) = (assigner.roster().ramp()?, assigner.pools().get(&pool)?);
    state.taken.values().filter_map(|taken| ramp.holds(*taken, assigner.now())).min()
}
