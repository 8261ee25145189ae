//! The contract's fairness bound, against a model that is slow and obvious.

use super::*;
use crate::access::Role;
use crate::ids::StoreId;
use crate::leave::Leaves;
use crate::receipt::Reason;
use crate::roster::{Agent, Settings, Team};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

const TEAM: TeamId = TeamId(31);

#[derive(Debug, Clone)]
enum Step {
    /// So many new tickets in one batch.
    Tickets(Pool, u8),
    Ask(i64),
    Online(i64, bool),
    Limit(i64, Option<u32>),
    Close(i64),
    Join(i64),
    Archive(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let agent = 1..9_i64;
    prop_oneof![
        6 => (prop::sample::select(vec![Pool::Store, Pool::Team(TEAM)]), 1..12_u8).prop_map(|(p, n)| Step::Tickets(p, n)),
        1 => agent.clone().prop_map(Step::Ask),
        2 => (agent.clone(), any::<bool>()).prop_map(|(a, on)| Step::Online(a, on)),
        1 => (agent.clone(), prop::option::of(1..5_u32)).prop_map(|(a, l)| Step::Limit(a, l)),
        2 => agent.clone().prop_map(Step::Close),
        1 => agent.clone().prop_map(Step::Join),
        1 => agent.prop_map(Step::Archive),
    ]
}

/// Online, and the limit.
type Availability = (bool, Option<u32>);

/// The store as the tests keep it, and every turn with who was eligible at that moment.
#[derive(Default)]
struct World {
    agents: BTreeMap<AgentId, Availability>,
    loads: Loads,
    pools: Pools,
    turns: BTreeMap<Pool, Vec<Turn>>,
}

struct Turn {
    chosen: AgentId,
    eligible: BTreeSet<AgentId>,
}

impl World {
    fn new() -> Self {
        let agents = (1..6).map(|id| (AgentId(id), (true, None))).collect();
        Self { agents, ..Self::default() }
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
        let team = Team { id: TEAM, name: "Odd".into(), policy: None, hours: None, members: odd };
        Roster::new(Settings {
            store: StoreId::new("s").unwrap(),
            version: 1,
            timezone: TimeZone::UTC,
            policy: Policy::RoundRobin,
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

    fn eligible(&self, pool: Pool) -> BTreeSet<AgentId> {
        let member = |id: &AgentId| pool == Pool::Store || id.0 % 2 == 1;
        let free = |id: &AgentId, limit: &Option<u32>| {
            limit.is_none_or(|limit| self.loads.get(id).copied().unwrap_or_default() < limit)
        };
        let agents = self.agents.iter();
        agents.filter(|(id, (on, limit))| *on && member(id) && free(id, limit)).map(|(id, _)| *id).collect()
    }

    /// The contract's words: the first eligible agent after the last one assigned, wrapping around.
    fn expected(&self, pool: Pool) -> Option<AgentId> {
        let eligible = self.eligible(pool);
        let last = self.pools.get(&pool).and_then(|state| state.last);
        let after = eligible.iter().find(|id| last.is_none_or(|last| **id > last));
        after.or(eligible.first()).copied()
    }

    fn run(&mut self, step: &Step) {
        let entry =
            |agents: &mut BTreeMap<AgentId, Availability>, id: i64, change: &dyn Fn(&mut Availability)| {
                if let Some(agent) = agents.get_mut(&AgentId(id)) {
                    change(agent);
                }
            };
        match step {
            Step::Tickets(pool, count) => self.tickets(*pool, *count),
            Step::Ask(id) => self.ask(AgentId(*id)),
            Step::Online(id, on) => entry(&mut self.agents, *id, &|agent| agent.0 = *on),
            Step::Limit(id, limit) => entry(&mut self.agents, *id, &|agent| agent.1 = *limit),
            Step::Close(id) => {
                self.loads.entry(AgentId(*id)).and_modify(|open| *open = open.saturating_sub(1));
            }
            Step::Join(id) => {
                self.agents.entry(AgentId(*id)).or_insert((true, None));
            }
            Step::Archive(id) => {
                self.agents.remove(&AgentId(*id));
            }
        }
    }

    fn tickets(&mut self, pool: Pool, count: u8) {
        let roster = self.roster();
        let now = Timestamp::UNIX_EPOCH;
        let mut assigner = Assigner::new(&roster, self.pools.clone(), self.loads.clone(), now);
        for _ in 0..count {
            let decision = assigner.decide(pool);
            assert_eq!(decision.agent, self.expected(pool));
            assert_eq!(decision.waiting.is_some(), decision.agent.is_none());
            check_receipt(&decision, self);
            assigner.take(&decision);
            if let Some(chosen) = decision.agent {
                let eligible = self.eligible(pool);
                self.turns.entry(pool).or_default().push(Turn { chosen, eligible });
                *self.loads.entry(chosen).or_default() += 1;
            }
            let state = self.pools.entry(pool).or_default();
            state.last = decision.agent.or(state.last);
            state.waiting += u64::from(decision.agent.is_none());
        }
        assert_eq!(assigner.into_pools(), self.pools);
    }

    fn ask(&mut self, id: AgentId) {
        let roster = self.roster();
        let Some(agent) = roster.agent(id) else { return };
        let mut assigner =
            Assigner::new(&roster, self.pools.clone(), self.loads.clone(), Timestamp::UNIX_EPOCH);
        let decision = assigner.direct(Route::Asked, agent.id);
        assigner.take(&decision);
        assert_eq!(decision.agent, Some(id), "the caller insisted");
        assert_eq!(assigner.into_pools(), self.pools, "explicit assignments do not move the pool's turn");
        *self.loads.entry(id).or_default() += 1;
    }
}

fn check_receipt(decision: &Decision, world: &World) {
    let receipt = &decision.receipt;
    let listed = u32::try_from(receipt.seats.len()).unwrap();
    assert_eq!(listed + receipt.others.values().sum::<u32>(), receipt.considered);
    assert_eq!(
        receipt.seats.last().filter(|seat| seat.reason == Reason::Chosen).map(|s| s.agent),
        decision.agent
    );
    for seat in receipt.seats.iter().filter(|seat| seat.reason != Reason::Chosen) {
        let (online, _) = world.agents[&seat.agent];
        assert_eq!(seat.reason, if online { Reason::AtLimit } else { Reason::Offline });
    }
    assert!(receipt.stored().len() <= crate::receipt::MAX_STORED);
    assert_eq!(serde_json::from_str::<Receipt>(&receipt.stored()).unwrap(), *receipt);
}

/// Contract 1, fairness bound, word for word.
fn check_fairness(turns: &[Turn]) {
    for (begin, first) in turns.iter().enumerate() {
        let later = turns[begin + 1..].iter().position(|turn| turn.chosen == first.chosen);
        let Some(end) = later.map(|offset| begin + 1 + offset) else { continue };
        let span = &turns[begin..=end];
        if !span.iter().all(|turn| turn.eligible.contains(&first.chosen)) {
            continue;
        }
        let everybody: BTreeSet<AgentId> =
            span.iter().flat_map(|turn| turn.eligible.iter().copied()).collect();
        for other in everybody.into_iter().filter(|id| *id != first.chosen) {
            let got = span.iter().filter(|turn| turn.chosen == other).count();
            let throughout = span.iter().all(|turn| turn.eligible.contains(&other));
            assert!(got <= 1, "{other} got {got} turns within one round of {}", first.chosen);
            assert!(!throughout || got == 1, "{other} was left out of a round of {}", first.chosen);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn round_robin_is_what_the_contract_says_under_any_sequence(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        for step in &steps {
            world.run(step);
        }
        for turns in world.turns.values() {
            check_fairness(turns);
        }
    }

    #[test]
    fn a_decision_depends_on_nothing_but_its_inputs(steps in prop::collection::vec(step(), 1..30)) {
        let mut world = World::new();
        for step in &steps {
            world.run(step);
        }
        let roster = world.roster();
        let decide = || {
            let (pools, loads) = (world.pools.clone(), world.loads.clone());
            Assigner::new(&roster, pools, loads, Timestamp::UNIX_EPOCH).decide(Pool::Store).receipt
        };
        prop_assert_eq!(decide(), decide());
    }
}

#[test]
fn a_receipt_of_a_large_pool_stays_within_its_bounds() {
    let mut world = World::new();
    world.agents = (1..500).map(|n| (AgentId(i64::MAX - n), (false, Some(u32::MAX)))).collect();
    let roster = world.roster();
    let mut assigner = Assigner::new(&roster, Pools::new(), Loads::new(), Timestamp::UNIX_EPOCH);
    let receipt = assigner.decide(Pool::Store).receipt;
    let stored: Receipt = serde_json::from_str(&receipt.stored()).unwrap();
    assert!(receipt.stored().len() <= crate::receipt::MAX_STORED);
    assert!(stored.seats.len() <= crate::receipt::MAX_SEATS && stored.seats.len() > 8);
    assert_eq!(stored.others[&Reason::Offline], 499 - u32::try_from(stored.seats.len()).unwrap());
    assert_eq!(stored.outcome, Outcome::Waiting);
}

#[test]
fn hours_decide_in_the_stores_pool_only_when_all_an_agents_teams_have_them() {
    let hours = |text: &str| Some(serde_json::from_str(text).unwrap());
    let team = |id, members: &[i64], hours| Team {
        id: TeamId(id),
        name: format!("Team {id}").into(),
        policy: None,
        hours,
        members: members.iter().copied().map(AgentId).collect(),
    };
    let mut settings = settings_of(&[1, 2, 3, 4]);
    settings.teams = vec![
        team(1, &[1, 2, 3], hours(r#"{"mon":["09:00-10:00"]}"#)),
        team(2, &[2], hours(r#"{"mon":["11:00-12:00"]}"#)),
        team(3, &[3], None),
    ];
    let roster = Roster::new(settings);
    let turns = |clock: &str, pool: Pool| -> Vec<i64> {
        let now = format!("2026-11-23T{clock}:00Z").parse().unwrap();
        let mut assigner = Assigner::new(&roster, Pools::new(), Loads::new(), now);
        let turn = |_| {
            let decision = assigner.decide(pool);
            assigner.take(&decision);
            decision.agent.map_or(0, |agent| agent.0)
        };
        (0..4).map(turn).collect()
    };
    assert_eq!(turns("09:30", Pool::Store), [1, 2, 3, 4]);
    assert_eq!(turns("11:30", Pool::Store), [2, 3, 4, 2]);
    assert_eq!(turns("13:00", Pool::Store), [3, 4, 3, 4]);
    assert_eq!(turns("13:00", Pool::Team(TeamId(1))), [0, 0, 0, 0]);
}

fn settings_of(agents: &[i64]) -> Settings {
    Settings {
        store: StoreId::new("s").unwrap(),
        version: 1,
        timezone: TimeZone::UTC,
        policy: Policy::RoundRobin,
        dedupe_window: Duration::ZERO,
        agents: agents
            .iter()
            .map(|id| Agent {
                id: AgentId(*id),
                name: format!("Agent {id}").into(),
                email_key: format!("agent{id}@shop.example").into(),
                role: Role::Agent,
                online: true,
                max_open: None,
                leave: Leaves::default(),
            })
            .collect(),
        teams: Vec::new(),
        labels: HashSet::new(),
        brand_addresses: HashSet::new(),
        routing: crate::roster::Routing::default(),
        rules: Vec::new(),
        desk: crate::life::Settings::default(),
    }
}

#[test]
fn once_a_queue_is_empty_everybody_whom_its_ramp_held_back_is_eligible_again() {
    let mut settings = settings_of(&[1, 2]);
    settings.routing.ramp = Some(ramp::Ramp::new(1, Duration::from_secs(60)).unwrap());
    let roster = Roster::new(settings);
    let mut assigner = Assigner::new(&roster, Pools::new(), Loads::new(), Timestamp::UNIX_EPOCH);
    assigner.add_waiting(Pool::Store, 2);
    let eligible = |assigner: &mut Assigner<'_>| {
        let decision = assigner.decide_waiting(Pool::Store, &BTreeSet::new());
        assigner.take_turn(Pool::Store, decision.agent.unwrap());
        assigner.add_waiting(Pool::Store, -1);
        decision.receipt.eligible.unwrap().places().collect::<Vec<_>>()
    };
    assert_eq!(eligible(&mut assigner), [0, 1]);
    assert_eq!(eligible(&mut assigner), [1], "the first has had one");
    assert_eq!(eligible(&mut assigner), [0, 1], "nothing waits any more");
}

#[test]
fn an_assigner_that_goes_on_in_time_lets_go_of_whom_the_ramp_held_back() {
    let mut settings = settings_of(&[1]);
    settings.routing.ramp = Some(ramp::Ramp::new(1, Duration::from_secs(60)).unwrap());
    let roster = Roster::new(settings);
    let mut assigner = Assigner::new(&roster, Pools::new(), Loads::new(), Timestamp::UNIX_EPOCH);
    assigner.add_waiting(Pool::Store, 2);
    assert!(assigner.has_taker(Pool::Store));
    assigner.take_turn(Pool::Store, AgentId(1));
    let taker = [0, 59, 60].map(|second| {
        assigner.advance(Timestamp::from_second(second).unwrap());
        assigner.has_taker(Pool::Store)
    });
    assert_eq!(taker, [false, false, true]);
}
