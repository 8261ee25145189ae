//! Finding tickets: lists, searches, exports.

use super::harness::Desk;
use crate::harness::bodies::{for_agent, for_team, with};
use crate::harness::{Agent, Response, Rota, StoreFile, email, postgres, tasks, token_of, until, whatsapp};
use serde_json::{Value, json};
use std::time::Duration;

/// Agent 100, team manager 101 and admin 102; 100 and 101 are the team's.
fn staff() -> Desk {
    let roles = ["agent", "team_manager", "admin"];
    let agents = (0..).zip(roles).map(|(number, role)| Agent::online(number).role(role));
    Desk::with(StoreFile::default().agents(agents))
}

#[track_caller]
fn ids(response: &Response) -> Vec<i64> {
    assert_eq!(response.status, 200, "{response}");
    let body = response.json();
    let items = body["items"].as_array().unwrap_or_else(|| panic!("no items: {response}"));
    items.iter().map(|ticket| ticket["id"].as_i64().expect("a number")).collect()
}

/// What a search finds once it knows all that was written.
#[track_caller]
fn found(desk: &Desk, search: &str) -> Vec<i64> {
    until(Duration::from_secs(10), || {
        let page = desk.get(&format!("/v1/tickets?q={search}"));
        (page.json()["upToDate"] == true).then(|| ids(&page))
    })
}

/// One ticket of each: 100's, 101's by mail, the team's and so 100's, 102's.
fn four(rota: &Rota) {
    let made = [
        for_agent("agent0@shop.example"),
        with(with(email(), "assignmentType", "SPECIFIC_AGENT"), "agentMail", "agent1@shop.example"),
        for_team(31),
        for_agent("agent2@shop.example"),
    ];
    for (number, body) in (1..).zip(made) {
        assert_eq!(rota.create(&with(body, "labelIds", vec![7])).id(), number);
    }
}

#[test]
fn a_list_shows_what_meets_all_conditions_in_the_order_asked_for() {
    let desk = staff();
    four(&desk.rota);
    assert_eq!(ids(&desk.get("/v1/tickets")), [4, 3, 2, 1]);
    assert_eq!(ids(&desk.get("/v1/tickets?sort=oldest&channel=tasks")), [1, 3, 4]);
    assert_eq!(ids(&desk.get("/v1/tickets?agent=100&state=open")), [3, 1]);
    assert_eq!(ids(&desk.get("/v1/tickets?label=7&label=8")), [0; 0]);
    desk.done("labels", &json!({ "add": [8] }));
    assert_eq!(ids(&desk.get("/v1/tickets?label=7&label=8")), [1]);
    assert_eq!(ids(&desk.get("/v1/tickets?sort=changed")), [1, 4, 3, 2]);
    desk.done("priority", &json!({ "priority": "urgent" }));
    assert_eq!(ids(&desk.get("/v1/tickets?sort=priority")), [1, 2, 3, 4]);
    desk.done("close", &json!({}));
    assert_eq!(ids(&desk.get("/v1/tickets?state=closed&customer=5233549")), [1]);
    assert_eq!(ids(&desk.get("/v1/tickets?youngerThan=1h&team=31")), [3]);
    assert_eq!(ids(&desk.get("/v1/tickets?olderThan=1h")), [0; 0]);
    let listed = desk.get("/v1/tickets?label=8").json()["items"][0].clone();
    let mut whole = desk.ticket(1);
    assert!(whole.as_object_mut().unwrap().remove("context").is_some());
    assert_eq!(listed, whole, "as it is shown by itself, without its context");
}

/// Whom the tickets of a list are of.
fn customers(response: &Response) -> Value {
    assert_eq!(response.status, 200, "{response}");
    let body = response.json();
    body["items"].as_array().unwrap().iter().map(|ticket| ticket["customer"].clone()).collect()
}

fn names_come_where_they_are_asked_for(rota: Rota) {
    let desk = Desk::on(rota);
    let named = |id: &str, name: Value| json!({ "id": id, "name": name });
    let patch = |id: &str, body: Value| {
        let path = format!("/v1/customers/{id}");
        let tag = desk.get(&path).header("etag").unwrap().to_owned();
        let answer = desk.rota.send(&desk.request("PATCH", &path).json(&body).header("If-Match", tag));
        assert_eq!(answer.status, 200, "{answer}");
    };
    for customer in ["c", "b", "a", "a"] {
        desk.rota.create(&with(tasks(), "bikCustomerId", customer));
    }
    patch("a", json!({ "firstName": "Asha", "lastName": "Rao" }));
    patch("b", json!({ "firstName": null, "lastName": "Nair" }));
    patch("c", json!({ "firstName": null, "lastName": null }));
    let expected = json!([
        named("a", "Asha Rao".into()),
        named("a", "Asha Rao".into()),
        named("b", "Nair".into()),
        named("c", Value::Null),
    ]);
    assert_eq!(customers(&desk.get("/v1/tickets?include=customer")), expected);
    let page = desk.get("/v1/tickets?sort=oldest&include=customer&limit=1&customer=a");
    assert_eq!(customers(&page), json!([named("a", "Asha Rao".into())]), "with filters and pages");
    assert_eq!(customers(&desk.get("/v1/tickets")), json!([null, null, null, null]), "left out");
    let admin = desk.rota.sign_in("agent2@shop.example");
    assert_eq!(admin.post("/v1/customers/a/erase", &json!({})).status, 200);
    let erased = customers(&desk.get("/v1/tickets?include=customer&customer=a"));
    assert_eq!(erased, json!([named("a", Value::Null), named("a", Value::Null)]));
}

fn with_customers() -> StoreFile {
    let agents = [Agent::online(0), Agent::online(1), Agent::online(2).role("admin")];
    StoreFile::default().agents(agents).customers(&["a", "b", "c"])
}

#[test]
fn a_list_tells_what_customers_are_called_where_that_is_asked_for() {
    names_come_where_they_are_asked_for(Rota::with(with_customers()));
}

#[test]
fn a_list_tells_what_customers_are_called_on_postgresql() {
    let mut rota = Rota::on_postgres(postgres::Database::new(), &with_customers());
    rota.restart();
    names_come_where_they_are_asked_for(rota);
}

#[test]
fn a_list_tells_how_contexts_begin_where_that_is_asked_for() {
    let desk = staff();
    desk.rota.create(&with(tasks(), "context", "Arrived torn\n at the seam."));
    desk.rota.create(&with(tasks(), "context", r#"{"reason": "refund", "order": 1042}"#));
    desk.rota.create(&tasks());
    let previews = |query: &str| -> Vec<Value> {
        let page = desk.get(&format!("/v1/tickets?sort=oldest{query}")).json();
        page["items"].as_array().unwrap().iter().map(|ticket| ticket["preview"].clone()).collect()
    };
    let told = previews("&include=customer,preview");
    assert_eq!(told, [json!("Arrived torn at the seam."), json!("refund · 1042"), Value::Null]);
    assert_eq!(previews(""), [Value::Null, Value::Null, Value::Null]);
    assert!(desk.get("/v1/tickets").json()["items"][0].get("preview").is_none(), "left out");
}

#[test]
fn what_a_list_cannot_tell_besides_is_refused_by_its_name() {
    let desk = staff();
    for (include, named) in [("timeline", "timeline"), ("customer,labels", "labels"), ("", "\"\"")] {
        let answer = desk.get(&format!("/v1/tickets?include={include}"));
        answer.is_problem(400, "malformed");
        let error = answer.json()["errors"][0].clone();
        assert_eq!(error["field"], "include");
        assert!(error["detail"].as_str().unwrap().contains(named), "{error}");
    }
    desk.get("/v1/tickets?include=customer&include=customer").is_problem(400, "malformed");
    desk.get("/v1/tickets/export?include=customer").is_problem(400, "malformed");
}

#[test]
fn pages_go_on_where_the_one_before_ended() {
    let desk = staff();
    for _ in 0..7 {
        desk.rota.create(&tasks());
    }
    let (mut found, mut address) = (Vec::new(), "/v1/tickets?limit=3".to_owned());
    for pages in 1.. {
        let page = desk.get(&address);
        found.extend(ids(&page));
        assert!(ids(&page).len() <= 3);
        let Some(next) = page.json()["next"].as_str().map(str::to_owned) else {
            assert_eq!(pages, 3);
            break;
        };
        address = format!("/v1/tickets?limit=3&cursor={next}");
    }
    assert_eq!(found, [7, 6, 5, 4, 3, 2, 1]);
    let next = desk.get("/v1/tickets?limit=3").json()["next"].as_str().unwrap().to_owned();
    let other = desk.get(&format!("/v1/tickets?sort=oldest&cursor={next}"));
    other.is_problem(400, "malformed");
}

#[test]
fn a_search_finds_numbers_customers_and_words_a_moment_after_they_were_written() {
    let desk = staff();
    four(&desk.rota);
    desk.rota.create(&with(tasks(), "taskTitle", "मेरा ऑर्डर नहीं आया"));
    assert_eq!(ids(&desk.get("/v1/tickets?q=%233")), [3], "a number");
    assert_eq!(ids(&desk.get("/v1/tickets?q=095490000")), [5, 4, 3, 2, 1], "the end of a phone number");
    assert_eq!(ids(&desk.get("/v1/tickets?q=asha0%40ex&channel=email")), [2], "how an address begins");
    let order = "%E0%A4%91%E0%A4%B0%E0%A5%8D%E0%A4%A1%E0%A4%B0";
    assert_eq!(found(&desk, order), [5]);
    desk.done("notes", &json!({ "text": "wants the courier's number" }));
    assert_eq!(found(&desk, "courier+num"), [1]);
    assert_eq!(found(&desk, "Asha&sort=oldest&limit=2"), [1, 2]);
    assert_eq!(desk.get("/v1/tickets").json()["upToDate"], true, "a list lacks nothing");
}

#[test]
fn everybody_finds_what_they_may_see() {
    let desk = staff();
    four(&desk.rota);
    desk.rota.create(&whatsapp());
    let [agent, manager, admin] = [0, 1, 2].map(|n| desk.rota.sign_in(&format!("agent{n}@shop.example")));
    // The team's, one's own, and nobody's; 5 is agent 102's or 100's by turn.
    let fifth = desk.ticket(5)["agentId"].as_i64();
    assert_eq!(ids(&agent.get("/v1/tickets?label=7")), [3, 1], "fifth {fifth:?}");
    assert_eq!(ids(&manager.get("/v1/tickets?label=7")), [3, 2, 1], "the members' too");
    assert_eq!(ids(&admin.get("/v1/tickets?label=7")), [4, 3, 2, 1]);
    assert_eq!(ids(&agent.get("/v1/tickets?agent=me&label=7")), [3, 1]);
    assert_eq!(ids(&agent.get("/v1/tickets?agent=102&label=7")), [0; 0], "what is hidden is not found");
    assert_eq!(ids(&agent.get("/v1/tickets?q=4")), [0; 0]);
    assert_eq!(ids(&desk.get("/v1/tickets?agent=me")), [0; 0], "a key has none");
    desk.done("notes", &json!({ "text": "look", "mentions": [102] }));
    assert_eq!(ids(&admin.get("/v1/tickets?mentioned=me")), [1]);
}

#[test]
fn another_stores_tickets_are_in_no_list() {
    let desk = staff();
    four(&desk.rota);
    desk.rota.apply(&StoreFile::default().store("another")).succeeded();
    let token = desk.rota.key_of("another", &["--scope", "desk"]);
    let there = |path: &str| {
        let request = crate::harness::Request::get(path).header("Authorization", format!("Bearer {token}"));
        desk.rota.send(&request)
    };
    assert_eq!(ids(&there("/v1/tickets")), [0; 0]);
    assert_eq!(ids(&there("/v1/tickets?q=1")), [0; 0]);
    assert_eq!(ids(&there("/v1/tickets?q=asha")), [0; 0]);
}

#[test]
fn every_parameter_that_is_wrong_is_named() {
    let desk = staff();
    let answer = desk.get("/v1/tickets?state=asleep&limit=0&lable=7&cursor=x&q=+&channel=fax&channel=email");
    answer.is_problem(400, "malformed");
    let body = answer.json();
    let errors = body["errors"].as_array().expect("errors").iter();
    let mut fields: Vec<&str> = errors.filter_map(|error| error["field"].as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["channel", "cursor", "limit", "q", "query", "state"]);
    desk.get("/v1/tickets?q=%ff").is_problem(400, "malformed");
    desk.get("/v1/tickets?sort=match").is_problem(400, "malformed");
    desk.rota.send(&crate::harness::Request::get("/v1/tickets")).is_problem(401, "unauthorized");
    desk.post("/v1/tickets", &json!({})).is_problem(405, "method_not_allowed");
}

#[test]
fn an_export_has_the_whole_list_as_lines() {
    let desk = staff();
    four(&desk.rota);
    desk.rota.create(&with(tasks(), "taskTitle", "=SUM(A1), \"quoted\""));
    let admin = desk.rota.sign_in("agent2@shop.example");
    let file = admin.get("/v1/tickets/export?format=jsonl");
    assert_eq!(file.header("content-type"), Some("application/jsonl"), "{file}");
    let lines: Vec<Value> =
        file.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let numbers: Vec<_> = lines.iter().map(|line| line["id"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert_eq!(lines[0], desk.ticket(1));

    let file = admin.get("/v1/tickets/export?channel=tasks&sort=newest");
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"), "{file}");
    let text = file.text();
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert!(lines[0].starts_with("id,state,stageId,agentId,"), "{text}");
    assert_eq!(lines.len(), 5, "{text}");
    assert!(
        lines[1].starts_with("5,owned,1,") && lines[1].contains("\"'=SUM(A1), \"\"quoted\"\"\""),
        "{text}"
    );
    assert!(lines[2].starts_with("4,") && lines[4].starts_with("1,owned,1,100,,5233549,tasks,"), "{text}");
}

#[test]
fn a_long_export_is_whole() {
    let desk = staff();
    let mut connection = desk.rota.connect();
    for number in 0..450 {
        let request = desk.rota.request().json(&with(tasks(), "context", format!("number {number}")));
        assert_eq!(connection.call(&request).status, 200);
    }
    let file = desk.get("/v1/tickets/export?format=jsonl&channel=tasks");
    let numbers = file
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["id"].as_i64().unwrap());
    assert!(numbers.eq(1..=450));
}

#[test]
fn a_whole_store_is_exported_by_admins_alone() {
    let desk = staff();
    four(&desk.rota);
    desk.get("/v1/tickets/export").is_problem(403, "forbidden");
    assert_eq!(desk.get("/v1/tickets/export?state=open").text().lines().count(), 5);
    let agent = desk.rota.sign_in("agent0@shop.example");
    assert_eq!(agent.get("/v1/tickets/export").text().lines().count(), 3, "what the agent sees");
    desk.get("/v1/tickets/export?format=xml").is_problem(400, "malformed");
    desk.get("/v1/tickets/export?state=open&limit=5").is_problem(400, "malformed");
}

/// PostgreSQL does not take U+0000 in a text.
#[test]
fn u0000_is_refused_or_leads_nowhere_on_postgresql_too() {
    let mut rota = Rota::on_postgres(postgres::Database::new(), &StoreFile::default());
    rota.restart();
    let desk = Desk::on(rota);
    for path in ["/v1/tickets?q=a%00", "/v1/tickets?customer=%00"] {
        assert_eq!(Desk::refused(&desk.get(path)).0, 400, "{path}");
    }
    assert_eq!(desk.get("/v1/customers/%00").status, 404);
    let view = json!({ "name": "Broken", "filter": "customer=%00" });
    assert_eq!(Desk::refused(&desk.post("/v1/views", &view)).0, 400);
    desk.rota.create(&tasks());
    let said = json!({ "direction": "in", "text": "hello", "externalId": "\u{0}" });
    assert_eq!(Desk::refused(&desk.command("messages", &said)).0, 400);
    let none = desk.rota.request().replace_header("Authorization", format!("Basic {}", token_of("\0:x")));
    desk.rota.send(&none.json(&tasks())).is_error(401);
}
