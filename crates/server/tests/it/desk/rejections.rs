//! Create calls that were refused: what is told of them, to whom, and what is not.

use super::harness::Desk;
use crate::harness::bodies::{with, without};
use crate::harness::http::EventSource;
use crate::harness::{Agent, Response, STORE, StoreFile, key_and_secret, tasks, until, whatsapp};
use serde_json::{Value, json};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(10);

fn desk() -> Desk {
    let people = [Agent::offline(0), Agent::offline(1).role("team_manager"), Agent::offline(2).role("admin")];
    Desk::with(StoreFile::default().agents(people).teams([]))
}

fn items(response: &Response) -> Vec<Value> {
    assert_eq!(response.status, 200, "{response}");
    response.json()["items"].as_array().expect("a list").clone()
}

/// The rejections once there are so many.
fn rejections(desk: &Desk, count: usize) -> Vec<Value> {
    until(SOON, || {
        let items = items(&desk.get("/v1/rejections"));
        (items.len() >= count).then_some(items)
    })
}

fn fields(rejection: &Value) -> Vec<&str> {
    let errors = rejection["errors"].as_array().expect("a list").iter();
    errors.map(|error| error["field"].as_str().expect("a field")).collect()
}

#[test]
fn a_refused_call_is_told_with_its_fields_rules_and_caller_and_none_of_its_values() {
    let desk = desk();
    let body = with(without(whatsapp(), "customerPhoneNumber"), "labelIDs", "secret");
    desk.rota.create(&body).is_refused();
    let rejection = rejections(&desk, 1).remove(0);
    let told = &rejection["errors"][0];
    assert_eq!(fields(&rejection), ["customerPhoneNumber"], "{rejection}");
    assert_eq!(told["detail"], "is required when channel is WHATSAPP", "{rejection}");
    assert_eq!(rejection["ignoredFields"], json!(["labelIDs"]));
    assert_eq!(rejection["keyId"], key_and_secret(desk.rota.token()).0);
    assert_eq!((&rejection["status"], &rejection["channel"]), (&json!(400), &json!("whatsapp")));
    assert_eq!(rejection["size"], body.to_string().len());
    assert_eq!(rejection["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(rejection["body"], Value::Null);
    let all = rejection.to_string();
    assert!(!all.contains("secret") && !all.contains("+91"), "{all}");
}

#[test]
fn an_idempotency_key_with_another_body_is_told_too() {
    let desk = desk();
    let repeated = desk.rota.request().header("Idempotency-Key", "once");
    assert_eq!(desk.rota.send(&repeated.clone().json(&tasks())).status, 200);
    assert_eq!(desk.rota.send(&repeated.json(&whatsapp())).status, 422);
    let rejection = rejections(&desk, 1).remove(0);
    assert_eq!((&rejection["status"], fields(&rejection)), (&json!(422), vec!["Idempotency-Key"]));
}

#[test]
fn what_was_not_refused_for_what_it_says_leaves_nothing() {
    let desk = desk();
    desk.rota.dry_run(&json!({})).is_refused();
    desk.rota.create(&tasks());
    desk.rota.send(&desk.rota.request().authorization("nobody").json(&tasks())).is_error(401);
    desk.rota.create(&json!({ "channel": "FAX" })).is_refused();
    // In order: with the last one everything before it is written.
    let all = rejections(&desk, 1);
    assert_eq!((all.len(), &all[0]["channel"]), (1, &Value::Null), "{all:?}");
}

#[test]
fn bodies_are_kept_where_the_store_says_so_and_erased_with_their_customer() {
    let desk = desk();
    let admin = desk.rota.sign_in("agent2@shop.example");
    let set = ["settings", "set", "--store", STORE, "--keep-rejected-values", "true"];
    desk.rota.cli(&set).succeeded().tells(&["settings"]);
    desk.rota.create(&with(without(tasks(), "taskTitle"), "context", "secret")).is_refused();
    desk.rota.create(&with(json!({ "channel": "TASKS" }), "bikCustomerId", "another")).is_refused();
    desk.rota.send(&desk.rota.request().body("{ secret")).is_refused();
    let kept = rejections(&desk, 3);
    assert_eq!(kept[0]["body"], "{ secret");
    assert!(kept[2]["body"].as_str().expect("a body").contains("secret"), "{}", kept[2]);
    let customer = tasks()["bikCustomerId"].as_str().expect("an id").to_owned();
    let erase = admin.request("POST", &format!("/v1/customers/{customer}/erase"));
    let erased = admin.send(&erase.header("If-Match", "*"));
    assert_eq!(erased.status, 200, "{erased}");
    let left = rejections(&desk, 3);
    let bodies: Vec<bool> = left.iter().map(|rejection| rejection["body"].is_string()).collect();
    assert_eq!(bodies, [false, true, false], "who could not be read is taken for the customer");
}

#[test]
fn admins_and_keys_see_them_and_nobody_else() {
    let desk = desk();
    desk.rota.create(&json!({})).is_refused();
    rejections(&desk, 1);
    let seen = |email: &str| desk.rota.sign_in(email).get("/v1/rejections").status;
    let people = ["agent0@shop.example", "agent1@shop.example", "agent2@shop.example"];
    assert_eq!(people.map(seen), [404, 404, 200]);
}

#[test]
fn another_stores_are_not_seen() {
    let desk = desk();
    desk.rota.apply(&StoreFile::default().store("another")).succeeded();
    let token = desk.rota.key_of("another", &["--scope", "intake", "--scope", "desk"]);
    desk.rota.create(&json!({})).is_refused();
    rejections(&desk, 1);
    let theirs = desk.rota.send(&crate::harness::Request::get("/v1/rejections").authorization(&token));
    assert_eq!(items(&theirs), Vec::<Value>::new());
}

#[test]
fn pages_and_one_keys_own_and_the_command_line_tell_the_same() {
    let desk = desk();
    let other = desk.rota.key(&[]);
    for _ in 0..2 {
        desk.rota.create(&json!({ "channel": "EMAIL" })).is_refused();
    }
    desk.rota.send(&desk.rota.request().authorization(&other).json(&json!({}))).is_refused();
    let all = rejections(&desk, 3);
    let first = desk.get("/v1/rejections?limit=2").json();
    let next = first["next"].as_str().expect("a further page");
    let second = desk.get(&format!("/v1/rejections?limit=2&cursor={next}")).json();
    assert_eq!(second["next"], Value::Null);
    let paged = [&first, &second].map(|page| page["items"].as_array().unwrap().clone()).concat();
    assert_eq!(paged, all);
    let (key, _) = key_and_secret(&other);
    let of_key = items(&desk.get(&format!("/v1/rejections?key={key}")));
    assert_eq!(of_key, all[..1]);
    let listed = ["rejections", "--store", STORE, "--json"];
    let output = desk.rota.cli(&listed).succeeded();
    let listed: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(listed, all);
    let text = desk.rota.cli(&["rejections", "--store", STORE, "--key", &key]).succeeded();
    text.tells(&[&key, "400", "channel is required"]);
    assert_eq!(Desk::refused(&desk.get("/v1/rejections?key=")).0, 400);
}

#[test]
fn what_was_refused_right_before_a_shutdown_is_there_after_it() {
    let mut desk = desk();
    desk.rota.create(&json!({})).is_refused();
    assert!(desk.rota.terminate().success());
    desk.rota.cli(&["rejections", "--store", STORE]).succeeded().tells(&["channel is required"]);
}

#[test]
fn a_key_that_is_refused_again_and_again_is_told_of() {
    let desk = desk();
    let admin = desk.rota.sign_in("agent2@shop.example");
    let request = admin.request("GET", "/v1/stream");
    let mut stream = EventSource::open(desk.rota.address(), &request);
    let mut caller = desk.rota.connect();
    for _ in 0..20 {
        caller.call(&desk.rota.request().json(&json!({ "channel": "TASKS" }))).is_refused();
    }
    let event = stream.next().expect("it goes on");
    assert_eq!(event.name, "intake.rejecting");
    let data = &event.data["data"];
    assert_eq!(data["keyId"], key_and_secret(desk.rota.token()).0, "{data}");
    assert_eq!(data["rejected"], 20, "{data}");
    assert_eq!(data["fields"], json!(["bikCustomerId", "taskTitle"]), "{data}");
}
