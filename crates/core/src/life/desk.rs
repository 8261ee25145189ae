//! A store as the tests keep it: it applies what was decided and judges nothing, as an adapter does.

use super::*;
use crate::access::Role;
use crate::assign::{Assigner, Pools};
use crate::ids::{CustomerId, StoreId};
use crate::leave::{Leave, Leaves};
use crate::roster::{self, Policy, Team};
use crate::text::{Grounds, Remark};
use crate::ticket::Channel;
use jiff::tz::TimeZone;
use std::collections::{BTreeSet, HashSet};

pub const TEAM: TeamId = TeamId(31);
pub const UNASSIGNED_TEAM: TeamId = TeamId(32);
pub const LABELS: [LabelId; 3] = [LabelId(1), LabelId(2), LabelId(3)];

/// Agents 1 to 4; 1 and 3 are in the team, 2 and 4 in the one that gives nothing out.
#[derive(Clone)]
pub struct Desk {
    pub now: Timestamp,
    pub roster: roster::Settings,
    pub settings: Settings,
    pub tickets: BTreeMap<TicketId, Ticket>,
    pub timeline: BTreeMap<TicketId, Vec<Entry>>,
    pub loads: BTreeMap<AgentId, i64>,
    pub waiting: BTreeMap<Pool, i64>,
    pub turns: BTreeMap<Pool, AgentId>,
}

impl Desk {
    /// With so many tickets of the store's pool, all waiting, from 1.
    pub fn new(tickets: i64) -> Self {
        let mut desk = Self {
            now: Timestamp::from_second(1_700_000_000).unwrap(),
            roster: roster(),
            settings: Settings { reopen_within: Duration::from_secs(3600), ..Settings::default() },
            tickets: BTreeMap::new(),
            timeline: BTreeMap::new(),
            loads: BTreeMap::new(),
            waiting: BTreeMap::from([(Pool::Store, tickets)]),
            turns: BTreeMap::new(),
        };
        desk.tickets = (1..=tickets).map(|id| (TicketId(id), ticket(id, desk.now))).collect();
        desk
    }

    pub fn later(&mut self, seconds: i64) {
        self.now += jiff::SignedDuration::from_secs(seconds);
    }

    pub fn go(&mut self, agent: i64, online: bool) {
        let agent = self.roster.agents.iter_mut().find(|known| known.id == AgentId(agent)).unwrap();
        agent.online = online;
    }

    pub fn go_on_leave(&mut self, agent: i64, is_away: bool) {
        let leave = Leave::new(self.now, self.now + jiff::SignedDuration::from_hours(1000)).unwrap();
        let agent = self.roster.agents.iter_mut().find(|known| known.id == AgentId(agent));
        if let Some(agent) = agent {
            agent.leave = if is_away { Leaves::new(vec![leave]).unwrap() } else { Leaves::default() };
        }
    }

    pub fn archive(&mut self, agent: i64) {
        self.roster.agents.retain(|known| known.id != AgentId(agent));
    }

    pub fn ticket(&self, id: i64) -> &Ticket {
        &self.tickets[&TicketId(id)]
    }

    pub fn place(&self, id: i64) -> Place {
        let State::Open { place, .. } = self.ticket(id).state else { panic!("{:?}", self.ticket(id).state) };
        place
    }

    pub fn last(&self, id: i64) -> &Entry {
        self.timeline[&TicketId(id)].last().unwrap()
    }

    /// Whether a message is known is told here, as an adapter finds it.
    pub fn run(&mut self, by: &Actor, id: i64, command: &Command) -> Result<Verdict, Refusal> {
        let lookups = command.lookups();
        let roster = Roster::new(self.roster.clone());
        let none = Vec::new();
        let timeline = self.timeline.get(&TicketId(id)).unwrap_or(&none);
        let said = |entry: &Entry| matches!(&entry.what, What::Message { external_id, .. } if external_id.as_ref() == lookups.message);
        let ticket = &self.tickets[&TicketId(id)];
        let loads = self.loads.iter().map(|(agent, open)| (*agent, u32::try_from(*open).unwrap())).collect();
        let mut assigner = Assigner::new(&roster, self.pools(), loads, self.now);
        let next = asks_for(ticket, command, &roster);
        let next = next.map(|(pool, passed)| assigner.decide_waiting(pool, &passed));
        let facts = Facts {
            now: self.now,
            roster: &roster,
            settings: &self.settings,
            next: next.as_ref(),
            found: Found {
                repeated: lookups.message.is_some() && timeline.iter().any(said),
                survivor: lookups.survivor.and_then(|survivor| self.tickets.get(&survivor)),
                entry: lookups.entry.and_then(|at| timeline.iter().find(|entry| entry.sequence == at)),
            },
        };
        let verdict = decide(ticket, &facts, by, command)?;
        if let Verdict::Changed(change) = &verdict {
            self.apply(change);
        }
        Ok(verdict)
    }

    pub fn done(&mut self, by: &Actor, id: i64, command: &Command) -> Change {
        match self.run(by, id, command) {
            Ok(Verdict::Changed(change)) => *change,
            other => panic!("{command:?}: {other:?}"),
        }
    }

    fn pools(&self) -> Pools {
        let pool = |pool: &Pool| crate::assign::PoolState {
            last: self.turns.get(pool).copied(),
            waiting: u64::try_from(self.waiting.get(pool).copied().unwrap_or(0)).unwrap(),
            taken: BTreeMap::new(),
        };
        self.turns.keys().chain(self.waiting.keys()).map(|key| (*key, pool(key))).collect()
    }

    fn apply(&mut self, change: &Change) {
        for (agent, more) in &change.loads {
            *self.loads.entry(*agent).or_default() += more;
        }
        for (pool, more) in &change.waiting {
            *self.waiting.entry(*pool).or_default() += more;
        }
        self.turns.extend(change.turn);
        self.timeline.entry(change.ticket.id).or_default().extend(change.entries.iter().cloned());
        self.tickets.insert(change.ticket.id, change.ticket.clone());
    }
}

fn roster() -> roster::Settings {
    let agent = |id: i64| roster::Agent {
        id: AgentId(id),
        name: format!("Agent {id}").into(),
        email_key: format!("agent{id}@shop.example").into(),
        role: Role::Agent,
        online: true,
        max_open: None,
        leave: Leaves::default(),
    };
    let team = |id, name: &str, policy, members: [i64; 2]| Team {
        id,
        name: name.into(),
        policy,
        hours: None,
        members: members.map(AgentId).into(),
    };
    roster::Settings {
        store: StoreId::new("s").unwrap(),
        version: 1,
        timezone: TimeZone::UTC,
        policy: Policy::RoundRobin,
        dedupe_window: Duration::ZERO,
        agents: (1..=4).map(agent).collect(),
        teams: vec![
            team(TEAM, "Odd", None, [1, 3]),
            team(UNASSIGNED_TEAM, "Even", Some(Policy::Unassigned), [2, 4]),
        ],
        labels: HashSet::from(LABELS),
        brand_addresses: HashSet::<(Channel, Box<str>)>::new(),
        routing: roster::Routing::default(),
        rules: Vec::new(),
        desk: Settings::default(),
    }
}

pub fn ticket(id: i64, now: Timestamp) -> Ticket {
    Ticket {
        id: TicketId(id),
        customer: CustomerId::new("c").unwrap(),
        created_at: now,
        state: State::Open { stage: Stages::default().first_open(), place: Place::Waiting(Pool::Store) },
        team: None,
        labels: BTreeSet::new(),
        priority: Priority::Normal,
        passed: BTreeSet::new(),
        touched: false,
        heard_at: None,
        opened_at: now,
        changed_at: now,
        sequence: 1,
    }
}

pub fn agent(id: i64) -> Actor {
    Actor::Agent { id: AgentId(id), role: Role::Agent }
}

pub fn lead() -> Actor {
    Actor::Agent { id: AgentId(4), role: Role::Admin }
}

pub fn key() -> Actor {
    Actor::Key(crate::ids::KeyId::new("k").unwrap())
}

pub fn give(to: i64) -> Command {
    Command::Assign { to: Recipient::Agent(AgentId(to)), expected: Expected::Anybody }
}

pub fn give_into(pool: Pool) -> Command {
    Command::Assign { to: Recipient::Pool(pool), expected: Expected::Anybody }
}

pub fn pass() -> Command {
    Command::Pass { grounds: Grounds::new("not my language").unwrap(), expected: Expected::Anybody }
}

pub const CLOSE: Command = Command::Close { expected: Expected::Anybody };
pub const REOPEN: Command = Command::Reopen { expected: Expected::Anybody };

pub fn note() -> Command {
    Command::Note { text: Remark::new("called, no answer").unwrap(), mentions: BTreeSet::new() }
}

pub fn snooze(until: Timestamp) -> Command {
    Command::Snooze { until, expected: Expected::Anybody }
}

pub fn labels(add: &[i64], remove: &[i64]) -> Command {
    let set = |ids: &[i64]| ids.iter().copied().map(LabelId).collect();
    Command::Label { add: set(add), remove: set(remove) }
}

pub fn message(direction: Direction, external_id: Option<&str>, at: Timestamp) -> Command {
    let text = Remark::new("hello").unwrap();
    let external_id = external_id.and_then(crate::ids::ExternalId::new);
    Command::Message(Message { direction, text, at, external_id })
}
