//! A store as the tests keep it, beside a model of who may be given what that is slow and obvious.

use crate::access::{Actor, Role};
use crate::assign::{Loads, PoolState};
use crate::holidays::Holidays;
use crate::ids::{AgentId, CustomerId, KeyId, StoreId, TeamId, TicketId};
use crate::intake::{self, Answer, Call, Facts, Routing};
use crate::leave::{Leave, Leaves};
use crate::life::{self, Entry, Held, Known, Needed, Order, Shift, State, Ticket, What};
use crate::receipt::{Receipt, Route};
use crate::request::{Target, TicketRequest};
use crate::roster::{self, Policy, Roster, Settings, Team};
use crate::ticket::{Contact, NewTicket, Pool, TaskTitle};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

pub const ODD: TeamId = TeamId(31);
pub const EVEN: TeamId = TeamId(32);
pub const POOLS: [Pool; 3] = [Pool::Store, Pool::Team(ODD), Pool::Team(EVEN)];

/// One turn of a pool, with who was eligible at that moment.
#[derive(Debug)]
pub struct Turn {
    pub chosen: AgentId,
    pub eligible: BTreeSet<AgentId>,
}

/// The store, and what the model knows of it.
pub struct Store {
    pub now: Timestamp,
    pub settings: Settings,
    routing: Routing,
    pub tickets: BTreeMap<TicketId, Held>,
    last_agents: HashMap<CustomerId, (AgentId, Timestamp)>,
    pub tags: HashMap<CustomerId, Vec<Box<str>>>,
    /// Every ticket as it was created, and what happened to it later.
    pub record: BTreeMap<TicketId, (NewTicket, Vec<Entry>)>,
    pub model: Model,
}

/// What follows from all decisions so far, counted by itself.
#[derive(Debug, Default)]
pub struct Model {
    pub loads: BTreeMap<AgentId, i64>,
    pub last: BTreeMap<Pool, AgentId>,
    pub waiting: BTreeMap<Pool, BTreeSet<TicketId>>,
    /// When each agent took a turn of a pool while tickets waited in it and a ramp was set.
    taken: BTreeMap<(Pool, AgentId), Vec<Timestamp>>,
    pub turns: BTreeMap<Pool, Vec<Turn>>,
    passed: BTreeMap<TicketId, BTreeSet<AgentId>>,
}

fn agent(id: i64) -> roster::Agent {
    roster::Agent {
        id: AgentId(id),
        name: format!("Agent {id}").into(),
        email_key: format!("agent{id}@shop.example").into(),
        role: Role::Agent,
        online: true,
        max_open: None,
        leave: Leaves::default(),
    }
}

fn contact(title: &str) -> Contact {
    Contact::Task { title: TaskTitle::new(title).unwrap() }
}

pub fn customer(number: u8) -> CustomerId {
    CustomerId::new(&format!("c{number}")).unwrap()
}

impl Store {
    /// Six agents, the odd ones in a team and the even ones in another, with rules that are off until they are set.
    pub fn new() -> Self {
        let team = |id: TeamId, first: i64| Team {
            id,
            name: format!("Team {id}").into(),
            policy: None,
            hours: None,
            members: [first, first + 2, first + 4].map(AgentId).into(),
        };
        let settings = Settings {
            store: StoreId::new("s").unwrap(),
            version: 1,
            timezone: TimeZone::UTC,
            policy: Policy::RoundRobin,
            dedupe_window: Duration::ZERO,
            agents: (1..=6).map(agent).collect(),
            teams: vec![team(ODD, 1), team(EVEN, 2)],
            labels: HashSet::new(),
            brand_addresses: HashSet::new(),
            routing: roster::Routing::default(),
            rules: Vec::new(),
            desk: life::Settings { reopen_within: Duration::from_secs(3600), ..life::Settings::default() },
        };
        Self {
            now: "2026-11-23T08:00:00Z".parse().unwrap(),
            settings,
            routing: Routing { roster_version: 1, next_ticket: 1, next_event: 1, pools: BTreeMap::new() },
            tickets: BTreeMap::new(),
            last_agents: HashMap::new(),
            tags: HashMap::from([(customer(0), vec!["vip".into()])]),
            record: BTreeMap::new(),
            model: Model::default(),
        }
    }

    pub fn agent(&mut self, id: i64, change: impl FnOnce(&mut roster::Agent)) {
        if let Some(agent) = self.settings.agents.iter_mut().find(|agent| agent.id == AgentId(id)) {
            change(agent);
        }
        self.hand_out();
    }

    pub fn leave(&mut self, id: i64, minutes: i64) {
        let to = self.now + SignedDuration::from_mins(minutes);
        let leave = Leaves::new(vec![Leave::new(self.now, to).unwrap()]).unwrap();
        self.agent(id, |agent| agent.leave = leave);
    }

    pub fn set(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        self.hand_out();
    }

    pub fn holiday_today(&mut self) {
        let date = self.settings.timezone.to_datetime(self.now).date();
        let text = format!(r#"[{{"date":"{date}","name":"Today"}}]"#);
        self.settings.routing.holidays = serde_json::from_str::<Holidays>(&text).unwrap();
    }

    pub fn wait(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.hand_out();
    }

    /// What the clock does every second, until there is nothing more to hand out.
    fn hand_out(&mut self) {
        while self.shift(&[], true) {}
    }

    fn roster(&self) -> Roster {
        Roster::new(self.settings.clone())
    }

    fn loads(&self) -> Loads {
        self.model.loads.iter().map(|(agent, open)| (*agent, u32::try_from(*open).unwrap())).collect()
    }

    /// New tickets in one batch: what waits goes first, as the adapters have it.
    pub fn post(&mut self, asked: &[(Target, &str, u8)]) {
        let roster = self.roster();
        let calls: Vec<Call> = asked.iter().map(|one| self.call(one)).collect();
        let queues = self.shift_of(&roster, &[], true);
        let facts = Facts {
            customers: calls.iter().map(|call| call.request.as_ref().unwrap().customer.clone()).collect(),
            loads: self.loads(),
            tags: self.tags.clone(),
            last_agents: self.last_agents.clone(),
            ..Facts::default()
        };
        let calls: Vec<&Call> = calls.iter().collect();
        let plan = intake::plan(&roster, self.routing.clone(), queues, facts, &calls, self.now);
        assert!(
            plan.answers.iter().all(|answer| matches!(answer, Answer::Created(..))),
            "{:?}",
            plan.answers
        );
        let writes = plan.writes.expect("tickets are written");
        for new in &writes.tickets {
            self.created(&roster, new);
        }
        for (customer, agent) in writes.last_agents {
            self.last_agents.insert(customer, (agent, self.now));
        }
        self.routing = writes.routing;
        self.agrees();
    }

    fn call(&self, (target, title, number): &(Target, &str, u8)) -> Call {
        let request = TicketRequest {
            customer: customer(*number),
            contact: contact(title),
            labels: Vec::new(),
            target: target.clone(),
            context: None,
        };
        Call {
            store: self.settings.store.clone(),
            by: KeyId::new("k").unwrap(),
            idempotency_key: None,
            body_hash: [0; 32],
            request: Ok(request),
            dry_run: false,
            rules: None,
        }
    }

    pub fn work(&mut self, by: &Actor, order: Order) {
        self.shift(&[(by.clone(), order)], false);
        self.hand_out();
    }

    fn shift(&mut self, orders: &[(Actor, Order)], stir: bool) -> bool {
        let roster = self.roster();
        let unfinished = self.shift_of(&roster, orders, stir);
        self.agrees();
        !unfinished.is_empty()
    }

    /// One transaction of commands and hand-outs; answers the pools that may have more to give.
    fn shift_of(&mut self, roster: &Roster, orders: &[(Actor, Order)], stir: bool) -> BTreeSet<Pool> {
        let asked: Vec<Order> = orders.iter().map(|(_, order)| order.clone()).collect();
        let needed = Needed::by(&asked);
        let tickets = needed.tickets.iter().filter_map(|id| self.tickets.get(id).cloned()).collect();
        let known = Known { tickets, loads: self.loads(), ..Known::default() };
        let mut shift = Shift::new(roster, self.routing.clone(), known, self.now);
        for (by, order) in orders {
            drop(shift.work(by, order));
        }
        if stir {
            shift.stir_all();
        }
        while let Some((pool, after, limit)) = shift.hungry() {
            let waits = |held: &&Held| held.ticket.state.waiting() == Some(pool) && held.ticket.id > after;
            let oldest = self.tickets.values().filter(waits).take(limit).cloned().collect();
            shift.hand_out(pool, after, limit, oldest);
        }
        let Some(worked) = shift.finish() else { return BTreeSet::new() };
        for told in &worked.entries {
            self.entry(roster, told.ticket.id, &told.entry);
        }
        for ticket in worked.changed {
            let held = self.tickets.get_mut(&ticket.id).expect("it is there");
            held.ticket = ticket;
        }
        for (customer, agent) in worked.last_agents {
            self.last_agents.insert(customer, (agent, self.now));
        }
        self.routing = worked.routing;
        worked.unfinished
    }

    fn created(&mut self, roster: &Roster, new: &NewTicket) {
        let ticket = Ticket::created(new, roster);
        self.judge(roster, &new.receipt, new.id, &BTreeSet::new(), true);
        self.model.moved(new.id, None, &ticket.state);
        self.record.insert(new.id, (new.clone(), Vec::new()));
        self.tickets.insert(new.id, Held { ticket, contact: new.contact.clone() });
    }

    fn entry(&mut self, roster: &Roster, id: TicketId, entry: &Entry) {
        self.record.get_mut(&id).expect("it is there").1.push(entry.clone());
        if let Some(receipt) = &entry.receipt {
            let is_turn = matches!(entry.what, What::HandedOut(_));
            let passed = entry.what.moved().map(|moved| moved.to.passed.clone()).unwrap_or_default();
            self.judge(roster, receipt, id, &passed, is_turn);
        }
        if let Some(moved) = entry.what.moved() {
            self.model.moved(id, Some(&moved.from.state), &moved.to.state);
            self.model.passed.insert(id, moved.to.passed.clone());
        }
    }

    /// Checks one decision against the rules' words, by the state before it, and counts its turn.
    fn judge(
        &mut self,
        roster: &Roster,
        receipt: &Receipt,
        id: TicketId,
        passed: &BTreeSet<AgentId>,
        may_turn: bool,
    ) {
        let (Some(pool), Route::Pool) = (receipt.pool(), receipt.route) else {
            assert!(receipt.pool().is_none(), "only pools have turns");
            self.found_directly(receipt);
            return;
        };
        if roster.policy(pool) == Policy::Unassigned {
            assert_eq!(receipt.chosen, None);
            return;
        }
        let eligible = self.eligible(pool);
        let could: BTreeSet<AgentId> = eligible.difference(passed).copied().collect();
        assert_eq!(receipt.turn_before, self.model.last.get(&pool).copied(), "the turn is where it was left");
        let older = self.giveable_before(pool, id, &eligible);
        if older && may_turn {
            assert_eq!(receipt.chosen, None, "ticket {id} overtakes in {pool:?}");
            return;
        }
        assert_eq!(
            receipt.chosen,
            self.expected(roster.policy(pool), pool, &could),
            "of {could:?} in {pool:?}"
        );
        let Some(chosen) = receipt.chosen else { return };
        if !(may_turn && passed.is_empty()) {
            assert_eq!(receipt.turn_after, receipt.turn_before, "no turn moves");
            return;
        }
        assert_eq!(receipt.turn_after, Some(chosen));
        self.mask_is(receipt, roster, pool, &eligible);
        let is_queued = self.model.waiting.get(&pool).is_some_and(|waiting| !waiting.is_empty());
        if is_queued && self.settings.routing.ramp.is_some() {
            self.model.taken.entry((pool, chosen)).or_default().push(self.now);
        }
        self.model.last.insert(pool, chosen);
        self.model.turns.entry(pool).or_default().push(Turn { chosen, eligible });
    }

    fn found_directly(&self, receipt: &Receipt) {
        let chosen = receipt.chosen.expect("somebody was found");
        assert!(matches!(receipt.route, Route::Asked | Route::Rule | Route::Sticky), "{receipt:?}");
        if receipt.route != Route::Asked {
            assert!(self.is_there(chosen, Pool::Store) && self.has_room(chosen), "{receipt:?}");
        }
    }

    fn mask_is(&self, receipt: &Receipt, roster: &Roster, pool: Pool, eligible: &BTreeSet<AgentId>) {
        let members: Vec<AgentId> =
            roster.members(pool, self.now).iter().map(|(agent, _)| agent.id).collect();
        let told = receipt.eligible.as_ref().expect("a turn tells who was eligible");
        let told: BTreeSet<AgentId> = told.places().map(|place| members[place]).collect();
        assert_eq!(told, *eligible);
        let loads = eligible.iter().map(|agent| self.load(*agent));
        let spread = loads.clone().min().zip(loads.max());
        let balanced = roster.policy(pool) == Policy::Balanced;
        assert_eq!(receipt.spread, spread.filter(|_| balanced));
    }

    /// Round robin: the first eligible after the last, wrapping around. Balanced: of those with the least load the same.
    fn expected(&self, policy: Policy, pool: Pool, could: &BTreeSet<AgentId>) -> Option<AgentId> {
        let least = could.iter().map(|agent| self.load(*agent)).min()?;
        let is_least = |agent: &&AgentId| policy == Policy::RoundRobin || self.load(**agent) == least;
        let last = self.model.last.get(&pool);
        let after = could.iter().filter(is_least).find(|agent| last.is_none_or(|last| *agent > last));
        after.or_else(|| could.iter().find(is_least)).copied()
    }

    /// Whether an older ticket waits in the pool that somebody could take.
    fn giveable_before(&self, pool: Pool, id: TicketId, eligible: &BTreeSet<AgentId>) -> bool {
        let waiting = self.model.waiting.get(&pool).into_iter().flatten();
        let older = waiting.take_while(|older| **older < id);
        older.into_iter().any(|older| {
            let passed = self.model.passed.get(older).cloned().unwrap_or_default();
            eligible.difference(&passed).next().is_some()
        })
    }

    fn load(&self, agent: AgentId) -> u32 {
        u32::try_from(self.model.loads.get(&agent).copied().unwrap_or_default()).unwrap()
    }

    fn has_room(&self, agent: AgentId) -> bool {
        let limit =
            self.settings.agents.iter().find(|known| known.id == agent).and_then(|agent| agent.max_open);
        limit.is_none_or(|limit| self.load(agent) < limit)
    }

    /// Online, not on leave, and within hours that are no holiday's.
    fn is_there(&self, id: AgentId, pool: Pool) -> bool {
        let Some(agent) = self.settings.agents.iter().find(|agent| agent.id == id) else { return false };
        let on_leave = agent.leave.iter().any(|leave| leave.from() <= self.now && self.now < leave.to());
        let open = |team: &Team| {
            let holiday =
                self.settings.routing.holidays.has(TimeZone::UTC.to_datetime(self.now).date(), Some(team.id));
            !holiday && team.hours.as_ref().is_none_or(|hours| hours.contains(self.now, &TimeZone::UTC))
        };
        let mut teams = self.settings.teams.iter().filter(|team| team.members.contains(&id));
        let is_open = match pool {
            Pool::Store => teams.any(open),
            Pool::Team(of) => teams.any(|team| team.id == of && open(team)),
        };
        agent.online && !on_leave && is_open
    }

    fn is_held_back(&self, pool: Pool, agent: AgentId) -> bool {
        let Some(ramp) = self.settings.routing.ramp else { return false };
        let is_queued = self.model.waiting.get(&pool).is_some_and(|waiting| !waiting.is_empty());
        let Some(taken) = self.model.taken.get(&(pool, agent)).filter(|_| is_queued) else { return false };
        let (mut since, mut count) = (taken[0], 0);
        for at in taken {
            if at.duration_since(since) >= SignedDuration::try_from(ramp.every()).unwrap() {
                (since, count) = (*at, 0);
            }
            count += 1;
        }
        count >= ramp.per_agent()
            && self.now.duration_since(since) < SignedDuration::try_from(ramp.every()).unwrap()
    }

    pub fn eligible(&self, pool: Pool) -> BTreeSet<AgentId> {
        let ids = self.settings.agents.iter().map(|agent| agent.id);
        ids.filter(|id| self.is_there(*id, pool) && self.has_room(*id) && !self.is_held_back(pool, *id))
            .collect()
    }

    /// Nothing waits that somebody could take, and all counts are those of the tickets.
    pub fn is_handed_out(&self) {
        for held in self.tickets.values() {
            let Some(pool) = held.ticket.state.waiting() else { continue };
            if self.policy(pool) == Policy::Unassigned {
                continue;
            }
            let eligible = self.eligible(pool);
            let could: Vec<_> = eligible.difference(&held.ticket.passed).collect();
            assert!(
                could.is_empty(),
                "ticket {} waits in {pool:?} though {could:?} could take it",
                held.ticket.id
            );
        }
    }

    fn policy(&self, pool: Pool) -> Policy {
        Roster::new(self.settings.clone()).policy(pool)
    }

    fn agrees(&mut self) {
        let waiting = |state: &PoolState| usize::try_from(state.waiting).unwrap();
        for (pool, state) in &self.routing.pools {
            assert_eq!(waiting(state), self.model.waiting.get(pool).map_or(0, BTreeSet::len), "{pool:?}");
        }
        let mut counted: BTreeMap<AgentId, i64> = BTreeMap::new();
        for agent in self.tickets.values().filter_map(|held| held.ticket.state.loads()) {
            *counted.entry(agent).or_default() += 1;
        }
        self.model.loads.retain(|_, open| *open != 0);
        assert_eq!(counted, self.model.loads);
    }
}

impl Model {
    fn moved(&mut self, id: TicketId, from: Option<&State>, to: &State) {
        if let Some(agent) = from.and_then(State::loads) {
            *self.loads.entry(agent).or_default() -= 1;
        }
        if let Some(agent) = to.loads() {
            *self.loads.entry(agent).or_default() += 1;
        }
        if let Some(pool) = from.and_then(State::waiting) {
            let waiting = self.waiting.entry(pool).or_default();
            waiting.remove(&id);
            if waiting.is_empty() {
                self.taken.retain(|(of, _), _| *of != pool);
            }
        }
        if let Some(pool) = to.waiting() {
            self.waiting.entry(pool).or_default().insert(id);
        }
    }
}
