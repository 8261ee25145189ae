//! Paths and methods, and what every answer carries.

use crate::harness::bodies::with_context;
use crate::harness::{CREATE, Request, Rota, tasks};
use std::collections::HashSet;

const POSTS: [&str; 4] = [
    CREATE,
    "/integrations/bikPlatformFunctions-authPartnerViaKey",
    "/integrations/bikPlatformFunctions-customers/createOrUpdate",
    "/integrations/bikPlatformFunctions-customers/get",
];

#[test]
fn an_unknown_path_is_not_found_with_or_without_a_key() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    for path in [
        "/integrations/bikPlatformFunctions-nothing",
        "/integrations/bikPlatformFunctions-createAndAssignTicket/",
        "/integrations/bikPlatformFunctions-createandassignticket",
        "/integrations",
        "/nothing",
        "/%00",
    ] {
        connection.call(&Request::post(path).body("{}")).is_error(404);
        connection.call(&Request::get(path)).is_error(404);
        connection.call(&rota.request_to(path).json(&tasks())).is_error(404);
    }
    assert!(rota.tickets().is_empty());
}

#[test]
fn a_wrong_method_is_not_allowed_and_told_the_right_one_without_a_key() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    for path in POSTS {
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            let response = connection.call(&Request::new(method, path).body("{}"));
            response.is_error(405);
            assert_eq!(response.header("allow"), Some("POST"), "{method} {path}: {response}");
        }
    }
}

#[test]
fn every_answer_has_a_request_id_of_its_own() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    let large = rota.request().header("Idempotency-Key", "k");
    let requests = [
        (200, large.clone().json(&tasks())),
        (200, large.clone().json(&tasks())),
        (422, large.json(&with_context("other"))),
        (400, rota.request().body("{")),
        (401, Request::post(CREATE)),
        (404, Request::get("/nothing")),
        (405, Request::get(CREATE)),
        (200, rota.request().header("Rota-Dry-Run", "true").json(&tasks())),
        (200, rota.request_to(POSTS[1]).body("{}")),
        (200, Request::get("/healthz")),
    ];
    let mut seen = HashSet::new();
    for (status, request) in requests {
        let response = connection.call(&request);
        assert_eq!(response.status, status, "{response}");
        let id = response.header("request-id").unwrap_or_else(|| panic!("no request-id in {response}"));
        assert!(!id.is_empty() && seen.insert(id.to_owned()), "{id} came before");
    }
    let response = rota.send(&rota.request().body(vec![b' '; 300_000]));
    assert_eq!(response.status, 413);
    assert!(response.header("request-id").is_some_and(|id| !id.is_empty()), "{response}");
}

#[test]
fn two_requests_sent_at_once_on_a_connection_are_answered_in_order() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    let mut bytes = rota.request().json(&tasks()).bytes();
    bytes.extend(rota.request().body("{").bytes());
    bytes.extend(rota.request().json(&tasks()).chunked(7).bytes());
    connection.send(&bytes);
    assert_eq!(connection.receive().id(), 1);
    connection.receive().is_refused();
    assert_eq!(connection.receive().id(), 2);
}

#[test]
fn a_request_that_comes_byte_by_byte_is_answered() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    for byte in rota.request().json(&tasks()).bytes() {
        connection.send(&[byte]);
    }
    assert_eq!(connection.receive().id(), 1);
}
