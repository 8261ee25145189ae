//! A key's rate limit.

use crate::harness::{Connection, Request, Response, Rota, tasks, until};
use std::time::Duration;

/// Asks until the limit is met; a second holds far more than this.
fn until_limited(connection: &mut Connection, request: &Request) -> (usize, Response) {
    for passed in 0..20 {
        let response = connection.call(request);
        if response.status != 200 {
            return (passed, response);
        }
    }
    panic!("20 requests passed at one a second");
}

#[test]
fn over_its_rate_a_key_is_told_when_to_come_back() {
    let rota = Rota::start();
    let token = rota.key(&["--rate", "1"]);
    let request = rota.request().authorization(&token).json(&tasks());
    let mut connection = rota.connect();
    let (passed, response) = until_limited(&mut connection, &request);
    response.is_error(429);
    assert!(passed >= 1, "the first one passes");
    let wait: u64 = response.header("retry-after").and_then(|wait| wait.parse().ok()).expect("seconds");
    assert!((1..=2).contains(&wait), "{wait}");
    assert_eq!(rota.tickets().len(), passed, "nothing was written for the refused one");
    let next = until(Duration::from_secs(wait + 1), || {
        let response = connection.call(&request);
        (response.status != 429).then_some(response)
    });
    assert_eq!(next.status, 200);
}

#[test]
fn one_keys_rate_does_not_hold_back_another() {
    let rota = Rota::start();
    let slow = rota.request().authorization(&rota.key(&["--rate", "1"])).json(&tasks());
    let mut connection = rota.connect();
    until_limited(&mut connection, &slow);
    for _ in 0..20 {
        assert_eq!(connection.call(&rota.request().json(&tasks())).status, 200);
    }
}

#[test]
fn without_a_rate_there_is_no_limit() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    for _ in 0..300 {
        assert_eq!(connection.call(&rota.request().json(&tasks())).status, 200);
    }
}

#[test]
fn the_rate_comes_before_the_keys_syntax_and_the_record_but_after_size_and_authentication() {
    let rota = Rota::start();
    let token = rota.key(&["--rate", "1"]);
    let request = rota.request().authorization(&token);
    let mut connection = rota.connect();
    let good = request.clone().header("Idempotency-Key", "k").json(&tasks());
    until_limited(&mut connection, &good).1.is_error(429);
    // A second may pass in between, so each is asked several times: in the wrong order none would be 429.
    let invalid = request.clone().header("Idempotency-Key", "a b").body("{");
    let mut statuses = (0..5).map(|_| connection.call(&invalid).status);
    assert!(statuses.any(|status| status == 429));
    rota.send(&request.body(vec![b' '; 300_000])).is_error(413);
    connection.call(&good.authorization("bm9ib2R5OnNlY3JldA==")).is_error(401);
}
