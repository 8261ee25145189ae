//! Transactions outside intake run again where PostgreSQL asks for it, and what is only looked at is one state.

use super::{AGENTS, file, installed};
use crate::harness::postgres::Database;
use crate::harness::{Agent, Connection, answered, until};
use serde_json::json;
use std::time::Duration;

/// Waits until somebody waits for this transaction.
const UNTIL_WAITED_FOR: &str = "
    DO $$ BEGIN
        WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))
        LOOP PERFORM pg_sleep(0.01);
        END LOOP;
    END $$";

/// Does `work` while somebody's transaction does `first` and, once `work` waits for that, `then`.
fn beside<T>(database: &Database, first: &str, then: &str, work: impl FnOnce() -> T) -> T {
    // It leaves it to others to see that they wait for each other in a circle.
    let script = format!("SET deadlock_timeout = '1min'; {first}; {UNTIL_WAITED_FOR}; {then}");
    std::thread::scope(|scope| {
        let other = scope.spawn(|| database.sql(&script));
        let sleeping = "SELECT count(*) FROM pg_stat_activity JOIN pg_locks USING (pid) JOIN pg_class c ON c.oid = relation
                        WHERE wait_event = 'PgSleep' AND relnamespace = current_schema()::regnamespace";
        until(Duration::from_secs(10), || (database.sql(sleeping) != "0").then_some(()));
        let done = work();
        other.join().expect("the other transaction ends well");
        done
    })
}

const CUSTOMERS: &str = "SELECT FROM counters WHERE kind = 'customer' FOR UPDATE";

#[test]
fn a_customer_call_that_was_the_victim_of_a_deadlock_runs_again_from_fresh_reads() {
    let rota = installed();
    let node = rota.node(&[]);
    let put = |body| {
        let put = rota.request_to("/integrations/bikPlatformFunctions-customers/createOrUpdate").json(&body);
        Connection::open(node.address()).call(&put)
    };
    assert_eq!(answered(|| put(json!({ "email": "test.2@example.com" }))).status, 200);
    let rename = "UPDATE customers SET first_name = 'Other' WHERE email_key = 'test.2@example.com'";
    let again = json!({ "email": "test.2@example.com", "lastName": "Ours" });
    let response = beside(rota.postgres(), rename, CUSTOMERS, || put(again));
    assert_eq!(response.status, 200, "{response}");
    let customer = &response.json()["data"]["customer"];
    assert_eq!((&customer["firstName"], &customer["lastName"]), (&json!("Other"), &json!("Ours")));
}

#[test]
fn a_store_file_that_was_the_victim_of_a_deadlock_is_applied_from_fresh_reads() {
    let rota = installed();
    let rename = "UPDATE agents SET name = 'Other' WHERE id = 100; SELECT FROM routing FOR UPDATE";
    let more = file().agents((0..=AGENTS as i64).map(Agent::online));
    let told = beside(rota.postgres(), rename, CUSTOMERS, || rota.apply(&more));
    told.succeeded().tells(&["Other", "2 changes"]);
    rota.apply_with(&more, &["--dry-run"]).succeeded().tells(&["no changes"]);
}

/// Agents are read before labels.
#[test]
fn a_dry_run_compares_the_file_with_one_state_of_the_database() {
    let rota = installed();
    let dry_run = || rota.apply_with(&file(), &["--dry-run"]).succeeded();
    let lock = "LOCK TABLE labels IN ACCESS EXCLUSIVE MODE";
    let rename = "UPDATE labels SET name = name || '!'; UPDATE agents SET name = 'Other' WHERE id = 100";
    beside(rota.postgres(), lock, rename, dry_run).tells(&["no changes"]);
    dry_run().tells(&["3 changes"]);
}
