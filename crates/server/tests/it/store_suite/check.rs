//! The check: it finds damage of each kind, and names the store.

use super::calls::{call, call_to};
use super::database::usual;
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, for_team};
use crate::harness::{Agent, StoreFile, tasks};

storage_suite!(
    a_sound_database_has_no_findings,
    a_missing_ticket_is_found,
    a_ticket_behind_the_next_number_is_found,
    a_missing_event_is_found,
    a_timeline_entry_that_no_event_tells_of_is_found,
    an_event_that_is_told_twice_is_found,
    a_row_that_points_at_nothing_is_found,
    a_wrong_open_count_is_found,
    a_wrong_count_of_waiting_tickets_is_found,
    a_missing_routing_row_is_found,
    an_unreadable_routing_row_is_found,
    a_closed_ticket_that_waits_is_found,
    a_ticket_that_stands_otherwise_in_the_lists_is_found,
);

/// Owned, waiting and closed tickets of two stores.
async fn fill(db: &TestDatabase) {
    let agents = [Agent::online(0).max_open(2), Agent::offline(1)];
    db.apply(&StoreFile::default().agents(agents.clone())).await;
    db.apply(&StoreFile::default().store("another").agents(agents)).await;
    let all = [tasks(), for_team(31), for_agent("agent1@shop.example"), tasks(), for_team(31), tasks()];
    db.told(all.iter().map(call)).await;
    db.told(all.iter().map(|body| call_to("another", body))).await;
    db.close(&[1, 6]).await;
}

async fn a_sound_database_has_no_findings(db: &TestDatabase) {
    db.assert_sound().await;
    fill(db).await;
    db.assert_sound().await;
}

/// The damage is found: in the usual store, or in no store's own rows, in these words.
async fn finds(db: &TestDatabase, damage: &str, words: &str) {
    fill(db).await;
    db.damage(&format!("{damage} AND store_id = '{}'", usual()));
    let findings = db.check().await.unwrap();
    assert!(findings.iter().any(|finding| finding.text.contains(words)), "{words}: {findings:?}");
    assert!(findings.iter().all(|finding| finding.store.as_ref().is_none_or(|of| *of == usual())));
}

async fn a_missing_ticket_is_found(db: &TestDatabase) {
    finds(db, "DELETE FROM tickets WHERE id = 3", "tickets are numbered up to 6, but there are 5").await;
}

async fn a_ticket_behind_the_next_number_is_found(db: &TestDatabase) {
    let damage = "UPDATE routing SET next_ticket = 6 WHERE next_ticket = 7";
    finds(db, damage, "tickets end at 6, but the next number is 6").await;
}

async fn a_missing_event_is_found(db: &TestDatabase) {
    finds(
        db,
        "DELETE FROM outbox WHERE position = 7",
        "events are numbered up to 6, but the next number is 10",
    )
    .await;
}

async fn a_timeline_entry_that_no_event_tells_of_is_found(db: &TestDatabase) {
    let damage = "UPDATE outbox SET sequence = 9 WHERE position = 8";
    finds(db, damage, "3 timeline entries and 3 outbox rows, of which 2 belong together").await;
}

async fn an_event_that_is_told_twice_is_found(db: &TestDatabase) {
    let damage = "UPDATE tickets SET event = 2 WHERE id = 3";
    finds(db, damage, "events are numbered up to 2, but the next number is 10").await;
}

async fn a_row_that_points_at_nothing_is_found(db: &TestDatabase) {
    let damage = "UPDATE tickets SET customer_id = 'nobody' WHERE id = 3";
    finds(db, damage, "orphan: a row of tickets points at no row of customers").await;
}

async fn a_wrong_open_count_is_found(db: &TestDatabase) {
    let damage = "UPDATE agent_loads SET open = 7 WHERE agent_id = 101";
    finds(db, damage, "agent 101 is counted with 7 open tickets, but owns 1").await;
}

async fn a_wrong_count_of_waiting_tickets_is_found(db: &TestDatabase) {
    finds(db, "UPDATE routing SET pools = '[]' WHERE next_ticket = 7", "waiting tickets per pool").await;
}

async fn a_missing_routing_row_is_found(db: &TestDatabase) {
    finds(db, "DELETE FROM routing WHERE next_ticket = 7", "the store's routing row is missing").await;
}

async fn an_unreadable_routing_row_is_found(db: &TestDatabase) {
    let damage = "UPDATE routing SET pools = 'x' WHERE next_ticket = 7";
    finds(db, damage, "routing.pools cannot be read").await;
}

async fn a_closed_ticket_that_waits_is_found(db: &TestDatabase) {
    let damage = "UPDATE tickets SET waiting_pool = 0 WHERE id = 6";
    finds(db, damage, "tickets that wait although they are owned or not open: 1").await;
}

async fn a_ticket_that_stands_otherwise_in_the_lists_is_found(db: &TestDatabase) {
    fill(db).await;
    while db.file().await.expect("filing goes on") > 0 {}
    db.assert_sound().await;
    db.damage(&format!("UPDATE listed SET agent_id = 101 WHERE ticket_id = 1 AND store_id = '{}'", usual()));
    db.damage(&format!("DELETE FROM listed WHERE ticket_id = 3 AND store_id = '{}'", usual()));
    let findings = db.check().await.unwrap();
    let texts: Vec<_> = findings.iter().map(|finding| finding.text.as_str()).collect();
    assert_eq!(texts, ["lists: 2 tickets are missing in the lists or stand otherwise there than they are"]);
}
