//! Who gets a ticket: claim, assign, pass on, and what a pool gives out.

use super::draft::{Done, Draft};
use super::{Place, Position, Recipient, Refusal, State, What};
use crate::assign::Decision;
use crate::ids::AgentId;
use crate::receipt::{Receipt, Route};
use crate::text::Grounds;
use crate::ticket::Pool;
use std::collections::BTreeSet;

impl Draft<'_> {
    pub fn claim(&mut self) -> Done {
        let agent = self.active(self.by.agent().ok_or(Refusal::Forbidden)?)?;
        let (stage, place) = self.open()?;
        match place {
            Place::Owned(owner) if owner != agent => Err(Refusal::AlreadyOwned { owner }),
            _ => {
                self.shift(State::Open { stage, place: Place::Owned(agent) }, What::Claimed);
                Ok(())
            }
        }
    }

    pub fn assign(&mut self, to: Recipient) -> Done {
        match to {
            Recipient::Agent(agent) => self.assign_to(agent),
            Recipient::Pool(pool) => self.assign_into(pool),
            Recipient::Nobody => self.assign_into(self.pool()),
        }
    }

    /// Somebody was named: who passed the ticket on before no longer counts.
    fn assign_to(&mut self, agent: AgentId) -> Done {
        let agent = self.active(agent)?;
        let state = self.reachable()?.with(Some(agent), Place::Owned(agent));
        let receipt = Receipt::direct(self.facts.roster.version(), Route::Asked, Some(agent));
        let to = Position { state, passed: BTreeSet::new(), ..self.ticket.position() };
        if self.ticket.owner() != Some(agent) {
            self.shift_decided(to, What::Assigned, Some(receipt));
        }
        Ok(())
    }

    /// What nobody has stays as it is in its own pool; but an unclaimed ticket waits where the pool has come to give out since
    /// (desk 1).
    fn assign_into(&mut self, pool: Pool) -> Done {
        let team = match pool {
            Pool::Team(team) if self.facts.roster.team(team).is_none() => {
                return Err(Refusal::UnknownTeam(team));
            }
            Pool::Team(team) => Some(team),
            Pool::Store => None,
        };
        let state = self.reachable()?;
        let place = self.without_owner(pool);
        let begins_to_wait =
            matches!(state, State::Open { place: Place::Unclaimed, .. }) && place != Place::Unclaimed;
        if self.ticket.owner().is_none() && self.ticket.team == team && !begins_to_wait {
            return Ok(());
        }
        let state = state.with(None, place);
        let to = Position { state, team, ..self.ticket.position() };
        self.shift_decided(to, What::Assigned, None);
        Ok(())
    }

    pub fn pass(&mut self, grounds: &Grounds) -> Done {
        let (stage, place) = self.open()?;
        let Place::Owned(owner) = place else { return Err(Refusal::NotOwned) };
        let mut to = self.ticket.position();
        to.passed.insert(owner);
        let decision = self.next()?;
        let place = decision.agent.map_or(self.without_owner(self.pool()), Place::Owned);
        to.state = State::Open { stage, place };
        let what = |moved| What::Passed { grounds: grounds.clone(), moved };
        self.shift_decided(to, what, Some(decision.receipt));
        Ok(())
    }

    /// It has waited in this pool, whatever the policy is now.
    pub fn hand_out(&mut self) -> Done {
        let (stage, place) = self.open()?;
        let Place::Waiting(pool) = place else { return Ok(()) };
        let decision = self.next()?;
        let Some(agent) = decision.agent else { return Ok(()) };
        if self.ticket.passed.is_empty() {
            self.turn = Some((pool, agent));
        }
        let state = State::Open { stage, place: Place::Owned(agent) };
        let to = Position { state, ..self.ticket.position() };
        self.shift_decided(to, What::HandedOut, Some(decision.receipt));
        Ok(())
    }

    /// Its owner has gone and done nothing about it.
    pub fn give_on(&mut self) -> Done {
        let (stage, place) = self.open()?;
        if matches!(place, Place::Owned(_)) && !self.ticket.touched {
            let place = self.without_owner(self.pool());
            self.shift(State::Open { stage, place }, What::GivenOn);
        }
        Ok(())
    }

    /// What was decided for this ticket, where the command asks for somebody.
    fn next(&self) -> Result<Decision, Refusal> {
        self.facts.next.cloned().ok_or(Refusal::NotOwned)
    }

    /// The state of a ticket that can be given to somebody: an open or a snoozed one.
    fn reachable(&self) -> Result<State, Refusal> {
        match &self.ticket.state {
            State::Snoozed { .. } => Ok(self.ticket.state.clone()),
            _ => self.open().map(|_| self.ticket.state.clone()),
        }
    }
}

impl State {
    /// The same in another place where it is open, with another agent to wake with where it is snoozed.
    fn with(self, agent: Option<AgentId>, place: Place) -> Self {
        match self {
            Self::Open { stage, .. } => Self::Open { stage, place },
            Self::Snoozed { stage, until, .. } => Self::Snoozed { stage, until, agent },
            other => other,
        }
    }
}
