//! What is said and put on a ticket. None of it depends on whose the ticket is, so all of it commutes.

use super::draft::{Done, Draft};
use super::{Direction, Message, Priority, Refusal, State, Verdict, What};
use crate::ids::{AgentId, LabelId};
use crate::text::Remark;
use std::collections::BTreeSet;

impl Draft<'_> {
    pub fn set_priority(&mut self, to: Priority) -> Done {
        let from = std::mem::replace(&mut self.ticket.priority, to);
        if from != to {
            self.log(What::PrioritySet { from, to });
        }
        Ok(())
    }

    pub fn label(&mut self, add: &BTreeSet<LabelId>, remove: &BTreeSet<LabelId>) -> Done {
        if let Some(label) = add.iter().find(|label| !self.facts.roster.has_label(**label)) {
            return Err(Refusal::UnknownLabel(*label));
        }
        let on = &self.ticket.labels;
        let added: BTreeSet<_> =
            add.iter().filter(|label| !on.contains(label) && !remove.contains(label)).copied().collect();
        let removed: BTreeSet<_> = remove.intersection(on).copied().collect();
        if added.is_empty() && removed.is_empty() {
            return Ok(());
        }
        self.ticket.labels.retain(|label| !removed.contains(label));
        self.ticket.labels.extend(&added);
        self.log(What::Labelled { added, removed });
        Ok(())
    }

    pub fn note(&mut self, text: &Remark, mentions: &BTreeSet<AgentId>) -> Done {
        for agent in mentions {
            self.active(*agent)?;
        }
        self.log(What::Noted { text: text.clone(), mentions: mentions.clone() });
        Ok(())
    }

    fn record(&mut self, message: &Message) {
        let Message { direction, text, at, external_id } = message.clone();
        if direction == Direction::In {
            self.ticket.heard_at = self.ticket.heard_at.max(Some(at));
        }
        self.log(What::Message { direction, text, said_at: at, external_id });
    }

    /// Whether the ticket is closed for too long to be opened by a message.
    fn is_past_reopening(&self) -> bool {
        let State::Closed { at, .. } = self.ticket.state else { return false };
        let closed_for = self.now().duration_since(at);
        !closed_for.is_negative() && closed_for.unsigned_abs() >= self.facts.settings.reopen_within
    }
}

/// An answer is recorded wherever the ticket stands; what a customer writes wakes it or opens it again (desk 1).
pub(super) fn message(mut draft: Draft, message: &Message) -> Result<Verdict, Refusal> {
    if draft.facts.found.repeated {
        return Ok(Verdict::Unchanged);
    }
    if message.direction == Direction::In {
        if let Some(ticket) = draft.ticket.state.merged_into() {
            return Ok(Verdict::Elsewhere { ticket });
        }
        if draft.is_past_reopening() {
            return Ok(Verdict::NewTicket { linked_to: draft.ticket.id });
        }
    }
    draft.record(message);
    if message.direction == Direction::In {
        match draft.ticket.state {
            State::Snoozed { .. } => draft.wake_up(),
            State::Closed { .. } => draft.reopen()?,
            State::Open { .. } | State::Merged { .. } => {}
        }
    }
    Ok(draft.verdict())
}
