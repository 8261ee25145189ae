//! Agents and teams: what their changes do to tickets, and what does not fit.

use super::{Staff, conditional};
use crate::desk::harness::Desk;
use crate::harness::bodies::{for_agent, for_team};
use crate::harness::tasks;
use serde_json::{Value, json};

fn owner(staff: &Staff, ticket: i64) -> Value {
    staff.shown(&format!("/v1/tickets/{ticket}"))["agentId"].clone()
}

#[test]
fn an_agent_is_added_changed_archived_and_brought_back() {
    let staff = Staff::start();
    let body =
        json!({ "email": "Meera@shop.example", "name": "Meera", "role": "team_manager", "maxOpen": 5 });
    let answer = staff.admin.post("/v1/agents", &body);
    assert_eq!((answer.status, answer.header("location")), (201, Some("/v1/agents/104")), "{answer}");
    let mut expected = body.clone();
    expected["id"] = 104.into();
    expected["availability"] = json!({ "status": "away" });
    expected["leave"] = json!([]);
    expected["active"] = true.into();
    expected["origin"] = "command".into();
    assert_eq!(answer.json(), expected);
    expected["open"] = 0.into();
    expected["limit"] = 5.into();
    expected["state"] = "offline".into();
    assert_eq!(staff.shown("/v1/agents/104"), expected);
    assert_eq!(staff.shown("/v1/agents/100")["origin"], "file");
    let patched = staff.changed("PATCH", "/v1/agents/104", &json!({ "maxOpen": null, "name": "M" }));
    assert_eq!((&patched["maxOpen"], &patched["name"]), (&Value::Null, &json!("M")));
    assert_eq!(staff.changed("DELETE", "/v1/agents/104", &json!({}))["active"], false);
    assert_eq!(staff.changed("PATCH", "/v1/agents/104", &json!({ "active": true }))["active"], true);
}

#[test]
fn going_away_and_back_is_in_force_at_once() {
    let staff = Staff::start();
    let path = "/v1/agents/100/availability";
    let until = "2099-01-01T00:00:00Z";
    let away = json!({ "status": "away", "reason": "lunch", "until": until });
    for who in [100, 101, 102, 103] {
        staff.changed("PUT", &format!("/v1/agents/{who}/availability"), &away);
    }
    assert_eq!(staff.shown(path), away);
    staff.rota.create(&tasks());
    assert_eq!(owner(&staff, 1), Value::Null);
    let back = conditional(&staff.agent, "PUT", path, &json!({ "status": "online" }));
    assert_eq!(back.status, 200, "{back}");
    assert_eq!(owner(&staff, 1), 100, "it waited for somebody");
    for (body, status) in [
        (json!({ "status": "away", "until": "2020-01-01T00:00:00Z" }), 422),
        (json!({ "status": "online", "reason": "x" }), 400),
        (json!({ "status": "offline" }), 400),
        (json!({}), 400),
    ] {
        let answer = conditional(&staff.agent, "PUT", path, &body);
        assert_eq!(answer.status, status, "{body}: {answer}");
    }
}

#[test]
fn tickets_of_the_archived_go_on() {
    let staff = Staff::start();
    staff.rota.create(&for_agent("agent2@shop.example"));
    staff.rota.create(&for_team(31));
    staff.changed("DELETE", "/v1/agents/102", &json!({}));
    assert_ne!(owner(&staff, 1), 102);
    let without = conditional(&staff.admin, "DELETE", "/v1/teams/31", &json!({}));
    assert_eq!(Desk::refused(&without), (400, "malformed".into()));
    assert_eq!(without.json()["errors"][0]["field"], "moveTo");
    for (to, status) in [("31", 422), ("99", 422), ("x", 400)] {
        let path = format!("/v1/teams/31?moveTo={to}");
        assert_eq!(conditional(&staff.admin, "DELETE", &path, &json!({})).status, status, "{to}");
    }
    let before = owner(&staff, 2);
    staff.changed("DELETE", "/v1/teams/31?moveTo=32", &json!({}));
    let ticket = staff.shown("/v1/tickets/2");
    assert_eq!((&ticket["teamId"], &ticket["agentId"]), (&json!(32), &before));
    staff.rota.cli(&["check"]).succeeded();
}

#[test]
fn what_does_not_fit_is_told_field_by_field() {
    let staff = Staff::start();
    for (method, path, body, status, field) in [
        ("PATCH", "/v1/agents/100", json!({ "email": "agent1@shop.example" }), 422, "email"),
        ("PATCH", "/v1/agents/100", json!({ "email": "nobody" }), 400, "email"),
        ("PATCH", "/v1/agents/100", json!({ "role": "boss" }), 400, "role"),
        ("PATCH", "/v1/agents/100", json!({ "maxOpen": 0 }), 400, "maxOpen"),
        ("PATCH", "/v1/agents/100", json!({ "active": false }), 422, "active"),
        ("PATCH", "/v1/agents/100", json!({ "nmae": "x" }), 400, "nmae"),
        ("PATCH", "/v1/agents/103", json!({ "role": "agent" }), 422, "role"),
        ("PATCH", "/v1/teams/31", json!({ "name": "ELSE" }), 422, "name"),
        ("PATCH", "/v1/teams/31", json!({ "hours": { "monday": [] } }), 400, "hours"),
        ("PATCH", "/v1/teams/31", json!({ "members": [100, 999] }), 422, "members"),
        ("PATCH", "/v1/labels/7", json!({ "name": "urgent" }), 422, "name"),
        ("PATCH", "/v1/settings", json!({ "timezone": "Mars" }), 422, "timezone"),
        ("PATCH", "/v1/settings", json!({ "dedupeWindow": "25h" }), 422, "dedupeWindow"),
        ("PATCH", "/v1/settings", json!({ "reopenWithin": "soon" }), 400, "reopenWithin"),
        ("PUT", "/v1/stages", json!({ "stages": [{ "name": "x", "kind": "open" }] }), 422, "stages"),
        ("PUT", "/v1/stages", json!({ "stages": [{ "name": "x", "kind": "shut" }] }), 400, "stages[0].kind"),
    ] {
        let before = staff.shown(path);
        let answer = conditional(&staff.admin, method, path, &body);
        assert_eq!(answer.status, status, "{path} {body}: {answer}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{path} {body}: {answer}");
        assert_eq!(staff.shown(path), before);
    }
}
