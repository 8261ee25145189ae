//! Where an agent is signed in, and being signed out from elsewhere.

use super::staff;
use crate::harness::signed_in::PASSWORD;
use crate::harness::{Rota, SignedIn, postgres};
use serde_json::Value;

fn again(rota: &Rota, browser: &str) -> SignedIn {
    let request = rota.password("agent0@shop.example", PASSWORD).header("User-Agent", browser);
    SignedIn::by(rota.address(), &rota.send(&request))
}

fn sessions(of: &SignedIn, path: &str) -> Vec<Value> {
    of.get(path).json()["items"].as_array().expect("a list").clone()
}

#[test]
fn one_sees_where_one_is_signed_in_and_signs_out_there() {
    let rota = Rota::with(staff());
    let here = rota.sign_in("agent0@shop.example");
    let there = again(&rota, &"Browser ".repeat(100));
    let other = rota.sign_in("agent1@shop.example");
    let listed = sessions(&here, "/v1/sessions");
    let current: Vec<_> = listed.iter().map(|session| session["current"].as_bool().unwrap()).collect();
    assert_eq!(current, [false, true]);
    let browser = listed[0]["browser"].as_str().expect("a browser");
    assert!(browser.starts_with("Browser ") && browser.len() == 200, "{browser}");
    let id = listed[0]["id"].as_str().expect("an id");
    assert!(there.cookie.contains(id), "{listed:?}");

    let path = format!("/v1/sessions/{id}");
    other.delete(&path).is_problem(404, "not_found");
    assert_eq!(here.delete(&path).status, 204);
    there.get("/v1/session").is_problem(401, "unauthorized");
    here.delete(&path).is_problem(404, "not_found");
    assert_eq!(sessions(&here, "/v1/sessions").len(), 1);
}

#[test]
fn an_admin_sees_an_agents_sessions_and_ends_them() {
    let rota = Rota::with(staff());
    let first = rota.sign_in("agent0@shop.example");
    let second = again(&rota, "another");
    let admin = rota.sign_in("agent2@shop.example");
    let listed = sessions(&admin, "/v1/agents/100/sessions");
    assert_eq!(listed.iter().map(|session| session["current"].clone()).collect::<Vec<_>>(), [false, false]);
    assert_eq!(sessions(&admin, "/v1/agents/102/sessions")[0]["current"], true);
    assert_eq!(admin.delete("/v1/agents/100/sessions").status, 204);
    for ended in [first, second] {
        ended.get("/v1/session").is_problem(401, "unauthorized");
    }
    assert_eq!(sessions(&admin, "/v1/agents/100/sessions"), [Value::Null; 0]);
    assert_eq!(admin.get("/v1/session").status, 200);
    admin.get("/v1/agents/999/sessions").is_problem(404, "not_found");
}

#[test]
fn a_session_holds_on_every_node_and_ends_on_all_at_once() {
    let mut rota = Rota::on_postgres(postgres::Database::new(), &staff());
    rota.restart();
    let node = rota.node(&[]);
    let here = rota.sign_in("agent0@shop.example");
    let there = here.at(node.address());
    for _ in 0..3 {
        assert_eq!(there.get("/v1/session").json(), here.answer);
    }
    let second = again(&rota, "another");
    let id = sessions(&there, "/v1/sessions")[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(there.delete(&format!("/v1/sessions/{id}")).status, 204);
    second.get("/v1/session").is_problem(401, "unauthorized");
    assert_eq!(there.delete("/v1/session").status, 204);
    here.get("/v1/session").is_problem(401, "unauthorized");
}
