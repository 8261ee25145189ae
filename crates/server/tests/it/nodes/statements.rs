//! What Rota asks of PostgreSQL, as the server's own log has it.

use super::file;
use crate::harness::process::{binary, run_exactly};
use crate::harness::{CUSTOMER, Connection, Rota, STORE, answered, postgres, tasks};
use serde_json::json;

/// Advisory locks are one server's own: on a database that is distributed by store they would lock nothing.
#[test]
fn nothing_takes_an_advisory_lock() {
    let cluster = postgres::OwnCluster::start();
    cluster.set("log_statement", "all");
    let rota = Rota::on_postgres(cluster.database(), &file());
    let nodes = ["batch", "store"].map(|scope| rota.node(&["--batch-scope", scope]));
    for node in &nodes {
        let mut connection = Connection::open(node.address());
        let keyed = rota.request().header("Idempotency-Key", "k").json(&tasks());
        assert_eq!(answered(|| connection.call(&keyed)).status, 200);
        let customers = "/integrations/bikPlatformFunctions-customers";
        let put = rota.request_to(&format!("{customers}/createOrUpdate"));
        let put = put.json(&json!({ "email": "test.2@example.com" }));
        assert_eq!(answered(|| connection.call(&put)).status, 200);
        let get = rota.request_to(&format!("{customers}/get"));
        let get = get.json(&json!({ "bikCustomerId": CUSTOMER }));
        assert_eq!(answered(|| connection.call(&get)).status, 200);
    }
    drop(nodes);
    let csv = rota.file("more.csv", "id,firstName\nc1,One\n");
    let copy = rota.path("copy.db").display().to_string();
    for command in [
        &["migrate"][..],
        &["key", "create", "--store", STORE],
        &["agent", "offline", "--store", STORE, "agent1@shop.example"],
        &["ticket", "close", "--store", STORE, "1"],
        &["customer", "import", "--store", STORE, &csv],
        &["backup", &copy],
        &["check"],
    ] {
        rota.cli(command).succeeded();
    }
    rota.apply(&file().policy("unassigned")).succeeded();
    let there = cluster.database();
    run_exactly(binary().args(["copy", "--from", &rota.database(), "--to", &there.url()])).succeeded();
    run_exactly(binary().args(["restore", &copy, "--database", &cluster.database().url()])).succeeded();
    let log = std::fs::read_to_string(cluster.folder().join("log")).expect("the server has a log");
    for asked in ["FOR NO KEY UPDATE", "INSERT INTO tickets", "INSERT INTO schema_migrations", "LOCK TABLE"] {
        assert!(log.contains(asked), "the log has all statements: {asked}");
    }
    let advisory: Vec<&str> = log.lines().filter(|line| line.contains("advisory")).collect();
    assert!(advisory.is_empty(), "{advisory:?}");
}
