//! Webhooks of several nodes: a node that dies with an endpoint in its hands loses nothing and mixes nothing up.

use super::{file, three};
use crate::harness::{Connection, Receiver, Reply, Request, Rota, STORE, answered, postgres, tasks, until};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const ALLOW: &str = "--webhook-allow-private=127.0.0.0/8";
/// The lease of the node that was killed included.
const ALL_TOLD: Duration = Duration::from_secs(120);
/// In the order of a ticket that is given to somebody and closed.
const KINDS: [&str; 3] = ["ticket.created", "ticket.assigned", "ticket.closed"];

/// What was answered 200, in that order.
type Told = Arc<Mutex<Vec<(String, Option<i64>)>>>;

/// A receiver that answers nobody while it `hangs`.
fn receiver(hangs: &Arc<AtomicBool>) -> (Receiver, Told) {
    let (hangs, told) = (hangs.clone(), Told::default());
    let into = told.clone();
    let receiver = Receiver::start(move |received| {
        if hangs.load(Ordering::SeqCst) {
            return Reply::Never;
        }
        into.lock().expect("what was told").push(received.told());
        Reply::Status(200)
    });
    (receiver, told)
}

/// Creates so many tickets and closes them.
fn work(rota: &Rota, token: &str, connection: &mut Connection, tickets: usize) {
    for _ in 0..tickets {
        let id = answered(|| connection.call(&rota.request().json(&tasks()))).id();
        let close = Request::post(&format!("/v1/tickets/{id}/close"))
            .authorization(token)
            .header("Content-Type", "application/json")
            .json(&json!({}));
        assert_eq!(answered(|| connection.call(&close)).status, 200);
    }
}

#[test]
fn nodes_that_are_killed_with_an_endpoint_in_their_hands_lose_nothing_and_the_order_stays() {
    let rota = Rota::on_postgres(postgres::Database::new(), &file());
    let token = rota.key(&["--scope", "desk"]);
    let key = format!("--webhook-key-file={}", rota.file("key", [7; 32]));
    let hangs = Arc::new(AtomicBool::new(false));
    let (receiver, told) = receiver(&hangs);
    rota.cli(&["webhook", "add", "--store", STORE, &receiver.url(), ALLOW, &key]).succeeded();
    let options = [ALLOW, key.as_str()];
    let mut nodes = three(&rota, &options);
    work(&rota, &token, &mut Connection::open(nodes[0].address()), 20);
    until(ALL_TOLD, || (told.lock().expect("what was told").len() >= 10).then_some(()));
    hangs.store(true, Ordering::SeqCst);
    // Whichever node has the endpoint, it is one of the three that are killed, and waits for answers.
    for _ in 0..3 {
        work(&rota, &token, &mut Connection::open(nodes[2].address()), 10);
        until(ALL_TOLD, || (receiver.count() > told.lock().expect("what was told").len()).then_some(()));
        let held = "SELECT count(*) FROM webhooks WHERE lease_until > 0";
        until(ALL_TOLD, || (rota.postgres().sql(held) == "1").then_some(()));
        nodes.remove(0).kill();
        nodes.push(rota.node(&options));
    }
    hangs.store(false, Ordering::SeqCst);
    work(&rota, &token, &mut Connection::open(nodes[0].address()), 10);
    let tickets: HashSet<i64> = (1..=60).collect();
    let told = until(ALL_TOLD, || {
        let told = told.lock().expect("what was told").clone();
        let all = |kind: &str| {
            told.iter().filter(|(name, _)| name == kind).filter_map(|(_, id)| *id).collect::<HashSet<i64>>()
        };
        KINDS.iter().all(|kind| all(kind) == tickets).then_some(told)
    });
    let mut last: HashMap<i64, usize> = HashMap::new();
    for (name, ticket) in told {
        let place = KINDS.iter().position(|kind| *kind == name).expect("one of the three");
        let ticket = ticket.expect("it is about a ticket");
        let before = last.get(&ticket).map_or(0, |before| before + 1);
        assert!(place <= before, "{name} of {ticket} came before what was before it");
        last.insert(ticket, place);
    }
    let pending = || rota.postgres().sql("SELECT count(*) FROM webhook_pending");
    until(ALL_TOLD, || (pending() == "0").then_some(()));
}
