//! Requests that other sites cause.

use super::staff;
use crate::harness::signed_in::PASSWORD;
use crate::harness::{Request, Rota, SignedIn};

fn headed(request: Request, headers: &[(&str, &str)]) -> Request {
    let plain = request.without_header("Sec-Fetch-Site");
    headers.iter().fold(plain, |request, (name, value)| request.header(name, value))
}

/// Asks to be signed out, under these headers.
fn signs_out(rota: &Rota, headers: &[(&str, &str)]) -> bool {
    let agent = rota.sign_in("agent0@shop.example");
    let response = rota.send(&headed(agent.request("DELETE", "/v1/session"), headers));
    if response.status != 204 {
        response.is_problem(403, "cross_site");
    }
    let signed_out = agent.get("/v1/session").status == 401;
    assert_eq!(signed_out, response.status == 204, "{headers:?}: {response}");
    signed_out
}

#[test]
fn a_page_of_another_site_changes_nothing_with_the_cookie() {
    let rota = Rota::with_options(staff(), &["--public-url", "https://desk.shop.example"]);
    for own in [
        &[("Sec-Fetch-Site", "same-origin")][..],
        &[("Sec-Fetch-Site", "none")],
        &[("Origin", "http://rota.test")],
        &[("Origin", "https://desk.shop.example")],
    ] {
        assert!(signs_out(&rota, own), "{own:?}");
    }
    for foreign in [
        &[("Sec-Fetch-Site", "cross-site")][..],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", "http://rota.test")],
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
        &[],
    ] {
        assert!(!signs_out(&rota, foreign), "{foreign:?}");
    }
}

#[test]
fn reading_is_open_to_links_from_other_sites_and_answers_no_script_there() {
    let rota = Rota::with(staff());
    let agent = rota.sign_in("agent0@shop.example");
    let response =
        rota.send(&headed(agent.request("GET", "/v1/session"), &[("Sec-Fetch-Site", "cross-site")]));
    assert_eq!(response.status, 200);
    assert_eq!(response.header("access-control-allow-origin"), None);
}

#[test]
fn another_site_signs_nobody_in() {
    let rota = Rota::with(staff());
    rota.sign_in("agent0@shop.example");
    let request = rota.password("agent0@shop.example", PASSWORD);
    let foreign = request.clone().header("Origin", "https://evil.example");
    rota.send(&foreign).is_problem(403, "cross_site");
    for own in [request.clone(), request.header("Sec-Fetch-Site", "same-origin")] {
        SignedIn::by(rota.address(), &rota.send(&own));
    }
}

#[test]
fn a_key_needs_no_origin() {
    let rota = Rota::with(staff());
    rota.create(&crate::harness::tasks());
    let request = Request::post("/v1/tickets/1/close").authorization(&rota.key(&["--scope", "desk"]));
    let response = rota.send(&request.header("Sec-Fetch-Site", "cross-site"));
    assert_eq!(response.status, 200, "{response}");
}
