//! What happens by itself, with time.

use super::harness::Desk;
use crate::harness::{Agent, StoreFile, tasks, until};
use rota::clock::{Clock, SystemClock};
use serde_json::json;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_snoozed_ticket_is_open_again_at_its_time() {
    let desk = Desk::start();
    desk.rota.create(&tasks());
    // Two seconds: a busy machine may take long to send it, and a time that is past is refused.
    let time = until(SOON, || {
        let time = SystemClock.now() + Duration::from_secs(2);
        let told = desk.command("snooze", &json!({ "until": time.to_string() }));
        (told.status == 200).then_some(time)
    });
    let ticket = until(SOON, || Some(desk.ticket(1)).filter(|ticket| ticket["state"] == "owned"));
    assert_eq!(ticket["agentId"], 100, "{ticket}");
    assert!(SystemClock.now() >= time);
    assert_eq!(desk.kinds(1), ["created", "snoozed", "woken"]);
    let timeline = desk.get("/v1/tickets/1/timeline").json();
    assert_eq!(timeline["entries"][2]["by"]["kind"], "clock", "{timeline}");
}

#[test]
fn a_ticket_that_was_to_wake_while_the_server_was_down_wakes_at_its_start() {
    let mut desk = Desk::start();
    desk.rota.create(&tasks());
    desk.done("snooze", &json!({ "until": "2099-01-01T00:00:00Z" }));
    assert!(desk.rota.terminate().success());
    let database = rusqlite::Connection::open(desk.rota.path("rota.db")).unwrap();
    let now = SystemClock.now().as_millisecond();
    let wake =
        format!("UPDATE tickets SET snoozed_until = {now}; UPDATE due SET at = {now} WHERE kind = 'wake'");
    database.execute_batch(&wake).unwrap();
    drop(database);
    desk.rota.cli(&["jobs"]).succeeded().tells(&["due      wake       1 "]);
    desk.rota.restart();
    until(SOON, || (desk.ticket(1)["state"] == "owned").then_some(()));
    desk.rota.cli(&["jobs"]).succeeded().tells(&["nothing is due and nothing has failed"]);
}

#[test]
fn a_waiting_ticket_is_given_out_once_somebody_is_there() {
    let desk = Desk::with(StoreFile::default().agents((0..2).map(Agent::offline)).teams([]));
    assert_eq!(desk.rota.assigned(&tasks()), None);
    let store = crate::harness::STORE;
    desk.rota.cli(&["agent", "online", "--store", store, "agent1@shop.example"]).succeeded();
    until(SOON, || (desk.ticket(1)["agentId"] == 101).then_some(()));
    assert_eq!(desk.kinds(1), ["created", "handed_out"]);
}

#[test]
fn the_jobs_of_a_store_that_is_not_there_are_refused() {
    let desk = Desk::start();
    desk.rota.cli(&["jobs", "--store", "nowhere"]).failed().tells(&["there is no store nowhere"]);
}
