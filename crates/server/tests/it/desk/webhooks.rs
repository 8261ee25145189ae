//! Webhooks, against a receiver that answers as each test says.

mod failures;
mod harness;

use crate::desk::harness::Desk;
use crate::harness::{Agent, Receiver, Reply, Request, Rota, STORE, StoreFile, postgres, tasks, until};
use harness::{ALLOW, Hooked, signed, told, verified};
use serde_json::json;
use std::time::Duration;

#[test]
fn an_event_is_told_signed_as_standard_webhooks_has_it() {
    let hooked = Hooked::start();
    let receiver = Receiver::start(|_| Reply::Status(204));
    let secret = hooked.add(&receiver, &[]);
    hooked.create();
    let received = receiver.wait(2);
    assert_eq!(receiver.told(2), told(&[("ticket.created", 1), ("ticket.assigned", 1)]));
    for (one, part) in received.iter().zip(0..) {
        verified(&secret, one);
        let payload = one.json();
        assert_eq!(one.headers["content-type"], "application/json");
        assert_eq!(payload["data"]["storeId"], STORE);
        assert_eq!(payload["data"]["ticket"].get("customer"), None, "what customers are called stays here");
        let id = payload["data"]["id"].as_str().unwrap();
        assert_eq!(id, format!("evt_1_{part}"));
        assert!(one.headers["webhook-id"].starts_with(&format!("{id}_")));
    }
    assert_ne!(received[0].headers["webhook-id"], received[1].headers["webhook-id"]);
    let attempts = hooked.attempts(2);
    assert_eq!(attempts[1]["outcome"], "delivered");
    assert_eq!((&attempts[1]["status"], &attempts[1]["eventId"]), (&json!(204), &json!("evt_1_0")));
    assert_eq!((&attempts[1]["type"], &attempts[1]["ticketId"]), (&json!("ticket.created"), &json!(1)));
}

#[test]
fn an_endpoint_is_told_of_the_types_that_it_asked_for() {
    let hooked = Hooked::start();
    let receiver = Receiver::start(|_| Reply::Status(200));
    hooked.add(&receiver, &["--type", "ticket.assigned"]);
    hooked.create();
    hooked.create();
    let mut both = receiver.told(2);
    both.sort_unstable();
    assert_eq!(both, told(&[("ticket.assigned", 1), ("ticket.assigned", 2)]));
}

#[test]
fn the_originals_format_tells_of_assignments_alone() {
    let hooked = Hooked::start();
    let receiver = Receiver::start(|_| Reply::Status(200));
    hooked.add(&receiver, &["--format", "assignedAgent"]);
    hooked.create();
    let event = receiver.wait(1).remove(0).json();
    assert_eq!((&event["eventName"], &event["eventSource"]), (&json!("assignedAgent"), &json!("Inbox")));
    let of = &event["eventProperties"];
    assert_eq!((&of["assignedAgentId"], &of["agentName"]), (&json!("100"), &json!("agent0")));
    assert_eq!(of["chatSessionId"], "1");
    assert!(of["ticketCreatedAt"].is_string());
    assert_eq!(of["timeToAssign"], json!(0.0));
}

#[test]
fn for_a_day_after_a_rotation_both_secrets_sign() {
    let hooked = Hooked::start();
    let receiver = Receiver::start(|_| Reply::Status(200));
    let first = hooked.add(&receiver, &["--type", "ticket.created"]);
    let second = hooked.secret(&["rotate", "--store", STORE, "1"]);
    assert_ne!(first, second);
    hooked.create();
    let both = receiver.wait(1).remove(0);
    verified(&first, &both);
    verified(&second, &both);
    hooked.clock.travel(Duration::from_secs(24 * 3600 + 1));
    hooked.create();
    let one = receiver.wait(2).remove(1);
    assert!(signed(&second, &one) && !signed(&first, &one));
}

#[test]
fn a_slow_endpoint_delays_no_other() {
    let hooked = Hooked::start();
    let (silent, quick) = (Receiver::start(|_| Reply::Never), Receiver::start(|_| Reply::Status(200)));
    hooked.add(&silent, &["--type", "ticket.created"]);
    hooked.add(&quick, &["--type", "ticket.created"]);
    hooked.create();
    silent.wait(1);
    for ticket in 2..=20 {
        hooked.create();
        // Who waited for the silent one would be told after ten seconds, when its answer is given up.
        let told = until(Duration::from_secs(9), || {
            let told = quick.told(0);
            (told.len() >= ticket).then_some(told)
        });
        assert_eq!(told.len(), ticket);
    }
}

#[test]
fn what_was_told_can_be_told_again() {
    let hooked = Hooked::start();
    let receiver = Receiver::start(|_| Reply::Status(200));
    hooked.add(&receiver, &["--type", "ticket.created"]);
    for _ in 0..3 {
        hooked.create();
    }
    let first = receiver.wait(3);
    hooked.hook(&["resend", "--store", STORE, "1", "--event", "evt_2_0"]).succeeded().tells(&["1 event "]);
    let again = receiver.wait(4).remove(3);
    let second = first.iter().find(|one| one.told().1 == Some(2)).expect("it was told");
    assert_eq!(again.headers["webhook-id"], second.headers["webhook-id"]);
    hooked.hook(&["resend", "--store", STORE, "1", "--from", "2020-01-01T00:00:00Z"]).succeeded();
    let mut tickets: Vec<_> = receiver.told(7).split_off(4).into_iter().map(|(_, id)| id).collect();
    tickets.sort_unstable();
    assert_eq!(tickets, [Some(1), Some(2), Some(3)]);
    let unknown = hooked.hook(&["resend", "--store", STORE, "1", "--event", "evt_2_1"]);
    unknown.failed().tells(&["evt_2_1"]);
}

#[test]
fn a_test_is_sent_at_once_and_noted() {
    let hooked = Hooked::start();
    let receiver = Receiver::start(|_| Reply::Status(200));
    let secret = hooked.add(&receiver, &[]);
    hooked.hook(&["test", "--store", STORE, "1", ALLOW]).succeeded().tells(&["delivered", "200"]);
    let test = receiver.wait(1).remove(0);
    verified(&secret, &test);
    assert_eq!(test.json()["type"], "webhook.test");
    assert_eq!(hooked.attempts(1)[0]["type"], "webhook.test");
    let refused = hooked.hook(&["test", "--store", STORE, "1"]);
    assert!(!refused.status.success(), "{refused}");
    refused.tells(&["failed", "not a public address"]);
    hooked.hook(&["attempts", "--store", STORE, "1"]).succeeded().tells(&["webhook.test", "failed"]);
}

#[test]
fn private_addresses_are_reached_only_where_the_operator_allows_it() {
    let receiver = Receiver::start(|_| Reply::Status(200));
    let desk = Desk::with(
        StoreFile::default().teams([]).agents([Agent::online(0), Agent::offline(3).role("admin")]),
    );
    let admin = desk.rota.sign_in("agent3@shop.example");
    for url in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/",
        "http://a.example/",
    ] {
        let refused = admin.post("/v1/webhooks", &json!({ "url": url }));
        assert_eq!(Desk::refused(&refused), (422, "unfit".into()), "{url}");
    }
    let named = format!("https://localhost:{}/", receiver.address().port());
    assert_eq!(admin.post("/v1/webhooks", &json!({ "url": named })).status, 201);
    let tested = admin.post("/v1/webhooks/1/test", &json!({})).json();
    assert_eq!(tested["outcome"], "failed");
    assert!(tested["error"].as_str().unwrap().contains("not a public address"), "{tested}");
    assert_eq!(receiver.count(), 0);
}

#[test]
fn endpoints_are_changed_like_other_settings() {
    let desk = Desk::with(
        StoreFile::default().teams([]).agents([Agent::online(0), Agent::offline(3).role("admin")]),
    );
    let admin = desk.rota.sign_in("agent3@shop.example");
    let body = json!({ "url": "https://hooks.example/a", "types": ["ticket.closed", "ticket.created"] });
    let request =
        |key: &str| admin.request("POST", "/v1/webhooks").header("Idempotency-Key", key).json(&body);
    let made = admin.send(&request("a"));
    assert_eq!((made.status, made.header("location")), (201, Some("/v1/webhooks/1")), "{made}");
    assert!(made.json()["secret"].as_str().unwrap().starts_with("whsec_"));
    let again = admin.send(&request("a"));
    assert_eq!((&again.json()["id"], &again.json()["secret"]), (&json!(1), &json!(null)));
    let tag = made.header("etag").unwrap().to_owned();
    let patch = |tag: &str| {
        let patch = admin.request("PATCH", "/v1/webhooks/1").header("If-Match", tag);
        admin.send(&patch.json(&json!({ "active": false, "types": null })))
    };
    assert_eq!(admin.send(&admin.request("PATCH", "/v1/webhooks/1").json(&json!({}))).status, 428);
    let off = patch(&tag);
    assert_eq!((off.status, &off.json()["active"], &off.json()["types"]), (200, &json!(false), &json!(null)));
    assert_eq!(patch(&tag).status, 412);
    let rotated = admin.post("/v1/webhooks/1/rotate", &json!({}));
    assert_eq!(rotated.status, 200, "{rotated}");
    assert_ne!(rotated.json()["secret"], made.json()["secret"]);
    let audit = admin.get("/v1/audit?subject=webhook:1").json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 3);
    assert!(!audit.to_string().contains("whsec_"));
    for wrong in [
        json!({ "url": "ftp://a.b" }),
        json!({ "url": "https://a.b/", "types": [] }),
        json!({ "url": "https://a.b/", "types": ["ticket.eaten"] }),
        json!({ "url": "https://a.b/", "format": "xml" }),
    ] {
        assert_eq!(admin.post("/v1/webhooks", &wrong).status, 400, "{wrong}");
    }
    let gone = admin.request("DELETE", "/v1/webhooks/1").header("If-Match", "*");
    assert_eq!(admin.send(&gone).status, 200);
    assert_eq!(admin.get("/v1/webhooks/1").status, 404);
    assert_eq!(admin.get("/v1/webhooks").json()["items"], json!([]));
}

#[test]
fn a_key_sees_endpoints_and_an_agent_does_not() {
    let desk = Desk::with(
        StoreFile::default().teams([]).agents([Agent::online(0), Agent::offline(3).role("admin")]),
    );
    let url = "https://hooks.example/a";
    desk.rota.cli(&["webhook", "add", "--store", STORE, url]).succeeded().tells(&["whsec_"]);
    let agent = desk.rota.sign_in("agent0@shop.example");
    for path in ["/v1/webhooks", "/v1/webhooks/1", "/v1/webhooks/1/attempts"] {
        assert_eq!(agent.get(path).status, 404, "{path}");
        let seen = desk.get(path);
        assert_eq!(seen.status, 200, "{seen}");
        assert!(!seen.text().contains("whsec_"));
    }
    for path in ["test", "resend", "rotate"] {
        let body = if path == "resend" { json!({ "eventId": "evt_1_0" }) } else { json!({}) };
        assert_eq!(desk.post(&format!("/v1/webhooks/1/{path}"), &body).status, 403, "{path}");
        assert!([403, 404].contains(&agent.post(&format!("/v1/webhooks/1/{path}"), &body).status), "{path}");
    }
}

#[test]
fn on_postgresql_the_key_has_to_be_named_and_every_node_delivers() {
    let rota = Rota::on_postgres(
        postgres::Database::new(),
        &StoreFile::default().teams([]).agents([Agent::online(0)]),
    );
    let receiver = Receiver::start(|_| Reply::Status(200));
    let url = receiver.url();
    let add = ["webhook", "add", "--store", STORE, &url, ALLOW];
    rota.cli(&add).failed().tells(&["--webhook-key-file"]);
    let key = rota.file("key", [7; 32]);
    let named = format!("--webhook-key-file={key}");
    let secret = rota.cli(&[&add[..], &[named.as_str()]].concat()).succeeded();
    let secret = secret.stdout.lines().last().unwrap().to_owned();
    let nodes = [rota.node(&[ALLOW, &named]), rota.node(&[ALLOW, &named])];
    for node in nodes.iter().cycle().take(6) {
        let request: Request = rota.request().json(&tasks());
        assert_eq!(crate::harness::Connection::open(node.address()).call(&request).status, 200);
    }
    let received = receiver.wait(12);
    for one in &received {
        verified(&secret, one);
    }
    let mut all: Vec<_> = received.iter().map(|one| one.headers["webhook-id"].clone()).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 12, "each once: nobody failed");
}

#[test]
fn the_key_is_made_with_the_first_endpoint_of_all_stores_and_never_again() {
    let rota = Rota::prepared(StoreFile::default());
    rota.apply(&StoreFile::default().store("another")).succeeded();
    let add = |store| rota.cli(&["webhook", "add", "--store", store, "https://example.com/hook"]);
    add(STORE).succeeded();
    let key = rota.path("rota.webhook-key");
    std::fs::remove_file(&key).expect("it was made");
    add("another").failed().tells(&["rota.webhook-key cannot be read", "restore it"]);
    assert!(!key.exists());
}
