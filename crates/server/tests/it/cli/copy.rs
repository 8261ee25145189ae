//! `copy`: a whole installation, from one database to another.

use crate::harness::bodies::with_context;
use crate::harness::load::IN_EFFECT;
use crate::harness::postgres::Database;
use crate::harness::process::{Output, binary, run, run_exactly};
use crate::harness::{Connection as Http, Rota, STORE, StoreFile, email, tasks, until, whatsapp};
use rusqlite::Connection;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;
use std::time::Duration;

/// How long a copy may take to begin.
const START: Duration = Duration::from_secs(20);

fn copy(from: &str, to: &str) -> Output {
    run_exactly(binary().args(["copy", "--from", from, "--to", to]))
}

fn file(rota: &Rota, name: &str) -> String {
    format!("sqlite:{}", rota.path(name).display())
}

/// An installation with something in most of its tables; the server is stopped.
fn used() -> Rota {
    let mut rota = Rota::start();
    for body in [tasks(), email(), whatsapp(), with_context("नमस्ते\n\"quoted\"")] {
        assert_eq!(rota.create(&body).status, 200);
    }
    rota.send(&rota.request().header("Idempotency-Key", "k").json(&tasks()));
    rota.cli(&["ticket", "close", "--store", STORE, "2"]).succeeded();
    with_webhook(&rota);
    assert!(rota.terminate().success());
    rota
}

/// Adds an endpoint that cannot be reached, with what was tried and what is still to be told.
fn with_webhook(rota: &Rota) {
    let allow = "--webhook-allow-private=127.0.0.0/8";
    let hook = |args: &[&str]| rota.cli(&[&["webhook"], args, &["--store", STORE]].concat());
    hook(&["add", "https://127.0.0.1:9/", allow]).succeeded();
    let refused = hook(&["test", "1", allow]);
    assert!(!refused.status.success(), "{refused}");
    hook(&["resend", "1", "--from", "2020-01-01T00:00:00Z"]).succeeded();
}

/// Whether a process has the file for itself. Asked of the system: to try the lock would be to hold it for a moment, and
/// the copy would be refused.
fn is_served(rota: &Rota, name: &str) -> bool {
    let Ok(file) = std::fs::metadata(rota.path(&format!("{name}-served"))) else { return false };
    std::fs::read_to_string("/proc/locks").unwrap().contains(&format!(":{} ", file.ino()))
}

/// Adds more customers than are copied at a time.
fn with_many_customers(rota: &Rota) {
    let lines: String = (0..2_500).map(|number| format!("many-{number},Name {number}\n")).collect();
    let csv = rota.file("many.csv", format!("id,firstName\n{lines}"));
    rota.cli(&["customer", "import", "--store", STORE, &csv]).succeeded();
}

/// Goes on from the fifth ticket of [`used`], with the same key, turns and idempotency record.
#[track_caller]
fn serves_on(rota: &mut Rota) {
    rota.restart();
    let repeat = rota.send(&rota.request().header("Idempotency-Key", "k").json(&tasks()));
    assert!(repeat.is_replay() && repeat.id() == 5, "{repeat}");
    assert_eq!(rota.create(&tasks()).id(), 6);
    assert!(rota.terminate().success());
}

#[test]
fn an_installation_goes_to_postgresql_and_back_and_serves_on_at_either_end() {
    let mut rota = used();
    let before = rota.tickets();
    let database = Database::new();
    copy(&rota.database(), &database.url()).succeeded().tells(&["copied 100 %", "copied and verified"]);
    assert_eq!(rota.tickets(), before);
    let back = file(&rota, "back.db");
    copy(&database.url(), &back).succeeded();
    assert_eq!(rota.tickets_in("back.db"), before);
    rota.cli_on("back.db", &["check"]).succeeded();
    rota = rota.moved_to_postgres(database);
    assert_eq!(rota.tickets(), before);
    rota.cli(&["check"]).succeeded();
    serves_on(&mut rota);
}

#[test]
fn the_turn_goes_on_after_a_copy() {
    let rota = used();
    copy(&rota.database(), &file(&rota, "copy.db")).succeeded();
    let [source, copied] = ["rota.db", "copy.db"].map(|name| {
        let database = Connection::open(rota.path(name)).unwrap();
        let row = "SELECT pools, next_ticket FROM routing";
        database.query_row(row, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))).unwrap()
    });
    assert_eq!(copied, source);
    assert_eq!(copied.1, 6);
}

#[test]
fn a_copy_that_broke_off_goes_on_where_it_stopped() {
    let rota = used();
    with_many_customers(&rota);
    let target = Database::new();
    run_exactly(binary().args(["migrate", "--database", &target.url()])).succeeded();
    target.sql(
        "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stopped'; END $$;
         CREATE TRIGGER stop BEFORE INSERT ON customers FOR EACH ROW WHEN (NEW.id = 'many-300')
             EXECUTE FUNCTION stop()",
    );
    copy(&rota.database(), &target.url()).failed().tells(&["stopped"]);
    assert_eq!(target.sql("SELECT count(*) FROM customers"), "1000", "whole chunks only");
    assert_eq!(target.sql("SELECT count(*) FROM routing"), "0", "nothing can be served yet");
    target.sql("DROP TRIGGER stop ON customers");
    copy(&rota.database(), &target.url()).succeeded().tells(&["went on after 10", "that were there already"]);
    let rota_there = rota.moved_to_postgres(target);
    rota_there.cli(&["check"]).succeeded();
    assert_eq!(rota_there.tickets().len(), 5);
    assert_eq!(rota_there.postgres().sql("SELECT count(*) FROM customers WHERE id LIKE 'many-%'"), "2500");
}

#[test]
fn a_copy_that_was_killed_goes_on_where_it_stopped() {
    let rota = used();
    with_many_customers(&rota);
    let target = Database::new();
    run_exactly(binary().args(["migrate", "--database", &target.url()])).succeeded();
    target.sql(
        "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
         CREATE TRIGGER stop BEFORE INSERT ON customers FOR EACH ROW WHEN (NEW.id = 'many-300')
             EXECUTE FUNCTION stop()",
    );
    // The server looks whether its client is still there, also while it works.
    let url = format!("{}%20-c%20client_connection_check_interval%3D50", target.url());
    let mut command = binary();
    command
        .args(["copy", "--from", &rota.database(), "--to", &url])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut copying = command.spawn().unwrap();
    let sleeping = "SELECT count(DISTINCT pid) FROM pg_stat_activity JOIN pg_locks USING (pid)
                    WHERE wait_event = 'PgSleep' AND relation = 'customers'::regclass";
    until(START, || (target.sql(sleeping) == "1").then_some(()));
    copying.kill().unwrap();
    copying.wait().unwrap();
    until(START, || (target.sql(sleeping) == "0").then_some(()));
    assert_eq!(target.sql("SELECT count(*) FROM customers"), "1000", "whole chunks only");
    target.sql("DROP TRIGGER stop ON customers");
    copy(&rota.database(), &target.url()).succeeded().tells(&["went on after 10", "that were there already"]);
    let rota_there = rota.moved_to_postgres(target);
    rota_there.cli(&["check"]).succeeded();
    assert_eq!(rota_there.tickets().len(), 5);
}

#[test]
fn a_copy_from_postgresql_that_broke_off_goes_on_where_it_stopped() {
    let rota = Rota::on_postgres(Database::new(), &StoreFile::default());
    with_many_customers(&rota);
    rota.cli_on("copy.db", &["check"]).succeeded();
    let target = Connection::open(rota.path("copy.db")).unwrap();
    let stop = "CREATE TRIGGER stop BEFORE INSERT ON customers WHEN NEW.id = 'many-300'
                BEGIN SELECT RAISE(ABORT, 'stopped'); END";
    target.execute_batch(stop).unwrap();
    copy(&rota.database(), &file(&rota, "copy.db")).failed().tells(&["stopped"]);
    let count = |table: &str| {
        let count = format!("SELECT count(*) FROM {table}");
        target.query_row(&count, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(
        (count("customers"), count("routing")),
        (1000, 0),
        "whole chunks, and nothing can be served yet"
    );
    target.execute_batch("DROP TRIGGER stop").unwrap();
    copy(&rota.database(), &file(&rota, "copy.db")).succeeded().tells(&["went on after 10"]);
    assert_eq!((count("customers"), count("routing")), (2501, 1));
    rota.cli_on("copy.db", &["check"]).succeeded();
}

#[test]
fn a_copy_that_is_made_again_finds_everything_there() {
    let rota = used();
    let to = file(&rota, "copy.db");
    let all = copy(&rota.database(), &to).succeeded().stdout;
    let again = copy(&rota.database(), &to).succeeded().stdout;
    assert!(again.starts_with("went on after ") && again.ends_with(&all), "{again}");
}

#[test]
fn a_served_file_is_neither_source_nor_target() {
    let rota = Rota::start();
    let other = file(&rota, "other.db");
    copy(&rota.database(), &other).failed().tells(&["in use", "rota serve"]);
    rota.cli_on("used.db", &["check"]).succeeded();
    copy(&file(&rota, "used.db"), &rota.database()).failed().tells(&["in use", "rota serve"]);
    assert_eq!(rota.create(&tasks()).id(), 1);
}

#[test]
fn a_postgresql_database_with_a_node_is_neither_source_nor_target() {
    let mut rota = Rota::on_postgres(Database::new(), &StoreFile::default());
    rota.restart();
    copy(&rota.database(), &file(&rota, "copy.db")).failed().tells(&["in use", "stop every node"]);
    let other = used();
    copy(&other.database(), &rota.database()).failed().tells(&["in use", "stop every node"]);
    assert_eq!(rota.create(&tasks()).id(), 1);
}

#[test]
fn no_server_starts_on_a_file_that_is_being_copied() {
    let rota = Rota::prepared(StoreFile::default());
    rota.cli_on("target.db", &["check"]).succeeded();
    let gate = File::options().write(true).open(rota.path("target.db-gate")).unwrap();
    gate.lock().unwrap();
    std::thread::scope(|scope| {
        let copying = scope.spawn(|| copy(&rota.database(), &file(&rota, "target.db")));
        until(START, || is_served(&rota, "target.db").then_some(()));
        let serve = rota.cli(&["serve", "--listen", "127.0.0.1:0"]);
        gate.unlock().unwrap();
        copying.join().unwrap().succeeded();
        serve.failed().tells(&["in use", "rota copy"]);
    });
}

/// Its calls are refused meanwhile: the copy has whatever was answered.
#[test]
fn a_node_that_starts_on_a_postgresql_database_that_is_being_copied_waits_for_the_end() {
    let rota = Rota::on_postgres(Database::new(), &StoreFile::default());
    rota.cli_on("target.db", &["check"]).succeeded();
    let gate = File::options().write(true).open(rota.path("target.db-gate")).unwrap();
    gate.lock().unwrap();
    std::thread::scope(|scope| {
        let copying = scope.spawn(|| copy(&rota.database(), &file(&rota, "target.db")));
        // The target is taken once the source is fenced and was watched for nodes.
        until(START, || is_served(&rota, "target.db").then_some(()));
        let node = rota.node(&["--deadline", "1"]);
        let create = || Http::open(node.address()).call(&rota.request().json(&tasks()));
        create().is_error(503);
        assert!(!copying.is_finished());
        gate.unlock().unwrap();
        copying.join().unwrap().succeeded();
        assert_eq!(until(IN_EFFECT, || Some(create()).filter(|told| told.status == 200)).id(), 1);
    });
    assert!(rota.tickets_in("target.db").is_empty());
}

#[test]
fn a_database_is_not_copied_onto_itself() {
    let rota = Rota::prepared(StoreFile::default());
    copy(&rota.database(), &rota.database()).failed().tells(&["in use"]);
    let there = Rota::on_postgres(Database::new(), &StoreFile::default());
    copy(&there.database(), &there.database()).failed().tells(&["in use"]);
}

#[test]
fn a_target_with_anything_else_is_refused_and_left_as_it_is() {
    let rota = used();
    let other = Rota::prepared(StoreFile::default());
    let before = other.cli(&["key", "list"]).succeeded().stdout;
    copy(&rota.database(), &other.database())
        .failed()
        .tells(&["target has rows in stores", "empty database"]);
    assert_eq!(other.cli(&["key", "list"]).succeeded().stdout, before);
    assert!(other.tickets().is_empty());
}

#[test]
fn a_source_that_was_used_after_the_copy_adds_nothing_to_a_target_that_was_used_too() {
    let mut rota = used();
    let to = file(&rota, "copy.db");
    copy(&rota.database(), &to).succeeded();
    rota.cli_on("copy.db", &["ticket", "close", "--store", STORE, "1"]).succeeded();
    with_many_customers(&rota);
    let before = rota.tickets_in("copy.db");
    copy(&rota.database(), &to).failed().tells(&["that are not the source's"]);
    assert_eq!(rota.tickets_in("copy.db"), before);
    let copied = Connection::open(rota.path("copy.db")).unwrap();
    let many = "SELECT count(*) FROM customers WHERE id LIKE 'many-%'";
    assert_eq!(copied.query_row(many, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    serves_on(&mut rota);
}

#[test]
fn an_empty_source_is_told() {
    let rota = Rota::empty();
    copy(&rota.database(), &file(&rota, "copy.db"))
        .failed()
        .tells(&["the source is empty", "check its name"]);
}

#[test]
fn the_ledger_goes_along_since_its_events_may_be_gone() {
    let rota = used();
    let ledger = |database: &str| run(&["ledger", "--store", STORE, "--json"], database).succeeded().stdout;
    ledger(&rota.database());
    // Counted anew, it would not have this.
    let file = Connection::open(rota.path("rota.db")).unwrap();
    let gone = "UPDATE ledger_shares SET missed = missed + 41;
                INSERT INTO counters SELECT store_id, 'event', max(position) + 1 FROM outbox GROUP BY store_id;
                DELETE FROM outbox";
    file.execute_batch(gone).unwrap();
    drop(file);
    let before = ledger(&rota.database());
    assert!(before.contains("41"), "{before}");
    let target = Database::new();
    copy(&rota.database(), &target.url()).succeeded();
    assert_eq!(ledger(&target.url()), before);
    run(&["check"], &target.url()).succeeded();
    let back = self::file(&rota, "back.db");
    copy(&target.url(), &back).succeeded();
    assert_eq!(ledger(&back), before);
}
