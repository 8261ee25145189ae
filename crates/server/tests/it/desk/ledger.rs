//! The ledger: who may read it, and its figures after what is known to have happened.

use super::harness::Desk;
use crate::harness::bodies::{for_agent, for_team, with};
use crate::harness::{
    Agent, Response, Rota, STORE, SignedIn, StoreFile, Team, email, postgres, tasks, until,
};
use serde_json::{Value, json};
use std::time::Duration;

/// Agent 100, team manager 101 and admin 102, who is offline; 100 and 101 are of team 31, which takes tickets itself, 102
/// alone is of team 32.
fn file() -> StoreFile {
    let agents = [
        Agent::online(0).max_open(2),
        Agent::online(1).role("team_manager"),
        Agent::offline(2).role("admin"),
    ];
    let teams = [Team::new(31, "Returns", &[0, 1]).policy("unassigned"), Team::new(32, "Desk", &[2])];
    StoreFile::default().agents(agents).teams(teams)
}

/// The answer once everything is counted.
fn ledger(ask: impl Fn() -> Response) -> Value {
    until(Duration::from_secs(20), || {
        let answer = ask();
        assert_eq!(answer.status, 200, "{answer}");
        Some(answer.json()).filter(|ledger| ledger["behind"] == 0 && ledger["upTo"].is_string())
    })
}

/// Of each agent the members that are not zero.
fn items(ledger: &Value) -> Vec<Value> {
    let items = ledger["items"].as_array().expect("items").iter().cloned();
    items
        .map(|mut item| {
            item.as_object_mut().expect("an item").retain(|_, value| value.as_f64() != Some(0.0));
            item
        })
        .collect()
}

fn claimed(agent: &SignedIn, ticket: i64) {
    let answer = agent.post(&format!("/v1/tickets/{ticket}/claim"), &json!({}));
    assert_eq!(answer.status, 200, "{answer}");
}

#[test]
fn each_role_reads_the_ledgers_that_are_its_own_to_read() {
    let desk = Desk::with(file());
    desk.rota.create(&tasks());
    let [agent, manager, admin] =
        [0, 1, 2].map(|number| desk.rota.sign_in(&format!("agent{number}@shop.example")));
    for (path, expected) in [
        ("/v1/ledger", [404, 404, 200, 200]),
        ("/v1/ledger?pool=store", [404, 404, 200, 200]),
        ("/v1/ledger?pool=31", [404, 200, 200, 200]),
        ("/v1/ledger?pool=32", [404, 404, 200, 200]),
        ("/v1/ledger?pool=99", [404; 4]),
        ("/v1/ledger?pool=31&from=2026-11-01&to=2026-11-30", [404, 200, 200, 200]),
        ("/v1/ledger?pool=31&from=2026-11-30&to=2026-11-01", [404, 400, 400, 400]),
        ("/v1/ledger?pool=31&from=2020-01-01&to=2026-11-01", [404, 400, 400, 400]),
        ("/v1/ledger?from=yesterday", [404, 404, 400, 400]),
        ("/v1/ledger?pool=returns", [404, 400, 400, 400]),
        ("/v1/ledger?team=31", [404, 400, 400, 400]),
    ] {
        let people = [&agent, &manager, &admin].map(|who| who.get(path).status);
        let all = [people[0], people[1], people[2], desk.get(path).status];
        assert_eq!(all, expected, "{path}");
    }
    let foreign = desk.rota.key(&["--scope", "intake"]);
    let request =
        crate::harness::Request::get("/v1/ledger").header("Authorization", format!("Bearer {foreign}"));
    assert_eq!(desk.rota.send(&request).status, 401);
}

/// Two turns for 100, who then is at the limit, four for 101; and one of everything else.
fn happen(desk: &Desk) {
    let agent = desk.rota.sign_in("agent0@shop.example");
    let admin = desk.rota.sign_in("agent2@shop.example");
    for _ in 0..6 {
        desk.rota.create(&tasks());
    }
    let rules = json!({ "rules": [{ "name": "Mail", "when": { "channels": ["email"] }, "then": { "agentId": 101 } }] });
    let put = admin.request("PUT", "/v1/rules").header("If-Match", "*").json(&rules);
    let answer = admin.send(&put);
    assert_eq!(answer.status, 200, "{answer}");
    desk.rota.create(&email());
    desk.rota.create(&for_agent("agent2@shop.example"));
    let ticket = desk.rota.create(&for_team(31)).id();
    claimed(&agent, ticket);
    let answer = desk.post("/v1/tickets/8/assign", &json!({ "agentId": 101 }));
    assert_eq!(answer.status, 200, "{answer}");
}

fn assert_figures(desk: &Desk) {
    let store = ledger(|| desk.get("/v1/ledger"));
    // Four turns of 100 and 101, then two of 101 alone, past 102 and past 100.
    let expected = [
        json!({ "agentId": 100, "name": "agent0", "received": 2, "entitled": 1.5, "difference": 0.5, "missed": 2 }),
        json!({ "agentId": 101, "name": "agent1", "received": 4, "entitled": 4.5, "difference": -0.5, "byRule": 1,
                "assigned": 1 }),
        json!({ "agentId": 102, "name": "agent2", "missed": 3, "asked": 1 }),
    ];
    assert_eq!(items(&store), expected, "{store}");
    assert_eq!(store["promise"], json!({ "checkedTurns": 6, "worst": 0.5, "broken": 0 }));
    let totals = &store["totals"];
    assert_eq!(
        (&totals["received"], &totals["entitled"], &totals["missed"]),
        (&json!(6), &json!(6.0), &json!(5))
    );
    assert_eq!(
        (&store["uncounted"], &store["spread"], &store["policy"]),
        (&json!(0), &Value::Null, &json!("round_robin"))
    );
    let team = ledger(|| desk.get("/v1/ledger?pool=31"));
    assert_eq!(items(&team), [json!({ "agentId": 100, "name": "agent0", "claimed": 1 })]);
    assert_eq!(team["pool"], json!({ "kind": "team", "id": 31, "name": "Returns" }));
    assert_eq!(team["policy"], "unassigned");
    let past = desk.get("/v1/ledger?from=2020-01-01&to=2020-01-31").json();
    assert_eq!((&past["items"], &past["promise"]["checkedTurns"]), (&json!([]), &json!(0)));
}

#[test]
fn the_figures_are_those_of_what_happened() {
    let desk = Desk::with(file());
    happen(&desk);
    assert_figures(&desk);
}

#[test]
fn the_figures_are_those_of_what_happened_on_postgresql() {
    let mut rota = Rota::on_postgres(postgres::Database::new(), &file());
    rota.restart();
    let desk = Desk::on(rota);
    happen(&desk);
    assert_figures(&desk);
}

#[test]
fn the_command_shows_what_the_api_answers_with_or_without_a_server() {
    let mut desk = Desk::with(file());
    happen(&desk);
    let table = desk.rota.cli(&["ledger", "--store", STORE]).succeeded().stdout;
    let row: Vec<&str> =
        table.lines().find(|line| line.starts_with("agent1")).expect("a row").split_whitespace().collect();
    assert_eq!(row, ["agent1", "4", "4.50", "-0.50", "0", "0", "1", "0", "0", "0", "1", "0"], "{table}");
    assert!(table.contains("promise kept after each of 6 turns"), "{table}");
    let answer = ledger(|| desk.get("/v1/ledger?pool=31"));
    desk.rota.terminate();
    let told = desk.rota.cli(&["ledger", "--store", STORE, "--team", "31", "--json"]).succeeded().stdout;
    assert_eq!(serde_json::from_str::<Value>(&told).expect("JSON"), answer);
    desk.rota.cli(&["ledger", "--store", STORE, "--team", "99"]).failed().tells(&["there is no team 99"]);
    desk.rota
        .cli(&["ledger", "--store", STORE, "--from", "2026-11-02", "--to", "2026-11-01"])
        .failed()
        .tells(&["--to is not before"]);
}

#[test]
fn a_balanced_pool_has_its_spread() {
    let desk = Desk::with(file().policy("balanced"));
    desk.rota.create(&with(tasks(), "taskTitle", "One"));
    desk.rota.create(&tasks());
    let store = ledger(|| desk.get("/v1/ledger"));
    assert_eq!(store["spread"], json!({ "decisions": 2, "least": 0, "most": 1, "mean": 0.5 }));
    let by_load = items(&store);
    assert_eq!(by_load[0], json!({ "agentId": 100, "name": "agent0", "byLoad": 1 }));
    assert_eq!(store["promise"]["checkedTurns"], 0);
}
