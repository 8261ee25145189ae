//! Views: the standard ones, one's own, and those that all share.

use super::harness::Desk;
use crate::harness::bodies::{for_agent, for_team};
use crate::harness::{Agent, Response, SignedIn, StoreFile, tasks};
use serde_json::{Value, json};

/// Agent 100, team manager 101 and admin 102; the store gives out nothing by itself.
fn staff() -> (Desk, [SignedIn; 3]) {
    let roles = ["agent", "team_manager", "admin"];
    let agents = (0..).zip(roles).map(|(number, role)| Agent::online(number).role(role));
    let desk = Desk::with(StoreFile::default().agents(agents).policy("unassigned"));
    let people = [0, 1, 2].map(|number| desk.rota.sign_in(&format!("agent{number}@shop.example")));
    (desk, people)
}

fn counts(views: &Response) -> Vec<(String, u64)> {
    assert_eq!(views.status, 200, "{views}");
    let body = views.json();
    let items = body["items"].as_array().expect("views").iter();
    let count = |view: &Value| {
        assert_eq!(view["tickets"]["more"], false, "{view}");
        (view["id"].as_str().expect("an id").to_owned(), view["tickets"]["count"].as_u64().expect("a count"))
    };
    items.map(count).collect()
}

fn named(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn change(by: &SignedIn, method: &str, path: &str, tag: Option<&str>, body: &Value) -> Response {
    let request = by.request(method, path).json(body);
    by.send(&match tag {
        Some(tag) => request.header("If-Match", tag),
        None => request,
    })
}

#[track_caller]
fn tag(response: &Response) -> String {
    response.header("etag").unwrap_or_else(|| panic!("no tag: {response}")).to_owned()
}

#[test]
fn the_standard_views_have_the_counts_of_who_looks() {
    let (desk, [agent, _, admin]) = staff();
    for body in
        [tasks(), tasks(), for_team(31), for_agent("agent0@shop.example"), for_agent("agent2@shop.example")]
    {
        assert_eq!(desk.rota.create(&body).status, 200);
    }
    desk.done("notes", &json!({ "text": "look", "mentions": [100] }));
    let expected = [("mine", 1), ("unclaimed", 3), ("waiting", 0), ("teams", 1), ("mentions", 1), ("all", 4)];
    assert_eq!(counts(&agent.get("/v1/views")), named(&expected));
    let expected = [("mine", 1), ("unclaimed", 3), ("waiting", 0), ("teams", 0), ("mentions", 0), ("all", 5)];
    assert_eq!(counts(&admin.get("/v1/views")), named(&expected));
    assert_eq!(counts(&desk.get("/v1/views")), named(&[("unclaimed", 3), ("waiting", 0), ("all", 5)]));
    let mine = agent.get("/v1/views/mine").json();
    assert_eq!((&mine["filter"], &mine["tickets"]["count"]), (&json!("state=open&agent=me"), &json!(1)));
    desk.get("/v1/views/mine").is_problem(404, "not_found");
    for view in agent.get("/v1/views").json()["items"].as_array().expect("views") {
        let list = agent.get(&format!("/v1/tickets?{}", view["filter"].as_str().unwrap()));
        let shown = list.json()["items"].as_array().expect("tickets").len() as u64;
        assert_eq!(shown, view["tickets"]["count"].as_u64().unwrap(), "{view}");
    }
}

#[test]
fn a_view_of_ones_own_is_made_changed_and_removed_by_its_owner_alone() {
    let (_desk, [agent, manager, _]) = staff();
    let body = json!({ "name": "Refunds", "filter": "label=7&state=open&agent=none", "sort": "oldest" });
    let made = agent.post("/v1/views", &body);
    assert_eq!((made.status, made.header("location")), (201, Some("/v1/views/1")), "{made}");
    let expected = json!({
        "id": "1", "name": "Refunds", "standard": false, "shared": false, "filter": "state=open&agent=none&label=7",
        "sort": "oldest",
    });
    assert_eq!(made.json(), expected);
    let seen = agent.get("/v1/views/1");
    assert_eq!((seen.json()["tickets"]["count"].as_u64(), tag(&seen)), (Some(0), tag(&made)));
    manager.get("/v1/views/1").is_problem(404, "not_found");
    change(&manager, "DELETE", "/v1/views/1", Some("*"), &json!({})).is_problem(404, "not_found");

    change(&agent, "PATCH", "/v1/views/1", None, &json!({})).is_problem(428, "if_match_required");
    change(&agent, "PATCH", "/v1/views/1", Some("\"other\""), &json!({})).is_problem(412, "stale");
    let renamed = change(&agent, "PATCH", "/v1/views/1", Some(&tag(&made)), &json!({ "name": "To refund" }));
    assert_eq!((renamed.status, &renamed.json()["filter"]), (200, &expected["filter"]), "{renamed}");
    assert_ne!(tag(&renamed), tag(&made));
    change(&agent, "DELETE", "/v1/views/1", Some(&tag(&made)), &json!({})).is_problem(412, "stale");
    assert_eq!(change(&agent, "DELETE", "/v1/views/1", Some(&tag(&renamed)), &json!({})).status, 204);
    agent.get("/v1/views/1").is_problem(404, "not_found");
    assert_eq!(agent.post("/v1/views", &body).json()["id"], "2", "no number is used twice");
}

#[test]
fn a_shared_view_is_seen_by_all_and_changed_by_leads() {
    let (desk, [agent, manager, admin]) = staff();
    let body = json!({ "name": "Mail", "filter": "channel=email", "shared": true });
    agent.post("/v1/views", &body).is_problem(403, "forbidden");
    let made = manager.post("/v1/views", &body);
    assert_eq!(made.status, 201, "{made}");
    for seen in [agent.get("/v1/views/1"), admin.get("/v1/views/1"), desk.get("/v1/views/1")] {
        assert_eq!(tag(&seen), tag(&made));
    }
    change(&agent, "PATCH", "/v1/views/1", Some(&tag(&made)), &json!({ "name": "x" }))
        .is_problem(403, "forbidden");
    let renamed = change(&admin, "PATCH", "/v1/views/1", Some("*"), &json!({ "name": "By mail" }));
    assert_eq!(renamed.json()["name"], "By mail");
    change(&admin, "DELETE", "/v1/views/all", Some("*"), &json!({})).is_problem(403, "forbidden");
    assert_eq!(desk.post("/v1/views", &json!({ "name": "Keys", "shared": true })).status, 201);
    desk.post("/v1/views", &json!({ "name": "Keys" })).is_problem(400, "malformed");
}

#[test]
fn what_is_no_view_is_refused() {
    let (_desk, [agent, ..]) = staff();
    let wrong = json!({ "name": " ", "filter": "state=asleep&limit=3", "sort": "match" });
    let answer = agent.post("/v1/views", &wrong);
    answer.is_problem(400, "malformed");
    let body = answer.json();
    let fields: Vec<_> = body["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    assert_eq!(fields, ["name", "filter", "sort"], "{answer}");
    agent.post("/v1/views", &json!({})).is_problem(400, "malformed");
    agent.post("/v1/views", &json!({ "name": "x", "colour": "red" })).is_problem(400, "malformed");
    for number in 1..=25 {
        assert_eq!(agent.post("/v1/views", &json!({ "name": format!("{number}") })).status, 201);
    }
    agent.post("/v1/views", &json!({ "name": "26" })).is_problem(422, "unfit");
}

#[test]
fn a_view_that_is_posted_again_is_made_once() {
    let (_desk, [agent, ..]) = staff();
    let post = |name: &str| {
        let request = agent.request("POST", "/v1/views").json(&json!({ "name": name }));
        agent.send(&request.header("Idempotency-Key", "k1"))
    };
    let first = post("Refunds");
    let again = post("Refunds");
    assert_eq!((again.status, again.json()), (201, first.json()));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    post("Others").is_problem(422, "idempotency_key_reused");
    assert_eq!(counts(&agent.get("/v1/views")).len(), 7);
}
