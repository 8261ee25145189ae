//! Nodes and database servers that die under load: what was answered is found exactly once.

use super::callers::Callers;
use super::proxy::Proxy;
use super::{AGENTS, file, installed, three};
use crate::concurrency::{assert_gap_free, assert_strict_turns};
use crate::crash::{Answered, assert_stored};
use crate::harness::{Connection, Request, Rota, Server, at_once, postgres, tasks, until};
use serde_json::json;
use std::time::{Duration, Instant};

#[track_caller]
fn assert_kept(rota: &Rota, answered: &[Answered]) {
    let tickets = rota.tickets();
    assert_stored(&tickets, answered);
    assert_gap_free(&tickets);
    assert_strict_turns(tickets.iter(), AGENTS);
    rota.cli(&["check"]).succeeded();
}

#[test]
fn a_killed_node_loses_nothing_that_it_answered_and_holds_nobody_up() {
    let rota = installed();
    let mut nodes = three(&rota, &[]);
    let mut answered = Vec::new();
    for round in 0..5 {
        let callers = Callers::start(&rota, &nodes, 16, &format!("round-{round}"));
        answered.extend(callers.answered(100 + 37 * round));
        nodes.remove(0).kill();
        answered.extend(callers.answered(200));
        answered.extend(callers.end());
        nodes.push(rota.node(&[]));
    }
    assert_kept(&rota, &answered);
}

/// What the issue gives service to resume after the database's return.
const RESUMED: Duration = Duration::from_secs(2);
/// How long a caller may wait for a refusal whose batch had not sent its COMMIT.
const REFUSED: Duration = Duration::from_secs(2);

#[test]
fn a_database_server_that_dies_and_comes_back_has_every_ticket_that_was_answered() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let nodes = three(&rota, &[]);
    let mut answered = Vec::new();
    for round in 0..4 {
        let callers = Callers::start(&rota, &nodes, 16, &format!("round-{round}"));
        answered.extend(callers.answered(100 + 53 * round));
        cluster.stop_at_once();
        cluster.start_again();
        let ready = Request::get("/readyz");
        let serves = |node: &Server| Connection::open(node.address()).call(&ready).status == 200;
        until(RESUMED, || nodes.iter().all(serves).then_some(()));
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
    until(RESUMED, || (get("/readyz").status == 200).then_some(()));
    assert_eq!(Connection::open(node.address()).call(&create).id(), 1);
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

#[test]
fn a_paused_database_refuses_soon_and_serves_again_at_once() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let node = rota.node(&[]);
    let create = rota.request().json(&tasks());
    assert_eq!(Connection::open(node.address()).call(&create).id(), 1);
    cluster.pause();
    let answers = at_once(8, |_| {
        let asked = Instant::now();
        let response = Connection::open(node.address()).call(&create);
        (response.status, asked.elapsed())
    });
    cluster.go_on();
    assert!(answers.iter().all(|(status, waited)| *status == 503 && *waited < REFUSED), "{answers:?}");
    let served = || Connection::open(node.address()).call(&create);
    let id = until(RESUMED, || Some(served()).filter(|response| response.status == 200)).id();
    assert_eq!(id, 2, "what was refused is not there");
    rota.cli(&["check"]).succeeded();
}

/// The server warns, and calls it a success.
#[test]
fn a_commit_whose_wait_for_the_standby_was_cancelled_is_not_answered_before_it_is_durable() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let node = rota.node(&[]);
    let standby = |name: &str| {
        cluster.sql(&format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"));
        cluster.sql("SELECT pg_reload_conf()");
        until(RESUMED, || (cluster.sql("SHOW synchronous_standby_names") == name).then_some(()));
    };
    standby("nobody");
    let (address, create) = (node.address(), rota.request().json(&tasks()));
    let caller = std::thread::spawn(move || Connection::open(address).call(&create));
    let cancel = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
                  WHERE wait_event = 'SyncRep' AND query = 'COMMIT'";
    until(RESUMED, || (cluster.sql(cancel) != "0").then_some(()));
    until(RESUMED, || node.log().contains("looking its outcome up").then_some(()));
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    until(RESUMED, || (cluster.sql(waiting) != "0").then_some(()));
    assert!(!caller.is_finished(), "no standby has the ticket yet");
    standby("");
    let response = caller.join().expect("the caller is answered");
    assert_eq!((response.status, response.id()), (200, 1));
    assert_eq!(rota.tickets().len(), 1);
}

#[test]
fn a_connection_cut_in_the_middle_of_a_commit_leaves_no_doubt_about_it() {
    let database = postgres::Database::new();
    let proxy = Proxy::start(database.address());
    let rota = Rota::on_postgres(database.through(proxy.address()), &file());
    let nodes = vec![rota.node(&[]), rota.node(&[])];
    let callers = Callers::start(&rota, &nodes, 16, "cut");
    let mut answered = callers.answered(50);
    proxy.cut_commits_from_now_on();
    answered.extend(callers.answered(600));
    answered.extend(callers.end());
    let cuts = proxy.stop_cutting();
    assert!(cuts > 20, "{cuts} commits were cut");
    assert_kept(&rota, &answered);
    assert_eq!(
        rota.tickets().len(),
        answered.len(),
        "nothing is stored of which its caller was told otherwise"
    );
}

#[test]
fn a_customer_whose_commit_was_cut_is_never_told_as_not_written() {
    let database = postgres::Database::new();
    let proxy = Proxy::start(database.address());
    let rota = Rota::on_postgres(database.through(proxy.address()), &file());
    let node = rota.node(&[]);
    let put = rota.request_to("/integrations/bikPlatformFunctions-customers/createOrUpdate");
    let put = put.json(&json!({ "email": "test.2@example.com" }));
    proxy.cut_commits_from_now_on();
    let mut unknown = 0;
    for _ in 0..20 {
        let response = Connection::open(node.address()).call(&put);
        if response.status != 200 {
            assert_eq!(
                (response.status, response.header("rota-outcome")),
                (500, Some("unknown")),
                "{response}"
            );
            unknown += 1;
        }
    }
    assert!(proxy.stop_cutting() >= unknown && unknown > 2, "{unknown} are not known");
}
