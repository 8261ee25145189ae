//! `ticket list`, `ticket show`, `ticket close`.

use crate::harness::bodies::{for_team, with};
use crate::harness::{Agent, Rota, STORE, StoreFile, tasks, whatsapp};
use serde_json::json;

#[test]
fn the_list_has_one_object_a_line_in_id_order() {
    let rota = Rota::start();
    let body = with(with(whatsapp(), "labelIds", json!([7])), "context", "two\nlines");
    rota.create(&body);
    rota.create(&for_team(31));
    let tickets = rota.tickets();
    assert_eq!(tickets.len(), 2);
    let first = &tickets[0];
    for (member, value) in [
        ("id", json!(1)),
        ("customerId", json!("5233549")),
        ("storeId", json!(STORE)),
        ("agentId", json!(100)),
        ("teamId", json!(null)),
        ("channelName", json!("whatsapp")),
        ("labelIds", json!([7])),
        ("taskTitle", json!(null)),
        ("context", json!("two\nlines")),
    ] {
        assert_eq!(first[member], value, "{member} of {first}");
    }
    assert!(first["createdAt"].is_string() && first["receipt"].is_object(), "{first}");
    let text = first.to_string();
    assert!(text.contains("+917827486670") && text.contains("+918095495490"), "{text}");
    assert_eq!((&tickets[1]["id"], &tickets[1]["teamId"]), (&json!(2), &json!(31)));
    assert_eq!(tickets[1]["taskTitle"], "Call back");
}

#[test]
fn a_store_without_tickets_has_an_empty_list() {
    assert!(Rota::prepared(StoreFile::default()).tickets().is_empty());
}

#[test]
fn a_ticket_is_shown_with_its_receipt_in_words() {
    let rota = Rota::with(StoreFile::default().agents([Agent::offline(0), Agent::online(1)]));
    rota.create(&tasks());
    let shown = rota.cli(&["ticket", "show", "--store", STORE, "1"]).succeeded();
    assert!(shown.stdout.contains("5233549") && shown.stdout.contains("agent1"), "{shown}");
    assert!(shown.stdout.contains("offline"), "why agent 0 was passed over: {shown}");
}

#[test]
fn a_ticket_that_waits_is_shown_with_what_it_waits_for() {
    let file = StoreFile::default().agents([Agent::offline(0), Agent::online(1).max_open(1)]).teams([]);
    let rota = Rota::with(file);
    rota.create(&tasks());
    rota.create(&tasks());
    let shown = rota.cli(&["ticket", "show", "--store", STORE, "2"]).succeeded();
    shown.tells(&["waits for 1 agent can take it after closing one ticket", "waits for 1 agent is offline"]);
    let shown = rota.cli(&["ticket", "show", "--store", STORE, "1"]).succeeded();
    assert!(!shown.stdout.contains("waits for"), "{shown}");
}

#[test]
fn several_tickets_are_closed_at_once() {
    let rota = Rota::with(StoreFile::default().agents([Agent::online(0).max_open(3)]).teams([]));
    let given: Vec<_> = (0..3).map(|_| rota.assigned(&tasks())).collect();
    assert_eq!(given, [Some(100); 3]);
    assert_eq!(rota.dry_run(&tasks()).agent(), None);
    rota.cli(&["ticket", "close", "--store", STORE, "1", "3"]).succeeded();
    let limit = crate::harness::load::IN_EFFECT;
    crate::harness::until(limit, || rota.dry_run(&tasks()).agent());
    assert_eq!([rota.assigned(&tasks()), rota.assigned(&tasks())], [Some(100); 2]);
    assert_eq!(rota.dry_run(&tasks()).agent(), None);
    rota.cli(&["check"]).succeeded();
}

#[test]
fn a_ticket_named_twice_is_closed_once() {
    let rota = Rota::start();
    rota.create(&tasks());
    let output = rota.cli(&["ticket", "close", "--store", STORE, "1", "1"]).succeeded();
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("closed 1\n", ""));
    rota.cli(&["check"]).succeeded();
}

#[test]
fn what_is_not_there_is_told() {
    let rota = Rota::start();
    rota.create(&tasks());
    for command in ["show", "close"] {
        rota.cli(&["ticket", command, "--store", STORE, "42"]).failed().tells(&["42"]);
        rota.cli(&["ticket", command, "--store", "nowhere", "1"]).failed().tells(&["nowhere"]);
        rota.cli(&["ticket", command, "--store", STORE, "one"]).failed();
    }
    rota.cli(&["ticket", "list", "--store", "nowhere", "--json"]).failed().tells(&["nowhere"]);
}
