//! Commands on tickets.

use super::harness::Desk;
use crate::harness::bodies::for_team;
use crate::harness::{Agent, Request, StoreFile, tasks};
use serde_json::{Value, json};

/// A store whose ticket 1 is agent 100's.
fn with_ticket() -> Desk {
    let desk = Desk::start();
    assert_eq!(desk.rota.create(&tasks()).id(), 1);
    desk
}

#[test]
fn a_ticket_is_worked_from_its_creation_to_its_end() {
    let desk = with_ticket();
    assert_eq!(desk.ticket(1)["state"], "owned");
    assert_eq!(desk.done("assign", &json!({ "agentId": 101, "expectedAgentId": 100 }))["agentId"], 101);
    assert_eq!(desk.done("labels", &json!({ "add": [7, 8] }))["labelIds"], json!([7, 8]));
    assert_eq!(desk.done("labels", &json!({ "remove": [7] }))["labelIds"], json!([8]));
    assert_eq!(desk.done("priority", &json!({ "priority": "urgent" }))["priority"], "urgent");
    desk.done("notes", &json!({ "text": "Called, no answer.", "mentions": [100] }));
    desk.done("messages", &json!({ "direction": "out", "text": "We will call again.", "externalId": "m1" }));
    let until = "2099-01-01T00:00:00Z";
    assert_eq!(desk.done("snooze", &json!({ "until": until }))["snoozedUntil"], until);
    assert_eq!(desk.done("wake", &json!({}))["state"], "owned");
    let closed = desk.done("close", &json!({}));
    assert_eq!((&closed["state"], &closed["closedBy"]), (&json!("closed"), &json!("key")));
    assert_eq!(desk.done("reopen", &json!({}))["agentId"], 101);
    let kinds = [
        "created",
        "assigned",
        "labelled",
        "labelled",
        "priority_set",
        "noted",
        "message",
        "snoozed",
        "woken",
        "closed",
        "reopened",
    ];
    assert_eq!(desk.kinds(1), kinds);
    desk.rota.cli(&["check"]).succeeded();
}

#[test]
fn a_ticket_passed_on_goes_to_the_next_and_says_why() {
    let desk = with_ticket();
    let passed = desk.done("pass", &json!({ "reason": "not my language" }));
    assert_eq!((&passed["agentId"], &passed["passedBy"]), (&json!(101), &json!([100])));
    let why = desk.get("/v1/tickets/1/why").json();
    let triggers: Vec<_> = why["decisions"].as_array().unwrap().iter().map(|told| &told["trigger"]).collect();
    assert_eq!(triggers, ["passed", "created"]);
    let reasons: Vec<_> =
        why["decisions"][0]["seats"].as_array().unwrap().iter().map(|seat| &seat["reason"]).collect();
    assert_eq!(reasons, ["chosen"]);
    assert!(why["decisions"][1]["text"].as_str().unwrap().contains("was next"), "{why}");
}

#[test]
fn a_ticket_goes_to_a_team_and_back_to_the_stores_pool() {
    let desk = Desk::with(StoreFile::default().agents([0, 1].map(Agent::offline)));
    desk.rota.create(&for_team(31));
    assert_eq!(desk.ticket(1)["waitingIn"], json!({ "kind": "team", "id": 31 }));
    let moved = desk.done("assign", &json!({ "teamId": null }));
    assert_eq!((&moved["teamId"], &moved["waitingIn"]["kind"]), (&Value::Null, &json!("store")));
    assert_eq!(desk.done("assign", &json!({ "agentId": 100 }))["agentId"], 100);
    assert_eq!(desk.done("assign", &json!({ "agentId": null }))["state"], "waiting");
    desk.rota.cli(&["check"]).succeeded();
}

#[test]
fn duplicates_are_merged_and_taken_apart_again() {
    let desk = with_ticket();
    desk.rota.create(&tasks());
    let before = desk.ticket(1);
    let merged = desk.done("merge", &json!({ "into": 2 }));
    assert_eq!((&merged["mergedInto"], &merged["closedBy"]), (&json!(2), &json!("merge")));
    let message = json!({ "direction": "in", "text": "Hello?" });
    let answer = desk.command("messages", &message);
    assert_eq!(
        (answer.status, &answer.json()["ticket"]["id"]),
        (200, &json!(2)),
        "it belongs to the survivor"
    );
    let after = desk.done("unmerge", &json!({}));
    for member in ["state", "agentId", "teamId", "labelIds", "mergedInto", "closedBy"] {
        assert_eq!(after[member], before[member], "{member}");
    }
    desk.rota.cli(&["check"]).succeeded();
}

#[test]
fn a_change_is_taken_back_by_its_entry() {
    let desk = with_ticket();
    let entry = desk.command("close", &json!({})).json()["entry"].clone();
    assert_eq!(desk.done("undo", &json!({ "entry": entry }))["state"], "owned");
    assert_eq!(Desk::refused(&desk.command("undo", &json!({ "entry": 99 }))), (409, "not_undoable".into()));
    assert_eq!(Desk::refused(&desk.command("undo", &json!({ "entry": entry }))), (409, "changed".into()));
}

#[test]
fn what_is_there_already_is_no_change() {
    let desk = with_ticket();
    for (name, body) in [
        ("assign", json!({ "agentId": 100 })),
        ("reopen", json!({})),
        ("labels", json!({ "remove": [7] })),
        ("priority", json!({ "priority": "normal" })),
    ] {
        let answer = desk.command(name, &body);
        assert_eq!((answer.status, &answer.json()["entry"]), (200, &Value::Null), "{name}");
    }
    assert_eq!(desk.kinds(1), ["created"]);
}

#[test]
fn refusals_say_which_rule_and_change_nothing() {
    let desk = with_ticket();
    let before = desk.ticket(1);
    for (name, body, expected) in [
        ("claim", json!({}), (403, "forbidden")),
        ("assign", json!({ "agentId": 999 }), (422, "unknown_agent")),
        ("assign", json!({ "teamId": 999 }), (422, "unknown_team")),
        ("close", json!({ "expectedAgentId": 101 }), (409, "changed")),
        ("close", json!({ "expectedAgentId": null }), (409, "changed")),
        ("wake", json!({ "expectedAgentId": 100 }), (400, "malformed")),
        ("snooze", json!({ "until": "2020-01-01T00:00:00Z" }), (422, "past")),
        ("stage", json!({ "stageId": 3 }), (422, "unknown_stage")),
        ("labels", json!({ "add": [99] }), (422, "unknown_label")),
        ("merge", json!({ "into": 1 }), (422, "into_itself")),
        ("merge", json!({ "into": 2 }), (422, "unknown_ticket")),
        ("unmerge", json!({}), (409, "not_merged")),
    ] {
        let answer = desk.command(name, &body);
        assert_eq!(Desk::refused(&answer), (expected.0, expected.1.into()), "{name} {body}: {answer}");
    }
    assert_eq!(desk.ticket(1), before);
    let stale = desk.command("close", &json!({ "expectedAgentId": 101 })).json();
    assert_eq!(stale["ticket"], before, "the ticket as it is");
}

#[test]
fn a_malformed_body_names_the_field_and_the_rule() {
    let desk = with_ticket();
    for (name, body, field) in [
        ("snooze", json!({}), "until"),
        ("snooze", json!({ "until": "tomorrow" }), "until"),
        ("notes", json!({ "text": "" }), "text"),
        ("notes", json!({ "text": 5 }), "text"),
        ("notes", json!({ "text": "x", "txet": "y" }), "txet"),
        ("pass", json!({ "reason": "x".repeat(501) }), "reason"),
        ("priority", json!({ "priority": "highest" }), "priority"),
        ("assign", json!({}), "agentId"),
        ("assign", json!({ "agentId": 1, "teamId": 2 }), "agentId"),
        ("close", json!({ "until": "2099-01-01T00:00:00Z" }), "until"),
        ("labels", json!({ "add": (1..=51).collect::<Vec<_>>() }), "add"),
        ("messages", json!({ "direction": "up", "text": "x" }), "direction"),
        ("messages", json!({ "direction": "in", "text": "x", "at": "2999-01-01T00:00:00Z" }), "at"),
    ] {
        let answer = desk.command(name, &body);
        assert_eq!(Desk::refused(&answer), (400, "malformed".into()), "{name} {body}: {answer}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{name} {body}: {answer}");
    }
    for body in ["{", "[]", "{} {}"] {
        let answer = desk.rota.send(&desk.request("POST", "/v1/tickets/1/close").body(body));
        assert_eq!(Desk::refused(&answer), (400, "malformed".into()), "{body}: {answer}");
    }
    assert_eq!(desk.kinds(1), ["created"]);
}

#[test]
fn a_repeated_post_is_worked_once() {
    let desk = with_ticket();
    let post = |text: &str| {
        let request = desk.request("POST", "/v1/tickets/1/notes").header("Idempotency-Key", "n1");
        desk.rota.send(&request.json(&json!({ "text": text })))
    };
    let (first, again) = (post("once"), post("once"));
    assert_eq!((first.status, again.status), (200, 200), "{again}");
    assert_eq!(first.json()["entry"], again.json()["entry"]);
    assert_eq!(
        (first.header("idempotent-replayed"), again.header("idempotent-replayed")),
        (None, Some("true"))
    );
    assert_eq!(Desk::refused(&post("another")), (422, "idempotency_key_reused".into()));
    assert_eq!(desk.kinds(1), ["created", "noted"]);
}

#[test]
fn many_tickets_are_worked_at_once_with_a_result_for_each() {
    let desk = with_ticket();
    desk.rota.create(&tasks());
    let bulk = |body| desk.post("/v1/tickets/bulk", &body);
    let answer = bulk(json!({ "ticketIds": [1, 2, 9], "command": "labels", "with": { "add": [7] } }));
    let results = answer.json()["results"].clone();
    let told: Vec<_> = results.as_array().unwrap().iter().map(|r| (&r["ticketId"], &r["status"])).collect();
    assert_eq!(told, [(&json!(1), &json!(200)), (&json!(2), &json!(200)), (&json!(9), &json!(404))]);
    assert_eq!(results[2]["code"], "not_found");
    assert_eq!(desk.ticket(2)["labelIds"], json!([7]));
    for (body, field) in [
        (json!({ "ticketIds": [], "command": "close" }), "ticketIds"),
        (json!({ "ticketIds": (1..=101).collect::<Vec<_>>(), "command": "close" }), "ticketIds"),
        (json!({ "ticketIds": [1], "command": "burn" }), "command"),
        (json!({ "ticketIds": [1], "command": "snooze", "with": { "until": 5 } }), "with.until"),
    ] {
        let answer = bulk(body);
        assert_eq!(Desk::refused(&answer), (400, "malformed".into()), "{answer}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{answer}");
    }
}

#[test]
fn what_a_key_does_not_see_is_not_found() {
    let desk = with_ticket();
    desk.rota.apply(&StoreFile::default().store("another")).succeeded();
    let theirs = desk.rota.key_of("another", &["--scope", "desk"]);
    let by = |path: &str, token: &str| {
        desk.rota.send(&Request::get(path).header("Authorization", format!("Basic {token}")))
    };
    for path in ["/v1/tickets/1", "/v1/tickets/1/timeline", "/v1/tickets/1/why"] {
        assert_eq!(Desk::refused(&by(path, &theirs)), (404, "not_found".into()), "{path}");
    }
    for path in ["/v1/tickets/2", "/v1/tickets/0", "/v1/tickets/x", "/v1/tickets/+1", "/v1/nothing"] {
        assert_eq!(Desk::refused(&desk.get(path)), (404, "not_found".into()), "{path}");
    }
    assert_eq!(desk.ticket(1)["id"], 1);
}

#[test]
fn a_key_without_the_scope_is_not_let_in_and_one_with_it_makes_no_tickets() {
    let desk = with_ticket();
    let intake = desk.rota.send(&Request::get("/v1/tickets/1").authorization(desk.rota.token()));
    assert_eq!(Desk::refused(&intake), (401, "unauthorized".into()));
    assert!(intake.header("www-authenticate").is_some_and(|schemes| schemes.contains("Bearer")));
    let nobody = desk.rota.send(&Request::post("/v1/tickets/1/close").body("not even JSON"));
    assert_eq!(Desk::refused(&nobody), (401, "unauthorized".into()), "before anything else is looked at");
    let desk_key = desk.rota.key(&["--scope", "desk"]);
    assert_eq!(desk.rota.send(&desk.rota.request().authorization(&desk_key).json(&tasks())).status, 401);
    let bearer = desk.rota.request().replace_header("Authorization", format!("Bearer {}", desk.rota.token()));
    assert_eq!(desk.rota.send(&bearer.json(&tasks())).status, 401, "intake knows Basic alone");
}

#[test]
fn waiting_tickets_are_handed_out_when_a_ticket_closes() {
    let file = StoreFile::default().agents([Agent::online(0).max_open(1), Agent::offline(1)]).teams([]);
    let desk = Desk::with(file);
    for _ in 0..3 {
        desk.rota.create(&tasks());
    }
    desk.done("close", &json!({}));
    assert_eq!((&desk.ticket(2)["agentId"], &desk.ticket(3)["state"]), (&json!(100), &json!("waiting")));
    assert_eq!(desk.kinds(2), ["created", "handed_out"]);
}

#[test]
fn a_message_that_comes_too_late_is_answered_with_the_new_ticket() {
    let desk = with_ticket();
    desk.done("close", &json!({}));
    let early = desk.command("messages", &json!({ "direction": "in", "text": "still broken" }));
    assert_eq!((early.status, &early.json()["ticket"]["id"]), (200, &json!(1)), "it opens the ticket again");
    assert_eq!(desk.ticket(1)["state"], "owned");
}

#[test]
fn methods_that_a_path_does_not_take_are_refused_with_those_that_it_does() {
    let desk = Desk::start();
    let answer = desk.rota.send(&desk.request("DELETE", "/v1/tickets/1"));
    assert_eq!(Desk::refused(&answer), (405, "method_not_allowed".into()));
    assert_eq!(answer.header("allow"), Some("GET,HEAD"));
}
