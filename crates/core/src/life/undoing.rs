//! Undo: a change that compensates an entry of the timeline, which stays (desk 1).

use super::draft::{Done, Draft};
use super::{Entry, Moved, Priority, Refusal, UNDO_WITHIN, What};
use crate::ids::LabelId;
use std::collections::BTreeSet;

impl Draft<'_> {
    pub fn undo(&mut self) -> Done {
        let entry = self.facts.found.entry.ok_or(Refusal::NotUndoable)?;
        if entry.by != *self.by {
            return Err(Refusal::Forbidden);
        }
        let age = self.now().duration_since(entry.at);
        if !age.is_negative() && age.unsigned_abs() > UNDO_WITHIN {
            return Err(Refusal::TooLate);
        }
        self.take_back(entry)
    }

    fn take_back(&mut self, entry: &Entry) -> Done {
        match &entry.what {
            // The survivor may have been merged since; merging again looks at that.
            What::Unmerged(_) => Err(Refusal::NotUndoable),
            What::PrioritySet { from, to } => self.priority_back(entry, *from, *to),
            What::Labelled { added, removed } => self.labels_back(entry, added, removed),
            what => self.move_back(entry, what.moved().ok_or(Refusal::NotUndoable)?),
        }
    }

    fn move_back(&mut self, entry: &Entry, moved: &Moved) -> Done {
        if !self.ticket.position().is_at(&moved.to) {
            return Err(Refusal::Changed);
        }
        let mut back = moved.from.clone();
        self.ticket.team = back.team;
        back.state = self.restored(back.state);
        self.ticket.put(back);
        self.log(What::Undone { sequence: entry.sequence });
        Ok(())
    }

    fn priority_back(&mut self, entry: &Entry, from: Priority, to: Priority) -> Done {
        if self.ticket.priority != to {
            return Err(Refusal::Changed);
        }
        self.ticket.priority = from;
        self.log(What::Undone { sequence: entry.sequence });
        Ok(())
    }

    fn labels_back(&mut self, entry: &Entry, added: &BTreeSet<LabelId>, removed: &BTreeSet<LabelId>) -> Done {
        let on = &self.ticket.labels;
        let back: BTreeSet<_> = on.difference(added).chain(removed).copied().collect();
        if back != *on {
            self.ticket.labels = back;
            self.log(What::Undone { sequence: entry.sequence });
        }
        Ok(())
    }
}
