//! A ticket while a command is worked on it. Differences are taken from what it was to what it is, so no command can
//! forget to count.

use super::{Change, Entry, Facts, Moved, Place, Position, Refusal, State, Ticket, Verdict, What};
use crate::access::Actor;
use crate::ids::{AgentId, StageId};
use crate::receipt::Receipt;
use crate::roster::Policy;
use crate::ticket::{Pool, Stage as Kind};
use jiff::Timestamp;
use std::collections::BTreeMap;

pub(super) struct Draft<'a> {
    before: &'a Ticket,
    pub facts: &'a Facts<'a>,
    pub by: &'a Actor,
    pub ticket: Ticket,
    entries: Vec<Entry>,
    pub turn: Option<(Pool, AgentId)>,
}

/// What a command comes to; nothing is written where it is an error, or where it logged nothing.
pub(super) type Done = Result<(), Refusal>;

impl<'a> Draft<'a> {
    pub fn new(before: &'a Ticket, facts: &'a Facts<'a>, by: &'a Actor) -> Self {
        Self { before, facts, by, ticket: before.clone(), entries: Vec::new(), turn: None }
    }

    pub fn verdict(self) -> Verdict {
        if self.entries.is_empty() {
            return Verdict::Unchanged;
        }
        let (before, after) = (&self.before.state, &self.ticket.state);
        Verdict::Changed(Box::new(Change {
            loads: difference(before.loads(), after.loads()),
            waiting: difference(before.waiting(), after.waiting()),
            ticket: self.ticket,
            entries: self.entries,
            turn: self.turn,
        }))
    }

    pub fn now(&self) -> Timestamp {
        self.facts.now
    }

    pub fn log(&mut self, what: What) {
        self.log_decided(what, None);
    }

    pub fn log_decided(&mut self, what: What, receipt: Option<Receipt>) {
        let by_owner = self.by.agent().is_some() && self.by.agent() == self.ticket.owner();
        self.ticket.touched |= by_owner && what.is_touch();
        self.ticket.sequence += 1;
        self.ticket.changed_at = self.now();
        let (sequence, at, by) = (self.ticket.sequence, self.now(), self.by.clone());
        self.entries.push(Entry { sequence, at, by, what, receipt: receipt.map(Box::new) });
    }

    /// Puts the ticket into `state` and says so; where it is in it already, nothing happens.
    pub fn shift(&mut self, state: State, what: impl FnOnce(Moved) -> What) {
        self.shift_decided(Position { state, ..self.ticket.position() }, what, None);
    }

    pub fn shift_decided(
        &mut self,
        mut to: Position,
        what: impl FnOnce(Moved) -> What,
        receipt: Option<Receipt>,
    ) {
        let from = self.ticket.position();
        to.touched = from.touched && from.state.agent() == to.state.agent();
        if to == from {
            return;
        }
        if from.state.kind() != Kind::Open && to.state.kind() == Kind::Open {
            self.ticket.opened_at = self.now();
        }
        self.ticket.put(to.clone());
        self.log_decided(what(Moved { from, to }), receipt);
    }

    /// The stage and place of an open ticket.
    pub fn open(&self) -> Result<(StageId, Place), Refusal> {
        match &self.ticket.state {
            State::Open { stage, place } => Ok((*stage, *place)),
            State::Merged { into, .. } => Err(Refusal::Merged { into: *into }),
            State::Snoozed { .. } | State::Closed { .. } => Err(Refusal::NotOpen),
        }
    }

    pub fn active(&self, agent: AgentId) -> Result<AgentId, Refusal> {
        let known = self.facts.roster.agent(agent).is_some();
        known.then_some(agent).ok_or(Refusal::UnknownAgent(agent))
    }

    /// Where a ticket that wakes or reopens goes: to its agent if there to take it, over the limit if need be, else to
    /// wait by its original age (desk 1).
    pub fn home(&self, agent: Option<AgentId>) -> Place {
        match agent.filter(|agent| self.is_there(*agent)) {
            Some(agent) => Place::Owned(agent),
            None => self.without_owner(self.pool()),
        }
    }

    /// Where an ownerless ticket of `pool` is: a pool that gives nothing out has none waiting.
    pub fn without_owner(&self, pool: Pool) -> Place {
        match self.facts.roster.policy(pool) {
            Policy::RoundRobin | Policy::Balanced => Place::Waiting(pool),
            Policy::Unassigned => Place::Unclaimed,
        }
    }

    pub fn pool(&self) -> Pool {
        self.ticket.pool(self.facts.roster)
    }

    /// The stage that a ticket returns to: the one it had, unless the store has given it up.
    pub fn stage_again(&self, stage: StageId) -> StageId {
        let stages = &self.facts.settings.stages;
        if stages.is_open(stage) { stage } else { stages.first_open() }
    }

    fn is_there(&self, agent: AgentId) -> bool {
        let agent = self.facts.roster.agent(agent);
        agent.is_some_and(|agent| agent.online && agent.leave.until(self.now()).is_none())
    }
}

/// One less of what was, one more of what is.
fn difference<K: Ord>(before: Option<K>, after: Option<K>) -> BTreeMap<K, i64> {
    if before == after {
        return BTreeMap::new();
    }
    let less = before.map(|key| (key, -1));
    less.into_iter().chain(after.map(|key| (key, 1))).collect()
}
