//! Tickets that wait too long are told of once.

use super::calls::call;
use super::database::{availability, usual};
use super::due::work_all;
use super::{TestDatabase, storage_suite};
use crate::harness::{Agent, StoreFile, tasks};
use rota::settings::Asked;
use rota::settings::store as settings;
use rota::store::events::Happened;
use rota_core::access::{Actor, Role};
use rota_core::event::Kind;
use rota_core::ids::{AgentId, LabelId};
use rota_core::life::{Command, Expected, Recipient};
use serde_json::{Value, json};
use std::time::Duration;

storage_suite!(
    a_wait_that_is_too_long_is_told_once,
    another_wait_of_the_same_ticket_is_told_too,
    many_waits_are_told_some_at_a_time,
    nothing_is_told_where_the_store_does_not_ask_for_it,
);

const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);
const LEAD: Actor = Actor::Agent { id: AgentId(100), role: Role::Admin };

async fn set(db: &TestDatabase, span: Value) {
    let patch = serde_json::from_value(json!({ "waitingTooLong": span })).unwrap();
    db.change(settings::set(Asked::operator(), patch)).await;
}

/// Tickets that wait, in a store that tells of it after ten minutes.
async fn waiting(db: &TestDatabase, count: usize) {
    db.apply(&StoreFile::default().agents([Agent::offline(0)]).teams([])).await;
    set(db, json!("10m")).await;
    db.told((0..count).map(|_| call(&tasks()))).await;
}

/// Which tickets are told of after so long, and since when each has waited.
async fn told(db: &TestDatabase, after: Duration) -> Vec<(i64, String)> {
    let last = db.last_event(&usual()).await.unwrap();
    db.pass(after);
    work_all(db).await;
    let events = db.events(&usual(), last, 1_000).await.unwrap();
    let told = events.into_iter().filter_map(|event| match event.what {
        Happened::Told { kind: Kind::TicketWaitingTooLong, row: Some(row), body } => {
            Some((row.ticket.id.0, body["waitingSince"].as_str().unwrap().to_owned()))
        }
        _ => None,
    });
    told.collect()
}

async fn a_wait_that_is_too_long_is_told_once(db: &TestDatabase) {
    waiting(db, 1).await;
    let since = db.now().to_string();
    assert_eq!(told(db, 10 * MINUTE - SECOND).await, []);
    let label = Command::Label { add: [LabelId(7)].into(), remove: [].into() };
    db.work(&LEAD, [(1, label)]).await;
    assert_eq!(told(db, 16 * SECOND).await, [(1, since)], "what else was done to it changes nothing");
    let label = Command::Label { add: [].into(), remove: [LabelId(7)].into() };
    db.work(&LEAD, [(1, label)]).await;
    assert_eq!(told(db, 60 * MINUTE).await, []);
    db.assert_sound().await;
}

async fn another_wait_of_the_same_ticket_is_told_too(db: &TestDatabase) {
    waiting(db, 1).await;
    assert_eq!(told(db, 11 * MINUTE).await.len(), 1);
    // Within one look: the ticket is given to somebody and waits again.
    let to = |to| Command::Assign { to, expected: Expected::Anybody };
    let given = db.work(&LEAD, [(1, to(Recipient::Agent(AgentId(100))))]).await;
    assert!(given[0].is_ok(), "{given:?}");
    let back = db.work(&LEAD, [(1, to(Recipient::Nobody))]).await;
    assert!(back[0].is_ok(), "{back:?}");
    let since = db.now().to_string();
    assert_eq!(told(db, 9 * MINUTE).await, []);
    assert_eq!(told(db, 2 * MINUTE).await, [(1, since)]);
    db.assert_sound().await;
}

async fn many_waits_are_told_some_at_a_time(db: &TestDatabase) {
    waiting(db, 230).await;
    let told: Vec<i64> = told(db, 11 * MINUTE).await.into_iter().map(|(ticket, _)| ticket).collect();
    assert_eq!(told, (1..=230).collect::<Vec<_>>());
    db.change(availability("agent0@shop.example", true)).await;
    while db.hand_out(&usual()).await.unwrap() {}
    db.pass(MINUTE);
    work_all(db).await;
    assert_eq!(db.count("waits"), 0, "what waits no longer is forgotten");
    db.assert_sound().await;
}

async fn nothing_is_told_where_the_store_does_not_ask_for_it(db: &TestDatabase) {
    waiting(db, 1).await;
    set(db, Value::Null).await;
    assert_eq!(told(db, 60 * MINUTE).await, []);
    set(db, json!("10m")).await;
    assert_eq!(told(db, MINUTE).await.len(), 1, "how long it has waited counts from its beginning");
}
