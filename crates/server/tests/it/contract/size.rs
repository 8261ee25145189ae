//! 256 KiB, and answers that come before the body has been sent.

use crate::harness::bodies::tasks_of_length;
use crate::harness::{Request, Rota, tasks};

const MOST: usize = 256 * 1024;
/// How often an answer that could be lost to a reset is asked for.
const ROUNDS: usize = 20;

#[test]
fn a_body_of_256_kib_is_accepted_and_one_byte_more_is_not() {
    let rota = Rota::start();
    assert_eq!(rota.send(&rota.request().body(tasks_of_length(MOST))).status, 200);
    rota.send(&rota.request().body(tasks_of_length(MOST + 1))).is_error(413);
}

#[test]
fn the_bound_holds_for_chunked_bodies_too() {
    let rota = Rota::start();
    for size in [1_000, MOST] {
        assert_eq!(rota.send(&rota.request().body(tasks_of_length(MOST)).chunked(size)).status, 200);
        rota.send(&rota.request().body(tasks_of_length(MOST + 1)).chunked(size)).is_error(413);
    }
    assert_eq!(rota.send(&rota.request().json(&tasks()).chunked(1)).status, 200);
}

#[test]
fn too_large_a_content_length_is_answered_before_the_body_is_sent() {
    let rota = Rota::start();
    for length in [MOST + 1, 4 << 30] {
        let mut connection = rota.connect();
        connection.send(&rota.request().header("Content-Length", length.to_string()).head());
        connection.receive().is_error(413);
    }
}

#[test]
fn a_client_that_holds_its_body_back_is_not_asked_for_it_and_told_that_the_connection_ends() {
    let rota = Rota::start();
    for (request, status) in
        [(rota.request(), 413), (rota.request().authorization("bm9ib2R5OnNlY3JldA=="), 401)]
    {
        let mut connection = rota.connect();
        let request = request.header("Content-Length", (MOST + 1).to_string());
        connection.send(&request.header("Expect", "100-continue").head());
        let response = connection.receive();
        assert_eq!(response.header("connection"), Some("close"), "{response}");
        response.is_error(status);
    }
}

#[test]
fn an_unauthorized_caller_is_not_told_about_the_size() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    let request = rota.request().authorization("bm9ib2R5OnNlY3JldA==");
    connection.send(&request.header("Content-Length", "1000000").head());
    connection.receive().is_error(401);
}

/// Sends everything before it looks for an answer, as simple clients do.
fn stubborn(rota: &Rota, request: &Request, status: u16) {
    for _ in 0..ROUNDS {
        let mut connection = rota.connect();
        connection.send(&request.head());
        for piece in request.framed_body().chunks(16 * 1024) {
            // The server may have closed meanwhile; what counts is whether its answer is still there.
            if connection.try_send(piece).is_err() {
                break;
            }
        }
        connection.receive().is_error(status);
    }
}

#[test]
fn a_413_is_not_lost_while_the_caller_still_sends() {
    let rota = Rota::start();
    stubborn(&rota, &rota.request().body(vec![b' '; 1 << 20]), 413);
}

#[test]
fn a_413_in_the_middle_of_a_chunked_body_is_not_lost() {
    let rota = Rota::start();
    stubborn(&rota, &rota.request().body(vec![b' '; 1 << 20]).chunked(10_000), 413);
}

#[test]
fn an_early_401_is_not_lost_while_the_caller_still_sends() {
    let rota = Rota::start();
    let request = rota.request().authorization("bm9ib2R5OnNlY3JldA==");
    stubborn(&rota, &request.clone().body(vec![b' '; 1 << 20]), 401);
    stubborn(&rota, &request.body(vec![b' '; MOST]).chunked(10_000), 401);
}

#[test]
fn after_a_413_the_server_serves_on() {
    let rota = Rota::start();
    for _ in 0..3 {
        rota.send(&rota.request().body(vec![b'x'; 2 << 20])).is_error(413);
        assert_eq!(rota.create(&tasks()).status, 200);
    }
    assert_eq!(rota.tickets().len(), 3);
}

#[test]
fn a_head_that_is_too_large_or_has_too_many_headers_is_told_with_431() {
    let rota = Rota::start();
    let large = rota.request().header("X-Large", vec![b'x'; 256 * 1024]);
    let many = (0..150).fold(rota.request(), |request, n| request.header(&format!("X-{n}"), "x"));
    for request in [large, many] {
        let mut connection = rota.connect();
        connection.send(&request.bytes());
        assert_eq!(connection.receive().status, 431);
    }
}

#[test]
fn what_is_not_http_is_told_with_400() {
    let rota = Rota::start();
    let mut connection = rota.connect();
    connection.send(b"hello\r\n\r\n");
    assert_eq!(connection.receive().status, 400);
}
