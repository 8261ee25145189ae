//! Replays: who may, what is refused before one begins, and what is told while it goes on.

use super::harness::Desk;
use super::settings::Staff;
use crate::harness::bodies::{for_team, with};
use crate::harness::{Request, Response, Rota, SignedIn, StoreFile, postgres, tasks, until};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const REPLAYS: &str = "/v1/replays";

/// The lines of an answer.
#[track_caller]
fn lines(answer: &Response) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("content-type"), Some("application/jsonl"), "{answer}");
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_caller]
fn report(who: &SignedIn, draft: &Value) -> Value {
    let answer = who.post(REPLAYS, &json!({ "draft": draft }));
    let mut lines = lines(&answer);
    lines.pop().expect("a last line")["report"].take()
}

/// Who received how many.
fn received(side: &Value) -> Vec<(i64, u64)> {
    let agents = side["agents"].as_array().unwrap().iter();
    agents.map(|agent| (agent["agentId"].as_i64().unwrap(), agent["received"].as_u64().unwrap())).collect()
}

#[test]
fn a_draft_is_tried_on_what_was_recorded_and_nothing_changes() {
    let staff = Staff::start();
    for _ in 0..4 {
        staff.rota.create(&tasks());
    }
    staff.rota.create(&for_team(31));
    let manager = staff.rota.sign_in("agent1@shop.example");
    let before = staff.shown("/v1/teams/31");

    let draft = json!({
        "settings": { "policy": "balanced" },
        "teams": [{ "id": 31, "policy": "unassigned", "members": [100] }],
        "agents": [{ "id": 102, "maxOpen": 1 }],
        "rules": [{ "name": "Calls", "when": { "words": ["call back"] }, "then": { "agentId": 103 } }],
    });
    let answer = manager.post(REPLAYS, &json!({ "draft": draft }));
    let lines = lines(&answer);
    for line in &lines[..lines.len() - 1] {
        let progress = line["progress"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&progress), "{line}");
    }
    let report = &lines.last().unwrap()["report"];
    assert_eq!(report["tickets"], 5);
    assert_eq!(received(&report["before"]), [(100, 2), (101, 1), (102, 1), (103, 1)]);
    assert_eq!(received(&report["recorded"]), received(&report["before"]));
    assert_eq!(received(&report["after"]), [(100, 0), (101, 0), (102, 0), (103, 4)]);
    assert_eq!(report["after"]["ways"], json!({ "asked": 0, "rule": 4, "sticky": 0, "pool": 1 }));
    assert_eq!(report["after"]["overflow"], json!({ "neverGivenOut": 0, "unclaimed": 1 }));
    assert_eq!(
        report["handling"],
        json!({
            "recorded": 0, "stillOpen": 5, "filledIn": 0, "medianSeconds": null
        })
    );
    let changes: Vec<&str> = report["changes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(changes.len(), 4, "{changes:?}");
    let said = report["notGuessed"].to_string();
    assert!(said.contains("as long as it took") && said.contains("5 tickets will be done"), "{said}");

    assert_eq!(staff.shown("/v1/teams/31"), before);
    assert_eq!(staff.shown("/v1/rules")["rules"], json!([]));
}

#[test]
fn a_limit_of_the_draft_makes_tickets_wait_for_what_was_closed() {
    let staff = Staff::start();
    let one = for_team(32);
    for _ in 0..3 {
        staff.rota.create(&one);
    }
    let closed = staff.admin.post("/v1/tickets/1/close", &json!({}));
    assert_eq!(closed.status, 200, "{closed}");
    let admin = staff.rota.sign_in("agent3@shop.example");
    let report = report(&admin, &json!({ "agents": [{ "id": 102, "maxOpen": 1 }] }));
    let side = |side: &str| (received(&report[side])[2].1, report[side]["overflow"]["neverGivenOut"].clone());
    assert_eq!(side("before"), (3, json!(0)));
    assert_eq!(side("after"), (2, json!(1)), "the second got the place of the first, and keeps it");
    let pool = &report["after"]["pools"][0];
    assert_eq!(pool["pool"], json!({ "kind": "team", "id": 32, "name": "Else" }));
    assert_eq!((&pool["tickets"], &pool["waiting"]["tickets"]), (&json!(3), &json!(2)));
}

#[test]
fn a_draft_that_changes_nothing_gives_what_there_is() {
    let staff = Staff::start();
    for number in 0..6 {
        staff.rota.create(&with(tasks(), "taskTitle", format!("Task {number}")));
    }
    let admin = staff.rota.sign_in("agent3@shop.example");
    let report = report(&admin, &json!({}));
    assert_eq!(report["before"], report["after"]);
    assert_eq!(report["changes"], json!([]));
}

#[test]
fn leads_replay_and_for_others_there_is_nothing() {
    let staff = Staff::start();
    let body = json!({ "draft": {} });
    let statuses = [&staff.agent, &staff.outsider, &staff.manager, &staff.admin]
        .map(|who| who.post(REPLAYS, &body).status);
    assert_eq!(statuses, [404, 404, 200, 200]);
    let desk = Desk::on(Rota::with(StoreFile::default()));
    assert_eq!(Desk::refused(&desk.post(REPLAYS, &body)), (404, "not_found".into()));
}

#[test]
fn what_is_wrong_is_told_before_anything_begins() {
    let staff = Staff::start();
    for (body, field) in [
        (json!({}), "body"),
        (json!({ "draft": { "settings": { "name": "Other" } } }), "draft.settings.name"),
        (json!({ "draft": { "teams": [{ "policy": "balanced" }] } }), "draft.teams[0]"),
        (json!({ "draft": {}, "from": "yesterday" }), "from"),
    ] {
        let answer = staff.admin.post(REPLAYS, &body);
        assert_eq!(Desk::refused(&answer), (400, "malformed".into()), "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{answer}");
    }
    let draft = |draft: Value| json!({ "draft": draft });
    for (body, field) in [
        (draft(json!({ "settings": { "timezone": "Mars/Olympus" } })), "draft.settings.timezone"),
        (draft(json!({ "settings": { "ramp": { "perAgent": 0, "every": "1m" } } })), "draft.settings.ramp"),
        (draft(json!({ "teams": [{ "id": 77, "policy": "balanced" }] })), "draft.teams[0].id"),
        (draft(json!({ "teams": [{ "id": 31, "members": [999] }] })), "draft.teams[0].members"),
        (draft(json!({ "agents": [{ "id": 100, "maxOpen": 1 }, { "id": 9 }] })), "draft.agents[1].id"),
        (
            draft(json!({ "rules": [{ "name": "A", "then": { "teamId": 77 } }] })),
            "draft.rules[0].then.teamId",
        ),
        (json!({ "draft": {}, "to": "2100-01-01T00:00:00Z" }), "to"),
        (json!({ "draft": {}, "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z" }), "from"),
        (json!({ "draft": {}, "from": "2020-01-01T00:00:00Z", "to": "2024-01-01T00:00:00Z" }), "from"),
    ] {
        let answer = staff.admin.post(REPLAYS, &body);
        assert_eq!(Desk::refused(&answer), (422, "unfit".into()), "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{answer}");
    }
}

#[test]
fn one_at_a_time_and_one_that_nobody_waits_for_ends() {
    let mut rota = Rota::on_postgres(
        postgres::Database::new(),
        &StoreFile::default().agents([crate::harness::Agent::online(0).role("admin")]).teams([]),
    );
    rota.restart();
    rota.create(&tasks());
    let admin = rota.sign_in("agent0@shop.example");
    let body = json!({ "draft": {} });
    let held =
        rota.postgres().hold("SELECT FROM routing FOR UPDATE; LOCK TABLE timeline IN ACCESS EXCLUSIVE MODE");
    let first = begun(&rota, &admin.request("POST", REPLAYS).json(&body));
    let second = admin.post(REPLAYS, &body);
    assert_eq!(Desk::refused(&second), (429, "replay_under_way".into()));
    assert!(second.header("retry-after").is_some(), "{second}");
    drop(first);
    drop(held);
    let answer = until(Duration::from_secs(10), || {
        Some(admin.post(REPLAYS, &body)).filter(|answer| answer.status == 200)
    });
    assert_eq!(lines(&answer).last().unwrap()["report"]["tickets"], 1);
}

/// A replay of which somebody has seen the first line.
fn begun(rota: &Rota, request: &Request) -> TcpStream {
    let mut stream = TcpStream::connect(rota.address()).unwrap();
    stream.write_all(&request.bytes()).unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&seen).contains("\"progress\"") {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&buffer[..count]);
    }
    stream
}
