//! The primary goes and its synchronous standby takes over: nothing that was answered is lost, and service resumes by
//! itself.

use super::callers::{Callers, Refused};
use super::failures::{RESUMED, assert_kept};
use super::file;
use crate::crash::Answered;
use crate::harness::bodies::with_context;
use crate::harness::postgres::OwnCluster;
use crate::harness::{Connection, Request, Rota, Server, answered, at_once, tasks, until};
use std::time::{Duration, Instant};

const FAILOVERS: usize = 3;

/// Fails over under load, each time to a standby that the one before was made of, in either direction.
#[track_caller]
fn fails_over(end: impl Fn(&OwnCluster)) {
    let mut primary = OwnCluster::start();
    let mut standby = primary.standby();
    let rota = Rota::on_postgres(primary.database().on_either(&primary, &standby), &file());
    let nodes = ["batch", "batch", "store"].map(|scope| rota.node(&["--batch-scope", scope]));
    let mut answered = Vec::new();
    for round in 0..FAILOVERS {
        primary.wait_for_its_standby();
        let callers = Callers::with_keys(&rota, &nodes, 16, &format!("round-{round}"));
        answered.extend(callers.answered(150 + 67 * round));
        end(&primary);
        standby.promote();
        assert_resumed(&rota, &nodes, round);
        answered.extend(callers.answered(150));
        let (rest, refused) = callers.finish();
        answered.extend(rest);
        let port = primary.port();
        drop(primary);
        answered.extend(resolved(&rota, &nodes[round % 3], refused));
        primary = standby;
        standby = primary.standby_at(port);
    }
    assert_kept(&rota, &answered);
}

/// Every node answers 200 again in time.
#[track_caller]
fn assert_resumed(rota: &Rota, nodes: &[Server], round: usize) {
    let promoted = Instant::now();
    let resumed = at_once(nodes.len(), |node| {
        (0..)
            .find(|attempt| {
                let body = with_context(&format!("resumed-{round}-{node}-{attempt}"));
                Connection::open(nodes[node].address()).call(&rota.request().json(&body)).status == 200
            })
            .map(|_| promoted.elapsed())
    });
    assert!(resumed.iter().flatten().all(|after| *after <= RESUMED), "{resumed:?} after the promotion");
}

/// Those whose outcome was not known repeat their call, and learn of their one ticket.
pub fn resolved(rota: &Rota, node: &Server, refused: Vec<Refused>) -> Vec<Answered> {
    let unknown = refused.into_iter().filter(|refused| refused.status == 500);
    unknown
        .map(|Refused { context, .. }| {
            let request = rota.request().header("Idempotency-Key", &context).json(&with_context(&context));
            let response = answered(|| Connection::open(node.address()).call(&request));
            (context, response.id(), response.agent())
        })
        .collect()
}

#[test]
fn a_primary_that_stops_at_once_is_replaced_by_its_standby_and_nothing_is_lost() {
    fails_over(OwnCluster::stop_at_once);
}

#[test]
fn a_primary_that_is_killed_is_replaced_by_its_standby_and_nothing_is_lost() {
    fails_over(OwnCluster::kill);
}

/// It answers nothing and closes nothing, as a machine that has gone; it is not there to be killed before the standby
/// serves.
#[test]
fn a_primary_that_falls_silent_is_replaced_by_its_standby_and_nothing_is_lost() {
    fails_over(OwnCluster::pause);
}

/// A single host needs no `target_session_attrs`, so nothing but its refusals tells that it is a standby.
#[test]
fn a_node_that_knows_a_standby_alone_refuses_until_it_is_promoted() {
    let primary = OwnCluster::start();
    let rota = Rota::on_postgres(primary.database(), &file());
    let standby = primary.standby();
    let [of_primary, of_standby] = [&primary, &standby].map(|cluster| format!(":{}/", cluster.port()));
    let url = rota.database().replace(&of_primary, &of_standby);
    let node = Server::start(&url, &[], &rota.path("standby.log"));
    let call = |request: &Request| Connection::open(node.address()).call(request);
    let create = rota.request().json(&tasks());
    // The standby may be a little behind with the key.
    until(Duration::from_secs(10), || Some(call(&create)).filter(|told| told.status != 401)).is_error(503);
    call(&create).is_error(503);
    call(&Request::get("/readyz")).is_error(503);
    primary.stop_at_once();
    standby.promote();
    assert_eq!(until(RESUMED, || Some(call(&create)).filter(|told| told.status == 200)).id(), 1);
}
