//! `restore` to a PostgreSQL database.

use crate::harness::postgres::Database;
use crate::harness::process::{Output, binary, run, run_exactly};
use crate::harness::{Rota, STORE, StoreFile, tasks, until};
use rusqlite::Connection;
use std::process::Stdio;
use std::time::Duration;

/// How long a restore may take to begin, and the server to notice that its client is gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// Writes the installation's backup and tells its name.
fn backup(rota: &Rota) -> String {
    let file = rota.path("copy.db").into_os_string().into_string().expect("a path in UTF-8");
    rota.cli(&["backup", &file]).succeeded();
    file
}

/// Two tickets, the first closed, the second with an Idempotency-Key; the server is stopped.
fn use_it(rota: &mut Rota) {
    rota.restart();
    assert_eq!(rota.create(&tasks()).agent(), Some(100));
    rota.send(&rota.request().header("Idempotency-Key", "k").json(&tasks()));
    assert!(rota.terminate().success());
    rota.cli(&["ticket", "close", "--store", STORE, "1"]).succeeded();
}

fn restore(file: &str, database: &Database) -> Output {
    run(&["restore", file], &database.url())
}

/// Goes on behind [`use_it`]: the next number, the next agent, the kept answer.
#[track_caller]
fn serves_on(rota: &mut Rota) {
    rota.cli(&["check"]).succeeded();
    rota.restart();
    let repeat = rota.send(&rota.request().header("Idempotency-Key", "k").json(&tasks()));
    assert!(repeat.is_replay() && repeat.id() == 2, "{repeat}");
    let next = rota.create(&tasks());
    assert_eq!((next.id(), next.agent()), (3, Some(102)));
    assert!(rota.terminate().success());
}

/// Stops a restore at a row of its third chunk of customers, by `action`.
fn stop_midway(database: &Database, action: &str) {
    run(&["migrate"], &database.url()).succeeded();
    database.sql(&format!(
        "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {action}; RETURN NEW; END $$;
         CREATE TRIGGER stop BEFORE INSERT ON customers FOR EACH ROW WHEN (NEW.id = 'many-2499')
             EXECUTE FUNCTION stop()"
    ));
}

/// An installation with more customers than are restored at a time, and its backup.
fn many() -> (Rota, String) {
    let rota = Rota::prepared(StoreFile::default());
    let lines: String = (0..2_500).map(|number| format!("many-{number:04},Name\n")).collect();
    let csv = rota.file("many.csv", format!("id,firstName\n{lines}"));
    rota.cli(&["customer", "import", "--store", STORE, &csv]).succeeded();
    let file = backup(&rota);
    (rota, file)
}

#[track_caller]
fn restores_all(file: &str, database: &Database) {
    database.sql("DROP TRIGGER stop ON customers");
    restore(file, database).succeeded();
    assert_eq!(database.sql("SELECT count(*) FROM customers WHERE id LIKE 'many-%'"), "2500");
    run(&["check"], &database.url()).succeeded();
}

#[test]
fn a_backup_of_postgresql_serves_on_in_another_postgresql_database() {
    let mut rota = Rota::on_postgres(Database::new(), &StoreFile::default());
    use_it(&mut rota);
    let before = rota.tickets();
    let file = backup(&rota);
    let database = Database::new();
    restore(&file, &database).succeeded().tells(&["copied 100 %", "restored and verified", "copy.db"]);
    let mut rota = rota.moved_to_postgres(database);
    assert_eq!(rota.tickets(), before);
    serves_on(&mut rota);
}

#[test]
fn a_backup_of_sqlite_serves_on_in_postgresql_and_stays_as_it_is() {
    let mut rota = Rota::prepared(StoreFile::default());
    use_it(&mut rota);
    let before = rota.tickets();
    let file = backup(&rota);
    let bytes = std::fs::read(&file).unwrap();
    let database = Database::new();
    restore(&file, &database).succeeded();
    assert!(std::fs::read(&file).unwrap() == bytes, "the backup was written to");
    assert!(!rota.path("copy.db-wal").exists() && !rota.path("copy.db-served").exists());
    let mut rota = rota.moved_to_postgres(database);
    assert_eq!(rota.tickets(), before);
    serves_on(&mut rota);
}

#[test]
fn a_database_that_has_a_store_is_refused_and_left_as_it_is() {
    let mut rota = Rota::on_postgres(Database::new(), &StoreFile::default());
    let file = backup(&rota);
    use_it(&mut rota);
    let before = rota.tickets();
    rota.cli(&["restore", &file]).failed().tells(&["rows in stores already", "make a new database"]);
    assert_eq!(rota.tickets(), before);
    serves_on(&mut rota);
}

#[test]
fn an_empty_database_that_a_node_serves_is_refused() {
    let source = Rota::prepared(StoreFile::default());
    let file = backup(&source);
    let mut rota = source.moved_to_postgres(Database::new());
    rota.restart();
    rota.cli(&["restore", &file]).failed().tells(&["in use", "stop every node"]);
    assert_eq!(rota.postgres().sql("SELECT count(*) FROM stores"), "0");
    assert!(rota.terminate().success());
    rota.cli(&["restore", &file]).succeeded();
}

#[test]
fn a_broken_file_is_refused_and_writes_nothing() {
    let rota = Rota::prepared(StoreFile::default());
    let mut bytes = std::fs::read(backup(&rota)).unwrap();
    bytes.truncate(bytes.len() / 2);
    let half = rota.file("half.db", bytes);
    let noise = rota.file("noise.db", vec![b'x'; 20_000]);
    let database = Database::new();
    run(&["migrate"], &database.url()).succeeded();
    restore(&half, &database).failed().tells(&["half.db is no sound backup"]);
    restore(&noise, &database).failed().tells(&["noise.db is no sound backup"]);
    restore("none.db", &database).failed().tells(&["cannot read none.db", "check its name"]);
    assert_eq!(database.sql("SELECT count(*) FROM stores"), "0");
}

#[test]
fn a_backup_with_an_earlier_schema_is_refused_with_the_way_round() {
    let rota = Rota::prepared(StoreFile::default());
    let file = backup(&rota);
    let schema = "DELETE FROM schema_migrations WHERE number = (SELECT max(number) FROM schema_migrations)";
    assert_eq!(Connection::open(&file).unwrap().execute(schema, []).unwrap(), 1);
    restore(&file, &Database::new()).failed().tells(&["an earlier release", "rota migrate", "rota copy"]);
}

#[test]
fn a_restore_that_fails_midway_leaves_nothing_and_can_be_made_again() {
    let (_rota, file) = many();
    let database = Database::new();
    stop_midway(&database, "RAISE 'stopped'");
    restore(&file, &database).failed().tells(&["stopped"]);
    assert_eq!(database.sql("SELECT count(*) FROM stores"), "0");
    restores_all(&file, &database);
}

#[test]
fn a_restore_that_is_killed_midway_leaves_nothing_and_can_be_made_again() {
    let (_rota, file) = many();
    let database = Database::new();
    stop_midway(&database, "PERFORM pg_sleep(60)");
    // The server looks whether its client is still there, also while it works.
    let url = format!("{}%20-c%20client_connection_check_interval%3D50", database.url());
    let mut command = binary();
    command.args(["restore", &file, "--database", &url]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut restoring = command.spawn().unwrap();
    let schema = database.sql("SELECT current_schema()");
    let sleeping = format!(
        "SELECT count(DISTINCT pid) FROM pg_stat_activity JOIN pg_locks USING (pid) JOIN pg_class ON pg_class.oid = relation
         WHERE wait_event = 'PgSleep' AND relname = 'stores' AND relnamespace = '{schema}'::regnamespace"
    );
    until(PATIENCE, || (database.sql(&sleeping) == "1").then_some(()));
    restoring.kill().unwrap();
    restoring.wait().unwrap();
    until(PATIENCE, || (database.sql(&sleeping) == "0").then_some(()));
    assert_eq!(database.sql("SELECT count(*) FROM stores"), "0");
    restores_all(&file, &database);
}

#[test]
fn a_backup_of_nothing_is_told() {
    let rota = Rota::empty();
    let file = backup(&rota);
    let database = Database::new();
    restore(&file, &database).failed().tells(&["is empty", "check its name"]);
    run_exactly(binary().args(["check", "--database", &database.url()])).succeeded();
}
