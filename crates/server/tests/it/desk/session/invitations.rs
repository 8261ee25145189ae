//! Invitations: by the command line and by admins.

use super::staff;
use crate::harness::signed_in::{PASSWORD, accept};
use crate::harness::{Rota, STORE, SignedIn, StoreFile};
use serde_json::json;

#[test]
fn a_link_leads_to_the_store_and_has_its_token_where_browsers_keep_it_to_themselves() {
    let rota = Rota::prepared(staff());
    let start = format!("http://127.0.0.1:7070/s/{STORE}/invitation#");
    let link = rota.invited("agent0@shop.example");
    assert!(link.starts_with(&start) && link.len() > start.len() + 43, "{link}");
    let args = ["agent", "invite", "--store", STORE, "Agent0@shop.example", "--public-url"];
    let link = rota.cli(&[&args[..], &["https://desk.shop.example"]].concat()).succeeded().stdout;
    assert!(link.starts_with(&format!("https://desk.shop.example/s/{STORE}/invitation#")), "{link}");
    rota.cli(&[&args[..], &["desk.shop.example"]].concat()).failed().tells(&["--public-url"]);
    for (store, email) in [("nowhere", "agent0@shop.example"), (STORE, "nobody@shop.example")] {
        rota.cli(&["agent", "invite", "--store", store, email]).failed().tells(&[store]);
    }
}

#[test]
fn an_invitation_is_used_up_by_its_first_use() {
    let rota = Rota::with(staff());
    let link = rota.invited("agent0@shop.example");
    assert_eq!(rota.send(&accept(STORE, &link, PASSWORD)).status, 200);
    rota.send(&accept(STORE, &link, "another password")).is_problem(401, "invitation_void");
    assert_eq!(rota.send(&rota.password("agent0@shop.example", PASSWORD)).status, 200);
}

#[test]
fn a_later_invitation_ends_the_earlier_one() {
    let rota = Rota::with(staff());
    let [first, second] = [(); 2].map(|()| rota.invited("agent0@shop.example"));
    rota.send(&accept(STORE, &first, PASSWORD)).is_problem(401, "invitation_void");
    assert_eq!(rota.send(&accept(STORE, &second, PASSWORD)).status, 200);
}

#[test]
fn an_invitation_is_for_its_own_agent_in_its_own_store() {
    let rota = Rota::with(staff());
    rota.apply(&StoreFile::default().store("another")).succeeded();
    let link = rota.invited("agent0@shop.example");
    rota.invited("agent2@shop.example");
    rota.send(&accept("another", &link, PASSWORD)).is_problem(401, "invitation_void");
    let of_admin = link.replace("#100.", "#102.");
    rota.send(&accept(STORE, &of_admin, PASSWORD)).is_problem(401, "invitation_void");
    for bad in ["#", "#100", "#100.", "#x.y"] {
        rota.send(&accept(STORE, bad, PASSWORD)).is_problem(401, "invitation_void");
    }
    assert_eq!(rota.send(&accept(STORE, &link, PASSWORD)).status, 200);
}

#[test]
fn a_password_that_breaks_a_rule_uses_nothing_up() {
    let rota = Rota::with(staff());
    let link = rota.invited("agent0@shop.example");
    for bad in ["short", "Agent0@shop.example", "password123", &"x".repeat(201)] {
        let response = rota.send(&accept(STORE, &link, bad));
        response.is_problem(400, "malformed");
        assert_eq!(response.json()["errors"][0]["field"], "password", "{response}");
    }
    assert_eq!(rota.send(&accept(STORE, &link, PASSWORD)).status, 200);
}

#[test]
fn a_reset_ends_the_old_password_and_every_session_of_the_agent() {
    let rota = Rota::with(staff());
    let before = rota.sign_in("agent0@shop.example");
    let other = rota.sign_in("agent1@shop.example");
    let answer = rota.send(&accept(STORE, &rota.invited("agent0@shop.example"), "a password after that"));
    let after = SignedIn::by(rota.address(), &answer);
    before.get("/v1/session").is_problem(401, "unauthorized");
    for browser in [&after, &other] {
        assert_eq!(browser.get("/v1/session").status, 200);
    }
    rota.send(&rota.password("agent0@shop.example", PASSWORD)).is_problem(401, "wrong_credentials");
    assert_eq!(rota.send(&rota.password("agent0@shop.example", "a password after that")).status, 200);
}

#[test]
fn admins_invite_and_nobody_else_does() {
    let rota = Rota::with_options(staff(), &["--public-url", "https://desk.shop.example"]);
    let admin = rota.sign_in("agent2@shop.example");
    let invited = admin.post("/v1/agents/100/invitation", &json!({}));
    assert_eq!(invited.status, 201, "{invited}");
    assert_eq!(invited.header("cache-control"), Some("no-store"));
    let link = invited.json()["link"].as_str().expect("a link").to_owned();
    assert!(link.starts_with(&format!("https://desk.shop.example/s/{STORE}/invitation#")), "{link}");
    let answer = rota.send(&accept(STORE, &link, PASSWORD));
    assert_eq!(answer.json()["agent"]["id"], 100, "{answer}");

    for unknown in ["/v1/agents/999/invitation", "/v1/agents/x/invitation"] {
        admin.post(unknown, &json!({})).is_problem(404, "not_found");
    }
    for other in ["agent0@shop.example", "agent1@shop.example"] {
        let other = rota.sign_in(other);
        other.post("/v1/agents/102/invitation", &json!({})).is_problem(403, "forbidden");
        other.get("/v1/agents/102/sessions").is_problem(403, "forbidden");
        other.delete("/v1/agents/102/sessions").is_problem(403, "forbidden");
    }
    // Whoever has a key would be admin with it.
    let key =
        admin.request("POST", "/v1/agents/102/invitation").authorization(&rota.key(&["--scope", "desk"]));
    rota.send(&key).is_problem(403, "forbidden");
}
