//! Somebody's old snapshot: the rows that every batch writes to go on under new generations.

use super::callers::Callers;
use super::{AGENTS, installed, three};
use crate::concurrency::{assert_gap_free, assert_strict_turns};
use crate::crash::assert_stored;
use crate::harness::until;
use std::time::Duration;

/// One batch in 128 begins a generation, by chance.
const SEVERAL_GENERATIONS: Duration = Duration::from_secs(50);

/// Generations that come and go while the old snapshot lasts.
const PAST: &str = "
    INSERT INTO routing SELECT store_id, -past, roster_version, next_ticket, next_event, pools
        FROM routing, generate_series(1, 3000) AS past;
    INSERT INTO agent_loads SELECT store_id, -past, id, 0 FROM agents, generate_series(1, 3000) AS past";
/// Without a look at the indexes, whose looks are counted.
const GONE: &str = "
    SET enable_indexscan = off; SET enable_bitmapscan = off;
    DELETE FROM routing WHERE generation < 0; DELETE FROM agent_loads WHERE generation < 0";
const INDEXES: &str = "FROM pg_stat_user_indexes
    WHERE schemaname = current_schema() AND indexrelname IN ('routing_pkey', 'agent_loads_pkey')";

#[test]
fn beneath_an_old_snapshot_no_look_passes_over_past_generations_and_nothing_is_lost_or_given_twice() {
    let rota = installed();
    let nodes = three(&rota, &[]);
    let held =
        rota.postgres().hold("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM routing");
    let callers = Callers::start(&rota, &nodes, 24, "old snapshot");
    // So small, the tables are analyzed and looks at them planned, as it happens soon after any beginning.
    let mut answered = callers.answered(500);
    rota.postgres().sql("ANALYZE routing, agent_loads");
    answered.extend(callers.answered(500));
    rota.postgres().sql(PAST);
    rota.postgres().sql(GONE);
    rota.postgres().sql(&format!("SELECT pg_stat_reset_single_table_counters(indexrelid) {INDEXES}"));
    let generation = || {
        rota.postgres().sql("SELECT generation FROM routing ORDER BY store_id DESC, generation DESC LIMIT 1")
    };
    until(SEVERAL_GENERATIONS, || (generation().parse::<i64>().unwrap() >= 3).then_some(()));
    // The servers' sessions tell of their looks every second.
    let looks = format!("SELECT count(*) {INDEXES} AND idx_scan >= 1000");
    until(SEVERAL_GENERATIONS, || (rota.postgres().sql(&looks) == "2").then_some(()));
    answered.extend(callers.end());
    let walked = format!("SELECT max(idx_tup_read / idx_scan) {INDEXES}");
    let walked: u64 = rota.postgres().sql(&walked).parse().unwrap();
    assert!(walked < 20, "a look passes over {walked} entries");
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
