//! Conditions: what is changed has to be what was seen. And additions that are sent twice.

use super::Staff;
use crate::desk::harness::Desk;
use crate::harness::{Agent, Rota, StoreFile, at_once, postgres};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Everything that has an ETag, with a change of it.
fn things() -> Vec<(&'static str, &'static str, Value)> {
    let stages = json!({ "stages": [
        { "id": 1, "name": "New", "kind": "open" },
        { "id": 2, "name": "Later", "kind": "snoozed" },
        { "id": 3, "name": "Done", "kind": "closed" },
    ] });
    vec![
        ("PATCH", "/v1/agents/100", json!({ "name": "Changed" })),
        ("PUT", "/v1/agents/100/availability", json!({ "status": "away" })),
        ("PATCH", "/v1/teams/31", json!({ "name": "Changed" })),
        ("PATCH", "/v1/labels/7", json!({ "name": "Changed" })),
        ("PUT", "/v1/stages", stages),
        ("PATCH", "/v1/settings", json!({ "name": "Changed" })),
        ("PATCH", "/v1/customers/5233549", json!({ "firstName": "Changed" })),
        ("DELETE", "/v1/labels/8", json!({})),
        ("DELETE", "/v1/channels/email/care@shop.example", json!({})),
        ("DELETE", "/v1/agents/102", json!({})),
    ]
}

#[test]
fn a_change_without_an_etag_or_with_an_old_one_is_refused() {
    let staff = Staff::start();
    for (method, path, body) in things() {
        let send = |tag: Option<&str>| {
            let request = staff.admin.request(method, path).json(&body);
            staff.admin.send(&match tag {
                Some(tag) => request.header("If-Match", tag),
                None => request,
            })
        };
        let tag = staff.admin.get(path).header("etag").expect("an ETag").to_owned();
        assert!(tag.starts_with('"'), "strong: {tag}");
        let missing = send(None);
        assert_eq!(Desk::refused(&missing), (428, "if_match_required".into()), "{method} {path}");
        for stale in ["\"something-else\"", "W/\"weak\"", "garbage"] {
            assert_eq!(Desk::refused(&send(Some(stale))), (412, "stale".into()), "{method} {path} {stale}");
        }
        let done = send(Some(&format!("\"another\", {tag}")));
        assert_eq!(done.status, 200, "{method} {path}: {done}");
        let now = done.header("etag").expect("the new ETag");
        assert_ne!(now, tag, "{method} {path}");
        assert_eq!(staff.admin.get(path).header("etag"), Some(now), "{method} {path}");
        assert_eq!(Desk::refused(&send(Some(&tag))), (412, "stale".into()), "{method} {path}");
    }
}

#[test]
fn of_changes_by_one_etag_that_come_to_two_nodes_at_once_one_is_made_and_recorded() {
    const ROUNDS: usize = 8;
    let file = StoreFile::default().agents([Agent::online(0).role("admin")]).teams([]);
    let mut rota = Rota::on_postgres(postgres::Database::new(), &file);
    rota.restart();
    let other = rota.node(&[]);
    let admin = rota.sign_in("agent0@shop.example");
    let admins = [admin.at(other.address()), admin];
    let mut names = BTreeSet::new();
    for round in 0..ROUNDS {
        let tag = admins[0].get("/v1/settings").header("etag").expect("an ETag").to_owned();
        let answers = at_once(6, |caller| {
            let admin = &admins[caller % 2];
            let request = admin.request("PATCH", "/v1/settings").header("If-Match", &tag);
            admin.send(&request.json(&json!({ "name": format!("{round} of {caller}") })))
        });
        let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(made.len(), 1, "{answers:?}");
        for answer in refused {
            answer.is_problem(412, "stale");
        }
        for admin in &admins {
            assert_eq!(admin.get("/v1/settings").json(), made[0].json(), "every node shows it");
        }
        names.insert(made[0].json()["name"].to_string());
    }
    assert_eq!(names.len(), ROUNDS);
    let recorded = "SELECT count(*) FROM audit WHERE subject = 'settings' AND actor LIKE '%agent%'";
    assert_eq!(rota.postgres().sql(recorded), ROUNDS.to_string());
}

#[test]
fn an_addition_that_is_sent_twice_is_made_once() {
    let staff = Staff::start();
    for (path, body) in [
        ("/v1/agents", json!({ "email": "new@shop.example", "name": "New" })),
        ("/v1/teams", json!({ "name": "New" })),
        ("/v1/labels", json!({ "name": "New" })),
        ("/v1/channels", json!({ "channel": "email", "address": "new@shop.example" })),
        ("/v1/customers", json!({ "phone": "+919090909090", "firstName": "Ravi" })),
        ("/v1/keys", json!({ "name": "site", "scopes": ["intake"] })),
    ] {
        let post = |body: String| {
            let request = staff.admin.request("POST", path).header("Idempotency-Key", path);
            staff.admin.send(&request.body(body))
        };
        let many = staff.shown(path)["items"].as_array().unwrap().len();
        let (first, again) = (post(body.to_string()), post(body.to_string()));
        assert_eq!((first.status, again.status), (201, 201), "{first} {again}");
        let headers = [&first, &again].map(|answer| answer.header("idempotent-replayed").map(str::to_owned));
        assert_eq!(headers, [None, Some("true".into())], "{path}");
        let (mut first, mut again) = (first.json(), again.json());
        if path == "/v1/keys" {
            assert!(first["token"].is_string() && again["token"].is_null(), "a token is shown once");
            (first["token"], again["token"]) = (Value::Null, Value::Null);
        }
        assert_eq!(first, again, "{path}");
        assert_eq!(staff.shown(path)["items"].as_array().unwrap().len(), many + 1, "{path}");
        let other = format!("{body} ");
        assert_eq!(Desk::refused(&post(other)), (422, "idempotency_key_reused".into()), "{path}");
    }
}
