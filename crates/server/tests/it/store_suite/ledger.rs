//! The ledger: what each was given, what would have been their part, and that each decision is counted once.

use super::calls::{call, call_to};
use super::database::{store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, for_team};
use crate::harness::{Agent, StoreFile, Team, email, tasks};
use jiff::civil::{Date, date};
use rota::settings::Asked;
use rota::settings::agents::{self, Which};
use rota::settings::rules::{self, RuleList};
use rota::store::Store;
use rota::store::ledger::LedgerRow;
use rota_core::access::{Actor, Role};
use rota_core::ids::{AgentId, StoreId, TeamId};
use rota_core::ledger::Way;
use rota_core::life::{Command, Expected, Recipient};
use rota_core::text::Grounds;
use rota_core::ticket::Pool;
use serde_json::json;
use std::time::Duration;

storage_suite!(
    turns_entitle_all_who_could_be_chosen_and_pass_over_who_could_not,
    what_is_given_outside_the_turns_stands_in_its_own_columns,
    a_hand_out_is_a_turn_and_a_limit_makes_one_miss_it,
    who_was_in_a_pool_is_as_it_was_then,
    a_balanced_pool_shows_its_spread,
    days_are_those_of_the_stores_own_time_zone,
    several_handles_count_each_decision_once,
    counted_anew_it_is_the_same,
    a_broken_promise_is_found_and_kept,
    another_stores_decisions_are_in_no_ledger,
);

/// When every test begins, in the store's time zone.
const TODAY: Date = date(2027, 1, 15);
const TEAM: Pool = Pool::Team(TeamId(31));

async fn count(handle: &dyn Store) {
    while handle.count_decisions().await.expect("decisions are counted") {}
}

async fn of(db: &TestDatabase, store: &StoreId, pool: Pool) -> LedgerRow {
    count(&**db).await;
    let row = db.ledger(store, pool, TODAY, TODAY.tomorrow().unwrap()).await.expect("there is a ledger");
    assert_eq!(row.events_to, row.last_event, "everything is counted");
    row
}

/// Of each agent: received, entitled in sixths, missed.
async fn turns(db: &TestDatabase, pool: Pool) -> Vec<(i64, u64, f64, u64)> {
    let row = of(db, &usual(), pool).await;
    let (received, entitled) = (row.figures.turns, row.figures.turns as f64);
    assert_eq!(row.shares.iter().map(|(_, share)| share.received).sum::<u64>(), received);
    let sum: f64 = row.shares.iter().map(|(_, share)| share.entitled).sum();
    assert!((sum - entitled).abs() < 1e-9, "{row:?}");
    assert!(row.figures.broken == 0 && row.figures.worst < 1.0 && row.figures.uncounted == 0, "{row:?}");
    let sixths = |entitled: f64| (entitled * 6.0 * 1e6).round() / 1e6;
    row.shares
        .iter()
        .map(|(agent, share)| (agent.0, share.received, sixths(share.entitled), share.missed))
        .collect()
}

async fn create(db: &TestDatabase, count: usize) {
    db.told((0..count).map(|_| call(&tasks()))).await;
}

async fn turns_entitle_all_who_could_be_chosen_and_pass_over_who_could_not(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::online(0), Agent::online(1), Agent::offline(2)])).await;
    assert!(turns(db, Pool::Store).await.is_empty());
    create(db, 4).await;
    // After 101 it would have been 102's turn.
    assert_eq!(turns(db, Pool::Store).await, [(100, 2, 12.0, 0), (101, 2, 12.0, 0), (102, 0, 0.0, 1)]);
    db.set_online("agent2@shop.example", true).await;
    create(db, 3).await;
    assert_eq!(turns(db, Pool::Store).await, [(100, 3, 18.0, 0), (101, 3, 18.0, 0), (102, 1, 6.0, 1)]);
    db.told([call(&for_team(31))]).await;
    assert_eq!(turns(db, TEAM).await, [(100, 1, 3.0, 0), (101, 0, 3.0, 0)]);
    db.assert_sound().await;
}

async fn what_is_given_outside_the_turns_stands_in_its_own_columns(db: &TestDatabase) {
    let desk = Team::new(32, "Desk", &[1, 2]).policy("unassigned");
    db.apply(&StoreFile::default().teams([desk])).await;
    let list = json!({ "rules": [{ "name": "Mail", "when": { "channels": ["email"] }, "then": { "agentId": 102 } }] });
    let list: RuleList = serde_json::from_value(list).expect("a list of rules");
    db.change(rules::set(Asked::operator(), list)).await;
    db.told([call(&for_agent("agent1@shop.example")), call(&email()), call(&for_team(32)), call(&tasks())])
        .await;
    let claimer = Actor::Agent { id: AgentId(101), role: Role::Agent };
    let done = db.work(&claimer, [(3, Command::Claim)]).await;
    assert!(done[0].is_ok(), "{done:?}");
    let expected = Expected::Anybody;
    let grounds = Grounds::new("not my language").expect("a reason");
    let orders = [
        (1, Command::Assign { to: Recipient::Agent(AgentId(100)), expected }),
        (4, Command::Pass { grounds, expected }),
    ];
    let done = db.work(&Actor::Operator, orders).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    let row = of(db, &usual(), Pool::Store).await;
    let outside = |row: &LedgerRow| {
        let ways = row.shares.iter().flat_map(|(agent, share)| {
            Way::ALL
                .map(|way| (agent.0, way, share.outside(way)))
                .into_iter()
                .filter(|(.., count)| *count > 0)
        });
        ways.map(|(agent, way, count)| (agent, way.name(), count)).collect::<Vec<_>>()
    };
    let expected = [(100, "assigned", 1), (101, "asked", 1), (101, "passed", 1), (102, "by_rule", 1)];
    assert_eq!(outside(&row), expected);
    assert_eq!(row.figures.turns, 1, "only ticket 4 was a turn");
    let row = of(db, &usual(), Pool::Team(TeamId(32))).await;
    assert_eq!((outside(&row), row.figures.turns), (vec![(101, "claimed", 1)], 0));
}

async fn a_hand_out_is_a_turn_and_a_limit_makes_one_miss_it(db: &TestDatabase) {
    let agents = [Agent::online(0).max_open(1), Agent::online(1).max_open(2)];
    db.apply(&StoreFile::default().agents(agents).teams([])).await;
    // 100 of two, then 101 alone twice, the second time past 100, then nobody.
    create(db, 4).await;
    assert_eq!(turns(db, Pool::Store).await, [(100, 1, 3.0, 1), (101, 2, 15.0, 0)]);
    db.close(&[1]).await;
    assert_eq!(turns(db, Pool::Store).await, [(100, 2, 9.0, 1), (101, 2, 15.0, 0)]);
}

async fn who_was_in_a_pool_is_as_it_was_then(db: &TestDatabase) {
    let team = |members: &[i64]| Team::new(31, "Returns", members);
    let of_team = (0..2).map(|_| call(&for_team(31)));
    db.apply(&StoreFile::default().agents((0..4).map(Agent::online)).teams([team(&[1, 3])])).await;
    db.told(of_team.clone()).await;
    db.apply(&StoreFile::default().agents((0..4).map(Agent::online)).teams([team(&[0, 2, 3])])).await;
    db.told(of_team.clone()).await;
    db.change(agents::archive(Asked::operator(), Which::Number(AgentId(102)))).await;
    db.told(of_team).await;
    db.apply(&StoreFile::default().agents([0, 1, 3, 9].map(Agent::online)).teams([team(&[1, 9])])).await;
    // {1, 3}: 101, 103; {0, 2, 3}: 100, 102; {0, 3}: 103 gets what was 102's, then 100, 103.
    assert_eq!(
        turns(db, TEAM).await,
        [(100, 2, 13.0, 0), (101, 1, 6.0, 0), (102, 1, 4.0, 0), (103, 3, 19.0, 0)]
    );
}

async fn a_balanced_pool_shows_its_spread(db: &TestDatabase) {
    db.apply(&StoreFile::default().policy("balanced").teams([])).await;
    db.told([call(&for_agent("agent0@shop.example")), call(&for_agent("agent0@shop.example"))]).await;
    create(db, 4).await;
    let row = of(db, &usual(), Pool::Store).await;
    // Open tickets are 2, 0, 0; then 2, 1, 0; then 2, 1, 1; then 2, 2, 1.
    let spread = row.figures.spread;
    assert_eq!((spread.decisions, spread.least, spread.most, spread.mean()), (4, 1, 2, Some(1.5)));
    let by_load: Vec<u64> = row.shares.iter().map(|(_, share)| share.outside(Way::ByLoad)).collect();
    assert_eq!((by_load, row.figures.turns), (vec![0, 2, 2], 0));
}

async fn days_are_those_of_the_stores_own_time_zone(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    create(db, 1).await;
    // It is half past one in the afternoon there.
    db.pass(Duration::from_secs(10 * 3600 + 29 * 60));
    create(db, 1).await;
    db.pass(Duration::from_secs(2 * 60));
    create(db, 1).await;
    count(&**db).await;
    let mut days = Vec::new();
    for day in [TODAY.yesterday().unwrap(), TODAY, TODAY.tomorrow().unwrap()] {
        days.push(db.ledger(&usual(), Pool::Store, day, day).await.unwrap().figures.turns);
    }
    assert_eq!(days, [0, 2, 1]);
    let row = db.ledger(&usual(), Pool::Store, TODAY, TODAY).await.unwrap();
    assert_eq!(row.up_to, Some(db.now()));
}

/// Something of everything.
async fn live(db: &TestDatabase) {
    let agents =
        [Agent::online(0).max_open(3), Agent::online(1), Agent::offline(2), Agent::online(3).max_open(2)];
    db.apply(&StoreFile::default().agents(agents)).await;
    for round in 0..6_i64 {
        create(db, 7).await;
        db.told([call(&for_team(31)), call(&for_agent("agent1@shop.example"))]).await;
        db.close(&[round * 9 + 1, round * 9 + 2, round * 9 + 4]).await;
        db.set_online("agent2@shop.example", round % 2 == 0).await;
        db.pass(Duration::from_secs(3 * 3600));
    }
}

async fn several_handles_count_each_decision_once(db: &TestDatabase) {
    let (one, other) = (db.another(), db.another());
    let counting = async |handle: &dyn Store| {
        for _ in 0..40 {
            handle.count_decisions().await.expect("decisions are counted");
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(live(db), counting(&*one), counting(&*other));
    let bit_by_bit = [of(db, &usual(), Pool::Store).await, of(db, &usual(), TEAM).await];
    assert!(bit_by_bit[0].figures.turns > 30 && bit_by_bit[0].figures.broken == 0, "{bit_by_bit:?}");
    forget(db);
    for (pool, before) in [Pool::Store, TEAM].into_iter().zip(bit_by_bit) {
        assert_near(&of(db, &usual(), pool).await, &before);
    }
}

fn forget(db: &TestDatabase) {
    db.damage(
        "DELETE FROM ledger; DELETE FROM ledger_stretches; DELETE FROM ledger_pools; DELETE FROM ledger_shares;",
    );
}

/// The same, but for what sums of 1/n are rounded by.
#[track_caller]
fn assert_near(one: &LedgerRow, other: &LedgerRow) {
    let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
    let plain = |row: &LedgerRow| {
        let mut row = row.clone();
        row.figures.worst = 0.0;
        row.shares.iter_mut().for_each(|(_, share)| share.entitled = 0.0);
        row
    };
    assert_eq!(plain(one), plain(other));
    assert!(near(one.figures.worst, other.figures.worst), "{one:?}, {other:?}");
    for ((_, one), (_, other)) in one.shares.iter().zip(&other.shares) {
        assert!(near(one.entitled, other.entitled), "{one:?}, {other:?}");
    }
}

async fn counted_anew_it_is_the_same(db: &TestDatabase) {
    live(db).await;
    let before = of(db, &usual(), Pool::Store).await;
    // A backup of one database and the copy to another may leave it out.
    db.damage("UPDATE ledger_shares SET received = received + 1 WHERE agent_id = 101 AND pool = 0");
    let found = db.check().await.expect("the check runs");
    assert!(found[0].text.contains("the sums are not the number of turns"), "{found:?}");
    forget(db);
    assert!(db.ledger(&usual(), Pool::Store, TODAY, TODAY).await.unwrap().shares.is_empty());
    assert_near(&of(db, &usual(), Pool::Store).await, &before);
    db.assert_sound().await;
}

async fn a_broken_promise_is_found_and_kept(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::online(0), Agent::online(1)]).teams([])).await;
    create(db, 4).await;
    // As if 100 had been given ticket 2 as well.
    db.damage(
        "UPDATE tickets SET receipt = replace(receipt, '\"chosen\":101', '\"chosen\":100') WHERE id = 2",
    );
    let figures = of(db, &usual(), Pool::Store).await.figures;
    assert_eq!((figures.turns, figures.worst, figures.broken, figures.broken_at), (4, 1.5, 3, Some(4)));
}

async fn another_stores_decisions_are_in_no_ledger(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another")).await;
    db.told([call(&tasks()), call_to("another", &tasks()), call_to("another", &tasks())]).await;
    assert_eq!(of(db, &usual(), Pool::Store).await.figures.turns, 1);
    assert_eq!(of(db, &store("another"), Pool::Store).await.figures.turns, 2);
    let nobodys = db.ledger(&store("nobody"), Pool::Store, TODAY, TODAY).await;
    assert!(matches!(nobodys, Err(rota::store::StoreError::NotFound)), "{nobodys:?}");
}
