//! Nodes and database servers that die under load: what was answered is found exactly once.

use super::callers::Callers;
use super::{AGENTS, file, installed, of_both_scopes};
use crate::concurrency::{assert_gap_free, assert_strict_turns};
use crate::crash::{Answered, assert_stored};
use crate::harness::{Connection, Request, Rota, Server, at_once, postgres, tasks, until};
use std::time::Duration;

#[track_caller]
pub fn assert_kept(rota: &Rota, answered: &[Answered]) {
    let tickets = rota.tickets();
    assert_stored(&tickets, answered);
    assert_gap_free(&tickets);
    assert_strict_turns(tickets.iter(), AGENTS);
    rota.cli(&["check"]).succeeded();
}

#[test]
fn a_killed_node_loses_nothing_that_it_answered_and_holds_nobody_up() {
    let rota = installed();
    let mut nodes = of_both_scopes(&rota, 3);
    let mut answered = Vec::new();
    for round in 0..5 {
        let callers = Callers::start(&rota, &nodes, 16, &format!("round-{round}"));
        answered.extend(callers.answered(100 + 37 * round));
        nodes.remove(0).kill();
        answered.extend(callers.answered(200));
        answered.extend(callers.end());
        nodes.push(rota.node(&["--batch-scope", ["batch", "store"][(round + 1) % 2]]));
    }
    assert_kept(&rota, &answered);
}

/// Every node's intake answers again in time. Nothing is written.
#[track_caller]
pub fn assert_all_resume(rota: &Rota, nodes: &[Server]) {
    let dry = rota.request().header("Rota-Dry-Run", "true").json(&tasks());
    let resume = |node: usize| {
        let call = || Connection::open(nodes[node].address()).call(&dry).status == 200;
        until(RESUMED, || call().then_some(()));
    };
    at_once(nodes.len(), resume);
}

/// What service may take to resume after the database's return: two seconds, and what a busy machine adds.
pub const RESUMED: Duration = Duration::from_secs(8);
/// How long a caller may wait for a refusal whose batch had not sent its COMMIT: under two seconds, and what a busy machine
/// adds. Who is not refused waits for the deadline.
pub const REFUSED: Duration = Duration::from_secs(6);

#[test]
fn a_database_server_that_dies_and_comes_back_has_every_ticket_that_was_answered() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let nodes = of_both_scopes(&rota, 3);
    let mut answered = Vec::new();
    for round in 0..4 {
        let callers = Callers::start(&rota, &nodes, 16, &format!("round-{round}"));
        answered.extend(callers.answered(100 + 53 * round));
        cluster.stop_at_once();
        cluster.start_again();
        assert_all_resume(&rota, &nodes);
        answered.extend(callers.answered(100));
        answered.extend(callers.end());
    }
    assert_kept(&rota, &answered);
}

#[test]
fn a_node_waits_for_a_database_that_is_away_at_its_start() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    cluster.stop_at_once();
    let node = rota.node(&[]);
    let get = |path: &str| Connection::open(node.address()).call(&Request::get(path));
    assert_eq!(get("/healthz").status, 200);
    get("/readyz").is_error(503);
    let create = rota.request().json(&tasks());
    Connection::open(node.address()).call(&create).is_error(503);
    rota.cli(&["key", "list"]).failed().tells(&["127.0.0.1"]);
    cluster.start_again();
    let created = || Some(Connection::open(node.address()).call(&create)).filter(|told| told.status == 200);
    assert_eq!(until(RESUMED, created).id(), 1);
    assert_eq!(get("/readyz").status, 200);
}

#[test]
fn a_server_that_may_lose_what_it_calls_durable_is_refused() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    for setting in ["fsync", "full_page_writes"] {
        cluster.sql(&format!("ALTER SYSTEM SET {setting} = off"));
        cluster.sql("SELECT pg_reload_conf()");
        until(RESUMED, || (cluster.sql(&format!("SHOW {setting}")) == "off").then_some(()));
        rota.cli(&["check"]).failed().tells(&[&format!("{setting} = off")]);
        cluster.sql(&format!("ALTER SYSTEM SET {setting} = on"));
        cluster.sql("SELECT pg_reload_conf()");
        until(RESUMED, || (cluster.sql(&format!("SHOW {setting}")) == "on").then_some(()));
    }
    rota.cli(&["check"]).succeeded();
}
