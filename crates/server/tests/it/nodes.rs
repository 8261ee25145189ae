//! Several servers on one PostgreSQL database.

mod by_store;
mod callers;
mod catalogue;
mod comings;
mod deadlock;
mod due;
mod failover;
mod failures;
mod generations;
mod in_doubt;
mod many_stores;
mod paused;
mod pooler;
mod proxy;
mod reached;
mod releases;
mod sqlstates;
mod starved;
mod statements;
mod webhooks;

use crate::concurrency::{assert_gap_free, assert_strict_turns};
use crate::crash::assert_stored;
use crate::harness::load::IN_EFFECT;
use crate::harness::{Agent, Connection, Rota, Server, StoreFile, answered, at_once, postgres, tasks, until};
use callers::Callers;
use std::collections::HashSet;

const AGENTS: usize = 7;

fn file() -> StoreFile {
    StoreFile::default().agents((0..AGENTS as i64).map(Agent::online))
}

/// An installation on the run's cluster.
fn installed() -> Rota {
    Rota::on_postgres(postgres::Database::new(), &file())
}

fn three(rota: &Rota, options: &[&str]) -> Vec<Server> {
    (0..3).map(|_| rota.node(options)).collect()
}

/// Nodes that take turns at the two batch scopes.
fn of_both_scopes(rota: &Rota, nodes: usize) -> Vec<Server> {
    ["batch", "store"].iter().cycle().take(nodes).map(|scope| rota.node(&["--batch-scope", scope])).collect()
}

/// Calls of three nodes at once are numbered without a gap and given out in strict turns.
#[track_caller]
fn strict_turns_on_three_nodes(options: &[&str]) {
    let rota = installed();
    let nodes = three(&rota, options);
    let callers = Callers::start(&rota, &nodes, 24, "all");
    let mut answered = callers.answered(1_500);
    let advisory = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
    assert_eq!(rota.postgres().sql(advisory), "0");
    answered.extend(callers.end());
    let tickets = rota.tickets();
    assert_eq!(tickets.len(), answered.len());
    assert_stored(&tickets, &answered);
    assert_gap_free(&tickets);
    assert_strict_turns(tickets.iter(), AGENTS);
    rota.cli(&["check"]).succeeded();
}

#[test]
fn three_nodes_at_once_turn_strictly_and_leave_no_gap() {
    strict_turns_on_three_nodes(&[]);
}

#[test]
fn three_nodes_that_commit_each_store_by_itself_turn_strictly_and_leave_no_gap() {
    strict_turns_on_three_nodes(&["--batch-scope", "store"]);
}

#[test]
fn one_key_sent_to_different_nodes_at_once_makes_one_ticket() {
    let rota = installed();
    let nodes = three(&rota, &[]);
    for key in 0..10 {
        let request = rota.request().header("Idempotency-Key", format!("key-{key}")).json(&tasks());
        let answers = at_once(12, |caller| {
            let response = answered(|| Connection::open(nodes[caller % 3].address()).call(&request));
            (response.status, response.id(), response.header("idempotent-replayed").is_some())
        });
        let ids: HashSet<_> = answers.iter().map(|(status, id, _)| (*status, *id)).collect();
        assert_eq!(ids, HashSet::from([(200, key + 1)]), "{answers:?}");
        assert_eq!(answers.iter().filter(|(.., replayed)| !replayed).count(), 1, "{answers:?}");
    }
    assert_eq!(rota.tickets().len(), 10);
}

#[test]
fn what_changes_through_the_command_line_is_heeded_by_every_node() {
    let rota = installed();
    let nodes = three(&rota, &[]);
    let request = rota.request().json(&tasks());
    let create = |node: &Server| answered(|| Connection::open(node.address()).call(&request));
    assert!(nodes.iter().map(create).map(|response| response.agent()).eq([100, 101, 102].map(Some)));
    for agent in 1..AGENTS {
        let email = format!("agent{agent}@shop.example");
        rota.cli(&["agent", "offline", "--store", crate::harness::STORE, &email]).succeeded();
    }
    assert!(nodes.iter().map(create).all(|response| response.agent() == Some(100)));
    let (key, _) = crate::harness::key_and_secret(rota.token());
    rota.cli(&["key", "revoke", &key]).succeeded();
    until(IN_EFFECT, || nodes.iter().all(|node| create(node).status == 401).then_some(()));
}

#[test]
fn looking_up_in_a_table_that_is_locked_ends_with_the_deadline() {
    let rota = installed();
    let held = rota.postgres().hold("LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE; SELECT FROM routing");
    // It can't have seen any key.
    let node = rota.node(&["--deadline", "1"]);
    let create = || Connection::open(node.address()).call(&rota.request().json(&tasks()));
    create().is_error(503);
    drop(held);
    until(IN_EFFECT, || (create().status == 200).then_some(()));
}
