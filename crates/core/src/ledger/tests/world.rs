//! A store to which anything happens: agents come, go, are archived and have limits, tickets come, wait and are handed out.

use super::Told;
use crate::access::Role;
use crate::assign::{Assigner, Loads, Pools};
use crate::ids::{AgentId, StoreId, TeamId};
use crate::leave::Leaves;
use crate::ledger::{Given, Rosters};
use crate::receipt::{Receipt, Route};
use crate::roster::{Agent, Policy, Roster, Settings, Team};
use crate::ticket::Pool;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

const TEAM: Pool = Pool::Team(TeamId(31));

#[derive(Debug, Clone)]
pub enum Step {
    /// So many new tickets.
    Tickets(Pool, u8),
    /// So many tickets that wait are given out, as far as somebody can take them.
    HandOut(Pool, u8),
    Ask(i64),
    Online(i64, bool),
    Limit(i64, Option<u32>),
    Close(i64),
    Join(i64),
    Archive(i64),
    Balance(bool),
    NextDay,
}

pub fn step() -> impl Strategy<Value = Step> {
    let agent = 1..9_i64;
    let pool = prop::sample::select(vec![Pool::Store, TEAM]);
    prop_oneof![
        8 => (pool.clone(), 1..12_u8).prop_map(|(pool, count)| Step::Tickets(pool, count)),
        3 => (pool, 1..6_u8).prop_map(|(pool, count)| Step::HandOut(pool, count)),
        1 => agent.clone().prop_map(Step::Ask),
        2 => (agent.clone(), any::<bool>()).prop_map(|(agent, online)| Step::Online(agent, online)),
        2 => (agent.clone(), prop::option::of(1..5_u32)).prop_map(|(agent, limit)| Step::Limit(agent, limit)),
        3 => agent.clone().prop_map(Step::Close),
        1 => agent.clone().prop_map(Step::Join),
        1 => agent.prop_map(Step::Archive),
        1 => prop::bool::weighted(0.3).prop_map(Step::Balance),
        1 => Just(Step::NextDay),
    ]
}

pub struct World {
    /// Online, and the limit.
    agents: BTreeMap<AgentId, (bool, Option<u32>)>,
    loads: Loads,
    pools: Pools,
    policy: Policy,
    version: i64,
    day: Date,
    event: i64,
    /// What was given, in its order.
    pub told: Vec<Told>,
    /// As the store's history of people would have them.
    pub rosters: Rosters,
}

impl World {
    pub fn after(steps: &[Step]) -> Self {
        let mut world = Self {
            agents: (1..6).map(|id| (AgentId(id), (true, None))).collect(),
            loads: Loads::new(),
            pools: Pools::new(),
            policy: Policy::RoundRobin,
            version: 1,
            day: date(2026, 11, 25),
            event: 0,
            told: Vec::new(),
            rosters: Rosters::new(),
        };
        world.remember();
        for step in steps {
            world.run(step);
        }
        world
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Tickets(pool, count) => (0..*count).for_each(|_| self.ticket(*pool)),
            Step::HandOut(pool, count) => (0..*count).for_each(|_| self.hand_out(*pool)),
            Step::Ask(id) => self.ask(AgentId(*id)),
            Step::Online(id, online) => self.change(|agents| {
                agents.entry(AgentId(*id)).and_modify(|agent| agent.0 = *online);
            }),
            Step::Limit(id, limit) => self.change(|agents| {
                agents.entry(AgentId(*id)).and_modify(|agent| agent.1 = *limit);
            }),
            Step::Close(id) => {
                self.loads.entry(AgentId(*id)).and_modify(|open| *open = open.saturating_sub(1));
            }
            Step::Join(id) => self.change(|agents| {
                agents.entry(AgentId(*id)).or_insert((true, None));
            }),
            Step::Archive(id) => self.change(|agents| {
                agents.remove(&AgentId(*id));
            }),
            Step::Balance(is_balanced) => {
                self.policy = if *is_balanced { Policy::Balanced } else { Policy::RoundRobin };
                self.change(|_| {});
            }
            Step::NextDay => self.day = self.day.tomorrow().unwrap(),
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut BTreeMap<AgentId, (bool, Option<u32>)>)) {
        change(&mut self.agents);
        self.version += 1;
        self.remember();
    }

    fn remember(&mut self) {
        let members =
            |pool| self.agents.keys().copied().filter(move |id| pool == Pool::Store || id.0 % 2 == 1);
        let of = [Pool::Store, TEAM].map(|pool| ((pool, self.version), members(pool).collect()));
        self.rosters.extend(of);
    }

    fn roster(&self) -> Roster {
        let agents = self.agents.iter().map(|(id, (online, max_open))| Agent {
            id: *id,
            name: format!("Agent {id}").into(),
            email_key: format!("agent{id}@shop.example").into(),
            role: Role::Agent,
            online: *online,
            max_open: *max_open,
            leave: Leaves::default(),
        });
        let odd = self.agents.keys().copied().filter(|id| id.0 % 2 == 1).collect();
        let team = Team { id: TeamId(31), name: "Odd".into(), policy: None, hours: None, members: odd };
        Roster::new(Settings {
            store: StoreId::new("s").unwrap(),
            version: self.version,
            timezone: TimeZone::UTC,
            policy: self.policy,
            dedupe_window: Duration::ZERO,
            agents: agents.collect(),
            teams: vec![team],
            labels: HashSet::new(),
            brand_addresses: HashSet::new(),
            routing: crate::roster::Routing::default(),
            rules: Vec::new(),
            desk: crate::life::Settings::default(),
        })
    }

    /// Lets the engine decide and act; what it tells is its receipt.
    fn decided<'r>(&mut self, roster: &'r Roster, act: impl FnOnce(&mut Assigner<'r>) -> Option<Receipt>) {
        let (pools, loads) = (self.pools.clone(), self.loads.clone());
        let mut assigner = Assigner::new(roster, pools, loads, Timestamp::UNIX_EPOCH);
        let receipt = act(&mut assigner);
        self.loads = assigner.loads().clone();
        self.pools = assigner.into_pools();
        let Some(receipt) = receipt else { return };
        self.event += 1;
        let stored: Receipt = serde_json::from_str(&receipt.stored()).unwrap();
        let told = |given| Told { event: self.event, day: self.day, given };
        self.told.extend(Given::created(&stored).map(told));
    }

    fn ticket(&mut self, pool: Pool) {
        self.decided(&self.roster(), |assigner| {
            let decision = assigner.decide(pool);
            assigner.take(&decision);
            Some(decision.receipt)
        });
    }

    fn hand_out(&mut self, pool: Pool) {
        if self.pools.get(&pool).is_none_or(|state| state.waiting == 0) {
            return;
        }
        self.decided(&self.roster(), |assigner| {
            let decision = assigner.decide_waiting(pool, &BTreeSet::new());
            let agent = decision.agent?;
            assigner.add_load(agent, 1);
            assigner.take_turn(pool, agent);
            assigner.add_waiting(pool, -1);
            Some(decision.receipt)
        });
    }

    fn ask(&mut self, id: AgentId) {
        let roster = self.roster();
        if roster.agent(id).is_none() {
            return;
        }
        self.decided(&roster, |assigner| {
            let decision = assigner.direct(Route::Asked, id);
            assigner.take(&decision);
            Some(decision.receipt)
        });
    }
}
