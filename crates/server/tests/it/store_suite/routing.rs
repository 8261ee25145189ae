//! How tickets find agents: what is kept for it, what is due by it, and that none overtakes another.

use super::calls::call;
use super::database::{START, usual};
use super::due::work_all;
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, for_team, with, with_context};
use crate::harness::{Agent, StoreFile, Team, tasks};
use rota::settings::Asked;
use rota::settings::agents::{self, AgentPatch, Which};
use rota::settings::rules::{self, RuleList};
use rota::settings::store::{self, StorePatch};
use rota::store::Customers;
use rota::store::due::Ended;
use rota_core::access::{Actor, Role};
use rota_core::availability::Availability;
use rota_core::due::Kind;
use rota_core::ids::{AgentId, TicketId};
use rota_core::intake::{Answer, Call};
use rota_core::life::{Command, Recipient};
use rota_core::receipt::{Reason, Route};
use rota_core::text::Remark;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

storage_suite!(
    rules_holidays_and_leave_are_read_back_by_every_handle,
    a_rule_decides_and_its_receipt_names_who_was_skipped,
    the_last_agent_of_a_customer_is_kept_for_the_stores_time,
    a_customer_is_followed_to_who_was_given_their_ticket_later,
    who_stays_offline_has_untouched_tickets_given_on,
    who_is_back_in_time_keeps_them,
    who_does_nothing_goes_offline_and_then_has_tickets_given_on,
    idleness_ends_with_its_setting,
    a_new_ticket_does_not_overtake_those_that_wait,
    a_queue_that_one_batch_does_not_empty_is_stood_behind,
    a_dry_run_hands_nothing_out_and_tells_what_would_be,
    who_was_on_leave_takes_what_waits_once_it_is_over,
    a_balanced_pool_counts_within_a_batch,
    the_floor_is_what_the_next_decision_is_made_from,
);

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn patch<T: DeserializeOwned>(patch: Value) -> T {
    serde_json::from_value(patch).expect("a patch")
}

async fn set(db: &TestDatabase, settings: Value) {
    db.change(store::set(Asked::operator(), patch::<StorePatch>(settings))).await;
}

async fn set_agent(db: &TestDatabase, agent: i64, change: Value) {
    let which = Which::Number(AgentId(agent));
    db.change(agents::set(Asked::operator(), which, patch::<AgentPatch>(change))).await;
}

async fn set_rules(db: &TestDatabase, list: Value) {
    db.change(rules::set(Asked::operator(), patch::<RuleList>(json!({ "rules": list })))).await;
}

async fn owners(db: &TestDatabase) -> Vec<Option<i64>> {
    db.all_tickets().await.iter().map(|row| row.ticket.owner().map(|owner| owner.0)).collect()
}

async fn rules_holidays_and_leave_are_read_back_by_every_handle(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let other = db.another();
    let settings = json!({
        "sticky": "30d", "ramp": { "perAgent": 3, "every": "1m" }, "giveOnAfter": "15m", "idleAfter": "30m",
        "holidays": [{ "date": "2026-12-25", "name": "Christmas" }, { "date": "2026-11-08", "name": "Diwali", "teams": [31] }],
    });
    set(db, settings).await;
    let leave = json!([{ "from": "2027-01-20T00:00:00Z", "to": "2027-01-27T00:00:00Z" }]);
    set_agent(db, 100, json!({ "leave": leave })).await;
    let list = json!([
        { "name": "Second", "when": { "words": ["refund"], "hours": { "mon": ["09:00-18:00"] } }, "then": { "teamId": 31 } },
        { "name": "First", "on": false, "when": { "customerTags": ["vip"] }, "then": { "agentId": 100, "labels": [7] } },
    ]);
    set_rules(db, list).await;
    let ours = db.settings(&usual(), Customers::None).await.unwrap();
    let theirs = other.settings(&usual(), Customers::None).await.unwrap();
    assert_eq!((&theirs.store, &theirs.agents, &theirs.rules), (&ours.store, &ours.agents, &ours.rules));
    let routing = &theirs.store.as_ref().unwrap().routing;
    assert_eq!((routing.sticky, routing.give_on_after), (Some(30 * DAY), Some(15 * MINUTE)));
    assert_eq!(routing.holidays.iter().count(), 2);
    assert_eq!(json!(theirs.agents[0].leave), leave);
    let names: Vec<_> = theirs.rules.iter().map(|rule| (rule.id.0, rule.name.as_str())).collect();
    assert_eq!(names, [(1, "Second"), (2, "First")], "in the order of the list");
    let roster = other.roster(&usual()).await.unwrap();
    assert_eq!((roster.routing(), json!(roster.agents()[0].leave)), (routing, leave));
    assert!(!roster.rules().needs_tags(), "that one is off");
    db.assert_sound().await;
}

async fn a_rule_decides_and_its_receipt_names_who_was_skipped(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::online(0), Agent::online(1), Agent::offline(2)])).await;
    let list = json!([
        { "name": "Vip", "when": { "words": ["refund"] }, "then": { "agentId": 102 } },
        { "name": "Refunds", "when": { "words": ["refund"] }, "then": { "teamId": 31, "labels": [7], "priority": "high" } },
    ]);
    set_rules(db, list).await;
    assert_eq!(db.told([call(&with_context("a refund"))]).await, ["created 1 for 100"]);
    let row = db.ticket(&usual(), TicketId(1)).await.unwrap().unwrap();
    assert_eq!(row.ticket.team.map(|team| team.0), Some(31));
    assert_eq!(row.ticket.labels.iter().map(|label| label.0).collect::<Vec<_>>(), [7]);
    assert_eq!(row.ticket.priority.name(), "high");
    assert_eq!(row.receipt.rule.as_ref().map(|rule| rule.id.0), Some(2));
    let names = db.receipt_names(&usual(), &row.receipt).await.unwrap();
    assert_eq!(names.agents[&AgentId(102)], "agent2");
    db.assert_sound().await;
}

async fn the_last_agent_of_a_customer_is_kept_for_the_stores_time(db: &TestDatabase) {
    db.apply(&StoreFile::default().customers(&["1", "2"])).await;
    let of = |customer: &str| call(&with(tasks(), "bikCustomerId", customer));
    db.told([of("1")]).await;
    assert_eq!(db.count("last_agents"), 0, "nobody asks for it");
    set(db, json!({ "sticky": "1d" })).await;
    assert_eq!(
        db.told([of("1"), of("2"), of("1")]).await,
        ["created 2 for 101", "created 3 for 102", "created 4 for 101"]
    );
    let routes: Vec<Route> = db.all_tickets().await.iter().map(|row| row.receipt.route).collect();
    assert_eq!(routes, [Route::Pool, Route::Pool, Route::Pool, Route::Sticky], "also within a batch");
    db.pass(DAY);
    assert_eq!(db.told([of("2")]).await, ["created 5 for 102"], "the time is not quite over");
    db.pass(DAY / 2);
    assert_eq!(db.told([of("1")]).await, ["created 6 for 100"], "it is over");
    assert_eq!(db.count("last_agents"), 2);
    db.pass(DAY + MINUTE);
    work_all(db).await;
    assert_eq!(db.count("last_agents"), 0, "what counts no longer is removed");
    db.told([of("1")]).await;
    set(db, json!({ "sticky": null })).await;
    db.pass(DAY);
    work_all(db).await;
    assert_eq!(db.count("last_agents"), 0, "nor does anything where it is off");
}

async fn a_customer_is_followed_to_who_was_given_their_ticket_later(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    set(db, json!({ "sticky": "1d" })).await;
    assert_eq!(db.told([call(&tasks())]).await, ["created 1 for 100"]);
    let to = Recipient::Agent(AgentId(102));
    let assign = Command::Assign { to, expected: rota_core::life::Expected::Anybody };
    assert!(db.work(&Actor::Operator, [(1, assign)]).await[0].is_ok());
    assert_eq!(db.told([call(&tasks())]).await, ["created 2 for 102"]);
    assert_eq!(
        db.told([call(&for_agent("agent1@shop.example")), call(&tasks())]).await[1],
        "created 4 for 101"
    );
}

async fn away(db: &TestDatabase, agent: i64, give_on: bool) {
    let away = Availability::Away { reason: None, until: None };
    let which = Which::Number(AgentId(agent));
    db.change(agents::make_available(Asked::operator(), which, away, give_on)).await;
}

/// Two tickets of agent 100, who has noted something about the first.
async fn with_two_of_100(db: &TestDatabase) {
    db.apply(&StoreFile::default().teams([])).await;
    set(db, json!({ "giveOnAfter": "15m" })).await;
    db.told((0..2).map(|_| call(&for_agent("agent0@shop.example")))).await;
    let note = Command::Note { text: Remark::new("Called.").unwrap(), mentions: Default::default() };
    let by = Actor::Agent { id: AgentId(100), role: Role::Agent };
    assert!(db.work(&by, [(1, note)]).await[0].is_ok());
}

async fn who_stays_offline_has_untouched_tickets_given_on(db: &TestDatabase) {
    with_two_of_100(db).await;
    away(db, 100, false).await;
    assert_eq!(db.due_at(&usual(), Kind::GiveOn, 100).await.unwrap(), Some(START + 15 * MINUTE));
    assert_eq!(owners(db).await, [Some(100), Some(100)]);
    db.pass(15 * MINUTE);
    assert_eq!(work_all(db).await, [(Kind::GiveOn, Ended::Done)]);
    assert_eq!(owners(db).await, [Some(100), Some(101)]);
    let timeline = db.timeline(&usual(), TicketId(2)).await.unwrap().unwrap();
    let told: Vec<_> = timeline.entries.iter().map(|entry| (entry.what.kind(), entry.by.clone())).collect();
    assert_eq!(told, [("given_on", Actor::Clock), ("handed_out", Actor::Clock)]);
    away(db, 101, true).await;
    assert_eq!(owners(db).await, [Some(100), Some(102)], "at once, where that is asked for");
    db.assert_sound().await;
}

async fn who_is_back_in_time_keeps_them(db: &TestDatabase) {
    with_two_of_100(db).await;
    away(db, 100, false).await;
    db.pass(10 * MINUTE);
    db.set_online("agent0@shop.example", true).await;
    db.pass(5 * MINUTE);
    work_all(db).await;
    assert_eq!(owners(db).await, [Some(100), Some(100)]);
    away(db, 100, false).await;
    db.pass(10 * MINUTE);
    work_all(db).await;
    assert_eq!(owners(db).await, [Some(100), Some(100)], "the time begins anew");
    db.pass(5 * MINUTE);
    work_all(db).await;
    assert_eq!(owners(db).await, [Some(100), Some(101)]);
}

async fn who_does_nothing_goes_offline_and_then_has_tickets_given_on(db: &TestDatabase) {
    with_two_of_100(db).await;
    set(db, json!({ "idleAfter": "30m" })).await;
    db.put_due(&usual(), Kind::Idle, 100, START + 30 * MINUTE).await.unwrap();
    db.pass(20 * MINUTE);
    db.put_due(&usual(), Kind::Idle, 100, START + 50 * MINUTE).await.unwrap();
    db.pass(15 * MINUTE);
    assert!(work_all(db).await.is_empty(), "it was put off");
    db.pass(15 * MINUTE);
    assert_eq!(work_all(db).await, [(Kind::Idle, Ended::Done)]);
    let row = &db.agents(&usual()).await.unwrap()[0];
    assert_eq!((row.online, row.away_reason.as_ref().map(|reason| reason.as_str())), (false, Some("idle")));
    assert_eq!(owners(db).await, [Some(100), Some(100)]);
    db.pass(15 * MINUTE);
    assert!(work_all(db).await.contains(&(Kind::GiveOn, Ended::Done)));
    assert_eq!(owners(db).await, [Some(100), Some(101)]);
}

async fn idleness_ends_with_its_setting(db: &TestDatabase) {
    with_two_of_100(db).await;
    db.put_due(&usual(), Kind::Idle, 100, START + MINUTE).await.unwrap();
    db.put_due(&usual(), Kind::Idle, 999, START + MINUTE).await.unwrap();
    db.pass(MINUTE);
    assert_eq!(work_all(db).await.len(), 2);
    assert!(db.agents(&usual()).await.unwrap()[0].online);
    assert_eq!(db.count("due WHERE kind = 'idle'"), 0, "also of an agent that is not there");
}

/// Agent 100, alone in team 31, which opens at 14:00 in Kolkata: half an hour after the tests begin.
fn opening_soon(agent: Agent) -> StoreFile {
    let team = Team::new(31, "Returns", &[0]).hours("{ fri = [\"14:00-18:00\"] }");
    StoreFile::default().agents([agent]).teams([team])
}

async fn a_new_ticket_does_not_overtake_those_that_wait(db: &TestDatabase) {
    db.apply(&opening_soon(Agent::online(0).max_open(1))).await;
    db.told((0..2).map(|_| call(&for_team(31)))).await;
    assert_eq!(owners(db).await, [None, None]);
    db.pass(30 * MINUTE);
    assert_eq!(db.told([call(&for_team(31))]).await, ["created 3 for nobody"]);
    assert_eq!(owners(db).await, [Some(100), None, None], "the oldest went first");
    set_agent(db, 100, json!({ "maxOpen": 3 })).await;
    assert_eq!(owners(db).await, [Some(100), Some(100), Some(100)]);
    db.assert_sound().await;
}

async fn a_queue_that_one_batch_does_not_empty_is_stood_behind(db: &TestDatabase) {
    db.apply(&opening_soon(Agent::online(0))).await;
    db.told((0..250).map(|_| call(&for_team(31)))).await;
    db.pass(30 * MINUTE);
    assert_eq!(db.told([call(&for_team(31))]).await, ["created 251 for nobody"]);
    let taken = owners(db).await.iter().take_while(|owner| owner.is_some()).count();
    assert!((1..250).contains(&taken), "{taken} of the oldest");
    let receipt = db.ticket(&usual(), TicketId(251)).await.unwrap().unwrap().receipt;
    let behind = receipt.seats.iter().any(|seat| seat.reason == Reason::BehindQueue)
        || receipt.others.contains_key(&Reason::BehindQueue);
    assert!(behind, "{receipt:?}");
    while db.hand_out(&usual()).await.unwrap() {}
    assert!(owners(db).await.iter().all(Option::is_some));
    assert_eq!(db.told([call(&for_team(31))]).await, ["created 252 for 100"]);
    db.assert_sound().await;
}

async fn a_dry_run_hands_nothing_out_and_tells_what_would_be(db: &TestDatabase) {
    db.apply(&opening_soon(Agent::online(0).max_open(2))).await;
    db.told((0..1).map(|_| call(&for_team(31)))).await;
    db.pass(30 * MINUTE);
    let dry = || Call { dry_run: true, ..call(&for_team(31)) };
    let answers = db.answers([dry()]).await;
    let Some(Answer::DryRun(created, _)) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!(created.agent_id, Some(AgentId(100)), "behind the one that waits there is room for one");
    assert_eq!(owners(db).await, [None], "nothing was written");
    db.told([call(&for_team(31))]).await;
    let answers = db.answers([dry()]).await;
    let Some(Answer::DryRun(created, _)) = &answers[0] else { panic!("{answers:?}") };
    assert_eq!(created.agent_id, None, "both have come before it");
    assert_eq!(owners(db).await, [Some(100), Some(100)]);
    db.assert_sound().await;
}

async fn who_was_on_leave_takes_what_waits_once_it_is_over(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::online(0)]).teams([])).await;
    let leave = json!([{ "from": START.to_string(), "to": (START + MINUTE).to_string() }]);
    set_agent(db, 100, json!({ "leave": leave })).await;
    assert_eq!(db.told([call(&tasks())]).await, ["created 1 for nobody"]);
    assert!(db.stores_with_takers().await.unwrap().is_empty());
    db.pass(MINUTE);
    assert_eq!(db.stores_with_takers().await.unwrap(), [usual()]);
    while db.hand_out(&usual()).await.unwrap() {}
    assert_eq!(owners(db).await, [Some(100)]);
}

async fn a_balanced_pool_counts_within_a_batch(db: &TestDatabase) {
    db.apply(&StoreFile::default().policy("balanced").teams([])).await;
    let mail = "agent0@shop.example";
    let calls = [
        call(&for_agent(mail)),
        call(&for_agent(mail)),
        call(&tasks()),
        call(&tasks()),
        call(&tasks()),
        call(&tasks()),
    ];
    db.told(calls).await;
    assert_eq!(owners(db).await.into_iter().flatten().collect::<Vec<_>>(), [100, 100, 101, 102, 101, 102]);
    db.close(&[1, 2]).await;
    assert_eq!(db.told([call(&tasks()), call(&tasks())]).await, ["created 7 for 100", "created 8 for 100"]);
    db.assert_sound().await;
}

async fn the_floor_is_what_the_next_decision_is_made_from(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::online(0).max_open(1), Agent::offline(1)]).teams([])).await;
    db.told((0..3).map(|_| call(&tasks()))).await;
    let floor = db.another().floor(&usual()).await.unwrap();
    assert_eq!(floor.loads.get(&AgentId(100)), Some(&1));
    let pool = &floor.pools[&rota_core::ticket::Pool::Store];
    assert_eq!((pool.last, pool.waiting), (Some(AgentId(100)), 2));
    let oldest = floor.oldest[&rota_core::ticket::Pool::Store];
    assert_eq!((oldest.ticket, oldest.since), (TicketId(2), START));
}
