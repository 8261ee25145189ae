//! A pool's agents in a ring, in the order of their ids, with who can take a turn right now.

use crate::ids::AgentId;
use crate::receipt::{MAX_SEATS, Reason, Seat};
use crate::roster::{Agent, Presence};
use std::collections::{BTreeMap, BTreeSet};

use super::Loads;

/// Standing of every member, and how many there are of each, so that a decision costs only the seats it passes.
pub struct Ring {
    seats: Vec<Place>,
    tally: [u32; Reason::COUNT],
}

struct Place {
    agent: AgentId,
    limit: Option<u32>,
    open: u32,
    /// The standing but for the limit.
    otherwise: Reason,
    until: Option<jiff::Timestamp>,
}

/// One walk round the ring.
pub struct Round {
    pub chosen: Option<AgentId>,
    pub seats: Vec<Seat>,
    pub others: BTreeMap<Reason, u32>,
}

impl Place {
    /// Why the seat is passed over; [`Reason::NotTheirTurn`] when it could be chosen.
    fn standing(&self) -> Reason {
        let full = self.limit.is_some_and(|limit| self.open >= limit);
        if full && self.otherwise == Reason::NotTheirTurn { Reason::AtLimit } else { self.otherwise }
    }

    /// The same for a ticket that some have passed on.
    fn standing_with(&self, passed: &BTreeSet<AgentId>) -> Reason {
        let standing = self.standing();
        let again = standing == Reason::NotTheirTurn && passed.contains(&self.agent);
        if again { Reason::PassedBefore } else { standing }
    }

    fn seat(&self, reason: Reason) -> Seat {
        let open = self.limit.map(|_| self.open);
        Seat { agent: self.agent, reason, open, limit: self.limit, until: self.until }
    }
}

impl Ring {
    /// `members` in the order of their ids.
    pub fn new(members: Vec<(&Agent, Presence)>, loads: &Loads) -> Self {
        let place = |(agent, presence): (&Agent, Presence)| {
            let (otherwise, until) = match presence {
                _ if !agent.online => (Reason::Offline, None),
                Presence::Outside { until } => (Reason::OutsideHours, until),
                Presence::Within => (Reason::NotTheirTurn, None),
            };
            let open = loads.get(&agent.id).copied().unwrap_or_default();
            Place { agent: agent.id, limit: agent.max_open, open, otherwise, until }
        };
        let seats: Vec<Place> = members.into_iter().map(place).collect();
        let mut tally = [0; Reason::COUNT];
        for seat in &seats {
            tally[seat.standing() as usize] += 1;
        }
        Self { seats, tally }
    }

    pub fn len(&self) -> u32 {
        u32::try_from(self.seats.len()).unwrap_or(u32::MAX)
    }

    /// Heeds that `agent` has `open` open tickets now.
    pub fn loaded(&mut self, agent: AgentId, open: u32) {
        let Ok(index) = self.seats.binary_search_by_key(&agent, |seat| seat.agent) else { return };
        let seat = &mut self.seats[index];
        self.tally[seat.standing() as usize] -= 1;
        seat.open = open;
        self.tally[seat.standing() as usize] += 1;
    }

    /// The first eligible agent after `last` who is not among `passed`, wrapping around, and who was passed over on
    /// the way.
    pub fn round(&self, last: Option<AgentId>, passed: &BTreeSet<AgentId>) -> Round {
        let begin = last.map_or(0, |last| self.seats.partition_point(|seat| seat.agent <= last));
        let mut rest = self.tally;
        for place in passed.iter().filter_map(|agent| self.place(*agent)) {
            rest[place.standing() as usize] -= 1;
            rest[place.standing_with(passed) as usize] += 1;
        }
        let mut seats = Vec::new();
        let chosen = self.walk(begin, passed, &mut seats, &mut rest);
        Round { chosen, seats, others: counted(rest) }
    }

    fn place(&self, agent: AgentId) -> Option<&Place> {
        let index = self.seats.binary_search_by_key(&agent, |seat| seat.agent).ok()?;
        Some(&self.seats[index])
    }

    /// Walks from `begin` to the first seat that can be chosen, at most once round, listing what it passes and
    /// taking it out of `rest`.
    fn walk(
        &self,
        begin: usize,
        passed: &BTreeSet<AgentId>,
        seats: &mut Vec<Seat>,
        rest: &mut [u32; Reason::COUNT],
    ) -> Option<AgentId> {
        for place in self.seats[begin..].iter().chain(&self.seats[..begin]) {
            let reason = place.standing_with(passed);
            if reason == Reason::NotTheirTurn {
                rest[reason as usize] -= 1;
                seats.push(place.seat(Reason::Chosen));
                return Some(place.agent);
            }
            // The last place is kept for the chosen one.
            if seats.len() < MAX_SEATS - 1 {
                rest[reason as usize] -= 1;
                seats.push(place.seat(reason));
            }
        }
        None
    }
}

fn counted(tally: [u32; Reason::COUNT]) -> BTreeMap<Reason, u32> {
    use Reason::{AtLimit, Chosen, NotTheirTurn, Offline, OutsideHours, PassedBefore};
    let reasons = [Chosen, NotTheirTurn, Offline, OutsideHours, AtLimit, PassedBefore];
    reasons
        .into_iter()
        .map(|reason| (reason, tally[reason as usize]))
        .filter(|(_, count)| *count > 0)
        .collect()
}
