//! Open, snoozed, closed, and back.

use super::draft::{Done, Draft};
use super::{ClosedBy, Refusal, State, What};
use crate::access::Actor;
use crate::ids::StageId;
use jiff::Timestamp;

impl Draft<'_> {
    pub fn close(&mut self) -> Done {
        let by = match self.by {
            Actor::Agent { .. } => ClosedBy::Agent,
            Actor::Key(_) | Actor::Operator => ClosedBy::Key,
            Actor::Clock => ClosedBy::Auto,
        };
        if matches!(self.ticket.state, State::Open { .. } | State::Snoozed { .. }) {
            let (at, agent) = (self.now(), self.ticket.owner());
            self.shift(State::Closed { at, by, agent }, What::Closed);
        }
        Ok(())
    }

    pub fn auto_close(&mut self) -> Done {
        self.open()?;
        let quiet = self.now().duration_since(self.ticket.quiet_since());
        let due = self.facts.settings.close_after.is_some_and(|after| quiet.unsigned_abs() >= after);
        if due && !quiet.is_negative() { self.close() } else { Ok(()) }
    }

    pub fn reopen(&mut self) -> Done {
        match self.ticket.state {
            State::Open { .. } => Ok(()),
            State::Closed { agent, .. } => {
                let stage = self.facts.settings.stages.first_open();
                self.shift(State::Open { stage, place: self.home(agent) }, What::Reopened);
                Ok(())
            }
            State::Snoozed { .. } => Err(Refusal::NotClosed),
            State::Merged { into, .. } => Err(Refusal::Merged { into }),
        }
    }

    /// `until` counts in whole milliseconds, as it is stored.
    pub fn snooze(&mut self, until: Timestamp) -> Done {
        let until = Timestamp::from_millisecond(until.as_millisecond()).unwrap_or(until);
        let (stage, agent) = match self.ticket.state {
            State::Snoozed { stage, agent, .. } => (stage, agent),
            _ => (self.open()?.0, self.ticket.owner()),
        };
        if until <= self.now() {
            return Err(Refusal::Past);
        }
        self.shift(State::Snoozed { stage, until, agent }, What::Snoozed);
        Ok(())
    }

    pub fn wake(&mut self) -> Done {
        match self.ticket.state {
            State::Open { .. } => Ok(()),
            State::Snoozed { until, .. } if *self.by == Actor::Clock && self.now() < until => Ok(()),
            State::Snoozed { .. } => {
                self.wake_up();
                Ok(())
            }
            State::Closed { .. } => Err(Refusal::NotSnoozed),
            State::Merged { into, .. } => Err(Refusal::Merged { into }),
        }
    }

    /// Opens a snoozed ticket, whatever the time.
    pub fn wake_up(&mut self) {
        if let State::Snoozed { stage, agent, .. } = self.ticket.state {
            let (stage, place) = (self.stage_again(stage), self.home(agent));
            self.shift(State::Open { stage, place }, What::Woken);
        }
    }

    pub fn set_stage(&mut self, stage: StageId) -> Done {
        let (_, place) = self.open()?;
        if !self.facts.settings.stages.is_open(stage) {
            return Err(Refusal::UnknownStage(stage));
        }
        self.shift(State::Open { stage, place }, What::StageSet);
        Ok(())
    }
}
