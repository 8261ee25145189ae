//! What the other tests of durability stand on: the VFS loses what was not synced, and nothing else.

use crate::fault_vfs::{Call, Failure, Fault, FaultVfs};
use crate::harness::TempDir;
use crate::seeded::draws;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

const PAGE: usize = 4096;

fn open(vfs: &FaultVfs, dir: &TempDir, setup: &str) -> Connection {
    let path = dir.path().join("data").join("test.db");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let db = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), vfs.name()).unwrap();
    db.execute_batch(setup).unwrap();
    db
}

fn insert(db: &Connection, value: usize) -> rusqlite::Result<usize> {
    db.execute("INSERT INTO t VALUES (?1, zeroblob(6000))", [value])
}

/// How many rows a machine finds when it starts again; `None` when the table is gone.
fn rows_after(cut: &Path) -> Option<usize> {
    let db = Connection::open(cut.join("test.db")).unwrap();
    let rows = db.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).ok()?;
    let sound: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
    Some(rows)
}

#[test]
fn a_commit_in_a_synced_log_survives_every_power_cut() {
    let (vfs, dir) = (FaultVfs::register("synced"), TempDir::new());
    let db = open(vfs, &dir, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a, b);");
    let mut rng = draws(1);
    for committed in 1..=30 {
        insert(&db, committed).unwrap();
        let cut = vfs.cut();
        let (harsh, torn) =
            (dir.path().join(format!("h{committed}")), dir.path().join(format!("t{committed}")));
        cut.leave_synced_only(&harsh).unwrap();
        cut.leave_torn(&torn, &mut rng).unwrap();
        assert_eq!((rows_after(&harsh), rows_after(&torn)), (Some(committed), Some(committed)));
        if committed % 10 == 0 {
            db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        }
    }
}

#[test]
fn a_transaction_that_is_cut_before_its_commit_is_not_there() {
    let (vfs, dir) = (FaultVfs::register("uncommitted"), TempDir::new());
    // Without a cache to speak of, pages reach the log before the commit does.
    let setup =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = 1; CREATE TABLE t (a, b);";
    let db = open(vfs, &dir, setup);
    db.execute_batch("BEGIN").unwrap();
    for value in 0..20 {
        insert(&db, value).unwrap();
    }
    let (cut, mut rng) = (vfs.cut(), draws(2));
    for number in 0..20 {
        let torn = dir.path().join(number.to_string());
        cut.leave_torn(&torn, &mut rng).unwrap();
        assert_eq!(rows_after(&torn), Some(0));
    }
}

#[test]
fn a_commit_that_was_never_synced_is_caught_being_lost() {
    let (vfs, dir) = (FaultVfs::register("unsynced"), TempDir::new());
    let db = open(vfs, &dir, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a, b);");
    db.execute_batch("PRAGMA synchronous = OFF").unwrap();
    insert(&db, 1).unwrap();
    let harsh = dir.path().join("harsh");
    vfs.cut().leave_synced_only(&harsh).unwrap();
    assert_eq!(rows_after(&harsh), Some(0));
}

#[test]
fn a_page_that_was_not_synced_can_be_torn() {
    let (vfs, dir) = (FaultVfs::register("torn"), TempDir::new());
    let db = open(vfs, &dir, "PRAGMA journal_mode = MEMORY; CREATE TABLE t (a);");
    db.execute("INSERT INTO t VALUES (?1)", ["a".repeat(PAGE - 500)]).unwrap();
    db.execute_batch("PRAGMA synchronous = OFF").unwrap();
    db.execute("UPDATE t SET a = ?1", ["b".repeat(PAGE - 500)]).unwrap();
    let (cut, mut rng) = (vfs.cut(), draws(3));
    let torn = (0..40).filter(|number| {
        let left = dir.path().join(number.to_string());
        cut.leave_torn(&left, &mut rng).unwrap();
        let content = std::fs::read(left.join("test.db")).unwrap();
        [b"aaaa", b"bbbb"].into_iter().all(|letters| content.windows(4).any(|four| four == letters))
    });
    assert!(torn.count() > 0);
}

#[test]
fn sqlite_sees_the_fault_that_was_asked_for_and_only_as_long_as_it_lasts() {
    let (vfs, dir) = (FaultVfs::register("faulty"), TempDir::new());
    let db = open(vfs, &dir, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a, b);");
    for (call, failure) in [
        (Call::Write, Failure::DiskFull),
        (Call::Write, Failure::Write),
        (Call::Sync, Failure::Fsync),
        (Call::Read, Failure::Read),
    ] {
        let fault = vfs.fail(Fault::every(call, failure));
        let failed = match call {
            Call::Read => Connection::open_with_flags_and_vfs(
                dir.path().join("data").join("test.db"),
                OpenFlags::default(),
                vfs.name(),
            )
            .and_then(|other| other.query_row("SELECT count(*) FROM t", [], |_| Ok(0))),
            _ => insert(&db, 1),
        };
        let code = failed.unwrap_err().sqlite_error().map(|error| error.extended_code);
        assert_eq!(code, Some(failure.code()), "{call:?}");
        assert!(fault.hits() > 0);
        drop(fault);
        insert(&db, 1).unwrap();
    }
}
