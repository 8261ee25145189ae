//! How tickets find agents, over HTTP: sticky agents, `balanced`, leave, holidays, the ramp, what is given on, the floor.

mod floor;
mod rules;

use super::settings::{Staff, conditional};
use crate::harness::bodies::{for_agent, for_team, with};
use crate::harness::{STORE, SignedIn, StoreFile, tasks};
use jiff::tz::TimeZone;
use rota::clock::{Clock, SystemClock};
use serde_json::{Value, json};

/// Leave that has begun, and lasts.
fn long_leave() -> Value {
    json!([{ "from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z" }])
}

/// Why a ticket is whose it is: the newest decision, as `who` is told of it.
fn why(who: &SignedIn, ticket: i64) -> Value {
    let answer = who.get(&format!("/v1/tickets/{ticket}/why"));
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()["decisions"][0].take()
}

fn waits_for(staff: &Staff, ticket: i64) -> Value {
    staff.shown(&format!("/v1/tickets/{ticket}/why"))["waitsFor"].take()
}

fn owner(staff: &Staff, ticket: i64) -> Option<i64> {
    staff.shown(&format!("/v1/tickets/{ticket}"))["agentId"].as_i64()
}

fn set(staff: &Staff, settings: Value) {
    staff.changed("PATCH", "/v1/settings", &settings);
}

fn go(staff: &Staff, agent: i64, status: &str) {
    staff.changed("PUT", &format!("/v1/agents/{agent}/availability"), &json!({ "status": status }));
}

/// The seat of an agent in a decision.
fn seat(decision: &Value, agent: i64) -> Value {
    let seats = decision["seats"].as_array().expect("seats");
    seats.iter().find(|seat| seat["agentId"] == agent).unwrap_or_else(|| panic!("{decision}")).clone()
}

#[test]
fn a_customers_tickets_go_to_who_had_the_last_one_as_long_as_they_can_take_them() {
    let staff = Staff::with(StoreFile::default().customers(&["1", "2"]));
    set(&staff, json!({ "sticky": "30d" }));
    let of = |customer: &str| with(tasks(), "bikCustomerId", customer);
    let given = |customer: &str| staff.rota.assigned(&of(customer));
    assert_eq!((given("1"), given("2"), given("1")), (Some(100), Some(101), Some(100)));
    let decision = why(&staff.admin, 3);
    assert_eq!((&decision["route"], &decision["policy"]), (&json!("sticky"), &Value::Null));
    assert_eq!(decision["text"], "agent0 had this customer's last ticket.");
    assert_eq!(staff.rota.dry_run(&tasks_of_nobody(&staff)).agent(), Some(102), "it moved no turn");
    go(&staff, 100, "away");
    assert_eq!(given("1"), Some(102));
    let skipped = why(&staff.admin, 4)["skipped"].take();
    let expected = json!([{ "ruleId": null, "agentId": 100, "name": "agent0", "reason": "offline" }]);
    assert_eq!(skipped, expected);
    go(&staff, 100, "online");
    assert_eq!(given("1"), Some(102), "who had the last one");
    set(&staff, json!({ "sticky": null }));
    assert_eq!(given("1"), Some(103));
}

/// A ticket of a customer who has had none.
fn tasks_of_nobody(staff: &Staff) -> Value {
    let customer = staff.added("/v1/customers", &json!({ "phone": "+919090909090" }));
    with(tasks(), "bikCustomerId", customer["id"].clone())
}

#[test]
fn a_balanced_pool_gives_to_who_has_the_fewest_open_tickets() {
    let staff = Staff::start();
    set(&staff, json!({ "policy": "balanced" }));
    for _ in 0..2 {
        staff.rota.create(&for_agent("agent0@shop.example"));
    }
    let given: Vec<_> = (0..4).map(|_| staff.rota.assigned(&tasks()).unwrap()).collect();
    assert_eq!(given, [101, 102, 103, 101]);
    let decision = why(&staff.admin, 3);
    assert_eq!(decision["policy"], "balanced");
    assert_eq!(
        (&seat(&decision, 100)["reason"], &seat(&decision, 100)["open"]),
        (&json!("more_load"), &json!(2))
    );
    assert!(
        decision["text"].as_str().unwrap().starts_with("agent1 had the fewest open tickets"),
        "{decision}"
    );
    let closed = staff.admin.post("/v1/tickets/1/close", &json!({}));
    let closed = (closed.status, staff.admin.post("/v1/tickets/2/close", &json!({})).status);
    assert_eq!(closed, (200, 200));
    assert_eq!(staff.rota.assigned(&tasks()), Some(100));
}

#[test]
fn who_is_on_leave_gets_nothing_and_colleagues_are_not_told_why() {
    let staff = Staff::start();
    let on_leave = conditional(&staff.manager, "PATCH", "/v1/agents/101", &json!({ "leave": long_leave() }));
    assert_eq!(on_leave.status, 200, "leads set their members' leave: {on_leave}");
    let given: Vec<_> = (0..2).map(|_| staff.rota.assigned(&for_team(31)).unwrap()).collect();
    assert_eq!(given, [100, 100]);
    let told = |who: &SignedIn| {
        let seat = seat(&why(who, 2), 101);
        (seat["reason"].clone(), seat["until"].clone())
    };
    assert_eq!(told(&staff.admin), (json!("on_leave"), json!("2099-01-01T00:00:00Z")));
    assert_eq!(told(&staff.manager), told(&staff.admin));
    assert_eq!(told(&staff.agent), (json!("unavailable"), Value::Null));
    assert!(why(&staff.agent, 2)["text"].as_str().unwrap().contains("agent1 is unavailable)"));
    assert_eq!(staff.agent.get("/v1/agents/101").json().get("leave"), None);
    let state = |who: &SignedIn| who.get("/v1/agents/101").json()["state"].clone();
    assert_eq!([state(&staff.agent), state(&staff.manager)], ["unavailable", "on_leave"]);
    assert_eq!(staff.agent.get("/v1/agents/100").json()["leave"], json!([]));
    let by_agent = conditional(&staff.agent, "PATCH", "/v1/agents/100", &json!({ "leave": [] }));
    assert_eq!(by_agent.status, 403, "{by_agent}");
    for (leave, field) in [
        (json!([{ "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z" }]), "leave"),
        (json!([{ "from": "2026-01-02", "to": "2026-01-03T00:00:00Z" }]), "leave[0].from"),
    ] {
        let wrong = conditional(&staff.admin, "PATCH", "/v1/agents/101", &json!({ "leave": leave }));
        assert_eq!(wrong.status, 400, "{wrong}");
        assert!(wrong.json()["errors"][0]["field"].as_str().unwrap().starts_with(field), "{wrong}");
    }
    staff.changed("PATCH", "/v1/agents/101", &json!({ "leave": [] }));
    assert_eq!(staff.rota.assigned(&for_team(31)), Some(101));
}

#[test]
fn an_agent_is_not_told_of_a_colleagues_hours_either() {
    let staff = Staff::start();
    // Of no day that comes soon: hours of a minute, on yesterday's day of the week.
    let yesterday = SystemClock.now().to_zoned(kolkata()).date().yesterday().unwrap();
    let day = format!("{:?}", yesterday.weekday())[..3].to_lowercase();
    staff.changed("PATCH", "/v1/teams/32", &json!({ "hours": { day: ["12:00-12:01"] } }));
    for _ in 0..3 {
        staff.rota.create(&tasks());
    }
    assert_eq!(owner(&staff, 3), Some(103));
    staff.changed("PATCH", "/v1/settings", &json!({ "agentsSeeAll": true }));
    assert_eq!(seat(&why(&staff.agent, 3), 102)["reason"], "unavailable");
    assert_eq!(seat(&why(&staff.outsider, 3), 102)["reason"], "outside_hours", "it is about oneself");
}

fn kolkata() -> TimeZone {
    TimeZone::get("Asia/Kolkata").expect("a zone")
}

/// Holidays today and tomorrow, so that no midnight comes between.
fn holidays(teams: Option<Value>) -> Value {
    let today = SystemClock.now().to_zoned(kolkata()).date();
    let day = |date: jiff::civil::Date| match &teams {
        Some(teams) => json!({ "date": date, "name": "Diwali", "teams": teams }),
        None => json!({ "date": date, "name": "Diwali" }),
    };
    json!([day(today), day(today.tomorrow().unwrap())])
}

#[test]
fn a_holiday_of_a_team_is_no_holiday_of_the_others() {
    let staff = Staff::start();
    set(&staff, json!({ "holidays": holidays(Some(json!([31]))) }));
    assert_eq!(staff.rota.assigned(&tasks()), Some(102));
    let decision = why(&staff.admin, 1);
    assert_eq!(
        (&seat(&decision, 100)["reason"], &seat(&decision, 101)["reason"]),
        (&json!("holiday"), &json!("holiday"))
    );
    assert_eq!(staff.rota.assigned(&for_team(31)), None);
    let waits = waits_for(&staff, 2);
    assert_eq!((&waits["pool"]["id"], &waits["byClock"][0]["reason"]), (&json!(31), &json!("holiday")));
    set(&staff, json!({ "holidays": holidays(None) }));
    assert_eq!(staff.rota.assigned(&tasks()), None, "everybody's");
    set(&staff, json!({ "holidays": [] }));
    assert_eq!((owner(&staff, 2), owner(&staff, 3)), (Some(100), Some(103)), "handed out with the change");
}

#[test]
fn a_holiday_stays_when_its_team_is_archived() {
    let staff = Staff::start();
    set(&staff, json!({ "holidays": holidays(Some(json!([32]))) }));
    staff.changed("DELETE", "/v1/teams/32?moveTo=store", &json!({}));
    set(&staff, json!({ "holidays": holidays(Some(json!([32]))), "sticky": "1d" }));
    let unknown = json!({ "holidays": holidays(Some(json!([99]))) });
    let refused = conditional(&staff.admin, "PATCH", "/v1/settings", &unknown);
    assert_eq!(
        (refused.status, &refused.json()["errors"][0]["field"]),
        (422, &json!("holidays")),
        "{refused}"
    );
    let export = staff.rota.cli(&["export-store", "--store", STORE]).succeeded().stdout;
    assert_eq!(staff.rota.apply_text(&export, &["--dry-run"]).succeeded().stdout.trim_end(), "no changes");
}

#[test]
fn who_comes_online_takes_of_a_queue_only_what_the_ramp_allows() {
    let staff = Staff::start();
    set(&staff, json!({ "ramp": { "perAgent": 1, "every": "1h" } }));
    (100..104).for_each(|agent| go(&staff, agent, "away"));
    (0..3).for_each(|_| assert_eq!(staff.rota.assigned(&tasks()), None));
    go(&staff, 100, "online");
    assert_eq!([1, 2, 3].map(|ticket| owner(&staff, ticket)), [Some(100), None, None], "the oldest first");
    assert_eq!(staff.rota.assigned(&tasks()), None, "new ones go behind");
    let waits = waits_for(&staff, 2);
    assert_eq!(
        (&waits["byClock"][0]["agentId"], &waits["byClock"][0]["reason"]),
        (&json!(100), &json!("ramp"))
    );
    assert_eq!((&waits["offline"], &waits["couldNow"]), (&json!(3), &json!(0)));
    go(&staff, 101, "online");
    assert_eq!([2, 3, 4].map(|ticket| owner(&staff, ticket)), [Some(101), None, None]);
    set(&staff, json!({ "ramp": null }));
    assert!([3, 4].iter().all(|ticket| owner(&staff, *ticket).is_some()), "handed out with the change");
    assert_eq!(staff.shown("/v1/tickets/3/why")["waitsFor"], Value::Null);
}

#[test]
fn going_away_gives_on_what_was_not_touched_and_nothing_else() {
    let staff = Staff::start();
    (0..2).for_each(|_| drop(staff.rota.create(&for_agent("agent0@shop.example"))));
    let noted = staff.agent.post("/v1/tickets/1/notes", &json!({ "text": "Called." }));
    assert_eq!(noted.status, 200, "{noted}");
    let away = json!({ "status": "away", "reason": "ill", "giveOn": true });
    let answer = conditional(&staff.agent, "PUT", "/v1/agents/100/availability", &away);
    assert_eq!(answer.json(), json!({ "status": "away", "reason": "ill" }), "{answer}");
    assert_eq!((owner(&staff, 1), owner(&staff, 2)), (Some(100), Some(101)));
    let kinds = |ticket: i64| {
        let timeline = staff.shown(&format!("/v1/tickets/{ticket}/timeline"));
        let entries = timeline["entries"].as_array().unwrap().iter();
        entries.map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(1), ["created", "noted"]);
    assert_eq!(kinds(2)[1], "given_on");
    let online = json!({ "status": "online", "giveOn": true });
    let refused = conditional(&staff.agent, "PUT", "/v1/agents/100/availability", &online);
    assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (400, &json!("status")), "{refused}");
    staff.rota.cli(&["check"]).succeeded();
}

#[test]
fn settings_of_routing_that_do_not_fit_are_told() {
    let staff = Staff::start();
    for (settings, status, field) in [
        (json!({ "sticky": "30s" }), 422, "sticky"),
        (json!({ "sticky": 5 }), 400, "sticky"),
        (json!({ "ramp": { "perAgent": 0, "every": "1m" } }), 422, "ramp"),
        (json!({ "ramp": { "perAgent": 1, "every": "25h" } }), 422, "ramp"),
        (json!({ "ramp": { "perAgent": 1 } }), 400, "ramp"),
        (json!({ "giveOnAfter": "0s" }), 422, "giveOnAfter"),
        (json!({ "idleAfter": "59s" }), 422, "idleAfter"),
        (json!({ "holidays": [{ "date": "25.12.2026", "name": "Christmas" }] }), 400, "holidays[0].date"),
        (json!({ "holidays": [{ "date": "2026-12-25", "name": "" }] }), 400, "holidays[0].name"),
    ] {
        let answer = conditional(&staff.admin, "PATCH", "/v1/settings", &settings);
        assert_eq!(answer.status, status, "{settings}: {answer}");
        let told = answer.json()["errors"][0]["field"].as_str().unwrap().to_owned();
        assert!(told.starts_with(field.split('[').next().unwrap()), "{settings}: {answer}");
    }
}

#[test]
fn who_works_in_a_session_is_told_when_they_would_go_offline() {
    let staff = Staff::start();
    assert_eq!(staff.agent.get("/v1/session").json()["idleAt"], Value::Null);
    set(&staff, json!({ "idleAfter": "30m" }));
    let before = SystemClock.now();
    assert_eq!(staff.agent.post("/v1/session/activity", &json!({})).status, 204);
    let told = staff.agent.get("/v1/session").json()["idleAt"].take();
    let idle_at: jiff::Timestamp = told.as_str().unwrap_or_else(|| panic!("{told}")).parse().unwrap();
    let after = idle_at.duration_since(before).as_secs();
    assert!((30 * 60 - 1..31 * 60).contains(&after), "{after} s");
    let desk = crate::desk::harness::Desk::start();
    assert_eq!(desk.post("/v1/session/activity", &json!({})).status, 403, "a key has no session");
}

#[test]
fn what_an_agent_does_puts_off_going_offline_and_signing_in_is_such_a_thing() {
    let staff = Staff::with(StoreFile::default());
    let idle_at = |who: &SignedIn| who.get("/v1/session").json()["idleAt"].take();
    assert_eq!(idle_at(&staff.agent), Value::Null, "the store does not ask for it");
    set(&staff, json!({ "idleAfter": "30m" }));
    assert_eq!(idle_at(&staff.agent), Value::Null, "nothing was done since");
    let stay = staff.agent.send(&staff.agent.request("POST", "/v1/session/activity"));
    assert_eq!(stay.status, 204, "{stay}");
    let at: jiff::Timestamp = idle_at(&staff.agent).as_str().expect("a time").parse().expect("a time");
    let left = at.duration_since(SystemClock.now()).as_secs();
    assert!((29 * 60..=30 * 60).contains(&left), "{left} s");
    let other = staff.rota.sign_in("agent1@shop.example");
    assert_ne!(idle_at(&other), Value::Null);
}
