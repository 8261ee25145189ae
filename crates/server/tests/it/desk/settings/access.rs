//! Roles: what each may, what it sees and may not (403), what it does not see (404); and other stores.

use super::{Staff, by_key, conditional};
use crate::desk::harness::Desk;
use crate::harness::{SignedIn, StoreFile};
use serde_json::{Value, json};

/// Method, path, body, and the statuses of the agent, the manager, the outsider and the admin.
fn changes() -> Vec<(&'static str, &'static str, Value, [u16; 4])> {
    let stages = json!({ "stages": [
        { "id": 1, "name": "New", "kind": "open" },
        { "id": 2, "name": "Later", "kind": "snoozed" },
        { "id": 3, "name": "Done", "kind": "closed" },
    ] });
    vec![
        ("PATCH", "/v1/agents/100", json!({ "name": "A" }), [403, 403, 403, 200]),
        ("PATCH", "/v1/agents/100", json!({ "maxOpen": 9 }), [403, 200, 404, 200]),
        ("PATCH", "/v1/agents/102", json!({ "maxOpen": 9 }), [404, 404, 403, 200]),
        ("PUT", "/v1/agents/100/availability", json!({ "status": "away" }), [200, 200, 403, 200]),
        ("PATCH", "/v1/teams/31", json!({ "policy": "unassigned" }), [403, 200, 404, 200]),
        ("PATCH", "/v1/teams/31", json!({ "hours": { "mon": ["09:00-18:00"] } }), [403, 200, 404, 200]),
        ("PATCH", "/v1/teams/31", json!({ "members": [100] }), [403, 403, 403, 200]),
        ("PATCH", "/v1/labels/7", json!({ "name": "L" }), [403, 403, 403, 200]),
        ("PUT", "/v1/stages", stages, [403, 403, 403, 200]),
        ("PATCH", "/v1/settings", json!({ "agentsSeeAll": true }), [404, 404, 404, 200]),
        ("PATCH", "/v1/customers/5233549", json!({ "firstName": "A" }), [200, 200, 200, 200]),
        ("DELETE", "/v1/channels/email/care@shop.example", json!({}), [403, 403, 403, 200]),
        ("DELETE", "/v1/labels/8", json!({}), [403, 403, 403, 200]),
        ("DELETE", "/v1/teams/32?moveTo=store", json!({}), [403, 403, 403, 200]),
        ("DELETE", "/v1/customers/5233549", json!({}), [200, 200, 200, 200]),
        ("DELETE", "/v1/agents/102", json!({}), [403, 403, 403, 200]),
    ]
}

#[test]
fn each_role_changes_what_is_its_own_to_change() {
    let staff = Staff::start();
    for (method, path, body, expected) in changes() {
        // The admin goes last: what is archived is not there for the others, and who is archived is signed out.
        let by = [&staff.agent, &staff.manager, &staff.outsider, &staff.admin];
        let found = by.map(|who| conditional(who, method, path, &body).status);
        assert_eq!(found, expected, "{method} {path} {body}");
    }
}

#[test]
fn each_role_adds_what_is_its_own_to_add() {
    let staff = Staff::start();
    for (path, body, expected) in [
        ("/v1/agents", json!({ "email": "new@shop.example", "name": "New" }), [403, 403, 403, 201]),
        ("/v1/teams", json!({ "name": "New" }), [403, 403, 403, 201]),
        ("/v1/labels", json!({ "name": "New" }), [403, 403, 403, 201]),
        ("/v1/channels", json!({ "channel": "whatsapp", "address": "+919090909090" }), [403, 403, 403, 201]),
        ("/v1/keys", json!({ "name": "site", "scopes": ["intake"] }), [404, 404, 404, 201]),
        ("/v1/customers", json!({ "phone": "+918080808080" }), [201, 201, 201, 201]),
        ("/v1/customers/5233549/erase", json!({}), [403, 403, 403, 200]),
    ] {
        let by = [&staff.agent, &staff.manager, &staff.outsider, &staff.admin];
        assert_eq!(by.map(|who| who.post(path, &body).status), expected, "{path}");
    }
}

#[test]
fn each_role_sees_what_it_is_to_see() {
    let staff = Staff::start();
    for (path, expected) in [
        ("/v1/agents", [200, 200, 200, 200]),
        ("/v1/agents/102/availability", [200, 200, 200, 200]),
        ("/v1/teams", [200, 200, 200, 200]),
        ("/v1/labels", [200, 200, 200, 200]),
        ("/v1/stages", [200, 200, 200, 200]),
        ("/v1/channels", [200, 200, 200, 200]),
        ("/v1/customers", [200, 200, 200, 200]),
        ("/v1/settings", [404, 404, 404, 200]),
        ("/v1/keys", [404, 404, 404, 200]),
        ("/v1/audit", [404, 404, 404, 200]),
    ] {
        let by = [&staff.agent, &staff.manager, &staff.outsider, &staff.admin];
        assert_eq!(by.map(|who| who.get(path).status), expected, "{path}");
    }
    let limit = |who: &SignedIn| who.get("/v1/agents/101").json().get("maxOpen").is_some();
    assert_eq!([limit(&staff.agent), limit(&staff.manager), limit(&staff.admin)], [false, true, true]);
    let hours = |who: &SignedIn| who.get("/v1/teams/31").json().get("hours").is_some();
    assert_eq!([hours(&staff.agent), hours(&staff.outsider), hours(&staff.admin)], [true, false, true]);
}

#[test]
fn a_key_sees_its_store_and_changes_availability_and_customers() {
    let desk = Desk::start();
    for (path, status) in [
        ("/v1/agents", 200),
        ("/v1/teams/31", 200),
        ("/v1/labels/7", 200),
        ("/v1/stages", 200),
        ("/v1/channels", 200),
        ("/v1/settings", 200),
        ("/v1/customers/5233549", 200),
        ("/v1/keys", 404),
        ("/v1/audit", 404),
    ] {
        assert_eq!(desk.get(path).status, status, "{path}");
    }
    for (method, path, body, status) in [
        ("PATCH", "/v1/agents/100", json!({ "name": "A" }), 403),
        ("PATCH", "/v1/agents/100", json!({ "maxOpen": 5 }), 403),
        ("PUT", "/v1/agents/100/availability", json!({ "status": "away", "reason": "lunch" }), 200),
        ("PATCH", "/v1/teams/31", json!({ "policy": null }), 403),
        ("PATCH", "/v1/settings", json!({ "name": "A" }), 403),
        ("DELETE", "/v1/labels/7", json!({}), 403),
        ("PATCH", "/v1/customers/5233549", json!({ "lastName": "Rao" }), 200),
        ("POST", "/v1/labels", json!({ "name": "x" }), 403),
        ("POST", "/v1/keys", json!({ "name": "x", "scopes": ["desk"] }), 404),
        ("POST", "/v1/customers/5233549/erase", json!({}), 403),
    ] {
        let tag = desk.get(path).header("etag").unwrap_or("*").to_owned();
        let answer = desk.rota.send(&by_key(&desk, method, path, &body).header("If-Match", tag));
        assert_eq!(answer.status, status, "{method} {path}: {answer}");
    }
}

#[test]
fn another_stores_people_and_settings_are_not_found() {
    let staff = Staff::start();
    staff.rota.apply(&StoreFile::default().store("another").labels([99]).customers(&["theirs"])).succeeded();
    for path in ["/v1/labels/99", "/v1/customers/theirs", "/v1/agents/999", "/v1/teams/99", "/v1/keys/nokey"]
    {
        for method in ["GET", "PATCH", "DELETE"] {
            if path.starts_with("/v1/keys") && method == "PATCH" {
                continue;
            }
            let path = if path.starts_with("/v1/teams") && method == "DELETE" {
                format!("{path}?moveTo=store")
            } else {
                path.to_owned()
            };
            let request = staff.admin.request(method, &path).header("If-Match", "*");
            let answer = staff.admin.send(&request);
            assert_eq!(Desk::refused(&answer), (404, "not_found".into()), "{method} {path}");
        }
    }
    for path in ["/v1/agents/x", "/v1/agents/+1", "/v1/channels/tasks/x", "/v1/channels/email/no@x.example"] {
        assert_eq!(staff.admin.get(path).status, 404, "{path}");
    }
}
