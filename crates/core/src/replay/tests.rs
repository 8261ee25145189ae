//! The replay against what the desk itself did, and against what no draft may change.

use super::run::{Placed, told};
use super::*;
use crate::access::Actor;
use crate::assign::ramp::Ramp;
use crate::ids::TicketId;
use crate::life::{Command, Expected, Order};
use crate::request::Target;
use crate::roster::{Policy, Roster};
use crate::route::model::{EVEN, ODD, Store};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::Duration;

/// How a store is set, all the time.
#[derive(Debug, Clone)]
struct Set {
    policy: Policy,
    of_team: Option<Policy>,
    limits: Vec<Option<u32>>,
    hours: bool,
    sticky: bool,
    rules: bool,
    /// With it, time passes by seconds.
    ramp: Option<u32>,
    leave: Option<i64>,
}

/// What happens, each at a time of its own.
#[derive(Debug, Clone)]
enum Step {
    Post(Asked, &'static str, u8),
    Online(i64, bool),
    /// Of those that somebody has.
    Close(usize),
    Wait(i64),
}

#[derive(Debug, Clone, Copy)]
enum Asked {
    All,
    Team(bool),
    Agent(i64),
}

const HOURS: &str = r#"{"mon":["08:10-08:30","09:00-17:00"]}"#;
const RULES: &str = r#"[
    {"id": 1, "name": "Vip", "when": {"customerTags": ["vip"]}, "then": {"agentId": 2}},
    {"id": 2, "name": "Refunds", "when": {"words": ["refund"]}, "then": {"teamId": 31, "priority": "high"}},
    {"id": 3, "name": "Early", "when": {"hours": {"mon": ["00:00-08:20"]}}, "then": {"agentId": 5}}
]"#;

fn set() -> impl Strategy<Value = Set> {
    let policy = || prop::sample::select(vec![Policy::RoundRobin, Policy::Balanced, Policy::Unassigned]);
    let turns = prop::sample::select(vec![Policy::RoundRobin, Policy::RoundRobin, Policy::Balanced]);
    let limits = prop::collection::vec(prop::option::of(1..4_u32), 6);
    let ramp = prop::option::weighted(0.3, 1..3_u32);
    let leave = prop::option::of(1..40_i64);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (turns, prop::option::of(policy()), limits, flags, ramp, leave).prop_map(
        |(policy, of_team, limits, (hours, sticky, rules), ramp, leave)| Set {
            policy,
            of_team,
            limits,
            hours,
            sticky,
            rules,
            ramp,
            leave,
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let agent = || 1..=6_i64;
    let asked = prop_oneof![
        5 => Just(Asked::All),
        2 => any::<bool>().prop_map(Asked::Team),
        1 => agent().prop_map(Asked::Agent),
    ];
    let title = prop::sample::select(vec!["order", "refund please", "thanks"]);
    let step = prop_oneof![
        8 => (asked, title, 0..4_u8).prop_map(|(asked, title, customer)| Step::Post(asked, title, customer)),
        4 => (agent(), any::<bool>()).prop_map(|(id, on)| Step::Online(id, on)),
        4 => any::<usize>().prop_map(Step::Close),
        2 => prop::sample::select(vec![10, 60, 600, 3600]).prop_map(Step::Wait),
    ];
    prop::collection::vec(step, 1..60)
}

impl Set {
    fn put(&self, store: &mut Store) {
        let settings = &mut store.settings;
        settings.policy = self.policy;
        settings.teams[1].policy = self.of_team;
        for (agent, limit) in settings.agents.iter_mut().zip(&self.limits) {
            agent.max_open = *limit;
        }
        settings.teams[0].hours = self.hours.then(|| serde_json::from_str(HOURS).unwrap());
        settings.routing.sticky = self.sticky.then_some(Duration::from_secs(600));
        settings.routing.ramp = self.ramp.map(|most| Ramp::new(most, Duration::from_secs(45)).unwrap());
        settings.rules = if self.rules { serde_json::from_str(RULES).unwrap() } else { Vec::new() };
        if let Some(minutes) = self.leave {
            store.leave(3, minutes);
        }
    }
}

/// A store that goes by its settings, and who was there when.
struct World {
    store: Store,
    shifts: Vec<Shift>,
    from: Timestamp,
}

impl World {
    fn new(set: &Set) -> Self {
        let mut store = Store::new();
        set.put(&mut store);
        let from = store.now;
        let shifts = (1..=6).map(|id| Shift { agent: AgentId(id), at: from, online: true }).collect();
        Self { store, shifts, from }
    }

    fn run(&mut self, step: &Step) {
        self.pass(1);
        match step {
            Step::Post(asked, title, customer) => {
                let target = match asked {
                    Asked::All => Target::AllAgents,
                    Asked::Team(odd) => Target::Team(if *odd { ODD } else { EVEN }),
                    Asked::Agent(id) => Target::Agent(format!("agent{id}@shop.example").into()),
                };
                self.store.post(&[(target, title, *customer)]);
            }
            Step::Online(id, online) => {
                self.shifts.push(Shift { agent: AgentId(*id), at: self.store.now, online: *online });
                self.store.agent(*id, |agent| agent.online = *online);
            }
            Step::Close(one) => {
                let owned = self.store.tickets.values().filter(|held| held.ticket.state.loads().is_some());
                let owned: Vec<TicketId> = owned.map(|held| held.ticket.id).collect();
                if !owned.is_empty() {
                    let ticket = owned[one % owned.len()];
                    let command = Command::Close { expected: Expected::Anybody };
                    self.store.work(&Actor::Clock, Order { ticket, command });
                }
            }
            Step::Wait(seconds) => self.pass(*seconds),
        }
    }

    /// Time passes in such steps that the clock hands out when somebody comes, as it does every second.
    fn pass(&mut self, seconds: i64) {
        if self.store.settings.routing.ramp.is_some() {
            for _ in 0..seconds.min(90) {
                self.store.wait(1);
            }
            return;
        }
        let end = self.store.now + SignedDuration::from_secs(seconds);
        while self.store.now < end {
            let minute = 60 - self.store.now.as_second().rem_euclid(60);
            self.store.wait(minute.min(end.as_second() - self.store.now.as_second()));
        }
    }

    /// What storage would read.
    fn past(&self, before: &Roster, after: &Roster) -> Past {
        let mut reader = Reader::new(self.from, self.store.now + SignedDuration::from_secs(1), before, after);
        for (new, entries) in self.store.record.values() {
            let creation = Creation::from_stored(&new.receipt.stored()).unwrap();
            let mut life = Life::new(new.created_at, &creation);
            for entry in entries {
                life.heed(entry.sequence, entry.at, &entry.what);
            }
            let tags = self.store.tags.get(&new.customer).cloned().unwrap_or_default();
            let said = Said { contact: new.contact.clone(), labels: Vec::new(), context: None, tags };
            reader.read(Recorded {
                at: new.created_at,
                creation,
                linked: false,
                life,
                customer: Some(new.customer.clone()),
                subject: Some(said),
            });
        }
        reader.finish(self.shifts.clone())
    }

    /// Who had each ticket first, and since when.
    fn first(&self) -> BTreeMap<usize, (Timestamp, Placed)> {
        let mut first = BTreeMap::new();
        for (index, (new, entries)) in self.store.record.values().enumerate() {
            let moves =
                entries.iter().filter_map(|entry| Some((entry.at, entry.what.moved()?.to.state.loads()?)));
            let own = new.agent.map(|agent| (new.created_at, agent));
            let of = own.into_iter().chain(moves).next();
            let placed = of.map_or_else(
                || (new.created_at, waiting(new.waiting, new.receipt.pool())),
                |(at, agent)| (at, Placed::With(agent)),
            );
            first.insert(index, placed);
        }
        first
    }
}

fn waiting(waiting: Option<Pool>, pool: Option<Pool>) -> Placed {
    match waiting {
        Some(pool) => Placed::Waiting(pool),
        None => Placed::Unclaimed(pool.unwrap()),
    }
}

/// Where each arrival came to last, and how often it was told of.
fn replayed(roster: Roster, past: &Past, side: Side) -> (Figures, BTreeMap<usize, Vec<(Timestamp, Placed)>>) {
    let mut seen: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    let figures = told(roster, past, side, &mut |_| ControlFlow::Continue(()), &mut |index, at, placed| {
        seen.entry(index).or_default().push((at, placed));
    });
    (figures.expect("it goes on"), seen)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn by_the_settings_of_the_time_a_replay_gives_what_the_desk_gave(set in set(), steps in steps()) {
        let mut world = World::new(&set);
        for step in &steps {
            world.run(step);
        }
        let roster = || Roster::new(world.store.settings.clone());
        let past = world.past(&roster(), &roster());
        let (figures, seen) = replayed(roster(), &past, Side::Before);
        let last = seen.into_iter().map(|(index, placed)| (index, *placed.last().unwrap()));
        prop_assert_eq!(last.collect::<BTreeMap<_, _>>(), world.first());
        prop_assert_eq!(figures.waiting, past.recorded.waiting);
        prop_assert_eq!(figures.overflow, past.recorded.overflow);
        prop_assert_eq!(&figures.pools, &past.recorded.pools);
        prop_assert_eq!(figures.ways, past.recorded.ways);
        let received = |figures: &Figures| {
            let some = figures.agents.iter().filter(|agent| agent.received > 0);
            some.map(|agent| (agent.agent_id, agent.received)).collect::<Vec<_>>()
        };
        prop_assert_eq!(received(&figures), received(&past.recorded));
        let open: f64 = figures.agents.iter().filter_map(|agent| agent.mean_open).sum();
        prop_assert!(open <= world.store.record.len() as f64);
    }

    #[test]
    fn a_draft_that_changes_nothing_gives_the_same(set in set(), steps in steps()) {
        let mut world = World::new(&set);
        for step in &steps {
            world.run(step);
        }
        let roster = || Roster::new(world.store.settings.clone());
        let past = world.past(&roster(), &roster());
        let run = |side| run(roster(), &past, side, |_| ControlFlow::Continue(())).unwrap();
        prop_assert_eq!(run(Side::Before), run(Side::After));
    }

    #[test]
    fn whatever_the_draft_every_arrival_is_received_waits_or_is_unclaimed_once(
        set in set(),
        draft in set(),
        steps in steps(),
    ) {
        let mut world = World::new(&set);
        for step in &steps {
            world.run(step);
        }
        let before = Roster::new(world.store.settings.clone());
        let mut drafted = Store::new();
        draft.put(&mut drafted);
        drafted.settings.teams.truncate(1);
        drafted.settings.agents.pop();
        let after = || Roster::new(drafted.settings.clone());
        let past = world.past(&before, &after());
        let (figures, seen) = replayed(after(), &past, Side::After);
        let arrivals = world.store.record.len();
        prop_assert_eq!(seen.len(), arrivals);
        for placed in seen.values() {
            let told: Vec<_> = placed.iter().map(|(_, placed)| *placed).collect();
            prop_assert!(
                matches!(told[..], [_] | [Placed::Waiting(_), Placed::With(_)]),
                "{:?}", told
            );
        }
        let received: u64 = figures.agents.iter().map(|agent| agent.received).sum();
        let Overflow { never_given_out, unclaimed } = figures.overflow;
        prop_assert_eq!(received + never_given_out + unclaimed, arrivals as u64);
        let Ways { asked, rule, sticky, pool } = figures.ways;
        prop_assert_eq!(asked + rule + sticky + pool, arrivals as u64);
    }
}

#[test]
fn presence_changes_at_the_moments_that_are_told_and_at_no_others() {
    let mut settings = Store::new().settings;
    settings.timezone = TimeZone::get("Europe/Berlin").unwrap();
    settings.teams[0].hours =
        Some(serde_json::from_str(r#"{"sat":["22:00-02:30"],"sun":["02:00-02:15","23:00-24:00"]}"#).unwrap());
    let days =
        r#"[{"date":"2026-03-29","name":"A day","teams":[32]},{"date":"2026-10-26","name":"Another"}]"#;
    settings.routing.holidays = serde_json::from_str(days).unwrap();
    let roster = Roster::new(settings);
    for (from, to) in
        [("2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"), ("2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z")]
    {
        let (from, to): (Timestamp, Timestamp) = (from.parse().unwrap(), to.parse().unwrap());
        let told = moments::moments(&roster, from, to);
        let there = |at: Timestamp| {
            let pools = [Pool::Store, Pool::Team(ODD), Pool::Team(EVEN)];
            let within = |pool| {
                roster
                    .members(pool, at)
                    .iter()
                    .map(|(_, there)| std::mem::discriminant(there))
                    .collect::<Vec<_>>()
            };
            pools.map(within)
        };
        let mut changes = 0;
        let mut at = from;
        while at < to {
            let next = at + SignedDuration::from_mins(1);
            if there(at) != there(next) {
                changes += 1;
                assert!(told.contains(&next), "{next} is not told");
            }
            at = next;
        }
        assert!(changes >= 5, "{changes}");
    }
}

#[test]
fn a_ticket_was_load_only_while_somebody_had_it_open_and_undoing_counts() {
    let position = |state: &str| {
        format!(r#"{{"from":{{"state":"open","stage":1,"place":{{"owned":1}}}},"to":{state}}}"#)
    };
    let what = |kind: &str, to: &str| {
        let moved = position(to);
        crate::life::What::from_stored(&format!(r#"{{"kind":"{kind}",{}"#, &moved[1..])).unwrap()
    };
    let at = |second| Timestamp::from_second(second).unwrap();
    let receipt = r#"{"version":1,"policy":"round_robin","pool":0,"turnBefore":null,"chosen":1,"turnAfter":1,"outcome":"assigned","considered":1,"seats":[],"others":{}}"#;
    let creation = Creation::from_stored(receipt).unwrap();
    let mut life = Life::new(at(0), &creation);
    life.heed(
        2,
        at(10),
        &what("closed", r#"{"state":"closed","at":"1970-01-01T00:00:10Z","by":"agent","agent":1}"#),
    );
    life.heed(3, at(15), &crate::life::What::Undone { sequence: 2 });
    life.heed(
        4,
        at(20),
        &what("closed", r#"{"state":"closed","at":"1970-01-01T00:00:20Z","by":"agent","agent":1}"#),
    );
    let settings = Store::new().settings;
    let roster = Roster::new(settings);
    let mut reader = Reader::new(at(0), at(100), &roster, &roster);
    let ticket = Recorded { at: at(0), creation, linked: false, life, customer: None, subject: None };
    reader.read(ticket.clone());
    reader.read(Recorded { life: Life::new(at(0), &creation), ..ticket });
    let past = reader.finish(Vec::new());
    let handling: Vec<Handling> = past.arrivals.iter().map(|arrival| arrival.handling).collect();
    assert_eq!(handling, [Handling::Took(15_000), Handling::Lasts]);
    assert_eq!((past.median, past.still_open), (Some(15_000), 1));
}

#[test]
fn of_what_came_before_the_time_only_the_last_word_about_each_agent_counts() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let shift = |agent, second, online| Shift { agent: AgentId(agent), at: at(second), online };
    let roster = Roster::new(Store::new().settings);
    let reader = Reader::new(at(100), at(200), &roster, &roster);
    let past = reader.finish(vec![
        shift(1, 10, true),
        shift(1, 20, false),
        shift(1, 150, true),
        shift(2, 5, true),
        shift(2, 120, false),
    ]);
    let told: Vec<_> =
        past.shifts.iter().map(|shift| (shift.agent.0, shift.at.as_second(), shift.online)).collect();
    assert_eq!(told, [(1, 100, false), (2, 100, true), (2, 120, false), (1, 150, true)]);
}
