//! A database that falls silent for a while and comes back as it was.

use super::callers::{Callers, Refused};
use super::failover::resolved;
use super::failures::{REFUSED, assert_all_resume, assert_kept};
use super::{file, of_both_scopes};
use crate::harness::{Connection, Rota, at_once, postgres, tasks, until};
use std::time::{Duration, Instant};

#[test]
fn a_paused_database_refuses_soon_and_serves_again_at_once() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let nodes = of_both_scopes(&rota, 2);
    let create = rota.request().json(&tasks());
    let call = |node: usize| Connection::open(nodes[node].address()).call(&create);
    assert_eq!([call(0).id(), call(1).id()], [1, 2]);
    cluster.pause();
    let answers = at_once(8, |caller| {
        let asked = Instant::now();
        (call(caller % 2).status, asked.elapsed())
    });
    cluster.go_on();
    assert!(answers.iter().all(|(status, waited)| *status == 503 && *waited < REFUSED), "{answers:?}");
    assert_all_resume(&rota, &nodes);
    assert_eq!(call(0).id(), 3, "what was refused is not there");
    rota.cli(&["check"]).succeeded();
}

/// About as long as intake gives a transaction: some batches go on as if nothing had been, some are refused, and the
/// commits of some are looked up.
#[test]
fn a_database_that_is_silent_for_moments_again_and_again_keeps_everything() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let nodes = of_both_scopes(&rota, 2);
    let create = rota.request().json(&tasks());
    let mut answered = Vec::new();
    for round in 0..4 {
        let callers = Callers::with_keys(&rota, &nodes, 16, &format!("round-{round}"));
        answered.extend(callers.answered(100 + 41 * round));
        cluster.pause();
        // In turn as soon as one is refused, and once many are. Who asks meanwhile is refused too.
        until(DEADLINE, || {
            Connection::open(nodes[round % 2].address()).call(&create).is_error(503);
            (callers.refused().len() > round % 2 * 24).then_some(())
        });
        cluster.go_on();
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

#[track_caller]
pub fn assert_told_in_time(refused: &[Refused]) {
    for refused in refused {
        let patience = if refused.status == 503 { REFUSED } else { DEADLINE };
        assert!(refused.waited < patience, "{refused:?}");
    }
}

/// Longer than any deadline.
const SILENCE: Duration = Duration::from_secs(30);
/// The deadline of a call whose COMMIT was sent, and what the answer's way takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(15);

#[test]
fn a_database_that_is_silent_for_long_under_load_leaves_nobody_waiting_and_nothing_wrong() {
    let cluster = postgres::OwnCluster::start();
    let rota = Rota::on_postgres(cluster.database(), &file());
    let nodes = of_both_scopes(&rota, 2);
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
    assert_all_resume(&rota, &nodes);
    answered.extend(callers.answered(300));
    let (rest, refused) = callers.finish();
    answered.extend(rest);
    assert_told_in_time(&refused);
    let stored = |context: &str| rota.tickets().iter().any(|ticket| ticket["context"] == context);
    let not_written = refused.iter().rfind(|refused| refused.status == 503).expect("somebody was refused");
    assert!(!stored(&not_written.context), "{not_written:?} is there");
    answered.extend(resolved(&rota, &nodes[0], refused));
    assert_kept(&rota, &answered);
    assert_eq!(rota.tickets().len(), answered.len(), "whoever got a 503 has no ticket");
}
