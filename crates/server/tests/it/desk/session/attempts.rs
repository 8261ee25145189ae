//! How often it may be tried.

use super::staff;
use crate::harness::signed_in::{PASSWORD, accept};
use crate::harness::{Response, Rota, STORE};

/// Five tries are free, as the page on the desk says.
const FREE: usize = 5;

#[track_caller]
fn is_put_off(response: &Response) -> u64 {
    response.is_problem(429, "too_many_attempts");
    let wait = response.header("retry-after").and_then(|wait| wait.parse().ok());
    wait.unwrap_or_else(|| panic!("no time to wait in {response}"))
}

/// Tries with the right password; some may have become free meanwhile.
fn until_put_off(rota: &Rota, email: &str) -> Response {
    let mut tries = (0..100).map(|_| rota.send(&rota.password(email, PASSWORD)));
    tries.find(|response| response.status == 429).expect("too many tries")
}

#[test]
fn guessing_an_agents_password_ends_after_some_tries_and_a_right_one_does_not_help() {
    let rota = Rota::with(staff());
    rota.sign_in("agent0@shop.example");
    rota.sign_in("agent1@shop.example");
    let mut statuses = Vec::new();
    for _ in 0..FREE - 1 {
        statuses.push(rota.send(&rota.password("agent0@shop.example", "a wrong password")).status);
    }
    statuses.push(rota.send(&rota.password("Agent0@shop.example", PASSWORD)).status);
    assert_eq!(statuses, [401, 401, 401, 401, 200]);
    let wait = is_put_off(&until_put_off(&rota, "agent0@shop.example"));
    assert!((1..=10).contains(&wait), "{wait}");
    assert_eq!(rota.send(&rota.password("agent1@shop.example", PASSWORD)).status, 200);
}

#[test]
fn an_address_that_nobody_has_is_put_off_like_any_other() {
    let rota = Rota::with(staff());
    for _ in 0..FREE {
        rota.send(&rota.password("nobody@shop.example", PASSWORD)).is_problem(401, "wrong_credentials");
    }
    is_put_off(&until_put_off(&rota, "nobody@shop.example"));
}

/// Tries with invitations that nobody has, which takes no hashing, until one is put off; how many were not.
fn tries(rota: &Rota, client: &str) -> usize {
    let tried = (0..200).take_while(|number| {
        let request = accept(STORE, &format!("#nobody.{number}"), PASSWORD);
        rota.send(&request.header("X-Forwarded-For", client)).status == 401
    });
    tried.count()
}

#[test]
fn one_client_is_put_off_whatever_address_it_claims_to_have() {
    let rota = Rota::with(staff());
    assert!((50..100).contains(&tries(&rota, "192.0.2.1")));
    assert!(tries(&rota, "192.0.2.2") < 10);
}

#[test]
fn behind_a_trusted_proxy_each_client_counts_by_itself() {
    let rota = Rota::with_options(staff(), &["--trusted-proxy", "127.0.0.1"]);
    assert!((50..100).contains(&tries(&rota, "192.0.2.1")));
    assert!((50..100).contains(&tries(&rota, "192.0.2.1, 192.0.2.2")));
    assert!(tries(&rota, "192.0.2.3, 192.0.2.1") < 10);
}
