//! A database that falls silent for a while and comes back as it was.

use super::callers::Callers;
use super::failover::resolved;
use super::failures::{REFUSED, RESUMED, assert_kept};
use super::file;
use crate::harness::{Connection, Rota, at_once, postgres, tasks, until};
use std::time::{Duration, Instant};

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

/// Longer than any deadline.
const SILENCE: Duration = Duration::from_secs(30);
/// The deadline of a call whose COMMIT was sent, and what the answer's way takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(11);

#[test]
fn a_database_that_is_silent_for_long_under_load_leaves_nobody_waiting_and_nothing_wrong() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let nodes = vec![rota.node(&[]), rota.node(&[])];
    let callers = Callers::with_keys(&rota, &nodes, 16, "silence");
    let mut answered = callers.answered(300);
    cluster.pause();
    let paused = Instant::now();
    let create = rota.request().json(&tasks());
    while paused.elapsed() < SILENCE {
        for node in &nodes {
            let asked = Instant::now();
            Connection::open(node.address()).call(&create).is_error(503);
            assert!(asked.elapsed() < REFUSED, "refused after {:?}", asked.elapsed());
        }
    }
    cluster.go_on();
    let dry = create.header("Rota-Dry-Run", "true");
    for node in &nodes {
        until(RESUMED, || (Connection::open(node.address()).call(&dry).status == 200).then_some(()));
    }
    answered.extend(callers.answered(300));
    let (rest, refused) = callers.finish();
    answered.extend(rest);
    for refused in &refused {
        let patience = if refused.status == 503 { REFUSED } else { DEADLINE };
        assert!(refused.waited < patience, "{refused:?}");
    }
    let stored = |context: &str| rota.tickets().iter().any(|ticket| ticket["context"] == context);
    let not_written = refused.iter().rfind(|refused| refused.status == 503).expect("somebody was refused");
    assert!(!stored(&not_written.context), "{not_written:?} is there");
    answered.extend(resolved(&rota, &nodes[0], refused));
    assert_kept(&rota, &answered);
    assert_eq!(rota.tickets().len(), answered.len(), "whoever got a 503 has no ticket");
}
