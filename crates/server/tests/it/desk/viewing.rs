//! Who else has a ticket before them: told to those who may see it, and to nobody else.

use crate::harness::http::EventSource;
use crate::harness::{Agent, Request, Response, Rota, SignedIn, StoreFile, Team, postgres, tasks, until};
use serde_json::{Value, json};
use std::time::Duration;

/// From saying it to its being heard of: two seconds, and what a busy machine adds.
const HEARD: Duration = Duration::from_secs(10);

fn file() -> StoreFile {
    let agents = [
        Agent::online(0),
        Agent::online(1),
        Agent::offline(2).role("team_manager"),
        Agent::offline(3).role("admin"),
    ];
    StoreFile::default()
        .agents(agents)
        .teams([Team::new(31, "First", &[0, 2]), Team::new(32, "Second", &[1])])
}

/// With ticket 1, which is the first agent's and the first team's.
fn with_ticket(rota: Rota) -> Rota {
    let mut body = tasks();
    body["assignmentType"] = json!("SPECIFIC_TEAM");
    body["teamId"] = json!(31);
    assert_eq!(rota.assigned(&body), Some(100));
    rota
}

fn look(who: &SignedIn, ticket: Option<i64>, activity: Option<&str>) -> Response {
    let body = json!({ "ticketId": ticket, "activity": activity });
    who.send(&who.request("PUT", "/v1/session/viewing").json(&body))
}

#[track_caller]
fn looks(who: &SignedIn, ticket: Option<i64>, activity: Option<&str>) {
    let told = look(who, ticket, activity);
    assert_eq!(told.status, 204, "{told}");
}

fn listen(who: &SignedIn) -> EventSource {
    EventSource::open(who.address, &who.request("GET", "/v1/stream"))
}

/// The next event, which has to be `viewing`: who else looks at which ticket.
#[track_caller]
fn heard(stream: &mut EventSource) -> (i64, Value) {
    let event = stream.next().expect("it goes on");
    assert_eq!((event.name.as_str(), &event.id, &event.data["type"]), ("viewing", &None, &json!("viewing")));
    let data = &event.data["data"];
    (data["ticketId"].as_i64().expect("a ticket"), data["agents"].clone())
}

fn agent(number: i64, activity: &str) -> Value {
    json!({ "id": 100 + number, "name": format!("agent{number}"), "activity": activity })
}

fn seen(who: &SignedIn) -> Value {
    who.get("/v1/tickets/1?include=viewing").json()["viewing"].clone()
}

#[test]
fn others_hear_who_views_and_writes_and_who_has_gone() {
    let rota = with_ticket(Rota::with(file()));
    let [owner, admin] = [0, 3].map(|number| rota.sign_in(&format!("agent{number}@shop.example")));
    let mut stream = listen(&admin);
    looks(&owner, Some(1), Some("viewing"));
    assert_eq!(heard(&mut stream), (1, json!([agent(0, "viewing")])));
    looks(&owner, Some(1), Some("viewing"));
    looks(&owner, Some(1), Some("writing"));
    assert_eq!(heard(&mut stream), (1, json!([agent(0, "writing")])), "saying it again is no news");
    assert_eq!(seen(&admin), json!([agent(0, "writing")]));
    assert_eq!(seen(&owner), json!([]), "oneself is nobody else");
    looks(&owner, None, None);
    assert_eq!(heard(&mut stream), (1, json!([])));
    looks(&owner, Some(1), Some("viewing"));
    assert_eq!(heard(&mut stream).1, json!([agent(0, "viewing")]));
    assert_eq!(owner.delete("/v1/session").status, 204);
    assert_eq!(heard(&mut stream), (1, json!([])), "who has signed out looks at nothing");
}

#[test]
fn who_says_nothing_any_more_has_gone_after_fifteen_seconds() {
    let rota = with_ticket(Rota::with(file()));
    let [owner, admin] = [0, 3].map(|number| rota.sign_in(&format!("agent{number}@shop.example")));
    let mut stream = listen(&admin);
    looks(&owner, Some(1), Some("viewing"));
    assert_eq!(heard(&mut stream).1, json!([agent(0, "viewing")]));
    assert_eq!(heard(&mut stream), (1, json!([])));
    assert_eq!(seen(&admin), json!([]));
}

#[test]
fn who_may_not_see_the_ticket_neither_looks_at_it_nor_hears_of_it() {
    let rota = with_ticket(Rota::with(file()));
    let people = [0, 1, 3].map(|number| rota.sign_in(&format!("agent{number}@shop.example")));
    let [owner, stranger, admin] = &people;
    let (mut theirs, mut all) = (listen(stranger), listen(admin));
    looks(owner, Some(1), Some("viewing"));
    assert_eq!(heard(&mut all).0, 1);
    assert_eq!(look(stranger, Some(1), Some("viewing")).status, 404);
    let mut body = tasks();
    body["assignmentType"] = json!("SPECIFIC_TEAM");
    body["teamId"] = json!(32);
    assert_eq!(rota.assigned(&body), Some(101));
    let next = theirs.next().expect("it goes on");
    assert_eq!((next.name.as_str(), &next.data["data"]["ticket"]["id"]), ("ticket.created", &json!(2)));
}

#[test]
fn a_key_looks_at_nothing_and_what_is_said_is_judged() {
    let rota = with_ticket(Rota::with(file()));
    let key = rota.key(&["--scope", "desk"]);
    let request = Request::new("PUT", "/v1/session/viewing").authorization(&key);
    assert_eq!(rota.send(&request.body("{}")).status, 403);
    let owner = rota.sign_in("agent0@shop.example");
    for (body, field) in [
        (json!({ "ticketId": 1 }), "activity"),
        (json!({ "activity": "viewing" }), "activity"),
        (json!({ "ticketId": 1, "activity": "reading" }), "activity"),
        (json!({ "ticketId": "1", "activity": "viewing" }), "ticketId"),
        (json!({ "ticket": 1 }), "ticket"),
    ] {
        let refused = owner.send(&owner.request("PUT", "/v1/session/viewing").json(&body));
        assert_eq!(
            (refused.status, &refused.json()["errors"][0]["field"]),
            (400, &json!(field)),
            "{refused}"
        );
    }
    assert_eq!(look(&owner, Some(9), Some("viewing")).status, 404);
}

#[test]
fn what_is_said_at_one_node_is_heard_at_another() {
    let mut rota = Rota::on_postgres(postgres::Database::new(), &file());
    rota.restart();
    let rota = with_ticket(rota);
    let node = rota.node(&[]);
    let owner = rota.sign_in("agent0@shop.example");
    let admin = rota.sign_in("agent3@shop.example").at(node.address());
    let mut stream = listen(&admin);
    let told = until(HEARD, || {
        looks(&owner, Some(1), Some("writing"));
        Some(heard(&mut stream))
    });
    assert_eq!(told, (1, json!([agent(0, "writing")])));
    assert_eq!(seen(&admin), json!([agent(0, "writing")]));
    assert_eq!(owner.delete("/v1/session").status, 204);
    assert_eq!(heard(&mut stream), (1, json!([])));
}
