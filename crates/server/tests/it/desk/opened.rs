//! A ticket with what stands around it, in one request.

use super::harness::Desk;
use crate::harness::bodies::for_agent;
use crate::harness::{Agent, StoreFile, tasks};
use serde_json::{Value, json};

fn ids(tickets: &Value) -> Vec<i64> {
    tickets.as_array().expect("a list").iter().map(|ticket| ticket["id"].as_i64().expect("an id")).collect()
}

/// The usual customer's tickets from 1 on, of which the first are closed.
fn desk(tickets: i64, closed: i64) -> Desk {
    let desk = Desk::start();
    for _ in 0..tickets {
        desk.rota.create(&tasks());
    }
    for ticket in 1..=closed {
        assert_eq!(desk.post(&format!("/v1/tickets/{ticket}/close"), &json!({})).status, 200);
    }
    desk
}

#[test]
fn only_what_was_asked_for_is_told_and_the_rest_is_as_without() {
    let desk = desk(1, 0);
    desk.done("notes", &json!({ "text": "called" }));
    let plain = desk.ticket(1);
    for part in ["timeline", "customer", "viewing"] {
        assert_eq!(plain.get(part), None);
        let mut told = desk.get(&format!("/v1/tickets/1?include={part}")).json();
        let members = told.as_object_mut().expect("a ticket");
        assert!(members.shift_remove(part).is_some_and(|part| !part.is_null()), "{part}");
        assert_eq!(told, plain, "{part}");
    }
    let all = desk.get("/v1/tickets/1?include=viewing,timeline,customer").json();
    assert_eq!(all["timeline"], desk.get("/v1/tickets/1/timeline").json());
    assert_eq!(all["viewing"], json!([]));
    let mut customer = all["customer"].clone();
    let members = customer.as_object_mut().expect("a customer");
    assert_eq!(members.shift_remove("openTickets"), Some(json!([])));
    let none = json!({ "items": [], "count": 0, "more": false });
    assert_eq!(members.shift_remove("closedTickets"), Some(none));
    assert_eq!(members.shift_remove("name"), Some(json!("Asha 0")));
    assert_eq!(customer, desk.get("/v1/customers/5233549").json());
}

#[test]
fn a_customers_other_tickets_are_told_the_newest_first_and_some_of_them() {
    let desk = desk(38, 13);
    let until = json!({ "until": "2099-01-01T00:00:00Z" });
    assert_eq!(desk.post("/v1/tickets/14/snooze", &until).status, 200);
    let customer =
        |ticket: i64| desk.get(&format!("/v1/tickets/{ticket}?include=customer")).json()["customer"].clone();
    let of_open = customer(38);
    assert_eq!(ids(&of_open["openTickets"]), (18..=37).rev().collect::<Vec<_>>());
    assert_eq!(ids(&of_open["closedTickets"]["items"]), (4..=13).rev().collect::<Vec<_>>());
    assert_eq!(
        (&of_open["closedTickets"]["count"], &of_open["closedTickets"]["more"]),
        (&json!(13), &json!(false))
    );
    assert_eq!(of_open["openTickets"][0].get("context"), None, "as lists have them");
    let of_closed = customer(13);
    assert_eq!(ids(&of_closed["closedTickets"]["items"]), (3..=12).rev().collect::<Vec<_>>());
    assert_eq!(of_closed["closedTickets"]["count"], json!(12));
    for ticket in 20..=37 {
        assert_eq!(desk.post(&format!("/v1/tickets/{ticket}/close"), &json!({})).status, 200);
    }
    assert_eq!(ids(&customer(38)["openTickets"]), [19, 18, 17, 16, 15, 14], "the snoozed one last");
}

#[test]
fn of_a_customers_other_tickets_one_is_told_only_those_that_one_may_see() {
    let desk = Desk::with(StoreFile::default().agents([Agent::online(0), Agent::online(1)]).teams([]));
    for agent in ["agent0@shop.example", "agent1@shop.example", "agent0@shop.example"] {
        desk.rota.create(&for_agent(agent));
    }
    let agent = desk.rota.sign_in("agent0@shop.example");
    let told = agent.get("/v1/tickets/1?include=customer").json();
    assert_eq!(ids(&told["customer"]["openTickets"]), [3]);
    assert_eq!(agent.get("/v1/tickets/2?include=customer").status, 404);
}

#[test]
fn what_cannot_be_included_is_named() {
    let desk = desk(1, 0);
    for (include, named) in
        [("timeline,notes", "notes"), ("", "\"\""), ("Timeline", "Timeline"), ("viewing,", "\"\"")]
    {
        let refused = desk.get(&format!("/v1/tickets/1?include={include}"));
        assert_eq!(Desk::refused(&refused), (400, "malformed".into()), "{include}");
        let error = &refused.json()["errors"][0];
        assert_eq!(error["field"], "include");
        let detail = error["detail"].as_str().expect("a rule");
        assert!(detail.contains(named) && detail.contains("timeline, customer, viewing"), "{detail}");
    }
    assert_eq!(Desk::refused(&desk.get("/v1/tickets/1?with=timeline")), (400, "malformed".into()));
}

/// What the menu of whom to assign a ticket to needs, in one request.
#[test]
fn an_agent_is_told_who_could_take_a_ticket_and_how_loaded_everybody_is() {
    let agents =
        [Agent::online(0), Agent::online(1).max_open(1), Agent::offline(2), Agent::online(3).max_open(9)];
    let desk = Desk::with(StoreFile::default().agents(agents).teams([]));
    desk.rota.create(&for_agent("agent1@shop.example"));
    let agent = desk.rota.sign_in("agent0@shop.example");
    let listed = agent.get("/v1/agents").json();
    let of = |number: usize| {
        let agent = &listed["items"][number];
        (
            agent["availability"]["status"].clone(),
            agent["open"].clone(),
            agent["limit"].clone(),
            agent["state"].clone(),
        )
    };
    let expected = |status: &str, open: i64, limit: Option<i64>, state: &str| {
        (json!(status), json!(open), json!(limit), json!(state))
    };
    assert_eq!(of(0), expected("online", 0, None, "free"));
    assert_eq!(of(1), expected("online", 1, Some(1), "at_limit"));
    assert_eq!(of(2), expected("away", 0, None, "offline"));
    assert_eq!(of(3), expected("online", 0, Some(9), "free"));
}
