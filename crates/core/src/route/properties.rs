//! What holds of routing under any sequence of tickets, commands, comings and goings, and changes of settings.

use super::model::{EVEN, ODD, POOLS, Store, Turn};
use crate::access::{Actor, Role};
use crate::assign::ramp::Ramp;
use crate::ids::{AgentId, TicketId};
use crate::life::{Command, Expected, Order};
use crate::request::Target;
use crate::roster::Policy;
use crate::text::Grounds;
use crate::ticket::Pool;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::time::Duration;

#[derive(Debug, Clone)]
enum Step {
    /// New tickets in one batch: whom they ask for, what they say, whose they are.
    Post(Vec<(Asked, &'static str, u8)>),
    Online(i64, bool),
    Limit(i64, Option<u32>),
    Leave(i64, i64),
    Holiday(bool),
    Hours(bool),
    Ramp(Option<u32>),
    Sticky(bool),
    Rules(bool),
    Policy(Pool, Policy),
    Close(i64),
    Pass(i64),
    Claim(i64, i64),
    GiveOn(i64),
    Wait(i64),
}

#[derive(Debug, Clone, Copy)]
enum Asked {
    All,
    Team(bool),
    Agent(i64),
}

fn asked() -> impl Strategy<Value = Asked> {
    prop_oneof![4 => Just(Asked::All), 3 => any::<bool>().prop_map(Asked::Team), 1 => (1..=6_i64).prop_map(Asked::Agent)]
}

fn step() -> impl Strategy<Value = Step> {
    let agent = || 1..=6_i64;
    let ticket = || 1..=40_i64;
    let title = prop::sample::select(vec!["order", "refund please", "vip"]);
    let post = prop::collection::vec((asked(), title, 0..4_u8), 1..8);
    let policy = prop::sample::select(vec![Policy::RoundRobin, Policy::Balanced, Policy::Unassigned]);
    prop_oneof![
        8 => post.prop_map(Step::Post),
        5 => (agent(), any::<bool>()).prop_map(|(id, on)| Step::Online(id, on)),
        2 => (agent(), prop::option::of(1..4_u32)).prop_map(|(id, limit)| Step::Limit(id, limit)),
        1 => (agent(), 1..90_i64).prop_map(|(id, minutes)| Step::Leave(id, minutes)),
        1 => any::<bool>().prop_map(Step::Holiday),
        1 => any::<bool>().prop_map(Step::Hours),
        2 => prop::option::of(1..4_u32).prop_map(Step::Ramp),
        1 => any::<bool>().prop_map(Step::Sticky),
        1 => any::<bool>().prop_map(Step::Rules),
        1 => (prop::sample::select(POOLS.to_vec()), policy).prop_map(|(pool, policy)| Step::Policy(pool, policy)),
        4 => ticket().prop_map(Step::Close),
        2 => ticket().prop_map(Step::Pass),
        1 => (agent(), ticket()).prop_map(|(agent, ticket)| Step::Claim(agent, ticket)),
        1 => agent().prop_map(Step::GiveOn),
        4 => prop::sample::select(vec![1, 20, 60, 3600, 30_000]).prop_map(Step::Wait),
    ]
}

const HOURS: &str = r#"{"mon":["09:00-17:00"],"tue":["09:00-17:00"],"wed":["00:00-24:00"]}"#;
const RULES: &str = r#"[
    {"id": 1, "name": "Vip", "when": {"customerTags": ["vip"]}, "then": {"agentId": 2}},
    {"id": 2, "name": "Refunds", "when": {"words": ["refund"]}, "then": {"teamId": 31, "priority": "high"}}
]"#;

fn run(store: &mut Store, step: &Step) {
    match step {
        Step::Post(asked) => {
            let target = |asked: &Asked| match asked {
                Asked::All => Target::AllAgents,
                Asked::Team(odd) => Target::Team(if *odd { ODD } else { EVEN }),
                Asked::Agent(id) => Target::Agent(format!("agent{id}@shop.example").into()),
            };
            let asked: Vec<_> =
                asked.iter().map(|(asked, title, customer)| (target(asked), *title, *customer)).collect();
            store.post(&asked);
        }
        Step::Online(id, on) => store.agent(*id, |agent| agent.online = *on),
        Step::Limit(id, limit) => store.agent(*id, |agent| agent.max_open = *limit),
        Step::Leave(id, minutes) => store.leave(*id, *minutes),
        Step::Holiday(true) => store.holiday_today(),
        Step::Holiday(false) => store.set(|settings| settings.routing.holidays = Default::default()),
        Step::Hours(on) => {
            let hours = on.then(|| serde_json::from_str(HOURS).unwrap());
            store.set(|settings| settings.teams[0].hours = hours);
        }
        Step::Ramp(per_agent) => {
            let ramp = per_agent.map(|most| Ramp::new(most, Duration::from_secs(60)).unwrap());
            store.set(|settings| settings.routing.ramp = ramp);
        }
        Step::Sticky(on) => {
            store.set(|settings| settings.routing.sticky = on.then_some(Duration::from_secs(3600)))
        }
        Step::Rules(on) => {
            let rules = if *on { serde_json::from_str(RULES).unwrap() } else { Vec::new() };
            store.set(|settings| settings.rules = rules);
        }
        Step::Policy(Pool::Store, policy) => store.set(|settings| settings.policy = *policy),
        Step::Policy(Pool::Team(team), policy) => store.set(|settings| {
            let team = settings.teams.iter_mut().find(|known| known.id == *team);
            team.expect("both teams are there").policy = Some(*policy);
        }),
        Step::Close(id) => work(store, &Actor::Clock, *id, Command::Close { expected: Expected::Anybody }),
        Step::Pass(id) => {
            let grounds = Grounds::new("not mine").unwrap();
            work(store, &Actor::Clock, *id, Command::Pass { grounds, expected: Expected::Anybody });
        }
        Step::Claim(agent, id) => {
            let by = Actor::Agent { id: AgentId(*agent), role: Role::Admin };
            work(store, &by, *id, Command::Claim);
        }
        Step::GiveOn(agent) => {
            let of = |held: &&crate::life::Held| held.ticket.state.loads() == Some(AgentId(*agent));
            let first = store.tickets.values().find(of).map(|held| held.ticket.id.0);
            if let Some(id) = first {
                work(store, &Actor::Clock, id, Command::GiveOn);
            }
        }
        Step::Wait(seconds) => store.wait(*seconds),
    }
}

fn work(store: &mut Store, by: &Actor, id: i64, command: Command) {
    if store.tickets.contains_key(&TicketId(id)) {
        store.work(by, Order { ticket: TicketId(id), command });
    }
}

/// Contract 1, fairness bound: between two turns of an agent that stayed eligible, everybody else who did got exactly one,
/// and everybody else at most one.
fn is_fair(turns: &[Turn]) {
    for (begin, first) in turns.iter().enumerate() {
        let later = turns[begin + 1..].iter().position(|turn| turn.chosen == first.chosen);
        let Some(end) = later.map(|offset| begin + 1 + offset) else { continue };
        let round = &turns[begin..=end];
        if !round.iter().all(|turn| turn.eligible.contains(&first.chosen)) {
            continue;
        }
        let everybody: BTreeSet<AgentId> =
            round.iter().flat_map(|turn| turn.eligible.iter().copied()).collect();
        for other in everybody.into_iter().filter(|id| *id != first.chosen) {
            let got = round.iter().filter(|turn| turn.chosen == other).count();
            let throughout = round.iter().all(|turn| turn.eligible.contains(&other));
            assert!(got <= 1, "{other} got {got} turns within one round of {}", first.chosen);
            assert!(!throughout || got == 1, "{other} was left out of a round of {}", first.chosen);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_decision_is_what_the_rules_say_and_nothing_waits_for_nothing(steps in prop::collection::vec(step(), 1..60)) {
        let mut store = Store::new();
        for step in &steps {
            run(&mut store, step);
            if !matches!(step, Step::Holiday(true)) {
                store.is_handed_out();
            }
        }
    }

    #[test]
    fn turns_are_fair_while_nobody_changes_the_policy(steps in prop::collection::vec(step(), 1..80)) {
        let mut store = Store::new();
        for step in steps.iter().filter(|step| !matches!(step, Step::Policy(..))) {
            run(&mut store, step);
        }
        for turns in store.model.turns.values() {
            is_fair(turns);
        }
    }
}
