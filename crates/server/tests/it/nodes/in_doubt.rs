//! Commits whose end is in doubt: cut in the middle, or not waited for by the server.

use super::callers::Callers;
use super::failures::{REFUSED, RESUMED, assert_kept};
use super::many_stores::{multiply, token_of_store};
use super::proxy::Proxy;
use super::{file, of_both_scopes};
use crate::harness::{Connection, Request, Rota, answered, at_once, postgres, tasks, until};
use serde_json::json;
use std::time::{Duration, Instant};

const STANDBYS: &str = "synchronous_standby_names";
/// Ends the waiting for a standby: the server warns, and calls the commit a success.
const CANCEL: &str = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
                      WHERE wait_event = 'SyncRep' AND query = 'COMMIT'";

/// While this lives every commit waits for a standby that is not there. A test that fails gives up the waiting as well: what
/// waits holds locks.
struct WithoutStandby<'a>(&'a postgres::OwnCluster);

impl<'a> WithoutStandby<'a> {
    fn begin(cluster: &'a postgres::OwnCluster) -> Self {
        cluster.set(STANDBYS, "nobody");
        Self(cluster)
    }
}

impl Drop for WithoutStandby<'_> {
    fn drop(&mut self) {
        self.0.set(STANDBYS, "");
    }
}

#[test]
fn a_commit_whose_wait_for_the_standby_was_cancelled_is_not_answered_before_it_is_durable() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let node = rota.node(&[]);
    let gone = WithoutStandby::begin(&cluster);
    let (address, create) = (node.address(), rota.request().json(&tasks()));
    let caller = std::thread::spawn(move || Connection::open(address).call(&create));
    until(RESUMED, || (cluster.sql(CANCEL) != "0").then_some(()));
    until(RESUMED, || node.log().contains("looking its outcome up").then_some(()));
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    until(RESUMED, || (cluster.sql(waiting) != "0").then_some(()));
    assert!(!caller.is_finished(), "no standby has the ticket yet");
    drop(gone);
    let response = caller.join().expect("the caller is answered");
    assert_eq!((response.status, response.id()), (200, 1));
    assert_eq!(rota.tickets().len(), 1);
}

/// Where every commit waits for a standby that is gone, a node looks the outcomes up for as long as their callers wait:
/// more of them than it hands over batches at a time. Who comes after them for the same stores has sent no COMMIT.
#[track_caller]
fn nobody_waits_behind_commits_in_doubt(scope: &str) {
    const DEADLINE: Duration = Duration::from_secs(10);
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    multiply(&rota, 3);
    let node = rota.node(&["--deadline", "10", "--batch-scope", scope]);
    let call = |store: usize| rota.request().authorization(&token_of_store(&rota, store)).json(&tasks());
    let send = |call: &Request| {
        let asked = Instant::now();
        let response = Connection::open(node.address()).call(call);
        (response, asked.elapsed())
    };
    let with_key = |store| call(store).header("Idempotency-Key", "k");
    let gone = WithoutStandby::begin(&cluster);
    std::thread::scope(|scope| {
        let in_doubt = [1, 2].map(|store| {
            let waiting = scope.spawn(move || send(&with_key(store)));
            let looked_up = || node.log().matches("looking its outcome up").count() == store;
            until(DEADLINE, || looked_up().then_some(()));
            waiting
        });
        for (response, waited) in at_once(8, |caller| send(&call(1 + caller % 2))) {
            response.is_error(503);
            assert!(waited < REFUSED, "refused after {waited:?}");
        }
        // Nobody else's commit stands before this one's, so it is sent, and waits as well.
        let third = scope.spawn(|| send(&with_key(3)));
        for waiting in in_doubt.into_iter().chain([third]) {
            let (response, waited) = waiting.join().expect("the call ends well");
            assert_eq!(
                (response.status, response.header("rota-outcome")),
                (500, Some("unknown")),
                "{response}"
            );
            assert!(
                DEADLINE <= waited && waited < DEADLINE + Duration::from_secs(5),
                "told after {waited:?}"
            );
        }
    });
    drop(gone);
    for store in 1..=3 {
        let (response, _) =
            until(RESUMED, || Some(send(&with_key(store))).filter(|(told, _)| told.status == 200));
        assert!(response.is_replay() && response.id() == 1, "{response}");
    }
    assert_eq!(rota.postgres().sql("SELECT count(*) FROM tickets"), "3", "who was refused has no ticket");
    rota.cli(&["check"]).succeeded();
}

#[test]
fn nobody_waits_behind_commits_in_doubt_where_stores_commit_together() {
    nobody_waits_behind_commits_in_doubt("batch");
}

#[test]
fn nobody_waits_behind_commits_in_doubt_where_each_store_commits_by_itself() {
    nobody_waits_behind_commits_in_doubt("store");
}

#[test]
fn a_connection_cut_in_the_middle_of_a_commit_leaves_no_doubt_about_it() {
    let database = postgres::Database::new();
    let proxy = Proxy::start(database.address());
    let rota = Rota::on_postgres(database.through(proxy.address()), &file());
    let nodes = of_both_scopes(&rota, 2);
    let callers = Callers::start(&rota, &nodes, 16, "cut");
    let mut answered = callers.answered(50);
    proxy.cut_commits_from_now_on();
    until(Duration::from_secs(120), || {
        answered.extend(callers.answered(50));
        (proxy.cuts() > 20).then_some(())
    });
    answered.extend(callers.end());
    proxy.stop_cutting();
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
    until(Duration::from_secs(60), || {
        let response = answered(|| Connection::open(node.address()).call(&put));
        if response.status != 200 {
            let told = (response.status, response.header("rota-outcome"));
            assert_eq!(told, (500, Some("unknown")), "{response}");
            unknown += 1;
        }
        (unknown > 2).then_some(())
    });
    assert!(proxy.stop_cutting() >= unknown, "{unknown} are not known");
}

/// What comes of `work` while every wait for a standby is cancelled.
fn with_cancelled_waits<T: Send>(cluster: &postgres::OwnCluster, work: impl FnOnce() -> T + Send) -> T {
    let gone = WithoutStandby::begin(cluster);
    let done = std::thread::scope(|scope| {
        let work = scope.spawn(work);
        until(Duration::from_secs(10), || {
            cluster.sql(CANCEL);
            work.is_finished().then_some(())
        });
        work.join().expect("the work ends well")
    });
    drop(gone);
    done
}

#[test]
fn a_customer_who_may_not_be_on_the_standby_is_told_as_unknown() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let node = rota.node(&[]);
    let put = rota.request_to("/integrations/bikPlatformFunctions-customers/createOrUpdate");
    let put = put.json(&json!({ "email": "test.2@example.com" }));
    let response = with_cancelled_waits(&cluster, || Connection::open(node.address()).call(&put));
    assert_eq!((response.status, response.header("rota-outcome")), (500, Some("unknown")), "{response}");
    assert_eq!(Connection::open(node.address()).call(&put).status, 200, "the call may be repeated as it is");
}

#[test]
fn a_command_whose_change_may_not_be_on_the_standby_says_so() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let offline = ["agent", "offline", "--store", crate::harness::STORE, "agent1@shop.example"];
    let told = with_cancelled_waits(&cluster, || rota.cli(&offline));
    told.failed().tells(&["whether it was done is not known", "standby", "look before you repeat it"]);
    rota.cli(&offline).succeeded();
}

/// Within messages too, in either direction, while connections are made and outcomes looked up.
#[test]
fn connections_cut_at_any_byte_leave_no_doubt_about_tickets() {
    let database = postgres::Database::new();
    let proxy = Proxy::start(database.address());
    let rota = Rota::on_postgres(database.through(proxy.address()), &file());
    let nodes = of_both_scopes(&rota, 2);
    let callers = Callers::start(&rota, &nodes, 16, "bytes");
    let mut answered = callers.answered(50);
    proxy.cut_bytes_from_now_on();
    until(Duration::from_secs(120), || {
        answered.extend(callers.answered(50));
        (proxy.cuts() > 40).then_some(())
    });
    proxy.stop_cutting();
    answered.extend(callers.end());
    assert_kept(&rota, &answered);
    assert_eq!(rota.tickets().len(), answered.len(), "nothing is stored that was told otherwise");
}
