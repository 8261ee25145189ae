//! A pool's turns as they are counted: while the day, the roster and who could be chosen stay as they are, a turn adds to a
//! few sums, and what they come to for each member is settled at the end.

use super::{Counted, Share, Stretch, Turn};
use crate::ids::AgentId;
use crate::receipt::Eligible;
use crate::ticket::Pool;
use jiff::civil::Date;

#[derive(Default)]
pub struct Run {
    stretch: Stretch,
    /// What is not settled yet.
    open: Option<Open>,
}

/// Turns of one day, one roster, one set of those who could be chosen.
struct Open {
    day: Date,
    version: i64,
    eligible: Eligible,
    members: Box<[AgentId]>,
    /// So that each of them is entitled to this times 1/n.
    turns: u64,
    /// In the order of those who could be chosen.
    received: Box<[u64]>,
    /// At each place of the members, and one behind them, by how much more or less often they were passed over than the
    /// one before: a walk over any part of the ring changes two of these.
    passed: Box<[i64]>,
    worst: f64,
    broken: u64,
    broken_at: Option<i64>,
}

impl Run {
    pub fn new(stretch: Stretch) -> Self {
        Self { stretch, open: None }
    }

    pub fn into_stretch(self) -> Stretch {
        self.stretch
    }

    /// Counts a turn. `false`: it cannot be, since it is not known who could be chosen, and nothing has been counted.
    pub fn take(
        &mut self,
        event: i64,
        day: Date,
        turn: &Turn,
        members: &[AgentId],
        counted: &mut Counted,
    ) -> bool {
        let Some(eligible) = &turn.eligible else { return false };
        if u32::try_from(members.len()) != Ok(turn.considered) {
            return false;
        }
        let goes_on =
            |open: &Open| open.day == day && open.version == turn.version && open.eligible == *eligible;
        if !self.open.as_ref().is_some_and(goes_on) {
            let Some(them) = read(eligible, turn, members) else { return false };
            self.settle(turn.pool, counted);
            if *self.stretch.eligible() != *them {
                self.stretch = Stretch::of(&them);
            }
            self.open = Some(Open::new(day, turn.version, eligible.clone(), members, them.len()));
        }
        let Some(open) = &mut self.open else { return false };
        let Ok(place) = self.stretch.eligible().binary_search(&turn.chosen) else { return false };
        let (difference, holds) = self.stretch.take(place);
        open.turns += 1;
        open.received[place] += 1;
        open.worst = open.worst.max(difference);
        if !holds {
            open.broken += 1;
            open.broken_at = Some(event);
        }
        open.walk(turn.before, turn.chosen);
        true
    }

    /// Adds to `counted` what is not settled yet.
    pub fn settle(&mut self, pool: Pool, counted: &mut Counted) {
        let Some(open) = self.open.take() else { return };
        let figures = counted.figures.entry((pool, open.day)).or_default();
        figures.turns += open.turns;
        figures.worst = figures.worst.max(open.worst);
        figures.broken += open.broken;
        figures.broken_at = figures.broken_at.max(open.broken_at);
        let eligible = self.stretch.eligible();
        let entitled = open.turns as f64 / eligible.len() as f64;
        let mut passed = 0;
        for (member, more) in open.members.iter().zip(&open.passed) {
            passed += more;
            let share = match eligible.binary_search(member) {
                Ok(place) => Share { received: open.received[place], entitled, ..Share::default() },
                Err(_) if passed == 0 => continue,
                Err(_) => Share { missed: passed.unsigned_abs(), ..Share::default() },
            };
            counted.shares.entry((pool, open.day, *member)).or_default().add(&share);
        }
    }
}

impl Open {
    fn new(day: Date, version: i64, eligible: Eligible, members: &[AgentId], n: usize) -> Self {
        Self {
            day,
            version,
            eligible,
            members: members.into(),
            turns: 0,
            received: vec![0; n].into(),
            passed: vec![0; members.len() + 1].into(),
            worst: 0.0,
            broken: 0,
            broken_at: None,
        }
    }

    /// Passes over the members between the one whose turn was before and the chosen one.
    fn walk(&mut self, before: Option<AgentId>, chosen: AgentId) {
        let begin = before.map_or(0, |before| self.members.partition_point(|member| *member <= before));
        let end = self.members.partition_point(|member| *member < chosen);
        if begin <= end {
            self.pass(begin, end);
        } else {
            self.pass(begin, self.members.len());
            self.pass(0, end);
        }
    }

    fn pass(&mut self, begin: usize, end: usize) {
        self.passed[begin] += 1;
        self.passed[end] -= 1;
    }
}

/// Who could be chosen; `None` where that does not fit the members.
fn read(eligible: &Eligible, turn: &Turn, members: &[AgentId]) -> Option<Box<[AgentId]>> {
    let them: Option<Box<[AgentId]>> = eligible.places().map(|place| members.get(place).copied()).collect();
    them.filter(|them| them.binary_search(&turn.chosen).is_ok())
}
