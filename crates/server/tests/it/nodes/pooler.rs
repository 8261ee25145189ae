//! A pooler between nodes and database, that gives a server connection to somebody else after every transaction.

use super::{AGENTS, Callers, file};
use crate::concurrency::{assert_gap_free, assert_strict_turns};
use crate::crash::assert_stored;
use crate::harness::Rota;
use crate::harness::postgres::{self, Pooler};

#[test]
fn nodes_behind_a_pooler_in_transaction_mode_turn_strictly_and_leave_no_gap() {
    let cluster = postgres::OwnCluster::start();
    let pooler = Pooler::start(&cluster);
    let rota = Rota::on_postgres(cluster.database_itself().through(pooler.address()), &file());
    for scope in ["batch", "store"] {
        // Fewer connections than the nodes have between them, so that they take turns on each.
        let nodes: Vec<_> = (0..3).map(|_| rota.node(&["--batch-scope", scope])).collect();
        let callers = Callers::start(&rota, &nodes, 16, scope);
        let mut answered = callers.answered(500);
        answered.extend(callers.end());
        drop(nodes);
        let tickets = rota.tickets();
        assert_stored(&tickets, &answered);
        assert_gap_free(&tickets);
        assert_strict_turns(tickets.iter(), AGENTS);
    }
    rota.cli(&["check"]).succeeded();
}
