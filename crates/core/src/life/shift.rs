//! Several commands on a store's tickets in one transaction, each seeing what the ones before it left, and then the
//! hand-out of what waits. The adapter reads what [`Needed`] asks for under the store's routing row, asks the shift
//! command by command, reads the oldest waiting tickets of the pools that it names, and writes [`Worked`].

use super::draft::Draft;
use super::remarks;
use super::{
    Change, Command, Entry, Facts, Found, Place, Priority, Refusal, State, Ticket, Verdict, asks_for, decide,
};
use crate::access::Actor;
use crate::assign::{Assigner, Loads};
use crate::ids::{AgentId, CustomerId, ExternalId, LabelId, TicketId};
use crate::intake::Routing;
use crate::life::{Message, What};
use crate::roster::Roster;
use crate::ticket::{Contact, NewTicket, Pool};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// One command on one ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub ticket: TicketId,
    pub command: Command,
}

/// A ticket as it is read for a shift, with what a further ticket of the same customer would be made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub ticket: Ticket,
    pub contact: Contact,
}

/// What has to be read before a shift, besides the roster, the routing row and the loads that are needed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Needed {
    pub tickets: BTreeSet<TicketId>,
    /// Messages whose being there already is asked for.
    pub messages: Vec<(TicketId, ExternalId)>,
    /// Timeline entries, by ticket and sequence.
    pub entries: Vec<(TicketId, i64)>,
}

/// What was read for [`Needed`].
#[derive(Debug, Default)]
pub struct Known {
    pub tickets: Vec<Held>,
    pub messages: HashSet<(TicketId, ExternalId)>,
    pub entries: HashMap<(TicketId, i64), Entry>,
    /// Of the agents that [`Roster::needs_loads`] is about.
    pub loads: Loads,
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The ticket as the order left it, and the number of its last timeline entry that the order made.
    Done { ticket: Box<Ticket>, entry: i64 },
    /// Nothing was to do.
    Unchanged { ticket: Box<Ticket> },
    /// A message that came too late to open its ticket: this new one has it.
    Created { ticket: Box<Ticket> },
    /// A message to a ticket that was merged into this one, where it belongs.
    Elsewhere { ticket: TicketId },
}

/// What a shift writes, all in one transaction.
#[derive(Debug)]
pub struct Worked {
    /// The routing row afterwards.
    pub routing: Routing,
    /// In the order of their ids, which are consecutive. Each links to the ticket that it goes on from.
    pub created: Vec<(NewTicket, TicketId)>,
    /// Messages that a ticket was sent and that a new one has, which goes on from it.
    pub recorded: Vec<(TicketId, ExternalId)>,
    /// As they are afterwards.
    pub changed: Vec<Ticket>,
    /// New timeline entries, in the order of their positions.
    pub entries: Vec<Told>,
    /// Differences of open tickets, never zero.
    pub loads: BTreeMap<AgentId, i64>,
    /// Who was given a customer's last ticket; empty where the store does not go by that.
    pub last_agents: BTreeMap<CustomerId, AgentId>,
    /// The pools in which tickets may wait that somebody could take: another shift has to go on handing out.
    pub unfinished: BTreeSet<Pool>,
    /// Open tickets afterwards, of the agents of [`Known::loads`].
    pub open: Loads,
}

/// A new timeline entry, which is an event too.
#[derive(Debug, Clone)]
pub struct Told {
    /// As it was right after.
    pub ticket: Ticket,
    /// Among the store's events.
    pub position: i64,
    pub entry: Entry,
}

/// The most waiting tickets that one transaction hands out.
const MOST_HANDED_OUT: usize = 100;

pub struct Shift<'a> {
    roster: &'a Roster,
    now: Timestamp,
    /// But for the pools, which the assigner has.
    routing: Routing,
    assigner: Assigner<'a>,
    messages: HashSet<(TicketId, ExternalId)>,
    stored_entries: HashMap<(TicketId, i64), Entry>,
    held: BTreeMap<TicketId, Held>,
    changed: BTreeSet<TicketId>,
    created: Vec<(NewTicket, TicketId)>,
    recorded: Vec<(TicketId, ExternalId)>,
    entries: Vec<Told>,
    load_changes: BTreeMap<AgentId, i64>,
    last_agents: BTreeMap<CustomerId, AgentId>,
    /// Pools that may have something to give out, with the last ticket that was looked at.
    stirred: BTreeMap<Pool, TicketId>,
    handed_out: usize,
}

impl Needed {
    pub fn by(orders: &[Order]) -> Self {
        let mut needed = Self::default();
        for Order { ticket, command } in orders {
            let lookups = command.lookups();
            needed.tickets.insert(*ticket);
            needed.tickets.extend(lookups.survivor);
            needed.messages.extend(lookups.message.map(|id| (*ticket, id.clone())));
            needed.entries.extend(lookups.entry.map(|sequence| (*ticket, sequence)));
        }
        needed
    }
}

impl<'a> Shift<'a> {
    /// `now` is in whole milliseconds.
    pub fn new(roster: &'a Roster, mut routing: Routing, known: Known, now: Timestamp) -> Self {
        let pools = std::mem::take(&mut routing.pools);
        Self {
            roster,
            now,
            routing,
            assigner: Assigner::new(roster, pools, known.loads, now),
            messages: known.messages,
            stored_entries: known.entries,
            held: known.tickets.into_iter().map(|held| (held.ticket.id, held)).collect(),
            changed: BTreeSet::new(),
            created: Vec::new(),
            recorded: Vec::new(),
            entries: Vec::new(),
            load_changes: BTreeMap::new(),
            last_agents: BTreeMap::new(),
            stirred: BTreeMap::new(),
            handed_out: 0,
        }
    }

    /// Works one order.
    pub fn work(&mut self, by: &Actor, order: &Order) -> Result<Outcome, Refusal> {
        let before = self.held.get(&order.ticket).ok_or(Refusal::NotFound)?.ticket.clone();
        match self.decided(&before, by, &order.command)? {
            Verdict::Changed(change) => {
                let entry = change.ticket.sequence;
                let ticket = Box::new(change.ticket.clone());
                self.apply(*change);
                Ok(Outcome::Done { ticket, entry })
            }
            Verdict::Unchanged => Ok(Outcome::Unchanged { ticket: Box::new(before) }),
            Verdict::Elsewhere { ticket } => Ok(Outcome::Elsewhere { ticket }),
            Verdict::NewTicket { linked_to } => match &order.command {
                Command::Message(message) => Ok(self.go_on(linked_to, by, message)),
                _ => Err(Refusal::NotFound),
            },
        }
    }

    /// Has every pool looked at: people have come, limits have risen, hours have begun.
    pub fn stir_all(&mut self) {
        let waiting = self.assigner.pools().iter().filter(|(_, state)| state.waiting > 0);
        self.stirred.extend(waiting.map(|(pool, _)| (*pool, TicketId(0))));
    }

    /// The pool whose oldest waiting tickets after the given one are to be read next, at most so many; `None` when no
    /// pool has both something to give and somebody to take it.
    pub fn hungry(&mut self) -> Option<(Pool, TicketId, usize)> {
        while self.handed_out < MOST_HANDED_OUT {
            let (pool, after) = self.stirred.iter().next().map(|(pool, after)| (*pool, *after))?;
            if self.assigner.has_taker(pool) {
                return Some((pool, after, MOST_HANDED_OUT - self.handed_out));
            }
            self.stirred.remove(&pool);
        }
        None
    }

    /// Hands out what was read for [`Shift::hungry`]: `oldest` are the stored waiting tickets of the pool, in the order of
    /// their ids, at most `limit`.
    pub fn hand_out(&mut self, pool: Pool, after: TicketId, limit: usize, oldest: Vec<Held>) {
        let last_read = if oldest.len() < limit { None } else { oldest.last().map(|held| held.ticket.id) };
        for held in oldest {
            self.held.entry(held.ticket.id).or_insert(held);
        }
        let is_next = |held: &&Held| {
            let id = held.ticket.id;
            held.ticket.state.waiting() == Some(pool) && id > after && last_read.is_none_or(|last| id <= last)
        };
        let waiting: Vec<TicketId> = self.held.values().filter(is_next).map(|held| held.ticket.id).collect();
        for id in waiting {
            if self.handed_out == MOST_HANDED_OUT {
                self.stirred.insert(pool, TicketId(id.0 - 1));
                return;
            }
            let ticket = self.held[&id].ticket.clone();
            if let Ok(Verdict::Changed(change)) = self.decided(&ticket, &Actor::Clock, &Command::HandOut) {
                self.handed_out += 1;
                self.apply(*change);
            }
        }
        match last_read {
            Some(last) => self.stirred.insert(pool, last),
            None => self.stirred.remove(&pool),
        };
    }

    /// `None` when there is nothing to write.
    pub fn finish(self) -> Option<Worked> {
        if self.entries.is_empty() && self.created.is_empty() {
            return None;
        }
        let new: BTreeSet<TicketId> = self.created.iter().map(|(ticket, _)| ticket.id).collect();
        let changed = self.changed.iter().map(|id| self.held[id].ticket.clone()).collect();
        debug_assert!(new.iter().all(|id| self.held.contains_key(id)), "what is created is held");
        let open = self.assigner.loads().clone();
        Some(Worked {
            routing: Routing { pools: self.assigner.into_pools(), ..self.routing },
            created: self.created,
            recorded: self.recorded,
            changed,
            entries: self.entries,
            loads: self.load_changes.into_iter().filter(|(_, more)| *more != 0).collect(),
            last_agents: self.last_agents,
            unfinished: self.stirred.into_keys().collect(),
            open,
        })
    }

    fn decided(&mut self, ticket: &Ticket, by: &Actor, command: &Command) -> Result<Verdict, Refusal> {
        let next = asks_for(ticket, command, self.roster)
            .map(|(pool, passed)| self.assigner.decide_waiting(pool, &passed));
        let lookups = command.lookups();
        let known = |external: &ExternalId| self.messages.contains(&(ticket.id, external.clone()));
        let entry = lookups.entry.and_then(|sequence| self.entry(ticket.id, sequence));
        let found = Found {
            repeated: lookups.message.is_some_and(known),
            survivor: lookups.survivor.and_then(|id| self.held.get(&id)).map(|held| &held.ticket),
            entry,
        };
        decide(ticket, &Facts { next: next.as_ref(), found, ..self.facts() }, by, command)
    }

    /// What a command goes by that asks for nothing.
    fn facts(&self) -> Facts<'a> {
        let (now, roster) = (self.now, self.roster);
        Facts { now, roster, settings: roster.desk(), next: None, found: Found::default() }
    }

    fn entry(&self, ticket: TicketId, sequence: i64) -> Option<&Entry> {
        let made =
            self.entries.iter().find(|told| told.ticket.id == ticket && told.entry.sequence == sequence);
        made.map(|told| &told.entry).or_else(|| self.stored_entries.get(&(ticket, sequence)))
    }

    fn apply(&mut self, change: Change) {
        let Change { ticket, entries, loads, waiting, turn } = change;
        for (agent, more) in loads {
            self.add_load(agent, more);
        }
        // The turn comes first: a ramp counts what is taken while tickets wait.
        if let Some((pool, agent)) = turn {
            self.assigner.take_turn(pool, agent);
        }
        for (pool, more) in waiting {
            self.assigner.add_waiting(pool, more);
            if more > 0 {
                self.stirred.insert(pool, TicketId(0));
            }
        }
        if let Some(owner) = ticket.owner().filter(|_| self.roster.sticky().is_some()) {
            self.last_agents.insert(ticket.customer.clone(), owner);
        }
        for entry in entries {
            if let What::Message { external_id: Some(external), .. } = &entry.what {
                self.messages.insert((ticket.id, external.clone()));
            }
            self.entries.push(Told { ticket: ticket.clone(), position: self.routing.next_event, entry });
            self.routing.next_event += 1;
        }
        self.changed.insert(ticket.id);
        if let Some(held) = self.held.get_mut(&ticket.id) {
            held.ticket = ticket;
        }
    }

    /// An agent with fewer tickets may be able to take one, where a limit kept it from that.
    fn add_load(&mut self, agent: AgentId, more: i64) {
        *self.load_changes.entry(agent).or_default() += more;
        self.assigner.add_load(agent, more);
        let limited = self.roster.agent(agent).is_some_and(|agent| agent.max_open.is_some());
        if limited && more < 0 {
            self.stir_all();
        }
    }

    /// A new ticket goes on from one that was closed for too long, with the message that would have opened that one.
    fn go_on(&mut self, from: TicketId, by: &Actor, message: &Message) -> Outcome {
        let held = self.held[&from].clone();
        let team = held.ticket.team.filter(|team| self.roster.team(*team).is_some());
        let pool = team.map_or(Pool::Store, Pool::Team);
        let is_queued = self.assigner.pools().get(&pool).is_some_and(|state| state.waiting > 0);
        let decision = if is_queued { self.assigner.decide_behind(pool) } else { self.assigner.decide(pool) };
        self.assigner.take(&decision);
        if decision.waiting.is_some() {
            self.stirred.insert(pool, TicketId(0));
        }
        if let Some(agent) = decision.agent {
            *self.load_changes.entry(agent).or_default() += 1;
        }
        let new = NewTicket {
            id: TicketId(self.routing.next_ticket),
            customer: held.ticket.customer.clone(),
            contact: held.contact.clone(),
            labels: Vec::new(),
            priority: Priority::default(),
            context: None,
            agent: decision.agent,
            team: decision.team,
            waiting: decision.waiting,
            created_at: self.now,
            by: by.to_string().into(),
            event: self.routing.next_event,
            receipt: decision.receipt,
        };
        self.routing.next_ticket += 1;
        self.routing.next_event += 1;
        let ticket = Ticket::created(&new, self.roster);
        self.held.insert(ticket.id, Held { ticket: ticket.clone(), contact: held.contact });
        self.created.push((new, from));
        // Whoever may write to the old ticket need not see the new one, and what was said is recorded all the same.
        let facts = self.facts();
        if let Ok(Verdict::Changed(change)) = remarks::message(Draft::new(&ticket, &facts, by), message) {
            self.apply(*change);
        }
        // A repeat is sent to the old one, and changes nothing.
        if let Some(external) = &message.external_id {
            self.messages.insert((from, external.clone()));
            self.recorded.push((from, external.clone()));
        }
        Outcome::Created { ticket: Box::new(self.held[&ticket.id].ticket.clone()) }
    }
}

impl Ticket {
    /// A ticket right after its creation.
    pub fn created(new: &NewTicket, roster: &Roster) -> Self {
        let place = match (new.agent, new.waiting) {
            (Some(agent), _) => Place::Owned(agent),
            (None, Some(pool)) => Place::Waiting(pool),
            (None, None) => Place::Unclaimed,
        };
        Self {
            id: new.id,
            customer: new.customer.clone(),
            created_at: new.created_at,
            state: State::Open { stage: roster.desk().stages.first_open(), place },
            team: new.team,
            labels: new.labels.iter().copied().collect::<BTreeSet<LabelId>>(),
            priority: new.priority,
            passed: BTreeSet::new(),
            touched: false,
            heard_at: None,
            opened_at: new.created_at,
            changed_at: new.created_at,
            sequence: 1,
        }
    }
}

#[cfg(test)]
mod properties;
