//! How long a ticket has waited, and whether that was told (desk 7, `ticket.waiting_too_long`).

use crate::life::{Entry, What};
use jiff::Timestamp;

/// The time in which a ticket waits without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    pub since: Timestamp,
    /// Whether it was told that it is too long.
    pub told: bool,
}

impl Wait {
    /// The wait of a ticket that waits now, by its timeline after its creation and what was known of it before: one that
    /// was told of stays told as long as it is the same.
    pub fn now(created_at: Timestamp, later: &[Entry], known: Option<Self>) -> Self {
        let began = later.iter().rev().find(|entry| begins(entry, later));
        let since = began.map_or(created_at, |entry| entry.at);
        Self { since, told: known.is_some_and(|known| known.told && known.since == since) }
    }

    /// Whether it is to be told of now, where waits that began up to `before` are too long.
    pub fn is_due(&self, before: Timestamp) -> bool {
        !self.told && self.since <= before
    }
}

/// Whether the ticket waited after this entry and not before.
fn begins(entry: &Entry, all: &[Entry]) -> bool {
    let ends = |entry: &Entry| {
        let moved = entry.what.moved()?;
        Some((moved.from.state.waiting().is_some(), moved.to.state.waiting().is_some()))
    };
    match entry.what {
        What::Undone { sequence } => {
            let undone = all.iter().find(|other| other.sequence == sequence);
            undone.and_then(ends) == Some((true, false))
        }
        _ => ends(entry) == Some((false, true)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Actor;
    use crate::ids::{AgentId, StageId};
    use crate::life::{Moved, Place, Position, State};
    use crate::ticket::Pool;
    use std::collections::BTreeSet;

    const WAITING: Place = Place::Waiting(Pool::Store);
    const OWNED: Place = Place::Owned(AgentId(1));

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn moved(from: Place, to: Place) -> What {
        let position = |place| Position {
            state: State::Open { stage: StageId(1), place },
            team: None,
            passed: BTreeSet::new(),
            touched: false,
        };
        What::Assigned(Moved { from: position(from), to: position(to) })
    }

    /// Entries at 10, 20, … seconds.
    fn since(whats: Vec<What>) -> i64 {
        let entries: Vec<Entry> = (1_i64..)
            .zip(whats)
            .map(|(n, what)| Entry { sequence: n + 1, at: at(10 * n), by: Actor::Clock, what, receipt: None })
            .collect();
        Wait::now(at(0), &entries, None).since.as_second()
    }

    #[test]
    fn a_wait_begins_with_the_last_change_into_it() {
        let labelled = || What::Labelled { added: BTreeSet::new(), removed: BTreeSet::new() };
        assert_eq!(since(vec![]), 0);
        assert_eq!(since(vec![labelled(), moved(WAITING, WAITING)]), 0, "it waits on in another pool");
        assert_eq!(since(vec![moved(WAITING, OWNED), moved(OWNED, WAITING), labelled()]), 20);
        assert_eq!(since(vec![moved(WAITING, OWNED), What::Undone { sequence: 2 }]), 20);
        assert_eq!(since(vec![moved(OWNED, WAITING), labelled()]), 10);
    }

    #[test]
    fn a_wait_is_told_of_once_and_the_next_one_again() {
        let told = Wait { since: at(0), told: true };
        assert_eq!(Wait::now(at(0), &[], Some(told)), told);
        assert!(!told.is_due(at(100)));
        let another = Wait::now(at(5), &[], Some(told));
        assert!(!another.is_due(at(4)) && another.is_due(at(5)));
    }
}
