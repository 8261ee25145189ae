//! `backup`, `restore`, `check`.

use crate::harness::bodies::with_context;
use crate::harness::{Rota, STORE, StoreFile, tasks, until};
use rusqlite::Connection as Database;
use std::fs::File;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a command may take to begin.
const START: Duration = Duration::from_secs(20);

fn text(rota: &Rota, name: &str) -> String {
    rota.path(name).into_os_string().into_string().expect("a path in UTF-8")
}

fn tickets_of(rota: &Rota, database: &str) -> String {
    rota.cli_on(database, &["ticket", "list", "--store", STORE, "--json"]).succeeded().stdout
}

#[test]
fn a_backup_under_load_is_a_consistent_copy_with_everything_answered_before() {
    let rota = Rota::start();
    let before: Vec<i64> = (0..50).map(|_| rota.create(&tasks()).id()).collect();
    let copy = text(&rota, "copy.db");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut connection = rota.connect();
                while !done.load(Ordering::Relaxed) {
                    assert_eq!(connection.call(&rota.request().json(&tasks())).status, 200);
                }
            });
        }
        let output = rota.cli(&["backup", &copy]);
        done.store(true, Ordering::Relaxed);
        output.succeeded();
    });
    rota.cli_on("restored.db", &["restore", &copy]).succeeded();
    rota.cli_on("restored.db", &["check"]).succeeded();
    let restored = tickets_of(&rota, "restored.db");
    assert!(restored.lines().count() >= before.len());
    let now = tickets_of(&rota, "rota.db");
    assert!(now.starts_with(&restored), "the copy is how things stood at one moment");
}

#[test]
fn a_restored_database_serves_on_where_the_backup_was_made() {
    let mut rota = Rota::start();
    let first = rota.send(&rota.request().header("Idempotency-Key", "k").json(&tasks()));
    let copy = text(&rota, "copy.db");
    rota.cli(&["backup", &copy]).succeeded();
    assert_eq!(rota.create(&with_context("after the backup")).id(), 2);
    assert!(rota.terminate().success());
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(rota.path(&format!("rota.db{suffix}")));
    }
    rota.cli(&["restore", &copy]).succeeded();
    rota.restart();
    let repeat = rota.send(&rota.request().header("Idempotency-Key", "k").json(&tasks()));
    assert!(repeat.is_replay() && repeat.text() == first.text(), "{repeat}");
    let next = rota.create(&tasks());
    assert_eq!((next.id(), next.agent()), (2, Some(101)));
}

#[test]
fn a_live_target_is_not_restored_over() {
    let rota = Rota::start();
    let copy = text(&rota, "copy.db");
    rota.cli(&["backup", &copy]).succeeded();
    rota.create(&tasks());
    rota.cli(&["restore", &copy]).failed();
    assert_eq!(rota.create(&tasks()).id(), 2);
    assert_eq!(rota.tickets().len(), 2);
}

#[test]
fn no_server_starts_while_a_restore_waits_for_its_turn() {
    let rota = Rota::prepared(StoreFile::default());
    let copy = text(&rota, "copy.db");
    rota.cli(&["backup", &copy]).succeeded();
    let lock = |name: &str| File::options().write(true).open(rota.path(name)).unwrap();
    let turn = lock("rota.db-gate");
    turn.lock().unwrap();
    std::thread::scope(|scope| {
        let restore = scope.spawn(|| rota.cli(&["restore", &copy]));
        // Asked of the system: to try the lock would be to hold it for a moment, and the restore would be refused.
        until(START, || {
            let served = format!(":{} ", std::fs::metadata(rota.path("rota.db-served")).ok()?.ino());
            std::fs::read_to_string("/proc/locks").unwrap().contains(&served).then_some(())
        });
        rota.cli(&["serve", "--listen", "127.0.0.1:0"]).failed().tells(&["in use", "rota restore"]);
        turn.unlock().unwrap();
        restore.join().unwrap().succeeded();
    });
}

#[test]
fn a_file_that_is_no_good_backup_is_refused() {
    let rota = Rota::start();
    rota.create(&tasks());
    let noise = rota.file("noise.db", vec![b'x'; 20_000]);
    rota.cli_on("restored.db", &["restore", &noise]).failed().tells(&["noise.db is no sound backup"]);
    rota.cli_on("restored.db", &["restore", "none.db"])
        .failed()
        .tells(&["cannot read none.db", "check its name"]);
    let copy = text(&rota, "copy.db");
    rota.cli(&["backup", &copy]).succeeded();
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes.truncate(bytes.len() / 2);
    let half = rota.file("half.db", bytes);
    rota.cli_on("restored.db", &["restore", &half]).failed();
    let foreign = text(&rota, "foreign.db");
    Database::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    rota.cli_on("restored.db", &["restore", &foreign]).failed();
}

#[test]
fn only_the_user_who_runs_it_may_read_what_it_writes() {
    let rota = Rota::start();
    rota.create(&tasks());
    let copy = text(&rota, "copy.db");
    rota.cli(&["backup", &copy]).succeeded();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o644)).unwrap();
    rota.cli_on("restored.db", &["restore", &copy]).succeeded();
    rota.cli(&["backup", &text(&rota, "second.db")]).succeeded();
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(rota.path(".")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if ["rota.db", "restored.db", "second.db"].iter().any(|database| name.starts_with(database)) {
            assert_eq!(entry.metadata().unwrap().mode() & 0o777, 0o600, "{name}");
            seen.push(name);
        }
    }
    for name in ["rota.db", "rota.db-wal", "rota.db-shm", "rota.db-served", "restored.db", "second.db"] {
        assert!(seen.iter().any(|found| found == name), "{name} is missing in {seen:?}");
    }
}

#[test]
fn what_cannot_be_written_is_told() {
    let rota = Rota::prepared(StoreFile::default());
    let nowhere = text(&rota, "nowhere/copy.db");
    rota.cli(&["backup", &nowhere]).failed().tells(&["nowhere/copy.db", "its folder exists"]);
}

#[test]
fn check_finds_nothing_in_a_sound_database() {
    let rota = Rota::start();
    rota.cli(&["check"]).succeeded();
    for _ in 0..5 {
        rota.create(&tasks());
    }
    rota.cli(&["ticket", "close", "--store", STORE, "2"]).succeeded();
    rota.cli(&["check"]).succeeded();
}

/// Breaks a stopped installation's database behind Rota's back; the check has to find it.
fn broken(sql: &str) {
    let mut rota = Rota::start();
    for _ in 0..5 {
        rota.create(&tasks());
    }
    assert!(rota.terminate().success());
    let database = Database::open(rota.path("rota.db")).unwrap();
    database.execute_batch(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
    drop(database);
    let output = rota.cli(&["check"]);
    assert_eq!(output.status.code(), Some(1), "{sql}: {output}");
    assert!(!output.all().trim().is_empty(), "{sql}");
}

#[test]
fn check_finds_a_gap() {
    broken("DELETE FROM tickets WHERE id = 3");
}

#[test]
fn check_finds_an_orphan() {
    broken("UPDATE tickets SET customer_id = 'nobody' WHERE id = 3");
}

#[test]
fn check_finds_a_wrong_open_count() {
    broken("UPDATE agent_loads SET open = open + 1 WHERE agent_id = 100");
}

#[test]
fn commands_make_a_database_that_is_not_there_yet() {
    let rota = Rota::empty();
    rota.cli_on("a.db", &["check"]).succeeded();
    rota.cli_on("b.db", &["key", "list"]).succeeded();
    let file = rota.file("store.toml", StoreFile::default().render());
    rota.cli_on("c.db", &["apply", &file]).succeeded();
    for name in ["a.db", "b.db", "c.db"] {
        assert!(rota.path(name).exists(), "{name}");
    }
}
