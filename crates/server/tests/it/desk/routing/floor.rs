//! `/v1/floor`: as much of it as one's role has.

use super::{go, set};
use crate::desk::harness::Desk;
use crate::desk::settings::Staff;
use crate::harness::bodies::for_team;
use crate::harness::{StoreFile, tasks};
use serde_json::{Value, json};

fn agents(floor: &Value) -> Vec<i64> {
    floor["agents"].as_array().unwrap().iter().map(|agent| agent["agentId"].as_i64().unwrap()).collect()
}

/// The teams of the pools; null is the store's.
fn pools(floor: &Value) -> Vec<Value> {
    floor["pools"].as_array().unwrap().iter().map(|pool| pool["pool"]["id"].clone()).collect()
}

#[test]
fn leads_see_their_teams_and_admins_and_keys_everything() {
    let staff = Staff::start();
    let floor = staff.manager.get("/v1/floor").json();
    assert_eq!((agents(&floor), pools(&floor)), (vec![100, 101], vec![Value::Null, json!(31)]));
    let floor = staff.shown("/v1/floor");
    assert_eq!(agents(&floor), [100, 101, 102, 103]);
    assert_eq!(pools(&floor), [Value::Null, json!(31), json!(32)]);
    for agent in [&staff.agent, &staff.outsider] {
        assert_eq!(Desk::refused(&agent.get("/v1/floor")), (404, "not_found".into()));
    }
    let desk = Desk::with(StoreFile::default());
    assert_eq!(agents(&desk.get("/v1/floor").json()), [100, 101, 102]);
}

#[test]
fn the_floor_tells_who_is_there_what_waits_and_who_is_next() {
    let staff = Staff::start();
    staff.changed("PATCH", "/v1/agents/101", &json!({ "maxOpen": 1 }));
    go(&staff, 100, "away");
    staff.rota.create(&for_team(31));
    staff.rota.create(&for_team(31));
    let floor = staff.shown("/v1/floor");
    let agent = |place: usize| {
        let agent = &floor["agents"][place];
        [&agent["online"], &agent["state"], &agent["open"], &agent["limit"]].map(Value::clone)
    };
    assert_eq!(agent(0), [json!(false), json!("offline"), json!(0), Value::Null]);
    assert_eq!(agent(1), [json!(true), json!("at_limit"), json!(1), json!(1)]);
    assert_eq!(agent(2), [json!(true), json!("free"), json!(0), Value::Null]);
    let team = &floor["pools"][1];
    assert_eq!((&team["waiting"], &team["oldestTicketId"], &team["free"]), (&json!(1), &json!(2), &json!(0)));
    assert_eq!((&team["lastAgentId"], &team["nextAgentId"]), (&json!(101), &Value::Null));
    assert_eq!(team["others"], json!({ "offline": 1, "at_limit": 1 }));
    assert_eq!(team["waitingSince"], staff.shown("/v1/tickets/2")["createdAt"]);
    let store = &floor["pools"][0];
    assert_eq!(
        (&store["nextAgentId"], &store["free"], &store["waiting"]),
        (&json!(102), &json!(2), &json!(0))
    );
    assert_eq!(staff.rota.assigned(&tasks()), Some(102));
}

#[test]
fn a_balanced_floor_names_who_has_the_least() {
    let staff = Staff::start();
    set(&staff, json!({ "policy": "balanced" }));
    (0..3).for_each(|_| drop(staff.rota.create(&tasks())));
    assert_eq!(staff.shown("/v1/floor")["pools"][0]["nextAgentId"], 103);
}

#[test]
fn a_waiting_ticket_says_what_it_waits_for() {
    let staff = Staff::start();
    staff.changed("PATCH", "/v1/agents/101", &json!({ "maxOpen": 1 }));
    go(&staff, 100, "away");
    staff.rota.create(&for_team(31));
    staff.rota.create(&for_team(31));
    let waits = super::waits_for(&staff, 2);
    let expected = json!({
        "pool": { "kind": "team", "id": 31, "name": "Returns" },
        "text": ["1 agent can take it after closing one ticket", "1 agent is offline"],
        "byClock": [], "afterOneClosing": 1, "offline": 1, "passedBefore": 0, "couldNow": 0,
    });
    assert_eq!(waits, expected);
    assert_eq!(super::waits_for(&staff, 1), Value::Null, "somebody has it");
    let leave = json!([{ "from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z" }]);
    staff.changed("PATCH", "/v1/agents/101", &json!({ "leave": leave }));
    let by_clock =
        |who: &crate::harness::SignedIn| who.get("/v1/tickets/2/why").json()["waitsFor"]["byClock"][0].take();
    let expected =
        json!({ "agentId": 101, "name": "agent1", "reason": "on_leave", "at": "2099-01-01T00:00:00Z" });
    assert_eq!(by_clock(&staff.manager), expected);
    assert_eq!(by_clock(&staff.agent)["reason"], "unavailable");
}
