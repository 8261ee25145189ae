//! `dedupe_window`, for callers that cannot send an Idempotency-Key.

use crate::harness::bodies::with_context;
use crate::harness::{Request, Rota, StoreFile, tasks, until};
use std::time::Duration;

fn with_window(window: &str) -> Rota {
    Rota::with(StoreFile::default().dedupe_window(window))
}

#[test]
fn it_is_off_by_default() {
    let rota = Rota::start();
    assert_eq!(rota.create(&tasks()).id(), 1);
    assert_eq!(rota.create(&tasks()).id(), 2);
}

#[test]
fn the_same_bytes_by_the_same_key_replay_within_the_window() {
    let rota = with_window("1h");
    let first = rota.create(&tasks());
    assert!(!first.is_replay(), "{first}");
    let repeat = rota.create(&tasks());
    assert!(repeat.is_replay() && repeat.text() == first.text(), "{repeat}");
    assert_eq!(rota.tickets().len(), 1);
}

#[test]
fn other_bytes_another_key_or_an_idempotency_key_make_a_new_ticket() {
    let rota = with_window("24h");
    assert_eq!(rota.create(&tasks()).id(), 1);
    assert_eq!(rota.create(&with_context("x")).id(), 2);
    assert_eq!(rota.send(&rota.request().body(format!("{} ", tasks()))).id(), 3);
    let colleague = rota.key(&[]);
    assert_eq!(rota.send(&rota.request().authorization(&colleague).json(&tasks())).id(), 4);
    assert_eq!(rota.send(&rota.request().header("Idempotency-Key", "k").json(&tasks())).id(), 5);
    assert_eq!(rota.send(&rota.request().header("Idempotency-Key", "l").json(&tasks())).id(), 6);
    assert!(rota.create(&tasks()).is_replay());
}

#[test]
fn a_refused_request_opens_no_window() {
    let rota = with_window("1h");
    for _ in 0..2 {
        rota.send(&rota.request().body("{}")).refuses(&["channel", "bikCustomerId"]);
    }
    rota.create(&with_context("x"));
    assert!(rota.create(&with_context("x")).is_replay());
}

#[test]
fn the_window_counts_from_the_first_one_and_does_not_slide() {
    let rota = with_window("1s");
    let request: Request = rota.request().json(&tasks());
    let mut connection = rota.connect();
    assert_eq!(connection.call(&request).id(), 1);
    // Repeats come all the time; a sliding window would never end.
    let next = until(Duration::from_secs(3), || {
        let response = connection.call(&request);
        (response.id() != 1).then_some(response)
    });
    assert_eq!(next.id(), 2);
    assert!(!next.is_replay(), "{next}");
}

#[test]
fn a_window_over_24_hours_is_refused_by_apply() {
    let rota = Rota::empty();
    rota.apply(&StoreFile::default().dedupe_window("25h")).failed().tells(&["dedupe_window"]);
    rota.apply(&StoreFile::default().dedupe_window("24h")).succeeded();
}

#[test]
fn repeats_in_flight_at_once_make_one_ticket() {
    let rota = with_window("1h");
    let request = rota.request().json(&tasks());
    let address = rota.address();
    let answers = crate::harness::at_once(16, |_| crate::harness::Connection::open(address).call(&request));
    assert_eq!(answers.iter().filter(|answer| !answer.is_replay()).count(), 1);
    assert!(answers.iter().all(|answer| answer.id() == 1));
    assert_eq!(rota.tickets().len(), 1);
}
