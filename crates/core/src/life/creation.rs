//! A ticket as it was created, found from what it is and what has happened to it since: its creation is an event that may be
//! told later.

use super::{Entry, Position, Ticket, What};
use std::collections::BTreeSet;

impl Ticket {
    /// `later` are all entries of its timeline after the creation.
    pub fn as_created(&self, later: &[Entry]) -> Self {
        let mut ticket = self.clone();
        for entry in later.iter().rev() {
            ticket.take_off(&entry.what, later);
        }
        let first = later.iter().find_map(|entry| entry.what.moved());
        let position = first.map_or_else(|| self.position(), |moved| moved.from.clone());
        ticket.put(Position { passed: BTreeSet::new(), touched: false, ..position });
        let at = self.created_at;
        Self { heard_at: None, opened_at: at, changed_at: at, sequence: 1, ..ticket }
    }

    /// Labels and priority as they were before an entry.
    fn take_off(&mut self, what: &What, later: &[Entry]) {
        match what {
            What::Labelled { added, removed } => self.relabel(removed, added),
            What::PrioritySet { from, .. } => self.priority = *from,
            What::Undone { sequence } => match later.iter().find(|entry| entry.sequence == *sequence) {
                Some(Entry { what: What::Labelled { added, removed }, .. }) => self.relabel(added, removed),
                Some(Entry { what: What::PrioritySet { to, .. }, .. }) => self.priority = *to,
                _ => {}
            },
            _ => {}
        }
    }

    fn relabel(&mut self, on: &BTreeSet<crate::ids::LabelId>, off: &BTreeSet<crate::ids::LabelId>) {
        self.labels.retain(|label| !off.contains(label));
        self.labels.extend(on);
    }
}
