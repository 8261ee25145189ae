//! Timed work of several nodes: each piece is done once, although nodes die.

use super::{file, three};
use crate::harness::{Connection, Request, Rota, Server, answered, at_once, postgres, tasks, until};
use rota::clock::{Clock, SystemClock};
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;

const TICKETS: usize = 300;
/// What all pieces may take, the leases of killed nodes included.
const ALL_DONE: Duration = Duration::from_secs(60);

/// As many tickets, all snoozed, and no node.
fn snoozed(tickets: usize) -> Rota {
    snoozed_on(postgres::Database::new(), tickets)
}

fn snoozed_on(database: postgres::Database, tickets: usize) -> Rota {
    let rota = Rota::on_postgres(database, &file());
    let token = rota.key(&["--scope", "desk"]);
    let node = rota.node(&[]);
    let ids = at_once(10, |_| {
        let mut connection = Connection::open(node.address());
        let one = |_| {
            let id = answered(|| connection.call(&rota.request().json(&tasks()))).id();
            let snooze = Request::post(&format!("/v1/tickets/{id}/snooze"))
                .authorization(&token)
                .header("Content-Type", "application/json")
                .json(&json!({ "until": "2099-01-01T00:00:00Z" }));
            assert_eq!(answered(|| connection.call(&snooze)).status, 200);
            id
        };
        (0..tickets / 10).map(one).collect::<Vec<_>>()
    });
    assert_eq!(ids.concat().into_iter().collect::<HashSet<_>>().len(), tickets);
    assert_eq!(node.terminate().code(), Some(0));
    rota
}

/// Has all of them wake now.
fn come(rota: &Rota) {
    let now = SystemClock.now().as_millisecond();
    rota.postgres().sql(&format!(
        "UPDATE tickets SET snoozed_until = {now};
         UPDATE due d SET at = {now} FROM tickets t
         WHERE d.store_id = t.store_id AND d.subject = t.id AND d.kind = 'wake'"
    ));
}

fn woken(rota: &Rota) -> usize {
    rota.postgres().sql("SELECT count(*) FROM timeline WHERE kind = 'woken'").parse().expect("a count")
}

#[track_caller]
fn assert_woken_once_each(rota: &Rota, tickets: usize) {
    until(ALL_DONE, || (woken(rota) >= tickets).then_some(()));
    let distinct = rota.postgres().sql("SELECT count(DISTINCT ticket_id) FROM timeline WHERE kind = 'woken'");
    assert_eq!((woken(rota), distinct), (tickets, tickets.to_string()));
    until(ALL_DONE, || (left(rota) == "0").then_some(()));
    assert_eq!(rota.postgres().sql("SELECT count(*) FROM tickets WHERE stage = 'snoozed'"), "0");
    rota.cli(&["check"]).succeeded();
}

/// Pieces that are still on the list.
fn left(rota: &Rota) -> String {
    rota.postgres().sql("SELECT count(*) FROM due WHERE kind = 'wake'")
}

#[test]
fn snoozed_tickets_wake_once_each_while_nodes_are_killed() {
    let rota = snoozed(TICKETS);
    let mut nodes = three(&rota, &[]);
    come(&rota);
    for share in 1..=5 {
        until(ALL_DONE, || (woken(&rota) > share * TICKETS / 7).then_some(()));
        nodes.remove(0).kill();
        nodes.push(rota.node(&[]));
    }
    assert_woken_once_each(&rota, TICKETS);
}

#[test]
fn what_came_while_no_node_ran_is_done_once_by_whoever_comes() {
    let rota = snoozed(TICKETS);
    come(&rota);
    rota.cli(&["jobs"]).succeeded().tells(&["due      wake"]);
    let nodes = three(&rota, &[]);
    assert_woken_once_each(&rota, TICKETS);
    drop(nodes);
}

#[test]
fn a_node_that_is_told_to_stop_lets_go_of_what_it_has_not_done() {
    let rota = snoozed(TICKETS);
    let node = rota.node(&[]);
    come(&rota);
    until(ALL_DONE, || (woken(&rota) > 0).then_some(()));
    let (status, log) = node.terminate_with_log();
    assert_eq!(status.code(), Some(0), "{status}");
    let held = rota.postgres().sql("SELECT count(*) FROM due WHERE lease IS NOT NULL");
    assert!(held == "0" || log.contains("timed work was cut off"), "{held} are held on to: {log}");
    let node = rota.node(&[]);
    assert_woken_once_each(&rota, TICKETS);
    drop(node);
}

fn figure(node: &Server, name: &str) -> String {
    let text = Connection::open(node.address()).call(&Request::get("/metrics")).text().to_owned();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.trim().to_owned()
}

#[test]
fn what_fails_is_listed_holds_up_nothing_else_and_is_done_once_it_can_be() {
    let rota = snoozed(10);
    rota.postgres().sql("UPDATE tickets SET task_title = '' WHERE id = 5");
    let node = rota.node(&[]);
    come(&rota);
    until(ALL_DONE, || (woken(&rota) == 9).then_some(()));
    let listed = || rota.cli(&["jobs", "--store", crate::harness::STORE]).succeeded().stdout;
    let failing = until(ALL_DONE, || Some(listed()).filter(|told| told.contains("failed twice")));
    assert!(failing.starts_with("failing  wake       5 "), "{failing}");
    assert!(failing.contains("tickets.task_title"), "{failing}");
    until(ALL_DONE, || (figure(&node, "rota_due_failing") == "1").then_some(()));
    assert!(node.log().contains("timed work failed"), "{}", node.log());
    rota.postgres().sql("UPDATE tickets SET task_title = 'mended' WHERE id = 5");
    assert_woken_once_each(&rota, 10);
    assert_eq!(listed(), "nothing is due and nothing has failed\n");
    let done = "rota_due_worked_total{kind=\"wake\",outcome=\"done\"}";
    until(ALL_DONE, || (figure(&node, done) == "10").then_some(()));
}

#[test]
fn a_store_that_is_held_up_holds_up_no_other() {
    let rota = snoozed(10);
    rota.apply(&file().store("another")).succeeded();
    rota.postgres().sql("UPDATE due SET at = 0 WHERE store_id = 'another' AND kind = 'sessions'");
    come(&rota);
    let held = rota.postgres().hold("SELECT FROM routing FOR UPDATE");
    let node = rota.node(&[]);
    let done = "SELECT count(*) FROM due WHERE store_id = 'another' AND kind = 'sessions' AND at > 0";
    until(ALL_DONE, || (rota.postgres().sql(done) == "1").then_some(()));
    assert_eq!(woken(&rota), 0);
    drop(held);
    assert_woken_once_each(&rota, 10);
    drop(node);
}

/// The list of what is due can be long: whoever looks for the next piece goes along its index. What the
/// server counts is looked up by a table's name and set back for the whole database, which tests share: it is one of its own.
#[test]
fn a_long_list_is_never_gone_through() {
    let cluster = postgres::OwnCluster::start();
    let rota = snoozed_on(cluster.database(), 10);
    rota.postgres().sql(
        "INSERT INTO due (store_id, kind, subject, at, lease_until, failures)
         SELECT store_id, 'wake', n, 4000000000000 + n, 0, 0 FROM stores, generate_series(1000, 200000) AS n",
    );
    come(&rota);
    rota.postgres().sql("ANALYZE due");
    nobody_is_connected(&rota);
    rota.postgres().sql("SELECT pg_stat_reset()");
    let node = rota.node(&[]);
    until(ALL_DONE, || (woken(&rota) == 10).then_some(()));
    rota.cli(&["jobs"]).succeeded();
    assert_eq!(node.terminate().code(), Some(0));
    nobody_is_connected(&rota);
    let read =
        "SELECT n_tup_del >= 10, seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'due'";
    let figures = rota.postgres().sql(read);
    let read = figures.strip_prefix("t|").unwrap_or_else(|| panic!("not all was counted: {figures}"));
    let read: u64 = read.parse().expect("a count");
    assert!(read < 20_000, "{read} rows were read");
}

/// Waits until every other connection to the server has ended, which is when all that it did has been counted.
fn nobody_is_connected(rota: &Rota) {
    let others = "SELECT count(*) FROM pg_stat_activity
                  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    until(ALL_DONE, || (rota.postgres().sql(others) == "0").then_some(()));
}
