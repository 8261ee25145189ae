//! Signing in and out: the whole way, and what is refused on it.

mod attempts;
mod elsewhere;
mod invitations;
mod origins;
mod secrets;

use crate::harness::signed_in::PASSWORD;
use crate::harness::{Agent, Request, Rota, STORE, SignedIn, StoreFile};
use serde_json::json;

/// An agent, a team manager and an admin: numbers 0, 1 and 2.
fn staff() -> StoreFile {
    let roles = ["agent", "team_manager", "admin"];
    StoreFile::default().agents((0..).zip(roles).map(|(number, role)| Agent::online(number).role(role)))
}

#[test]
fn an_invited_agent_sets_a_password_and_signs_in_with_it_from_then_on() {
    let rota = Rota::with(staff());
    let first = rota.sign_in("agent1@shop.example");
    assert_eq!(
        first.answer["agent"],
        json!({ "id": 101, "name": "agent1", "email": "agent1@shop.example", "role": "team_manager" })
    );
    assert_eq!(first.answer["storeId"], STORE);
    assert_eq!(first.get("/v1/session").json(), first.answer);

    let answer = rota.send(&rota.password("Agent1@Shop.example", PASSWORD));
    let second = SignedIn::by(rota.address(), &answer);
    assert_ne!(second.cookie, first.cookie);
    for browser in [&first, &second] {
        assert_eq!(browser.get("/v1/session").json()["agent"]["id"], 101);
    }
    assert_eq!(second.delete("/v1/session").status, 204);
    second.get("/v1/session").is_problem(401, "unauthorized");
    assert_eq!(first.get("/v1/session").status, 200);
}

#[test]
fn who_is_signed_in_works_tickets_as_that_agent() {
    let rota = Rota::with(staff());
    rota.create(&crate::harness::tasks());
    let agent = rota.sign_in("agent0@shop.example");
    let noted = agent.post("/v1/tickets/1/notes", &json!({ "text": "called back" }));
    assert_eq!(noted.status, 200, "{noted}");
    let timeline = agent.get("/v1/tickets/1/timeline").json();
    let by = timeline["entries"].as_array().and_then(|all| all.last()).map(|entry| &entry["by"]);
    assert_eq!(by, Some(&json!({ "kind": "agent", "id": 100 })), "{timeline}");
}

#[test]
fn every_wrong_way_to_sign_in_is_refused_alike() {
    let rota = Rota::with(staff());
    rota.sign_in("agent0@shop.example");
    let mut elsewhere = json!({ "storeId": "nowhere", "email": "agent0@shop.example", "password": PASSWORD });
    let mut told = Vec::new();
    for request in [
        rota.password("agent0@shop.example", "not the password"),
        rota.password("agent0@shop.example", ""),
        rota.password("agent1@shop.example", PASSWORD),
        rota.password("nobody@shop.example", PASSWORD),
        rota.password("no address", PASSWORD),
        Request::post("/v1/session").header("Content-Type", "application/json").json(&elsewhere),
        Request::post("/v1/session").header("Content-Type", "application/json").json(&{
            elsewhere["storeId"] = "".into();
            elsewhere
        }),
    ] {
        let response = rota.send(&request);
        response.is_problem(401, "wrong_credentials");
        assert_eq!(response.header("set-cookie"), None);
        told.push(response.text().to_owned());
    }
    assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
}

#[test]
fn a_body_of_another_form_is_refused_with_its_fields() {
    let rota = Rota::with(staff());
    let good = json!({ "storeId": STORE, "email": "agent0@shop.example", "password": PASSWORD });
    for (path, member) in [
        ("/v1/session", "email"),
        ("/v1/session", "storeId"),
        ("/v1/session", "password"),
        ("/v1/session/invitation", "token"),
    ] {
        let mut body = good.clone();
        body[member] = json!(5);
        let response = rota.send(&Request::post(path).header("Content-Type", "application/json").json(&body));
        response.is_problem(400, "malformed");
        assert!(!response.text().contains(PASSWORD), "{response}");
    }
    let form = Request::post("/v1/session").header("Content-Type", "text/plain").json(&good);
    rota.send(&form).is_problem(400, "malformed");
}

#[test]
fn a_key_counts_before_a_cookie_and_has_no_session() {
    let rota = Rota::with(staff());
    let agent = rota.sign_in("agent0@shop.example");
    let key = rota.key(&["--scope", "desk"]);
    let both = |path| agent.request("GET", path).header("Authorization", format!("Bearer {key}"));
    for path in ["/v1/session", "/v1/sessions"] {
        rota.send(&both(path)).is_problem(403, "forbidden");
    }
    let intake = agent.request("GET", "/v1/session").authorization(rota.token());
    rota.send(&intake).is_problem(401, "unauthorized");
}

#[test]
fn a_changed_role_holds_from_the_next_request_on() {
    let rota = Rota::with(staff());
    let agent = rota.sign_in("agent2@shop.example");
    let invite = || agent.post("/v1/agents/100/invitation", &json!({}));
    assert_eq!(invite().status, 201);
    let agents = [0, 1].map(Agent::online).into_iter().chain([Agent::online(2).role("agent")]);
    rota.apply(&staff().agents(agents)).succeeded();
    invite().is_problem(403, "forbidden");
    assert_eq!(agent.get("/v1/session").json()["agent"]["role"], "agent");
    rota.apply(&staff()).succeeded();
    assert_eq!(invite().status, 201);
}

#[test]
fn an_archived_agent_is_signed_out_and_stays_so() {
    let rota = Rota::with(staff());
    let agent = rota.sign_in("agent2@shop.example");
    let link = rota.invited("agent2@shop.example");
    rota.apply_with(&staff().agents([0, 1].map(Agent::online)), &["--yes"]).succeeded();
    agent.get("/v1/session").is_problem(401, "unauthorized");
    rota.send(&rota.password("agent2@shop.example", PASSWORD)).is_problem(401, "wrong_credentials");
    let accept = crate::harness::signed_in::accept(STORE, &link, PASSWORD);
    rota.send(&accept).is_problem(401, "invitation_void");
    rota.cli(&["agent", "invite", "--store", STORE, "agent2@shop.example"]).failed();
    rota.apply(&staff()).succeeded();
    agent.get("/v1/session").is_problem(401, "unauthorized");
    rota.send(&accept).is_problem(401, "invitation_void");
}
