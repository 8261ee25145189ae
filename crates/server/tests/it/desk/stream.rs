//! Live events: what each may see, in order, from where one was before.

use super::harness::Desk;
use crate::harness::bodies::{with, with_context};
use crate::harness::http::EventSource;
use crate::harness::load::Load;
use crate::harness::{
    Agent, CUSTOMER, Connection, Request, Rota, STORE, SignedIn, StoreFile, Team, answered, postgres, tasks,
    until,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// From a change to its being heard of (desk 7).
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

fn listen(rota: &Rota, as_whom: &SignedIn) -> EventSource {
    EventSource::open(rota.address(), &as_whom.request("GET", "/v1/stream"))
}

fn told(events: &[(&str, Option<i64>)]) -> Vec<(String, Option<i64>)> {
    events.iter().map(|(name, ticket)| ((*name).to_owned(), *ticket)).collect()
}

#[test]
fn an_admin_hears_of_everything_in_order() {
    let desk = Desk::with(file());
    let admin = desk.rota.sign_in("agent3@shop.example");
    let mut stream = listen(&desk.rota, &admin);
    desk.rota.create(&tasks());
    let at_once = [("ticket.created", Some(1)), ("ticket.assigned", Some(1))];
    assert_eq!(stream.told(2), told(&at_once));
    desk.done("notes", &json!({ "text": "called" }));
    desk.done("close", &json!({}));
    desk.done("reopen", &json!({}));
    let later = [("ticket.note_added", Some(1)), ("ticket.closed", Some(1)), ("ticket.reopened", Some(1))];
    assert_eq!(stream.told(3), told(&later));
    desk.rota.cli(&["agent", "offline", "--store", STORE, "agent0@shop.example"]).succeeded();
    let event = stream.next().expect("it goes on");
    assert_eq!(event.name, "agent.availability_changed");
    assert_eq!(event.data["data"]["availability"]["status"], "away");
}

#[test]
fn an_event_has_the_ticket_after_the_change_its_page_and_a_rising_sequence() {
    let desk = Desk::with(file());
    let admin = desk.rota.sign_in("agent3@shop.example");
    let mut stream = listen(&desk.rota, &admin);
    desk.rota.create(&tasks());
    desk.done("labels", &json!({ "add": [7] }));
    let events = stream.take(3);
    let sequences: Vec<i64> =
        events.iter().map(|event| event.data["data"]["sequence"].as_i64().unwrap()).collect();
    assert!(sequences.is_sorted_by(|a, b| a < b), "{sequences:?}");
    let labels: Vec<_> =
        events.iter().map(|event| event.data["data"]["ticket"]["labelIds"].clone()).collect();
    assert_eq!(labels, [json!([]), json!([]), json!([7])], "each as it was at that moment");
    let last = &events[2].data;
    assert_eq!(last["type"], "ticket.updated");
    assert_eq!(last["data"]["change"], "labelled");
    assert!(last["data"]["url"].as_str().unwrap().ends_with("/t/1"), "{last}");
    assert_eq!(events[2].id.as_deref(), last["data"]["id"].as_str());
}

#[test]
fn an_event_tells_what_the_tickets_customer_is_called_and_how_its_context_begins() {
    let desk = Desk::with(file());
    let admin = desk.rota.sign_in("agent3@shop.example");
    let mut stream = listen(&desk.rota, &admin);
    desk.rota.create(&with(tasks(), "context", "Torn at the seam."));
    desk.done("labels", &json!({ "add": [7] }));
    let listed = desk.get("/v1/tickets?include=customer").json()["items"][0]["customer"].clone();
    assert_eq!(listed, json!({ "id": CUSTOMER, "name": "Asha 0" }));
    for event in stream.take(3) {
        let ticket = &event.data["data"]["ticket"];
        assert_eq!((&ticket["customer"], &ticket["preview"]), (&listed, &json!("Torn at the seam.")));
    }
    let again = admin.request("GET", "/v1/stream").header("Last-Event-ID", "evt_1_1");
    let missed = EventSource::open(desk.rota.address(), &again).take(1).remove(0);
    assert_eq!(missed.data["data"]["ticket"]["customer"], listed, "to who comes back too");
}

/// What is loaded after signing in, and what happens before the stream is open, is not missed.
fn nothing_is_missed_from_the_sign_in_on(rota: Rota) {
    let desk = Desk::on(rota);
    let admin = desk.rota.sign_in("agent3@shop.example");
    let shown = || admin.get("/v1/session").json()["lastEventId"].clone();
    let from = |last: &Value| {
        let last = last.as_str().expect("an id");
        let request = admin.request("GET", "/v1/stream").header("Last-Event-ID", last);
        EventSource::open(desk.rota.address(), &request)
    };
    let at_first = admin.answer["lastEventId"].clone();
    assert_eq!(at_first, shown(), "nothing has happened");
    desk.rota.create(&tasks());
    let before_the_load = shown();
    assert_eq!(desk.get("/v1/tickets").json()["items"].as_array().unwrap().len(), 1);
    desk.rota.create(&tasks());
    let second = [("ticket.created", Some(2)), ("ticket.assigned", Some(2))];
    assert_eq!(from(&before_the_load).told(2), told(&second), "and nothing of the first again");
    let both = [[("ticket.created", Some(1)), ("ticket.assigned", Some(1))], second].concat();
    assert_eq!(from(&at_first).told(4), told(&both));
    let mut now = from(&shown());
    desk.rota.create(&tasks());
    assert_eq!(now.told(2), told(&[("ticket.created", Some(3)), ("ticket.assigned", Some(3))]));
}

#[test]
fn who_listens_from_the_last_event_of_the_session_misses_nothing() {
    nothing_is_missed_from_the_sign_in_on(Rota::with(file()));
}

#[test]
fn who_listens_from_the_last_event_of_the_session_misses_nothing_on_postgresql() {
    let mut rota = Rota::on_postgres(postgres::Database::new(), &file());
    rota.restart();
    nothing_is_missed_from_the_sign_in_on(rota);
}

#[test]
fn an_agent_hears_of_what_they_may_see_and_of_what_goes_out_of_their_sight() {
    let desk = Desk::with(file());
    let agent = desk.rota.sign_in("agent0@shop.example");
    let mut stream = listen(&desk.rota, &agent);
    let team = |team: i64| {
        let mut body = tasks();
        body["assignmentType"] = json!("SPECIFIC_TEAM");
        body["teamId"] = json!(team);
        assert_eq!(desk.rota.create(&body).status, 200);
    };
    team(32);
    team(31);
    let own = [("ticket.created", Some(2)), ("ticket.assigned", Some(2))];
    assert_eq!(stream.told(2), told(&own), "the other team's is not heard of");
    let away = desk.post("/v1/tickets/2/assign", &json!({ "agentId": 101 }));
    assert_eq!(away.status, 200, "{away}");
    let to_team = desk.post("/v1/tickets/2/assign", &json!({ "teamId": 32 }));
    assert_eq!(to_team.status, 200, "{to_team}");
    let events = stream.told(1);
    assert_eq!(events[0].1, Some(2));
    assert_eq!(stream.told(1), told(&[("ticket.gone", Some(2))]));
}

#[test]
fn a_client_that_comes_back_is_told_what_it_missed() {
    let desk = Desk::with(file());
    let admin = desk.rota.sign_in("agent3@shop.example");
    let mut stream = listen(&desk.rota, &admin);
    desk.rota.create(&tasks());
    let first = stream.take(1).remove(0).id.expect("an event has an id");
    drop(stream);
    desk.rota.create(&tasks());
    let again = admin.request("GET", "/v1/stream").header("Last-Event-ID", &first);
    let mut stream = EventSource::open(desk.rota.address(), &again);
    let missed = [("ticket.assigned", Some(1)), ("ticket.created", Some(2)), ("ticket.assigned", Some(2))];
    assert_eq!(stream.told(3), told(&missed));
    desk.rota.create(&tasks());
    assert_eq!(stream.told(2), told(&[("ticket.created", Some(3)), ("ticket.assigned", Some(3))]));
}

#[test]
fn a_client_that_was_told_of_what_is_not_there_is_told_to_load_anew() {
    let desk = Desk::with(file());
    let admin = desk.rota.sign_in("agent3@shop.example");
    let unknown = admin.request("GET", "/v1/stream").header("Last-Event-ID", "evt_900_0");
    assert_eq!(EventSource::open(desk.rota.address(), &unknown).next().unwrap().name, "reload");
    for broken in ["yesterday", "evt_-9223372036854775808_0"] {
        let broken = admin.request("GET", "/v1/stream").header("Last-Event-ID", broken);
        assert_eq!(Desk::refused(&admin.send(&broken)).0, 400);
    }
}

#[test]
fn a_stream_ends_when_its_session_does() {
    let desk = Desk::with(file());
    let admin = desk.rota.sign_in("agent3@shop.example");
    let mut stream = listen(&desk.rota, &admin);
    assert_eq!(admin.send(&admin.request("DELETE", "/v1/session")).status, 204);
    assert_eq!(stream.next().expect("it is told").name, "ended");
    assert_eq!(stream.next(), None);
    assert_eq!(admin.get("/v1/stream").status, 401);
}

#[test]
fn a_changed_role_changes_what_is_heard_of() {
    let desk = Desk::with(file());
    let agent = desk.rota.sign_in("agent1@shop.example");
    let mut stream = listen(&desk.rota, &agent);
    desk.rota.cli(&["agent", "set", "--store", STORE, "agent1@shop.example", "--role", "admin"]).succeeded();
    assert_eq!(stream.next().expect("it goes on").name, "reload");
    let mut other = tasks();
    other["assignmentType"] = json!("SPECIFIC_TEAM");
    other["teamId"] = json!(31);
    let id = desk.rota.create(&other).id();
    assert_eq!(stream.told(2), told(&[("ticket.created", Some(id)), ("ticket.assigned", Some(id))]));
}

#[test]
fn a_changed_team_has_everything_loaded_anew() {
    let desk = Desk::with(file());
    let agent = desk.rota.sign_in("agent1@shop.example");
    let mut stream = listen(&desk.rota, &agent);
    let more = file().teams([Team::new(31, "First", &[0, 1, 2]), Team::new(32, "Second", &[1])]);
    desk.rota.apply(&more).succeeded();
    assert_eq!(stream.next().expect("it goes on").name, "reload");
}

/// Far more than the sockets between them hold, so that the server waits for a client that does not read.
#[test]
fn who_does_not_read_and_is_signed_out_meanwhile_is_told_nothing_that_came_after() {
    let desk = Desk::with(file());
    let admin = desk.rota.sign_in("agent3@shop.example");
    let mut stream = listen(&desk.rota, &admin);
    let long = with_context(&"x".repeat(60_000));
    let load = Load::start(&desk.rota, 4, &long);
    load.answered(400);
    assert_eq!(admin.send(&admin.request("DELETE", "/v1/session")).status, 204);
    let signed_out = desk.rota.create(&tasks()).id();
    // It is looked again every two seconds whether a session still is.
    let ended = Instant::now() + Duration::from_secs(3);
    until(Duration::from_secs(60), || {
        load.answered(1);
        (Instant::now() > ended).then_some(())
    });
    load.end();
    let told: Vec<_> = std::iter::from_fn(|| stream.next()).collect();
    assert_eq!(told.last().expect("it was told something").name, "ended");
    let last = told.iter().filter_map(|event| event.data["data"]["ticket"]["id"].as_i64()).max();
    assert!(last < Some(signed_out), "{last:?} came after {signed_out}");
}

#[test]
fn who_reads_slowly_is_told_everything_in_order() {
    let desk = Desk::with(file());
    let admin = desk.rota.sign_in("agent3@shop.example");
    let mut stream = listen(&desk.rota, &admin);
    let load = Load::start(&desk.rota, 4, &with_context(&"x".repeat(60_000)));
    load.answered(400);
    load.end();
    let last = desk.rota.create(&tasks()).id();
    for id in 1..=last {
        assert_eq!(stream.told(2), told(&[("ticket.created", Some(id)), ("ticket.assigned", Some(id))]));
    }
}

#[test]
fn the_server_stops_though_streams_are_open() {
    let mut desk = Desk::with(file());
    let admin = desk.rota.sign_in("agent3@shop.example");
    let mut stream = listen(&desk.rota, &admin);
    assert_eq!(desk.rota.terminate().code(), Some(0));
    assert_eq!(stream.next(), None);
}

#[test]
fn what_one_node_did_is_heard_of_at_another_soon() {
    let rota = Rota::on_postgres(postgres::Database::new(), &file());
    let (here, there) = (rota.node(&[]), rota.node(&[]));
    let token = rota.key(&["--scope", "desk"]);
    let request = Request::get("/v1/stream").authorization(&token);
    let mut stream = EventSource::open(there.address(), &request);
    let mut connection = Connection::open(here.address());
    for ticket in 1..=5 {
        assert_eq!(answered(|| connection.call(&rota.request().json(&tasks()))).status, 200);
        let heard = until(HEARD, || Some(stream.told(2)));
        assert_eq!(heard, told(&[("ticket.created", Some(ticket)), ("ticket.assigned", Some(ticket))]));
    }
}

#[test]
fn a_ticket_that_waits_too_long_is_heard_of() {
    let desk = Desk::with(StoreFile::default().agents([Agent::offline(3).role("admin")]).teams([]));
    let admin = desk.rota.sign_in("agent3@shop.example");
    let mut stream = listen(&desk.rota, &admin);
    desk.rota.create(&tasks());
    assert_eq!(stream.told(2), told(&[("ticket.created", Some(1)), ("ticket.waiting", Some(1))]));
    // The span is a minute at least: the ticket came long ago.
    let database = rusqlite::Connection::open(desk.rota.path("rota.db")).unwrap();
    database.execute_batch("UPDATE tickets SET created_at = created_at - 3600000").unwrap();
    let set = ["settings", "set", "--store", STORE, "--waiting-too-long", "1m"];
    desk.rota.cli(&set).succeeded().tells(&["settings"]);
    database.execute_batch("UPDATE due SET at = 0 WHERE kind = 'waiting_too_long'").unwrap();
    let event = stream.next().expect("it goes on");
    assert_eq!(event.name, "ticket.waiting_too_long");
    let data = &event.data["data"];
    assert_eq!((&data["ticket"]["id"], &data["ticket"]["state"]), (&json!(1), &json!("waiting")), "{data}");
    assert!(data["waitingSince"].is_string() && data["sequence"].is_i64(), "{data}");
}

#[test]
fn a_client_that_was_gone_for_longer_than_events_are_kept_is_told_to_load_anew() {
    let desk = Desk::with(file());
    let admin = desk.rota.sign_in("agent3@shop.example");
    let last = {
        let mut stream = listen(&desk.rota, &admin);
        desk.rota.create(&tasks());
        desk.done("notes", &json!({ "text": "called" }));
        desk.done("close", &json!({}));
        stream.take(4).remove(3).id.expect("an event has an id")
    };
    let database = rusqlite::Connection::open(desk.rota.path("rota.db")).unwrap();
    let gone = "INSERT INTO counters SELECT store_id, 'event', position + 1 FROM outbox WHERE kind = 'ticket.closed';
                DELETE FROM outbox";
    database.execute_batch(gone).unwrap();
    let from = |id: &str| {
        let request = admin.request("GET", "/v1/stream").header("Last-Event-ID", id);
        EventSource::open(desk.rota.address(), &request)
    };
    assert_eq!(from("evt_1_0").next().unwrap().name, "reload");
    let mut stream = from(&last);
    desk.rota.create(&tasks());
    assert_eq!(stream.told(1), told(&[("ticket.created", Some(2))]), "nothing was missed");
}
