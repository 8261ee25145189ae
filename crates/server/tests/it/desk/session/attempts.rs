//! How often it may be tried.

use super::staff;
use crate::harness::signed_in::PASSWORD;
use crate::harness::{Response, Rota};

/// Five tries are free, as the page on the desk says.
const FREE: usize = 5;

#[track_caller]
fn is_put_off(response: &Response) -> u64 {
    response.is_problem(429, "too_many_attempts");
    let wait = response.header("retry-after").and_then(|wait| wait.parse().ok());
    wait.unwrap_or_else(|| panic!("no time to wait in {response}"))
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
    for password in [PASSWORD, "a wrong password"] {
        let wait = is_put_off(&rota.send(&rota.password("agent0@shop.example", password)));
        assert!((1..=10).contains(&wait), "{wait}");
    }
    assert_eq!(rota.send(&rota.password("agent1@shop.example", PASSWORD)).status, 200);
}

#[test]
fn an_address_that_nobody_has_is_put_off_like_any_other() {
    let rota = Rota::with(staff());
    for _ in 0..FREE {
        rota.send(&rota.password("nobody@shop.example", PASSWORD)).is_problem(401, "wrong_credentials");
    }
    is_put_off(&rota.send(&rota.password("nobody@shop.example", PASSWORD)));
}

/// Tries with one mail address after the other until one is put off; how many were not.
fn tries(rota: &Rota, mails: &str, client: &str) -> usize {
    let tried = (0..200).take_while(|number| {
        let request = rota.password(&format!("{mails}{number}@shop.example"), PASSWORD);
        rota.send(&request.header("X-Forwarded-For", client)).status == 401
    });
    tried.count()
}

#[test]
fn one_client_is_put_off_whatever_address_it_claims_to_have() {
    let rota = Rota::with(staff());
    assert!((50..100).contains(&tries(&rota, "a", "192.0.2.1")));
    assert!(tries(&rota, "b", "192.0.2.2") < 10);
}

#[test]
fn behind_a_trusted_proxy_each_client_counts_by_itself() {
    let rota = Rota::with_options(staff(), &["--trusted-proxy", "127.0.0.1"]);
    assert!((50..100).contains(&tries(&rota, "a", "192.0.2.1")));
    assert!((50..100).contains(&tries(&rota, "b", "192.0.2.1, 192.0.2.2")));
    assert!(tries(&rota, "c", "192.0.2.3, 192.0.2.1") < 10);
}
