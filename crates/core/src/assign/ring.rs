//! A pool's agents in a ring, in the order of their ids, with who can take a turn right now.

use super::Loads;
use crate::ids::AgentId;
use crate::receipt::{Eligible, MAX_SEATS, Reason, Seat};
use crate::roster::{Agent, Policy, Presence};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Standing of every member, and how many there are of each, so that a decision costs only the seats it passes.
pub struct Ring {
    seats: Vec<Place>,
    tally: [u32; Reason::COUNT],
    /// In a balanced pool, who can be chosen by how many tickets they have: places in the ring.
    by_load: Option<BTreeMap<u32, BTreeSet<usize>>>,
    /// Who can be chosen, until that changes.
    eligible: Option<Eligible>,
    /// When the ramp lets go of the first that it holds back, or earlier.
    next_let_go: Option<Timestamp>,
}

struct Place {
    agent: AgentId,
    limit: Option<u32>,
    open: u32,
    /// Why it cannot be chosen, whatever its tickets are.
    barred: Option<Reason>,
    until: Option<Timestamp>,
    /// Until when the ramp holds it back.
    ramp: Option<Timestamp>,
}

/// One walk round the ring.
pub struct Round {
    pub chosen: Option<AgentId>,
    pub seats: Vec<Seat>,
    pub others: BTreeMap<Reason, u32>,
}

/// Which ticket is given out.
#[derive(Clone, Copy)]
pub enum Turn<'a> {
    /// One that these have passed on; nobody where they are none.
    Of(&'a BTreeSet<AgentId>),
    /// A new one that has to wait: older ones are to be given out first.
    Behind,
}

impl Place {
    /// Why the seat is passed over; [`Reason::NotTheirTurn`] when it could be chosen.
    fn standing(&self) -> Reason {
        let full = self.limit.is_some_and(|limit| self.open >= limit);
        match self.barred {
            Some(reason) => reason,
            None if full => Reason::AtLimit,
            None if self.ramp.is_some() => Reason::Ramp,
            None => Reason::NotTheirTurn,
        }
    }

    /// The same for one ticket.
    fn standing_in(&self, turn: Turn<'_>) -> Reason {
        match (self.standing(), turn) {
            (Reason::NotTheirTurn, Turn::Of(passed)) if passed.contains(&self.agent) => Reason::PassedBefore,
            (Reason::NotTheirTurn, Turn::Behind) => Reason::BehindQueue,
            (standing, _) => standing,
        }
    }

    fn is_free(&self) -> bool {
        self.standing() == Reason::NotTheirTurn
    }

    fn seat(&self, reason: Reason, with_load: bool) -> Seat {
        let open = (with_load || self.limit.is_some()).then_some(self.open);
        let until = if reason == Reason::Ramp { self.ramp } else { self.until };
        Seat { agent: self.agent, reason, open, limit: self.limit, until }
    }
}

impl Ring {
    /// `members` in the order of their ids; `held` says until when the ramp holds an agent back.
    pub fn new(
        policy: Policy,
        members: Vec<(&Agent, Presence)>,
        loads: &Loads,
        held: impl Fn(AgentId) -> Option<Timestamp>,
    ) -> Self {
        let place = |(agent, presence): (&Agent, Presence)| {
            let (barred, until) = match presence {
                _ if !agent.online => (Some(Reason::Offline), None),
                Presence::OnLeave { until } => (Some(Reason::OnLeave), Some(until)),
                Presence::Holiday { until } => (Some(Reason::Holiday), until),
                Presence::Outside { until } => (Some(Reason::OutsideHours), until),
                Presence::Within => (None, None),
            };
            let open = loads.get(&agent.id).copied().unwrap_or_default();
            Place { agent: agent.id, limit: agent.max_open, open, barred, until, ramp: held(agent.id) }
        };
        let seats: Vec<Place> = members.into_iter().map(place).collect();
        let by_load = (policy == Policy::Balanced).then(BTreeMap::new);
        let next_let_go = seats.iter().filter_map(|place| place.ramp).min();
        let mut ring = Self { seats, tally: [0; Reason::COUNT], by_load, eligible: None, next_let_go };
        for index in 0..ring.seats.len() {
            ring.count_in(index);
        }
        ring
    }

    pub fn len(&self) -> u32 {
        u32::try_from(self.seats.len()).unwrap_or(u32::MAX)
    }

    /// Heeds that `agent` has `open` open tickets now.
    pub fn loaded(&mut self, agent: AgentId, open: u32) {
        self.change(agent, |place| place.open = open);
    }

    /// Heeds that the ramp holds `agent` back until then.
    pub fn ramped(&mut self, agent: AgentId, until: Option<Timestamp>) {
        self.next_let_go = self.next_let_go.into_iter().chain(until).min();
        self.change(agent, |place| place.ramp = until);
    }

    /// Heeds that the pool's queue is empty, so that its ramp holds nobody back.
    pub fn unramped(&mut self) {
        self.advance(Timestamp::MAX);
    }

    /// Heeds that it is later: the ramp lets go of those whose time is over.
    pub fn advance(&mut self, now: Timestamp) {
        if self.next_let_go.is_none_or(|next| next > now) {
            return;
        }
        for index in 0..self.seats.len() {
            if self.seats[index].ramp.is_some_and(|until| until <= now) {
                self.count_out(index);
                self.seats[index].ramp = None;
                self.count_in(index);
                self.eligible = None;
            }
        }
        self.next_let_go = self.seats.iter().filter_map(|place| place.ramp).min();
    }

    /// Why an agent could not be chosen, whatever the ramp says; [`Reason::NotTheirTurn`] when it could.
    pub fn standing(&self, agent: AgentId) -> Option<(Reason, Option<Timestamp>)> {
        let place = self.place(agent)?;
        let standing = match place.standing() {
            Reason::Ramp => Reason::NotTheirTurn,
            standing => standing,
        };
        Some((standing, place.until))
    }

    /// Every member as it stands.
    pub fn all(&self) -> impl Iterator<Item = Seat> {
        self.seats.iter().map(|place| place.seat(place.standing(), true))
    }

    /// How many members could be chosen with one open ticket less.
    pub fn one_closing_away(&self) -> u32 {
        let away = |place: &&Place| place.standing() == Reason::AtLimit && place.limit == Some(place.open);
        u32::try_from(self.seats.iter().filter(away).count()).unwrap_or(u32::MAX)
    }

    /// Whether anybody can be chosen.
    pub fn has_free(&self) -> bool {
        self.tally[Reason::NotTheirTurn as usize] > 0
    }

    /// How many members have each standing.
    pub fn standings(&self) -> BTreeMap<Reason, u32> {
        counted(self.tally)
    }

    /// Who of the members can be chosen, and how many they are.
    pub fn eligible(&mut self) -> &Eligible {
        let seats = &self.seats;
        self.eligible.get_or_insert_with(|| Eligible::of(seats.iter().map(Place::is_free)))
    }

    /// The fewest and the most open tickets of those that can be chosen, in a balanced pool.
    pub fn spread(&self) -> Option<(u32, u32)> {
        let by_load = self.by_load.as_ref()?;
        Some((*by_load.keys().next()?, *by_load.keys().next_back()?))
    }

    /// Who gets a ticket: going round from the one after `last`, the first that can be chosen; where the pool is balanced, of
    /// those with the fewest open tickets. With it who was passed over on the way.
    pub fn round(&self, last: Option<AgentId>, turn: Turn<'_>) -> Round {
        let begin = last.map_or(0, |last| self.seats.partition_point(|seat| seat.agent <= last));
        let mut rest = self.tally;
        match turn {
            Turn::Of(passed) => {
                for place in passed.iter().filter_map(|agent| self.place(*agent)) {
                    rest[place.standing() as usize] -= 1;
                    rest[place.standing_in(turn) as usize] += 1;
                }
            }
            Turn::Behind => {
                rest[Reason::BehindQueue as usize] = std::mem::take(&mut rest[Reason::NotTheirTurn as usize]);
            }
        }
        let least = self.by_load.as_ref().map(|by_load| least_loaded(&self.seats, by_load, begin, turn));
        let mut seats = Vec::new();
        let chosen = self.walk(begin, turn, least, &mut seats, &mut rest);
        if let Some(alike) = chosen.and_then(|chosen| self.alike(chosen, turn)) {
            let more = rest[Reason::NotTheirTurn as usize].saturating_sub(alike);
            rest[Reason::NotTheirTurn as usize] -= more;
            rest[Reason::MoreLoad as usize] += more;
        }
        Round { chosen, seats, others: counted(rest) }
    }

    /// How many others, in a balanced pool, could have been chosen and have as few tickets.
    fn alike(&self, chosen: AgentId, turn: Turn<'_>) -> Option<u32> {
        let alike = self.by_load.as_ref()?.get(&self.place(chosen)?.open)?;
        let could = |index: &&usize| self.seats[**index].standing_in(turn) == Reason::NotTheirTurn;
        u32::try_from(alike.iter().filter(could).count()).ok()?.checked_sub(1)
    }

    fn place(&self, agent: AgentId) -> Option<&Place> {
        let index = self.seats.binary_search_by_key(&agent, |seat| seat.agent).ok()?;
        Some(&self.seats[index])
    }

    fn change(&mut self, agent: AgentId, change: impl FnOnce(&mut Place)) {
        let Ok(index) = self.seats.binary_search_by_key(&agent, |seat| seat.agent) else { return };
        let was_free = self.seats[index].is_free();
        self.count_out(index);
        change(&mut self.seats[index]);
        self.count_in(index);
        if was_free != self.seats[index].is_free() {
            self.eligible = None;
        }
    }

    fn count_in(&mut self, index: usize) {
        let place = &self.seats[index];
        self.tally[place.standing() as usize] += 1;
        if let Some(by_load) = &mut self.by_load
            && place.is_free()
        {
            by_load.entry(place.open).or_default().insert(index);
        }
    }

    fn count_out(&mut self, index: usize) {
        let place = &self.seats[index];
        self.tally[place.standing() as usize] -= 1;
        if let Some(by_load) = &mut self.by_load
            && let Some(alike) = by_load.get_mut(&place.open)
        {
            alike.remove(&index);
            if alike.is_empty() {
                by_load.remove(&place.open);
            }
        }
    }

    /// Walks from `begin` to the seat that is chosen, at most once round, listing what it passes and taking it out of
    /// `rest`. `least` is the only one that can be chosen where loads decide.
    fn walk(
        &self,
        begin: usize,
        turn: Turn<'_>,
        least: Option<Option<usize>>,
        seats: &mut Vec<Seat>,
        rest: &mut [u32; Reason::COUNT],
    ) -> Option<AgentId> {
        let with_load = self.by_load.is_some();
        let round = (begin..self.seats.len()).chain(0..begin);
        for index in round {
            let place = &self.seats[index];
            let standing = place.standing_in(turn);
            let could = standing == Reason::NotTheirTurn;
            if could && least.is_none_or(|least| least == Some(index)) {
                rest[standing as usize] -= 1;
                seats.push(place.seat(Reason::Chosen, with_load));
                return Some(place.agent);
            }
            // The last place is kept for the chosen one.
            if seats.len() < MAX_SEATS - 1 {
                rest[standing as usize] -= 1;
                seats.push(place.seat(if could { Reason::MoreLoad } else { standing }, with_load));
            }
        }
        None
    }
}

/// The first from `begin` on, going round, of those with the fewest open tickets.
fn least_loaded(
    seats: &[Place],
    by_load: &BTreeMap<u32, BTreeSet<usize>>,
    begin: usize,
    turn: Turn<'_>,
) -> Option<usize> {
    let could = |index: &&usize| seats[**index].standing_in(turn) == Reason::NotTheirTurn;
    let first =
        |alike: &BTreeSet<usize>| alike.range(begin..).chain(alike.range(..begin)).find(could).copied();
    by_load.values().find_map(first)
}

fn counted(tally: [u32; Reason::COUNT]) -> BTreeMap<Reason, u32> {
    let reasons = Reason::ALL.into_iter().zip(tally);
    reasons.filter(|(_, count)| *count > 0).collect()
}
