//! What fails: order, retries, giving up, switching off.

use super::harness::{ALLOW, Hooked, told, verified};
use crate::harness::receiver::Received;
use crate::harness::{Agent, Receiver, Reply, Rota, STORE, StoreFile, tasks, until};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Answers 500 while it is told to.
fn switch() -> (Arc<AtomicBool>, impl Fn(&Received) -> Reply) {
    let down = Arc::new(AtomicBool::new(true));
    let asked = down.clone();
    (down, move |_: &Received| Reply::Status(if asked.load(Ordering::SeqCst) { 500 } else { 200 }))
}

fn ticket(received: &Received) -> i64 {
    received.told().1.expect("it is about a ticket")
}

#[test]
fn a_failing_event_holds_back_its_ticket_alone_and_all_goes_in_order_once_it_succeeds() {
    let hooked = Hooked::start();
    let down = Arc::new(AtomicBool::new(true));
    let asked = down.clone();
    let receiver = Receiver::start(move |received| {
        let fails = asked.load(Ordering::SeqCst) && ticket(received) == 1;
        Reply::Status(if fails { 503 } else { 200 })
    });
    hooked.add(&receiver, &[]);
    hooked.create();
    receiver.wait(1);
    hooked.close(1);
    hooked.create();
    // The failing one is tried again by itself after some seconds.
    let first_told = |count: usize| {
        until(Duration::from_secs(30), || {
            let mut seen = HashSet::new();
            let all = receiver.told(0).into_iter();
            let first: Vec<_> = all.filter(|event| seen.insert(event.clone())).collect();
            (first.len() >= count).then_some(first)
        })
    };
    let first = [("ticket.created", 1), ("ticket.created", 2), ("ticket.assigned", 2)];
    assert_eq!(first_told(3), told(&first));
    hooked.endpoint(|shown| shown["pending"] == 3 && shown["failingSince"].is_null());
    down.store(false, Ordering::SeqCst);
    hooked.clock.travel(Duration::from_secs(5));
    assert_eq!(first_told(5).split_off(3), told(&[("ticket.assigned", 1), ("ticket.closed", 1)]));
    hooked.endpoint(|shown| shown["pending"] == 0);
    let attempts = hooked.attempts(6);
    let outcomes: Vec<_> = attempts.iter().filter(|one| one["eventId"] == "evt_1_0").collect();
    assert_eq!(outcomes[0]["outcome"], "delivered");
    for (failed, attempt) in outcomes[1..].iter().rev().zip(1..) {
        let told = (&failed["outcome"], &failed["status"], &failed["attempt"]);
        assert_eq!(told, (&json!("failed"), &json!(503), &json!(attempt)));
    }
    assert_eq!(outcomes[0]["attempt"], outcomes.len());
}

#[test]
fn a_receiver_that_was_down_is_told_once_it_is_up() {
    let hooked = Hooked::start();
    let receiver = Receiver::start(|_| Reply::Status(200));
    let (address, secret) = (receiver.address(), hooked.add(&receiver, &["--type", "ticket.created"]));
    drop(receiver);
    hooked.create();
    let failed = hooked.attempts(1).remove(0);
    assert_eq!((&failed["outcome"], &failed["status"]), (&json!("failed"), &json!(null)));
    assert!(hooked.endpoint(|shown| shown["pending"] == 1)["failingSince"].is_string());
    let receiver = Receiver::at(address, |_| Reply::Status(200));
    hooked.clock.travel(Duration::from_secs(5));
    verified(&secret, &receiver.wait(1)[0]);
    assert_eq!(hooked.endpoint(|shown| shown["pending"] == 0)["failingSince"], json!(null));
}

#[test]
fn retry_after_is_heeded() {
    let hooked = Hooked::start();
    let receiver = Receiver::start(|received| match ticket(received) {
        1 => Reply::With(500, "Retry-After", "3600".into()),
        _ => Reply::Status(200),
    });
    hooked.add(&receiver, &["--type", "ticket.created"]);
    hooked.create();
    hooked.attempts(1);
    hooked.clock.travel(HOUR - Duration::from_secs(60));
    // Another ticket's event has gone since, so this one could have.
    hooked.create();
    assert_eq!(receiver.told(2), told(&[("ticket.created", 1), ("ticket.created", 2)]));
    hooked.attempts(2);
    hooked.clock.travel(Duration::from_secs(61));
    assert_eq!(receiver.told(3)[2], ("ticket.created".into(), Some(1)));
}

#[test]
fn after_410_an_endpoint_is_told_nothing_more_and_others_are_told_so() {
    let hooked = Hooked::start();
    let gone = Receiver::start(|_| Reply::Status(410));
    let other = Receiver::start(|_| Reply::Status(200));
    hooked.add(&gone, &["--type", "ticket.created"]);
    hooked.add(&other, &["--type", "webhook.disabled"]);
    hooked.create();
    let event = other.wait(1).remove(0).json();
    assert_eq!((&event["type"], &event["data"]["webhook"]["id"]), (&json!("webhook.disabled"), &json!(1)));
    let shown = hooked.endpoint(|shown| shown["active"] == false);
    assert_eq!(shown["disabledWhy"], "it answered 410");
    hooked.create();
    hooked.hook(&["list", "--store", STORE]).succeeded().tells(&["disabled", "410"]);
    assert_eq!(gone.count(), 1);
}

#[test]
fn metrics_tell_what_was_delivered_what_failed_and_what_is_off() {
    let hooked = Hooked::start();
    let (down, reply) = switch();
    let receiver = Receiver::start(reply);
    hooked.add(&receiver, &["--type", "ticket.created"]);
    hooked.create();
    let attempts =
        |outcome: &str| format!("rota_delivery_attempts_total{{to=\"webhook\",outcome=\"{outcome}\"}}");
    let (pending, failing) =
        ("rota_delivery_pending{to=\"webhook\"}", "rota_delivery_failing_seconds{to=\"webhook\"}");
    hooked.counted(&attempts("failed"), 1);
    hooked.metric(pending, "1");
    down.store(false, Ordering::SeqCst);
    hooked.clock.travel(HOUR);
    hooked.metric(&attempts("delivered"), "1");
    hooked.metric(pending, "0");
    hooked.metric(failing, "0");
    hooked.metric("rota_webhooks_disabled", "0");
    let gone = Receiver::start(|_| Reply::Status(410));
    hooked.add(&gone, &["--type", "ticket.created"]);
    hooked.create();
    hooked.metric("rota_webhooks_disabled", "1");
}

#[test]
fn redirects_are_not_followed() {
    let hooked = Hooked::start();
    let elsewhere = Receiver::start(|_| Reply::Status(200));
    let to = elsewhere.url();
    let receiver = Receiver::start(move |_| Reply::With(307, "Location", to.clone()));
    hooked.add(&receiver, &["--type", "ticket.created"]);
    hooked.create();
    let failed = hooked.attempts(1).remove(0);
    assert_eq!((&failed["outcome"], &failed["status"]), (&json!("failed"), &json!(307)));
    assert!(failed["error"].as_str().unwrap().contains("redirects are not followed"), "{failed}");
    assert_eq!(elsewhere.count(), 0);
}

#[test]
fn an_answer_that_breaks_off_is_a_failure() {
    let hooked = Hooked::start();
    let receiver = Receiver::start(|_| Reply::Broken);
    hooked.add(&receiver, &["--type", "ticket.created"]);
    hooked.create();
    let failed = hooked.attempts(1).remove(0);
    assert_eq!(failed["outcome"], "failed");
    assert!(failed["error"].as_str().unwrap().contains("broke off"), "{failed}");
}

#[test]
fn after_three_days_a_failing_event_is_given_up_and_the_next_goes() {
    let hooked = Hooked::start();
    let receiver = Receiver::start(|received| {
        Reply::Status(if received.told() == ("ticket.created".into(), Some(1)) { 500 } else { 200 })
    });
    hooked.add(&receiver, &[]);
    hooked.create();
    hooked.attempts(1);
    // Something succeeds now and then, so the endpoint stays on.
    for _ in 0..2 {
        hooked.clock.travel(DAY);
        hooked.create();
        hooked.endpoint(|shown| shown["failingSince"].is_null());
    }
    assert!(!receiver.told(0).contains(&("ticket.assigned".into(), Some(1))));
    hooked.clock.travel(DAY);
    hooked.create();
    hooked.endpoint(|shown| shown["pending"] == 0);
    assert!(receiver.told(0).contains(&("ticket.assigned".into(), Some(1))));
    let attempts = hooked.attempts(1);
    assert!(attempts.iter().any(|one| one["outcome"] == "given_up" && one["eventId"] == "evt_1_0"));
}

#[test]
fn after_three_days_without_success_an_endpoint_is_switched_off_and_can_go_on_later() {
    let hooked = Hooked::start();
    let (down, reply) = switch();
    let receiver = Receiver::start(reply);
    hooked.add(&receiver, &["--type", "ticket.created"]);
    hooked.create();
    hooked.endpoint(|shown| shown["pending"] == 1);
    hooked.clock.travel(2 * DAY);
    hooked.attempts(2);
    hooked.create();
    hooked.endpoint(|shown| shown["pending"] == 2);
    hooked.clock.travel(DAY);
    let shown = hooked.endpoint(|shown| shown["active"] == false);
    assert_eq!(shown["disabledWhy"], "nothing could be delivered for 3 days");
    down.store(false, Ordering::SeqCst);
    hooked.hook(&["set", "--store", STORE, "1", "--active", "true"]).succeeded();
    hooked.clock.travel(HOUR);
    hooked.endpoint(|shown| shown["pending"] == 0 && shown["active"] == true);
    assert_eq!(receiver.wait(0).last().map(ticket), Some(2));
}

#[test]
fn a_server_that_is_killed_in_the_middle_loses_nothing_and_keeps_the_order() {
    let receiver = Receiver::start(|_| Reply::Status(200));
    let file = StoreFile::default().teams([]).agents([Agent::online(0)]);
    let mut rota = Rota::with_options(file, &[ALLOW]);
    rota.cli(&["webhook", "add", "--store", STORE, &receiver.url(), ALLOW]).succeeded();
    let mut created = 0;
    for _ in 0..3 {
        for _ in 0..60 {
            assert_eq!(rota.create(&tasks()).status, 200);
            created += 1;
        }
        rota.kill();
        rota.restart();
    }
    let all = (1..=created).flat_map(|ticket| [("ticket.created", ticket), ("ticket.assigned", ticket)]);
    let mut missing: Vec<_> = told(&all.collect::<Vec<_>>());
    let mut seen = 0;
    while !missing.is_empty() {
        seen += 1;
        let received = receiver.told(seen);
        seen = received.len();
        missing.retain(|event| !received.contains(event));
    }
    // What came again came in order too: never the second before any of the first.
    let mut last: HashMap<Option<i64>, &str> = HashMap::new();
    let received = receiver.told(seen);
    for (name, ticket) in &received {
        let before = last.insert(*ticket, name);
        assert!(name == "ticket.created" || before.is_some(), "{ticket:?} is assigned before it is created");
    }
}
