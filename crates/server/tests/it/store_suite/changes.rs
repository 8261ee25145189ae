//! Changes of people and settings: what is written with them, and what becomes of tickets.

use super::calls::call;
use super::database::{START, availability, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, for_team};
use crate::harness::{Agent, StoreFile, Team, tasks};
use rota::settings::agents::{self, AgentPatch, NewAgent, Which};
use rota::settings::labels::{self, LabelPatch, NewLabel};
use rota::settings::stages::{self, StageList};
use rota::settings::store::{self as settings, StorePatch};
use rota::settings::teams::{self, TeamPatch};
use rota::settings::{Asked, Condition, etag};
use rota::store::types::{AuditRow, Keep};
use rota::store::{Customers, DecideSettings, Provisioned, Refused};
use rota_core::access::{Actor, Role};
use rota_core::address::EmailAddress;
use rota_core::availability::Availability;
use rota_core::ids::{AgentId, LabelId, StageId, TeamId, TicketId};
use rota_core::intake::RecordKey;
use rota_core::life::{Command, State};
use rota_core::text::Title;
use rota_core::ticket::Pool;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::Duration;

storage_suite!(
    every_change_stands_in_the_audit_log_with_who_and_both_values,
    a_refused_change_leaves_nothing_and_neither_does_one_that_changes_nothing,
    the_audit_log_is_read_newest_first_by_position,
    a_store_file_is_audited_and_no_secret_ever_is,
    a_change_needs_the_state_that_was_seen,
    a_repeated_addition_is_made_once_and_answered_alike,
    numbers_are_not_given_again,
    who_becomes_able_to_take_tickets_gets_them_with_the_change,
    all_that_waits_is_handed_out_however_much_it_is,
    an_archived_agents_tickets_go_to_the_next,
    an_archived_teams_tickets_move_and_stay_with_their_owners,
    a_team_with_too_many_open_tickets_is_not_archived,
    stages_are_replaced_in_their_order_and_tickets_of_a_gone_one_fall_back,
    settings_of_the_desk_are_read_back,
    who_is_away_until_a_time_is_noted_as_due,
);

fn patch<T: DeserializeOwned>(patch: Value) -> T {
    serde_json::from_value(patch).expect("a patch")
}

fn agent(number: i64) -> Which {
    Which::Number(AgentId(number))
}

fn set_agent(number: i64, change: Value) -> DecideSettings {
    agents::set(Asked::operator(), agent(number), patch::<AgentPatch>(change))
}

fn set_team(number: i64, change: Value) -> DecideSettings {
    teams::set(Asked::operator(), TeamId(number), patch::<TeamPatch>(change))
}

fn new_label(name: &str) -> NewLabel {
    NewLabel { name: Title::new(name).unwrap() }
}

fn new_agent(email: &str) -> NewAgent {
    let (email, name) = (EmailAddress::new(email).unwrap(), Title::new("New").unwrap());
    NewAgent { email, name, role: None, max_open: None }
}

async fn audit(db: &TestDatabase) -> Vec<AuditRow> {
    db.audit(&usual(), None, None, 1000).await.unwrap()
}

/// Who has each ticket: an agent, or the pool that it waits in.
async fn places(db: &TestDatabase) -> Vec<String> {
    let told = |state: &State| match (state.agent(), state.waiting()) {
        (Some(agent), _) => agent.to_string(),
        (None, Some(pool)) => format!("waits in {}", pool.number()),
        (None, None) => "unclaimed".into(),
    };
    db.all_tickets().await.iter().map(|row| told(&row.ticket.state)).collect()
}

async fn every_change_stands_in_the_audit_log_with_who_and_both_values(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let before = audit(db).await.len();
    db.pass(Duration::from_secs(60));
    let by = Actor::Agent { id: AgentId(100), role: Role::Admin };
    let asked = || Asked { by: by.clone(), ..Asked::operator() };
    db.change(agents::set(asked(), agent(101), patch(json!({ "maxOpen": 5, "name": "Tomas" })))).await;
    db.change(labels::add(asked(), new_label("vip"))).await;
    let entries = audit(db).await;
    assert_eq!(entries.len(), before + 2);
    let [label, changed] = &entries[..2] else { panic!("{entries:?}") };
    assert_eq!((label.entry.subject.as_str(), &label.entry.before), ("label:9", &None));
    assert_eq!(label.entry.after.as_ref().unwrap()["name"], "vip");
    assert_eq!((changed.entry.subject.as_str(), &changed.by), ("agent:101", &by));
    assert_eq!(changed.at, START + Duration::from_secs(60));
    let values = [&changed.entry.before, &changed.entry.after].map(|value| value.as_ref().unwrap());
    assert_eq!(values.map(|value| value["maxOpen"].clone()), [Value::Null, json!(5)]);
    assert_eq!(values.map(|value| value["name"].clone()), [json!("agent1"), json!("Tomas")]);
    let of_agent = db.audit(&usual(), Some("agent:101"), None, 10).await.unwrap();
    assert_eq!(of_agent.len(), 2, "by the file, and this");
}

async fn a_refused_change_leaves_nothing_and_neither_does_one_that_changes_nothing(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let before = audit(db).await.len();
    let refusals = [
        (set_agent(999, json!({ "name": "X" })), Refused::NotFound),
        (labels::add(Asked::operator(), new_label("Refund")), Refused::field("name", "is that of label 7")),
        (
            agents::add(Asked::operator(), new_agent("Agent1@shop.example")),
            Refused::field("email", "is that of agent 101"),
        ),
        (
            set_team(31, json!({ "members": [100, 999] })),
            Refused::field("members", "agent 999 is not an active agent of this store"),
        ),
        (
            teams::archive(Asked::operator(), TeamId(31), Pool::Team(TeamId(31))),
            Refused::field("moveTo", "team 31 is not another active team"),
        ),
        (
            settings::set(Asked::operator(), patch::<StorePatch>(json!({ "timezone": "Mars" }))),
            Refused::field("timezone", "is not a time zone's name such as Asia/Kolkata"),
        ),
    ];
    for (decide, refused) in refusals {
        assert_eq!(db.change_of(&usual(), decide).await, Err(refused));
    }
    assert_eq!(db.change_of(&store("nowhere"), set_agent(100, json!({}))).await, Err(Refused::NotFound));
    db.change(set_agent(101, json!({ "name": "agent1" }))).await;
    db.set_online("agent1@shop.example", true).await;
    assert_eq!(audit(db).await.len(), before);
    assert!(db.audit(&store("nowhere"), None, None, 10).await.unwrap().is_empty());
}

async fn the_audit_log_is_read_newest_first_by_position(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    for online in [false, true, false] {
        db.set_online("agent0@shop.example", online).await;
    }
    let all = audit(db).await;
    let positions: Vec<i64> = all.iter().map(|row| row.position).collect();
    let expected: Vec<i64> = (1..=i64::try_from(all.len()).unwrap()).rev().collect();
    assert_eq!(positions, expected, "without gaps");
    let page = db.audit(&usual(), None, Some(positions[1]), 2).await.unwrap();
    assert_eq!(page.iter().map(|row| row.position).collect::<Vec<_>>(), positions[2..4]);
}

async fn a_store_file_is_audited_and_no_secret_ever_is(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let subjects: Vec<String> = audit(db).await.into_iter().rev().map(|row| row.entry.subject).collect();
    assert_eq!(
        subjects[..3],
        ["settings", "channel:whatsapp:+917827486670", "channel:email:care@shop.example"]
    );
    assert_eq!(
        subjects[3..],
        ["agent:100", "agent:101", "agent:102", "team:31", "label:7", "label:8", "customer:5233549"]
    );
    assert!(db.apply(&StoreFile::default()).await.is_empty());
    assert_eq!(audit(db).await.len(), subjects.len());
    db.create_key(super::keys::key("k", usual())).await;
    let entry = &audit(db).await[0].entry;
    assert_eq!((entry.subject.as_str(), &entry.before), ("key:k", &None));
    let members = entry.after.as_ref().unwrap().as_object().unwrap();
    assert!(members.keys().all(|name| !name.contains("hash") && !name.contains("secret")), "{entry:?}");
}

async fn a_change_needs_the_state_that_was_seen(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let seen = db.change(labels::set(Asked::operator(), LabelId(7), LabelPatch::default())).await;
    let rename = |condition, name: &str| {
        let asked = Asked { condition, ..Asked::operator() };
        labels::set(asked, LabelId(7), patch(json!({ "name": name })))
    };
    let tag = || Condition::Matches(vec![etag(&seen)]);
    assert_eq!(db.change_of(&usual(), rename(Condition::Missing, "a")).await, Err(Refused::Unconditional));
    assert_eq!(db.change(rename(tag(), "b")).await["name"], "b");
    assert_eq!(db.change_of(&usual(), rename(tag(), "c")).await, Err(Refused::Stale));
    let any = Condition::Matches(vec!["*".into()]);
    assert_eq!(db.change(rename(any, "d")).await["name"], "d");
}

async fn a_repeated_addition_is_made_once_and_answered_alike(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let add = |name: &str, hash: u8| {
        let key = RecordKey { caller: "operator".into(), key: "once".into() };
        let asked = Asked { keep: Some(Keep { key, hash: [hash; 32] }), ..Asked::operator() };
        labels::add(asked, new_label(name))
    };
    let first = db.change(add("vip", 1)).await;
    let again = db.provision(&usual(), add("vip", 1), false).await.unwrap();
    assert!(matches!(&again, Provisioned::Before(kept) if *kept == first), "{again:?}");
    let other = db.provision(&usual(), add("other", 2), false).await.unwrap();
    assert!(matches!(other, Provisioned::KeyReused), "{other:?}");
    db.pass(Duration::from_secs(25 * 60 * 60));
    assert_eq!(db.change(add("other", 2)).await["id"], 10, "the record's time is over");
}

async fn numbers_are_not_given_again(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let added = db.change(agents::add(Asked::operator(), new_agent("new@shop.example"))).await;
    assert_eq!((&added["id"], &added["origin"]), (&json!(103), &json!("command")));
    db.change(agents::archive(Asked::operator(), agent(103))).await;
    let next = db.change(agents::add(Asked::operator(), new_agent("next@shop.example"))).await;
    assert_eq!(next["id"], 104);
    let taken = db.change_of(&usual(), agents::add(Asked::operator(), new_agent("NEW@shop.example"))).await;
    assert_eq!(taken, Err(Refused::field("email", "is that of agent 103, who is archived")));
    assert_eq!(db.change(set_agent(103, json!({ "active": true }))).await["active"], true);
}

async fn who_becomes_able_to_take_tickets_gets_them_with_the_change(db: &TestDatabase) {
    let closed = "{ mon = [\"00:00-00:01\"] }";
    let file = StoreFile::default()
        .agents([Agent::online(0).max_open(1), Agent::offline(1), Agent::offline(2)])
        .teams([Team::new(31, "Returns", &[2]).hours(closed), Team::new(32, "Else", &[])]);
    db.apply(&file).await;
    db.told([call(&tasks()), call(&tasks()), call(&tasks()), call(&for_team(31)), call(&for_team(32))]).await;
    assert_eq!(places(db).await, ["100", "waits in 0", "waits in 0", "waits in 31", "waits in 32"]);
    db.change(set_agent(100, json!({ "maxOpen": 2 }))).await;
    assert_eq!(places(db).await[1..], ["100", "waits in 0", "waits in 31", "waits in 32"], "a raised limit");
    db.set_online("agent1@shop.example", true).await;
    assert_eq!(places(db).await[2..], ["101", "waits in 31", "waits in 32"], "coming online");
    db.set_online("agent2@shop.example", true).await;
    assert_eq!(places(db).await[3..], ["waits in 31", "waits in 32"], "outside the hours");
    db.change(set_team(31, json!({ "hours": null }))).await;
    assert_eq!(places(db).await[3..], ["102", "waits in 32"], "hours that changed");
    db.change(set_team(32, json!({ "members": [101] }))).await;
    assert_eq!(places(db).await[4..], ["101"], "a new member");
    db.assert_sound().await;
}

async fn all_that_waits_is_handed_out_however_much_it_is(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::offline(0)]).teams([])).await;
    db.told((0..250).map(|_| call(&tasks()))).await;
    let done = db.provision(&usual(), availability("agent0@shop.example", true), false).await.unwrap();
    assert!(matches!(done, Provisioned::Changed(changed) if changed.unfinished), "100 in one transaction");
    db.change(set_agent(100, json!({ "name": "Meera" }))).await;
    assert!(places(db).await.iter().all(|place| place == "100"));
    db.assert_sound().await;
}

async fn an_archived_agents_tickets_go_to_the_next(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::offline(0), Agent::online(1)])).await;
    let theirs = || call(&for_agent("agent1@shop.example"));
    db.told([theirs(), theirs(), theirs()]).await;
    db.close(&[1]).await;
    db.change(agents::archive(Asked::operator(), agent(101))).await;
    assert_eq!(places(db).await, ["101", "waits in 0", "waits in 0"], "a closed one is whose it was");
    assert_eq!(db.agents(&usual()).await.unwrap()[1].open, 0);
    db.set_online("agent0@shop.example", true).await;
    assert_eq!(places(db).await[1..], ["100", "100"]);
    db.assert_sound().await;
}

async fn an_archived_teams_tickets_move_and_stay_with_their_owners(db: &TestDatabase) {
    let teams = || [Team::new(31, "Returns", &[0]), Team::new(32, "Else", &[])];
    let file = || StoreFile::default().agents([Agent::online(0), Agent::offline(1)]).teams(teams());
    db.apply(&file()).await;
    db.told([call(&for_team(31)), call(&tasks())]).await;
    db.set_online("agent0@shop.example", false).await;
    db.told([call(&for_team(31))]).await;
    assert_eq!(places(db).await, ["100", "100", "waits in 31"]);
    db.change(teams::archive(Asked::operator(), TeamId(31), Pool::Team(TeamId(32)))).await;
    assert_eq!(places(db).await, ["100", "100", "waits in 32"]);
    let of_team: Vec<_> = db.all_tickets().await.iter().map(|row| row.ticket.team).collect();
    assert_eq!(of_team, [Some(TeamId(32)), None, Some(TeamId(32))]);
    db.apply(&file().teams([])).await;
    db.apply(&StoreFile { teams: vec![Team::new(31, "Returns", &[0])], ..file() }).await;
    assert_eq!(
        places(db).await[2..],
        ["waits in 0"],
        "a file that has the team no more: to the store's pool"
    );
    db.assert_sound().await;
}

async fn a_team_with_too_many_open_tickets_is_not_archived(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::offline(0)]).teams([Team::new(31, "Returns", &[])])).await;
    for _ in 0..5 {
        db.told((0..1000).map(|_| call(&for_team(31)))).await;
    }
    let archive = || teams::archive(Asked::operator(), TeamId(31), Pool::Store);
    db.told([call(&for_team(31))]).await;
    assert_eq!(db.change_of(&usual(), archive()).await, Err(Refused::TooManyTickets));
    db.close(&[1]).await;
    db.change(archive()).await;
    assert_eq!(places(db).await[1..], vec!["waits in 0"; 5000]);
    db.assert_sound().await;
}

async fn stages_are_replaced_in_their_order_and_tickets_of_a_gone_one_fall_back(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks())]).await;
    let set = |list: Value| stages::set(Asked::operator(), patch::<StageList>(json!({ "stages": list })));
    let with_third = json!([
        { "name": "In progress", "kind": "open" },
        { "id": 1, "name": "New", "kind": "open" },
        { "id": 2, "name": "Later", "kind": "snoozed" },
        { "id": 3, "name": "Done", "kind": "closed" },
    ]);
    let made = db.change(set(with_third)).await;
    let told = |list: &Value| -> Vec<(i64, String)> {
        let stages = list["stages"].as_array().unwrap().iter();
        stages.map(|s| (s["id"].as_i64().unwrap(), s["name"].as_str().unwrap().into())).collect()
    };
    let expected = [(4, "In progress"), (1, "New"), (2, "Later"), (3, "Done")];
    assert_eq!(told(&made), expected.map(|(id, name)| (id, name.to_owned())));
    let current = db.settings(&usual(), Customers::None).await.unwrap();
    assert_eq!(current.stages.first_open(), StageId(4));
    let outcomes = db.work(&Actor::Operator, [(1, Command::SetStage(StageId(1)))]).await;
    assert!(outcomes[0].is_ok(), "{outcomes:?}");
    let without = json!([
        { "id": 4, "name": "In progress", "kind": "open" },
        { "id": 2, "name": "Later", "kind": "snoozed" },
        { "id": 3, "name": "Done", "kind": "closed" },
    ]);
    db.change(set(without)).await;
    let ticket = db.ticket(&usual(), TicketId(1)).await.unwrap().unwrap().ticket;
    assert!(matches!(ticket.state, State::Open { stage: StageId(4), .. }), "{ticket:?}");
    let refused = db.change_of(&usual(), set(json!([{ "name": "Open", "kind": "open" }]))).await;
    assert_eq!(refused, Err(Refused::field("stages", "needs exactly one stage of kind snoozed, and has 0")));
    let refused = db.change_of(&usual(), set(json!([{ "id": 9, "name": "Open", "kind": "open" }]))).await;
    assert_eq!(refused, Err(Refused::field("stages[0].id", "9 is no stage of this store")));
    assert_eq!(audit(db).await[0].entry.subject, "stages");
}

async fn settings_of_the_desk_are_read_back(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let change =
        json!({ "reopenWithin": "7d", "closeAfter": "14d", "agentsSeeAll": true, "keepAudit": "30d" });
    let set = |change: Value| settings::set(Asked::operator(), patch::<StorePatch>(change));
    let shown = db.change(set(change.clone())).await;
    for (name, value) in change.as_object().unwrap() {
        assert_eq!(shown[name], *value, "{name}");
    }
    let roster = db.roster(&usual()).await.unwrap();
    assert!(roster.desk().agents_see_all);
    assert_eq!(roster.desk().close_after, Some(Duration::from_secs(14 * 86_400)));
    assert_eq!(db.change(set(json!({ "closeAfter": null }))).await["closeAfter"], Value::Null);
    assert!(db.apply(&StoreFile::default()).await.is_empty(), "a file without the section leaves it alone");
}

async fn who_is_away_until_a_time_is_noted_as_due(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let until = START + Duration::from_secs(3600);
    let away = Availability::away(None, Some(until), START).unwrap();
    let told = db.change(agents::make_available(Asked::operator(), agent(100), away, false)).await;
    assert_eq!(told, json!({ "status": "away", "until": "2027-01-15T09:00:00Z" }));
    assert_eq!(db.count("due WHERE kind = 'away_end' AND subject = 100"), 1);
    assert_eq!(db.told([call(&tasks())]).await, ["created 1 for 101"]);
    let row = &db.agents(&usual()).await.unwrap()[0];
    assert_eq!((row.online, row.away_until), (false, Some(until)));
    db.set_online("agent0@shop.example", true).await;
    assert_eq!(db.agents(&usual()).await.unwrap()[0].away_until, None);
}
