//! Connections that are not to be had: the database gives no more, or the node has none left.

use super::callers::Callers;
use super::failover::resolved;
use super::failures::{REFUSED, RESUMED, assert_all_resume, assert_kept};
use super::paused::assert_told_in_time;
use super::{file, of_both_scopes};
use crate::harness::postgres::{Crowd, OwnCluster};
use crate::harness::{CUSTOMER, Connection, Request, Rota, Server, at_once, tasks, until};
use serde_json::json;
use std::time::{Duration, Instant};

#[track_caller]
fn assert_refused_soon(node: &Server, create: &Request) {
    let asked = Instant::now();
    Connection::open(node.address()).call(create).is_error(503);
    assert!(asked.elapsed() < REFUSED, "refused after {:?}", asked.elapsed());
}

#[track_caller]
fn assert_resumes(node: &Server, create: &Request, id: i64) {
    let created = || Some(Connection::open(node.address()).call(create)).filter(|told| told.status == 200);
    assert_eq!(until(RESUMED, created).id(), id, "what was refused is not there");
}

/// A cluster that has this many connections to give.
fn with_connections(count: usize) -> OwnCluster {
    let cluster = OwnCluster::start();
    cluster.sql(&format!("ALTER SYSTEM SET max_connections = {count}"));
    cluster.stop_at_once();
    cluster.start_again();
    cluster
}

#[test]
fn a_database_without_a_connection_to_give_refuses_soon_and_serves_as_soon_as_it_has_one() {
    let cluster = with_connections(12);
    let rota = Rota::on_postgres(cluster.database(), &file());
    let before = rota.node(&[]);
    let create = rota.request().json(&tasks());
    assert_eq!(Connection::open(before.address()).call(&create).id(), 1);
    let crowd = Crowd::take_all(&cluster);
    let during = rota.node(&[]);
    assert_eq!(Connection::open(during.address()).call(&Request::get("/healthz")).status, 200);
    for node in [&before, &during] {
        Connection::open(node.address()).call(&Request::get("/readyz")).is_error(503);
        (0..5).for_each(|_| assert_refused_soon(node, &create));
    }
    rota.cli(&["check"]).failed().tells(&["53300"]);
    drop(crowd);
    assert_resumes(&before, &create, 2);
    assert_resumes(&during, &create, 3);
    rota.cli(&["check"]).succeeded();
}

/// Somebody takes them under load, also those that the nodes have, in the middle of whatever they do.
#[test]
fn a_database_whose_connections_are_taken_again_and_again_keeps_everything() {
    let cluster = with_connections(30);
    let rota = Rota::on_postgres(cluster.database(), &file());
    let nodes = of_both_scopes(&rota, 2);
    let create = rota.request().json(&tasks());
    let mut answered = Vec::new();
    for round in 0..3 {
        let callers = Callers::with_keys(&rota, &nodes, 16, &format!("round-{round}"));
        answered.extend(callers.answered(100 + 53 * round));
        let crowd = Crowd::take_all(&cluster);
        nodes.iter().for_each(|node| assert_refused_soon(node, &create));
        drop(crowd);
        assert_all_resume(&rota, &nodes);
        answered.extend(callers.answered(100));
        let (rest, refused) = callers.finish();
        answered.extend(rest);
        assert_told_in_time(&refused);
        answered.extend(resolved(&rota, &nodes[round % 2], refused));
    }
    assert_kept(&rota, &answered);
    assert_eq!(rota.tickets().len(), answered.len(), "whoever got a 503 has no ticket");
}

/// Customer calls that wait for somebody's lock have all the others; intake's own are left.
#[test]
fn a_node_whose_other_connections_are_all_in_use_answers_tickets_and_refuses_customers_soon() {
    let cluster = OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let node = rota.node(&[]);
    let create = rota.request().json(&tasks());
    assert_eq!(Connection::open(node.address()).call(&create).id(), 1);
    let held = rota.postgres().hold("SELECT FROM counters FOR UPDATE; SELECT FROM routing");
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    let statuses = std::thread::scope(|scope| {
        let puts = scope.spawn(|| {
            at_once(24, |caller| {
                let put = rota.request_to("/integrations/bikPlatformFunctions-customers/createOrUpdate");
                let body = json!({ "email": format!("caller{caller}@example.com") });
                Connection::open(node.address()).call(&put.json(&body)).status
            })
        });
        until(Duration::from_secs(10), || (cluster.sql(waiting) == "8").then_some(()));
        (2..5).for_each(|id| assert_eq!(Connection::open(node.address()).call(&create).id(), id));
        let get = rota.request_to("/integrations/bikPlatformFunctions-customers/get");
        assert_refused_soon(&node, &get.json(&json!({ "bikCustomerId": CUSTOMER })));
        drop(held);
        puts.join().expect("the calls end well")
    });
    let written = statuses.iter().filter(|status| **status == 200).count();
    assert!(written >= 8 && statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    let customers = "SELECT count(*) FROM customers WHERE email LIKE 'caller%'";
    assert_eq!(rota.postgres().sql(customers), written.to_string(), "what was refused is not there");
}
