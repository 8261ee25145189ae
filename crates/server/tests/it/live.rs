//! What is done while the server runs under load: intake goes on, and changes are in effect in time.

use crate::harness::bodies::with_context;
use crate::harness::load::{IN_EFFECT, Load};
use crate::harness::{Agent, Rota, STORE, StoreFile, key_and_secret, tasks, until};
use rusqlite::Connection as Database;

const CALLERS: usize = 8;

/// The moments, in milliseconds, at which something was written.
fn moments(rota: &Rota, sql: &str) -> Vec<i64> {
    let database = Database::open(rota.path("rota.db")).expect("the file opens");
    let mut select = database.prepare(sql).expect("the statement is right");
    let rows = select.query_map([], |row| row.get(0)).expect("it runs");
    rows.collect::<Result<_, _>>().expect("whole numbers")
}

#[test]
fn tickets_are_answered_between_the_steps_of_an_import() {
    let rota = Rota::start();
    let rows: String = (1..=20_000).map(|id| format!("c{id},Customer {id},,c{id}@example.com\n")).collect();
    let path = rota.file("many.csv", format!("id,firstName,phone,email\n{rows}"));
    let load = Load::start(&rota, CALLERS, &tasks());
    load.answered(100);
    rota.cli(&["customer", "import", "--store", STORE, &path]).succeeded().tells_number(20_000);
    load.end();

    let steps = moments(&rota, "SELECT DISTINCT created_at FROM customers WHERE id LIKE 'c%' ORDER BY 1");
    assert!(steps.len() >= 10, "{steps:?}");
    let tickets = moments(&rota, "SELECT created_at FROM tickets ORDER BY 1");
    let between = |steps: &&[i64]| tickets.iter().any(|at| (steps[0]..=steps[1]).contains(at));
    let answered = steps.windows(2).filter(between).count();
    assert!(answered * 2 > steps.len(), "tickets between {answered} of {} steps", steps.len());
    rota.cli(&["check"]).succeeded();
}

#[test]
fn a_backup_ends_under_load_and_intake_goes_on_beside_it() {
    let rota = Rota::start();
    let load = Load::start(&rota, CALLERS, &with_context(&"x".repeat(10_000)));
    load.answered(1_000);
    let copy = rota.path("copy.db").display().to_string();
    rota.cli(&["backup", &copy]).succeeded();
    load.answered(CALLERS + 1);
    load.end();
    rota.cli_on("copy.db", &["check"]).succeeded();
    let list = rota.cli_on("copy.db", &["ticket", "list", "--store", STORE, "--json"]).succeeded();
    assert!(list.stdout.lines().count() >= 1_000);
}

#[test]
fn a_key_made_under_load_works_at_once_and_stops_soon_after_its_revocation() {
    let rota = Rota::start();
    let load = Load::start(&rota, CALLERS, &tasks());
    load.answered(100);
    let token = rota.key(&[]);
    let request = rota.request().authorization(&token).json(&tasks());
    assert_eq!(rota.send(&request).status, 200);
    rota.cli(&["key", "revoke", &key_and_secret(&token).0]).succeeded();
    until(IN_EFFECT, || (rota.send(&request).status == 401).then_some(()));
    load.end();
}

#[test]
fn an_agent_who_goes_offline_under_load_soon_gets_no_more_tickets() {
    let rota = Rota::with(StoreFile::default().agents([0, 1].map(Agent::online)));
    let load = Load::start(&rota, CALLERS, &tasks());
    load.answered(100);
    rota.cli(&["agent", "offline", "--store", STORE, "agent0@shop.example"]).succeeded();
    let passed_over = || (0..10).all(|_| rota.dry_run(&tasks()).agent() == Some(101));
    until(IN_EFFECT, || passed_over().then_some(()));
    let first = rota.create(&tasks()).id();
    load.answered(100);
    load.end();
    let later = rota.tickets().into_iter().filter(|ticket| ticket["id"].as_i64() >= Some(first));
    assert!(later.map(|ticket| ticket["agentId"].as_i64()).all(|agent| agent == Some(101)));
}
