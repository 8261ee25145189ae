//! Labels, stages, channels, keys, settings, the audit log, and lists in pages.

use super::Staff;
use crate::desk::harness::Desk;
use crate::harness::load::IN_EFFECT;
use crate::harness::{tasks, until};
use serde_json::{Value, json};

fn numbers(page: &Value) -> Vec<i64> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

#[test]
fn lists_come_in_pages() {
    let staff = Staff::start();
    let first = staff.shown("/v1/agents?limit=3");
    assert_eq!((numbers(&first), &first["next"]), (vec![100, 101, 102], &json!("102")));
    let rest = staff.shown("/v1/agents?limit=3&cursor=102");
    assert_eq!((numbers(&rest), &rest["next"]), (vec![103], &Value::Null));
    assert_eq!(numbers(&staff.shown("/v1/labels?limit=2")), [7, 8]);
    for bad in ["limit=0", "limit=101", "limit=x", "cursor=x", "page=1", "limit=1&limit=2"] {
        for path in ["/v1/agents", "/v1/teams", "/v1/labels", "/v1/audit"] {
            let answer = staff.admin.get(&format!("{path}?{bad}"));
            assert_eq!(Desk::refused(&answer), (400, "malformed".into()), "{path}?{bad}");
        }
    }
}

#[test]
fn a_new_label_is_there_for_tickets_and_an_archived_one_is_not() {
    let staff = Staff::start();
    let label = staff.added("/v1/labels", &json!({ "name": "vip" }))["id"].clone();
    staff.rota.create(&tasks());
    let put = || staff.admin.post("/v1/tickets/1/labels", &json!({ "add": [label] })).status;
    assert_eq!(put(), 200);
    staff.changed("DELETE", &format!("/v1/labels/{label}"), &json!({}));
    assert_eq!(staff.shown("/v1/tickets/1")["labelIds"], json!([label]), "it stays on its tickets");
    staff.admin.post("/v1/tickets/1/labels", &json!({ "remove": [label] }));
    assert_eq!(put(), 422);
    staff.changed("PATCH", &format!("/v1/labels/{label}"), &json!({ "active": true }));
    assert_eq!(put(), 200);
}

#[test]
fn stages_are_set_as_a_whole_and_tickets_move_between_them() {
    let staff = Staff::start();
    staff.rota.create(&tasks());
    let usual = staff.shown("/v1/stages")["stages"].clone();
    let mut stages = usual.as_array().unwrap().clone();
    stages.insert(1, json!({ "name": "In progress", "kind": "open" }));
    let set = staff.changed("PUT", "/v1/stages", &json!({ "stages": stages }));
    assert_eq!(set["stages"][1], json!({ "id": 4, "name": "In progress", "kind": "open" }));
    assert_eq!(staff.admin.post("/v1/tickets/1/stage", &json!({ "stageId": 4 })).status, 200);
    staff.changed("PUT", "/v1/stages", &json!({ "stages": usual }));
    assert_eq!(staff.shown("/v1/tickets/1")["stageId"], 1, "back in the first");
}

#[test]
fn a_channel_is_connected_and_disconnected() {
    let staff = Staff::start();
    let mut body = crate::harness::whatsapp();
    body["brandPhoneNumber"] = "+919090909090".into();
    assert_eq!(staff.rota.create(&body).status, 400);
    let new = json!({ "channel": "whatsapp", "address": "+91 90909 09090" });
    let made = staff.added("/v1/channels", &new);
    assert_eq!(made["address"], "+919090909090");
    assert_eq!(staff.rota.create(&body).status, 200);
    assert_eq!(staff.admin.post("/v1/channels", &new).status, 422, "it is connected already");
    staff.changed("DELETE", "/v1/channels/whatsapp/+919090909090", &json!({}));
    assert_eq!(staff.rota.create(&body).status, 400);
    staff.added("/v1/channels", &new);
    assert_eq!(staff.rota.create(&body).status, 200);
    for bad in [json!({ "channel": "tasks", "address": "x" }), json!({ "channel": "email", "address": "x" })]
    {
        assert_eq!(staff.admin.post("/v1/channels", &bad).status, 400, "{bad}");
    }
}

#[test]
fn a_keys_token_works_from_its_making_to_its_revoking() {
    let staff = Staff::start();
    let body =
        json!({ "name": "site", "scopes": ["intake"], "rate": 100, "expiresAt": "2099-01-01T00:00:00Z" });
    let key = staff.added("/v1/keys", &body);
    let token = key["token"].as_str().expect("a token");
    let send = || staff.rota.send(&staff.rota.request().authorization(token).json(&tasks())).status;
    assert_eq!(send(), 200);
    let path = format!("/v1/keys/{}", key["id"].as_str().expect("an id"));
    let shown = staff.shown(&path);
    assert!(shown.get("token").is_none() && !shown.to_string().contains(token), "{shown}");
    assert_eq!((&shown["rate"], &shown["revokedAt"]), (&json!(100), &Value::Null));
    assert!(staff.changed("DELETE", &path, &json!({}))["revokedAt"].is_string());
    until(IN_EFFECT, || (send() == 401).then_some(()));
    for (bad, status) in [
        (json!({ "name": "x", "scopes": [] }), 400),
        (json!({ "name": "x", "scopes": ["root"] }), 400),
        (json!({ "name": "x", "scopes": ["desk"], "expiresAt": "2020-01-01T00:00:00Z" }), 422),
    ] {
        assert_eq!(staff.admin.post("/v1/keys", &bad).status, status, "{bad}");
    }
}

#[test]
fn settings_are_changed_one_by_one() {
    let staff = Staff::start();
    let before = staff.shown("/v1/settings");
    assert_eq!((&before["reopenWithin"], &before["closeAfter"]), (&json!("3d"), &Value::Null));
    let changed =
        staff.changed("PATCH", "/v1/settings", &json!({ "closeAfter": "14d", "policy": "unassigned" }));
    let mut expected = before;
    (expected["closeAfter"], expected["policy"]) = ("14d".into(), "unassigned".into());
    assert_eq!(changed, expected);
    staff.rota.create(&tasks());
    assert_eq!(staff.shown("/v1/tickets/1")["state"], "unclaimed");
    assert_eq!(
        staff.changed("PATCH", "/v1/settings", &json!({ "closeAfter": null }))["closeAfter"],
        Value::Null
    );
}

#[test]
fn the_audit_log_tells_who_changed_what_newest_first() {
    let staff = Staff::start();
    staff.changed("PATCH", "/v1/labels/7", &json!({ "name": "returns" }));
    staff
        .rota
        .cli(&["agent", "offline", "--store", crate::harness::STORE, "agent2@shop.example"])
        .succeeded();
    let page = staff.shown("/v1/audit?limit=2");
    let [newest, label] = [&page["items"][0], &page["items"][1]];
    assert_eq!((&newest["subject"], &newest["by"]), (&json!("agent:102"), &json!({ "kind": "operator" })));
    assert_eq!(
        (&label["subject"], &label["by"]),
        (&json!("label:7"), &json!({ "kind": "agent", "id": 103 }))
    );
    assert_eq!((&label["before"]["name"], &label["after"]["name"]), (&json!("refund"), &json!("returns")));
    let next = page["next"].as_str().expect("there is more");
    assert_eq!(next, label["position"].to_string());
    let more = staff.shown(&format!("/v1/audit?limit=100&cursor={next}"));
    assert!(
        more["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["position"].as_i64() < label["position"].as_i64())
    );
    let of_label = staff.shown("/v1/audit?subject=label:7");
    assert_eq!(of_label["items"].as_array().unwrap().len(), 2);
    let everything =
        staff.rota.cli(&["audit", "--store", crate::harness::STORE, "--json"]).succeeded().stdout;
    assert!(!everything.contains("secret") && !everything.contains("hash"), "{everything}");
}
