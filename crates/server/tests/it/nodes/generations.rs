//! Somebody's old snapshot: the rows that every batch writes to go on under new generations.

use super::callers::Callers;
use super::{AGENTS, installed, three};
use crate::concurrency::{assert_gap_free, assert_strict_turns};
use crate::crash::assert_stored;
use crate::harness::until;
use std::time::Duration;

/// One batch in 128 begins a generation, by chance.
const SEVERAL_GENERATIONS: Duration = Duration::from_secs(50);

#[test]
fn beneath_an_old_snapshot_rows_are_replaced_and_nothing_is_lost_or_given_twice() {
    let rota = installed();
    let nodes = three(&rota, &[]);
    let held =
        rota.postgres().hold("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM routing");
    let callers = Callers::start(&rota, &nodes, 24, "old snapshot");
    let generation = || rota.postgres().sql("SELECT max(generation) FROM routing");
    until(SEVERAL_GENERATIONS, || (generation().parse::<i64>().unwrap() >= 3).then_some(()));
    let answered = callers.end();
    drop(held);
    assert_eq!(rota.postgres().sql("SELECT count(*) FROM routing"), "1");
    let loads = "SELECT count(*), count(r.generation) FROM agent_loads LEFT JOIN routing r USING (store_id, generation)";
    assert_eq!(rota.postgres().sql(loads), format!("{AGENTS}|{AGENTS}"), "all are of the row's generation");
    let tickets = rota.tickets();
    assert_eq!(tickets.len(), answered.len());
    assert_stored(&tickets, &answered);
    assert_gap_free(&tickets);
    assert_strict_turns(tickets.iter(), AGENTS);
    rota.cli(&["check"]).succeeded();
}
