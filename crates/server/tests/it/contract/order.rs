//! In which order a request is judged: authentication, size, rate, key, record, Content-Type, body.

use crate::harness::{Request, Rota, tasks};

fn used_key(rota: &Rota) -> Request {
    let request = rota.request().header("Idempotency-Key", "used");
    assert_eq!(rota.send(&request.clone().json(&tasks())).status, 200);
    request
}

#[test]
fn authentication_comes_before_everything() {
    let rota = Rota::start();
    let request = used_key(&rota).authorization("bm9ib2R5OnNlY3JldA==");
    rota.send(&request.clone().json(&tasks())).is_error(401);
    rota.send(&request.clone().body("{")).is_error(401);
    rota.send(&request.replace_header("Idempotency-Key", "").header("Rota-Dry-Run", "maybe")).is_error(401);
}

#[test]
fn size_comes_before_the_key_and_its_record() {
    let rota = Rota::start();
    let request = used_key(&rota).body(vec![b' '; 300_000]);
    rota.send(&request).is_error(413);
    rota.send(&request.clone().chunked(10_000)).is_error(413);
    rota.send(&request.clone().without_header("Content-Type")).is_error(413);
    rota.send(&request.replace_header("Idempotency-Key", "a b")).is_error(413);
}

#[test]
fn the_keys_syntax_comes_before_content_type_and_body() {
    let rota = Rota::start();
    let request = rota.request().header("Idempotency-Key", "a b");
    rota.send(&request.clone().body("{")).refuses(&["Idempotency-Key"]);
    rota.send(&request.without_header("Content-Type").body("{}")).refuses(&["Idempotency-Key"]);
}

#[test]
fn the_record_comes_before_content_type_and_body() {
    let rota = Rota::start();
    let request = used_key(&rota).without_header("Content-Type");
    assert!(rota.send(&request.clone().json(&tasks())).is_replay());
    let odd = request.clone().header("Content-Type", "text/plain");
    assert!(rota.send(&odd.clone().json(&tasks())).is_replay());
    rota.send(&request.body("{}")).is_error(422);
    rota.send(&odd.body("{")).is_error(422);
}

#[test]
fn a_wrong_content_type_is_told_whatever_the_body() {
    let rota = Rota::start();
    let request = rota.request().replace_header("Content-Type", "text/plain");
    // Whether a body that isn't JSON by its own word is read as well is open.
    let problems = rota.send(&request.body("{")).problems();
    assert!(problems.iter().any(|field| field.eq_ignore_ascii_case("Content-Type")), "{problems:?}");
}
