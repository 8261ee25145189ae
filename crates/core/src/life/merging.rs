//! Duplicates. A merge is a link that closes the duplicate and moves nothing (desk 1).

use super::draft::{Done, Draft};
use super::{Place, Refusal, State, What};
use crate::access::{self, Act};
use crate::ids::TicketId;
use crate::ticket::Pool;

impl Draft<'_> {
    /// The survivor is not merged itself, so links never run in a circle.
    pub fn merge(&mut self, into: TicketId) -> Done {
        match self.ticket.state.merged_into() {
            Some(there) if there == into => return Ok(()),
            Some(there) => return Err(Refusal::Merged { into: there }),
            None if into == self.ticket.id => return Err(Refusal::IntoItself),
            None => {}
        }
        let (roster, see_all) = (self.facts.roster, self.facts.settings.agents_see_all);
        let seen = |survivor| access::to_ticket(self.by, survivor, Act::See, roster, see_all).is_ok();
        let survivor = self.facts.found.survivor.filter(|survivor| seen(survivor));
        if let Some(further) = survivor.ok_or(Refusal::UnknownTicket)?.state.merged_into() {
            return Err(Refusal::Merged { into: further });
        }
        let was = Box::new(self.ticket.state.clone());
        self.shift(State::Merged { at: self.now(), into, was }, What::Merged);
        Ok(())
    }

    pub fn unmerge(&mut self) -> Done {
        let State::Merged { was, .. } = self.ticket.state.clone() else { return Err(Refusal::NotMerged) };
        self.shift(self.restored(*was), What::Unmerged);
        Ok(())
    }

    /// `state` as it was, but for agents, teams and stages that are no more and times that have passed.
    pub fn restored(&self, state: State) -> State {
        match state {
            State::Open { stage, place } => {
                let gone = match place {
                    Place::Owned(agent) => self.facts.roster.agent(agent).is_none(),
                    Place::Waiting(Pool::Team(team)) => self.facts.roster.team(team).is_none(),
                    Place::Waiting(Pool::Store) | Place::Unclaimed => false,
                };
                let place = if gone { self.without_owner(self.pool()) } else { place };
                State::Open { stage: self.stage_again(stage), place }
            }
            State::Snoozed { stage, until, agent } if until <= self.now() => {
                State::Open { stage: self.stage_again(stage), place: self.home(agent) }
            }
            other => other,
        }
    }
}
