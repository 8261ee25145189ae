//! Two neighbouring releases on one database, of which the later one has further migrations.

use super::callers::{Callers, Refused};
use super::failures::assert_kept;
use super::{installed, three};
use crate::crash::assert_stored;
use crate::harness::bodies::with_context;
use crate::harness::process::{later, run_exactly};
use crate::harness::{Connection, Request, Rota, Server, until};
use std::time::Duration;

/// The later release's server; it is there once it has migrated.
fn later_node(rota: &Rota) -> Server {
    let mut command = later("next");
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", &rota.database()]);
    Server::spawn(command, &rota.path("later.log"))
}

#[track_caller]
fn migrate(rota: &Rota, release: &str) {
    run_exactly(later(release).args(["migrate", "--database", &rota.database()])).succeeded();
}

fn create(rota: &Rota, node: &Server) -> u16 {
    Connection::open(node.address()).call(&rota.request().json(&with_context("one"))).status
}

/// A busy machine's database may be too late for a batch; nobody is refused for a lock of the migration's.
#[track_caller]
fn assert_migration_refused_nobody(nodes: &[Server], refused: &[Refused]) {
    assert!(refused.iter().all(|refused| refused.status == 503), "{refused:?}");
    let locked: Vec<String> = nodes.iter().map(Server::log).filter(|log| log.contains("55P03")).collect();
    assert!(locked.is_empty(), "{locked:?}");
}

#[test]
fn the_next_release_takes_over_under_load_without_a_refusal_that_is_not_a_stopping_servers() {
    let rota = installed();
    let mut nodes = three(&rota, &[]);
    let callers = Callers::start(&rota, &nodes, 12, "old");
    let mut answered = callers.answered(200);
    nodes.push(later_node(&rota));
    let on_all = Callers::start(&rota, &nodes, 8, "all");
    answered.extend(on_all.answered(200));
    answered.extend(callers.answered(200));
    let (rest, mut refused) = callers.finish();
    answered.extend(rest);
    refused.extend(on_all.refused());
    assert_migration_refused_nobody(&nodes, &refused);
    for _ in 0..3 {
        assert!(nodes.remove(0).terminate().success());
        answered.extend(on_all.answered(200));
    }
    let (rest, refused) = on_all.finish();
    answered.extend(rest);
    assert!(refused.iter().all(|refused| refused.status == 503), "only stopping servers refuse: {refused:?}");
    assert_eq!(rota.postgres().sql("SELECT count(colour) FROM tickets"), rota.tickets().len().to_string());
    // The release before still works, for the way back.
    let old = [rota.node(&[])];
    let callers = Callers::start(&rota, &old, 4, "back");
    answered.extend(callers.answered(50));
    answered.extend(callers.end());
    assert_kept(&rota, &answered);
}

#[test]
fn a_program_that_a_migration_has_left_behind_is_refused_and_told_what_to_do() {
    let rota = installed();
    migrate(&rota, "next");
    let node = rota.node(&[]);
    assert_eq!(create(&rota, &node), 200);
    drop(node);
    migrate(&rota, "after-next");
    for command in [&["migrate"][..], &["check"], &["serve", "--listen", "127.0.0.1:0"]] {
        let told = rota.cli(command).failed();
        told.tells(&["needs a program that knows migration 2", "install a newer rota"]);
    }
    migrate(&rota, "after-next");
}

#[test]
fn a_migration_that_waits_for_its_lock_holds_nobody_up_for_long_and_says_so() {
    let rota = installed();
    let nodes = three(&rota, &[]);
    let callers = Callers::start(&rota, &nodes, 12, "waiting");
    let mut answered = callers.answered(100);
    let held = rota.postgres().hold("SELECT FROM tickets LIMIT 1; SELECT FROM routing LIMIT 1");
    std::thread::scope(|scope| {
        let later = scope.spawn(|| later_node(&rota));
        let tries = || {
            let log = std::fs::read_to_string(rota.path("later.log")).unwrap_or_default();
            log.matches("in the migration's way; trying again").count()
        };
        until(Duration::from_secs(30), || (tries() >= 3).then_some(()));
        answered.extend(callers.answered(100));
        assert!(!later.is_finished(), "its lock is held");
        drop(held);
        assert_eq!(create(&rota, &later.join().expect("the later release starts")), 200);
    });
    let (rest, refused) = callers.finish();
    answered.extend(rest);
    assert_migration_refused_nobody(&nodes, &refused);
    assert_stored(&rota.tickets(), &answered);
}

/// Somebody who migrates for long holds the lease all the time.
#[test]
fn a_node_is_ready_while_another_one_migrates() {
    let rota = installed();
    let node = rota.node(&[]);
    let held = rota
        .postgres()
        .hold("SELECT FROM schema_migrations WHERE number = 0 FOR UPDATE; SELECT FROM routing");
    assert_eq!(Connection::open(node.address()).call(&Request::get("/readyz")).status, 200);
    drop(held);
}
