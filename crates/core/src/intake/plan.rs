//! From calls and facts to answers and writes.

use super::{Answer, Call, Decided, Facts, KEEP_ANSWERS, Lookups, Plan, Record, RecordKey, Routing, Writes};
use crate::assign::{Assigner, Decision};
use crate::ids::{AgentId, CustomerId, TicketId};
use crate::problem::Problems;
use crate::request::{Target, TicketRequest};
use crate::roster::Roster;
use crate::route::{Customer, Routed, route};
use crate::rules::Matcher;
use crate::ticket::{Channel, Contact, Created, NewTicket, Pool};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// What the calls need to have read.
pub fn lookups<'a>(roster: &Roster, calls: &[&'a Call]) -> Lookups<'a> {
    let requests = calls.iter().filter_map(|call| call.request.as_ref().ok());
    Lookups {
        customers: requests.map(|request| &request.customer).collect(),
        records: calls.iter().filter_map(|call| record_key(roster, call)).map(|(key, _)| key).collect(),
        loads: roster.needs_loads(),
        tags: calls.iter().any(|call| rules(roster, call).needs_tags()),
        last_agents: roster.sticky().is_some(),
    }
}

/// Decides every call in turn; each sees the state that the ones before it left. In the pools of `queues` tickets wait that
/// somebody could take, so that new ones go behind them.
pub fn plan(
    roster: &Roster,
    routing: Routing,
    queues: BTreeSet<Pool>,
    facts: Facts,
    calls: &[&Call],
    now: Timestamp,
) -> Plan {
    let mut planner = Planner {
        roster,
        now,
        assigner: Assigner::new(roster, routing.pools.clone(), facts.loads.clone(), now).behind(queues),
        next_ticket: routing.next_ticket,
        next_event: routing.next_event,
        facts,
        tickets: Vec::new(),
        records: Vec::new(),
        loads: HashMap::new(),
        last_agents: BTreeMap::new(),
    };
    let answers = calls.iter().map(|call| planner.answer(call)).collect();
    Plan { answers, writes: planner.into_writes(routing) }
}

struct Planner<'a> {
    roster: &'a Roster,
    now: Timestamp,
    assigner: Assigner<'a>,
    next_ticket: i64,
    next_event: i64,
    facts: Facts,
    tickets: Vec<NewTicket>,
    records: Vec<(RecordKey, Record)>,
    loads: HashMap<AgentId, u32>,
    last_agents: BTreeMap<CustomerId, AgentId>,
}

impl Planner<'_> {
    /// Kept answers go before everything else (contract 1, Retries).
    fn answer(&mut self, call: &Call) -> Answer {
        let record = record_key(self.roster, call);
        if let Some(kept) = record.as_ref().and_then(|(key, _)| self.kept(key)) {
            let same = kept.body_hash == call.body_hash;
            return if same { Answer::Replayed(kept.answer.clone()) } else { Answer::KeyReused };
        }
        let request = match self.judged(call) {
            Ok(request) => request,
            Err(problems) => return Answer::Invalid(problems),
        };
        let tags = self.facts.tags.get(&request.customer).map_or(&[][..], Vec::as_slice);
        let last = self.facts.last_agents.get(&request.customer).copied();
        let routed = route(&mut self.assigner, rules(self.roster, call), request, Customer { tags, last });
        let decision = &routed.decision;
        if call.dry_run {
            let answer = self.created(call, request, decision, TicketId(0));
            return Answer::DryRun(answer, Box::new(routed.decision.receipt));
        }
        let answer = self.created(call, request, decision, TicketId(self.next_ticket));
        self.keep(record, call, &answer);
        let receipt = &decision.receipt;
        let decided = Decided { route: receipt.route, policy: receipt.policy, outcome: receipt.outcome };
        self.open(call, request, routed);
        Answer::Created(answer, decided)
    }

    /// A record past its time counts as absent.
    fn kept(&self, key: &RecordKey) -> Option<&Record> {
        self.facts.records.get(key).filter(|record| self.now < record.expires_at)
    }

    fn judged<'c>(&self, call: &'c Call) -> Result<&'c TicketRequest, Problems> {
        let request = call.request.as_ref().map_err(Clone::clone)?;
        let problems = self.references(request);
        if problems.is_empty() { Ok(request) } else { Err(problems) }
    }

    /// Every reference that leads nowhere, in the order of the contract's table.
    fn references(&self, request: &TicketRequest) -> Problems {
        let mut problems = Problems::default();
        if !self.facts.customers.contains(&request.customer) {
            problems.add("bikCustomerId", "is not a customer of this store");
        }
        if let Some(label) = request.labels.iter().find(|label| !self.roster.has_label(**label)) {
            problems.add("labelIds", format!("{label} is not an active label of this store"));
        }
        if let Some(field) = self.foreign_brand(&request.contact) {
            problems.add(field, "is not connected to this store");
        }
        match &request.target {
            Target::Agent(email) if self.roster.agent_by_email(email).is_none() => {
                problems.add("agentMail", "is not an active agent of this store");
            }
            Target::Team(team) if self.roster.team(*team).is_none() => {
                problems.add("teamId", "is not an active team of this store");
            }
            _ => {}
        }
        problems
    }

    fn foreign_brand(&self, contact: &Contact) -> Option<&'static str> {
        match contact {
            Contact::Whatsapp { brand, .. } => {
                let known = self.roster.has_brand_address(Channel::Whatsapp, brand.as_str());
                (!known).then_some("brandPhoneNumber")
            }
            Contact::Email { brand, .. } => {
                let known = self.roster.has_brand_address(Channel::Email, &brand.key());
                (!known).then_some("brandEmail")
            }
            Contact::Task { .. } => None,
        }
    }

    fn created(&self, call: &Call, request: &TicketRequest, decision: &Decision, id: TicketId) -> Created {
        Created {
            id,
            customer_id: request.customer.clone(),
            store_id: call.store.clone(),
            agent_id: decision.agent,
            team_id: decision.team,
            channel_name: request.contact.channel(),
        }
    }

    fn keep(&mut self, record: Option<(RecordKey, Duration)>, call: &Call, answer: &Created) {
        let Some((key, kept_for)) = record else { return };
        let expires_at = self.now.saturating_add(kept_for).unwrap_or(Timestamp::MAX);
        let record = Record { body_hash: call.body_hash, answer: answer.clone(), expires_at };
        self.facts.records.insert(key.clone(), record.clone());
        self.records.push((key, record));
    }

    fn open(&mut self, call: &Call, request: &TicketRequest, routed: Routed) {
        let Routed { decision, labels, priority } = routed;
        self.assigner.take(&decision);
        if let Some(agent) = decision.agent {
            *self.loads.entry(agent).or_default() += 1;
            if self.roster.sticky().is_some() {
                self.facts.last_agents.insert(request.customer.clone(), (agent, self.now));
                self.last_agents.insert(request.customer.clone(), agent);
            }
        }
        self.tickets.push(NewTicket {
            id: TicketId(self.next_ticket),
            customer: request.customer.clone(),
            contact: request.contact.clone(),
            labels,
            priority,
            context: request.context.clone(),
            agent: decision.agent,
            team: decision.team,
            waiting: decision.waiting,
            created_at: self.now,
            by: call.by.as_str().into(),
            event: self.next_event,
            receipt: decision.receipt,
        });
        self.next_ticket += 1;
        self.next_event += 1;
    }

    fn into_writes(self, routing: Routing) -> Option<Writes> {
        if self.tickets.is_empty() {
            return None;
        }
        let routing = Routing {
            roster_version: routing.roster_version,
            next_ticket: self.next_ticket,
            next_event: self.next_event,
            pools: self.assigner.into_pools(),
        };
        Some(Writes {
            tickets: self.tickets,
            records: self.records,
            loads: self.loads,
            last_agents: self.last_agents,
            routing,
        })
    }
}

/// The rules that a call goes by.
fn rules<'a>(roster: &'a Roster, call: &'a Call) -> &'a Matcher {
    call.rules.as_deref().unwrap_or(roster.rules())
}

/// Where the call's answer is kept and for how long; `None` when it is not.
fn record_key(roster: &Roster, call: &Call) -> Option<(RecordKey, Duration)> {
    if call.dry_run {
        return None;
    }
    if let Some(key) = &call.idempotency_key {
        return Some((RecordKey { caller: "".into(), key: key.clone() }, KEEP_ANSWERS));
    }
    let window = roster.dedupe_window();
    let by_body = || RecordKey { caller: call.by.as_str().into(), key: hex(&call.body_hash).into() };
    (!window.is_zero()).then(|| (by_body(), window))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

#[cfg(test)]
mod tests;
