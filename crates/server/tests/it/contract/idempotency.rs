//! Idempotency-Key: its syntax, replays, and what is kept.

use crate::harness::bodies::{for_agent, tasks_and, with_context};
use crate::harness::load::IN_EFFECT;
use crate::harness::{CUSTOMER, Request, Rota, StoreFile, tasks, until};

fn keyed(rota: &Rota, key: &str) -> Request {
    rota.request().header("Idempotency-Key", key).json(&tasks())
}

#[test]
fn a_key_is_1_to_255_visible_ascii_characters() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    let every: String = (0x21..=0x7Eu8).map(char::from).collect();
    for key in ["k", &"k".repeat(255), &every, "550e8400-e29b-41d4-a716-446655440000", "a,b", "\"quoted\""] {
        assert_eq!(connection.call(&keyed(&rota, key)).status, 200, "{key}");
    }
    for key in ["", " ", &"k".repeat(256), "a b", "a\tb", "ключ", "é", "k\u{a0}"] {
        println!("{key}");
        connection.call(&keyed(&rota, key)).refuses(&["Idempotency-Key"]);
    }
    assert_eq!(rota.tickets().len(), 6);
}

#[test]
fn a_repeated_key_header_is_refused() {
    let rota = Rota::start();
    for second in ["k", "other"] {
        rota.send(&keyed(&rota, "k").header("idempotency-key", second)).refuses(&["Idempotency-Key"]);
    }
    assert!(rota.tickets().is_empty());
}

#[test]
fn a_repeat_gets_the_same_answer_and_makes_no_second_ticket() {
    let rota = Rota::start();
    let first = rota.send(&keyed(&rota, "k"));
    assert_eq!(first.status, 200);
    assert!(!first.is_replay(), "{first}");
    for _ in 0..3 {
        let repeat = rota.send(&keyed(&rota, "k"));
        assert!(repeat.is_replay(), "{repeat}");
        assert_eq!((repeat.status, repeat.text()), (200, first.text()));
        assert_eq!(repeat.header("content-type"), first.header("content-type"));
    }
    assert_eq!(rota.tickets().len(), 1);
    assert_eq!(rota.create(&tasks()).id(), 2);
}

#[test]
fn another_key_or_none_makes_another_ticket() {
    let rota = Rota::start();
    assert_eq!(rota.send(&keyed(&rota, "k")).id(), 1);
    assert_eq!(rota.send(&keyed(&rota, "K")).id(), 2);
    assert_eq!(rota.create(&tasks()).id(), 3);
    assert_eq!(rota.create(&tasks()).id(), 4);
}

#[test]
fn the_same_key_with_other_bytes_is_refused_even_when_they_are_invalid() {
    let rota = Rota::start();
    let first = rota.send(&keyed(&rota, "k"));
    assert_eq!(first.status, 200);
    let same_meaning = format!(" {}", tasks());
    for body in
        [with_context("x").to_string(), same_meaning, "{".to_owned(), String::new(), "\u{0}".to_owned()]
    {
        rota.send(&keyed(&rota, "k").body(body)).is_error(422);
    }
    rota.send(&keyed(&rota, "k").without_header("Content-Type").body("{")).is_error(422);
    assert!(rota.send(&keyed(&rota, "k")).is_replay());
    assert_eq!(rota.tickets().len(), 1);
}

#[test]
fn only_successes_are_kept() {
    let rota = Rota::start();
    rota.send(&keyed(&rota, "k").body("{")).is_refused();
    rota.send(&keyed(&rota, "k").body("{}")).refuses(&["channel", "bikCustomerId"]);
    rota.send(&keyed(&rota, "k").json(&for_agent("nobody@shop.example"))).refuses(&["agentMail"]);
    let response = rota.send(&keyed(&rota, "k"));
    assert_eq!(response.id(), 1);
    assert!(!response.is_replay(), "{response}");
}

#[test]
fn a_key_is_unique_per_store_not_per_caller() {
    let rota = Rota::start();
    rota.apply(&StoreFile::default().store("other")).succeeded();
    let colleague = rota.key(&[]);
    let other_store = rota.key_of("other", &[]);
    let first = rota.send(&keyed(&rota, "k"));
    let repeat = rota.send(&keyed(&rota, "k").authorization(&colleague));
    assert!(repeat.is_replay() && repeat.text() == first.text(), "{repeat}");
    let elsewhere = rota.send(&keyed(&rota, "k").authorization(&other_store));
    assert!(!elsewhere.is_replay(), "{elsewhere}");
    assert_eq!(elsewhere.json()["data"]["ticket"]["storeId"], "other");
}

#[test]
fn a_replay_carries_the_headers_of_its_own_request() {
    let rota = Rota::start();
    let request = keyed(&rota, "k").body(tasks_and("\"appId\":\"x\""));
    let (first, repeat) = (rota.send(&request), rota.send(&request));
    assert!(repeat.is_replay(), "{repeat}");
    assert_eq!(repeat.ignored_fields(), ["appId"]);
    assert!(repeat.header("request-id").is_some(), "{repeat}");
    assert_ne!(first.header("request-id"), repeat.header("request-id"));
}

#[test]
fn a_repeat_replays_even_after_its_agent_and_customer_were_archived() {
    let rota = Rota::start();
    let body = for_agent("agent2@shop.example");
    let first = rota.send(&keyed(&rota, "k").json(&body));
    assert_eq!(first.agent(), Some(102));
    let mut file = StoreFile::default().customers(&["77"]);
    file.agents.pop();
    rota.apply_with(&file, &["--yes"]).succeeded();
    until(IN_EFFECT, || (rota.dry_run(&body).status == 400).then_some(()));
    rota.create(&body).refuses(&["agentMail", "bikCustomerId"]);
    let repeat = rota.send(&keyed(&rota, "k").json(&body));
    assert!(repeat.is_replay() && repeat.text() == first.text(), "{repeat}");
    assert!(repeat.text().contains(CUSTOMER));
}

#[test]
fn a_record_outlives_the_server() {
    let mut rota = Rota::start();
    let first = rota.send(&keyed(&rota, "k"));
    rota.kill();
    rota.restart();
    let repeat = rota.send(&keyed(&rota, "k"));
    assert!(repeat.is_replay() && repeat.text() == first.text(), "{repeat}");
    rota.send(&keyed(&rota, "k").json(&with_context("x"))).is_error(422);
}
