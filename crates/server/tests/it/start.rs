//! What stops a start: told with the reason, and with what to do next.

use crate::harness::process::binary;
use crate::harness::{Rota, StoreFile, tasks};
use rusqlite::Connection as Database;
use std::fs::{Permissions, set_permissions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

fn serve(database: &str) -> Command {
    let mut command = binary();
    command.args(["serve", "--listen", "127.0.0.1:0", "--database", database]);
    command
}

/// It ends by itself, with status 1, having told these texts.
#[track_caller]
fn does_not_start(mut command: Command, texts: &[&str]) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let stdout = child.stdout.as_mut().expect("stdout is piped");
    // A server that does start says so, and would not end.
    let started = stdout.read(&mut [0; 64]).expect("stdout can be read") > 0;
    if started {
        child.kill().expect("it runs");
    }
    let output = child.wait_with_output().expect("it has ended");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!started, "it serves: {told}");
    assert_eq!(output.status.code(), Some(1), "{told}");
    for text in texts {
        assert!(told.contains(text), "{text:?} is missing in: {told}");
    }
}

/// A store's database that nobody has open.
fn stopped() -> Rota {
    let mut rota = Rota::start();
    rota.create(&tasks());
    assert!(rota.terminate().success());
    rota
}

fn change(rota: &Rota, sql: &str) {
    Database::open(rota.path("rota.db")).expect("the file opens").execute_batch(sql).expect("it is changed");
}

#[test]
fn a_file_that_is_no_database() {
    let rota = Rota::empty();
    rota.file("rota.db", vec![b'x'; 20_000]);
    does_not_start(serve(&rota.database()), &["rota.db", "not a database", "rota restore"]);
}

#[test]
fn a_database_whose_beginning_is_damaged() {
    let rota = stopped();
    let mut bytes = std::fs::read(rota.path("rota.db")).unwrap();
    bytes[100..4_000].fill(b'x');
    rota.file("rota.db", bytes);
    does_not_start(serve(&rota.database()), &["rota.db", "malformed", "rota restore"]);
}

#[test]
fn another_programs_database() {
    let rota = Rota::empty();
    change(&rota, "CREATE TABLE t (x)");
    does_not_start(serve(&rota.database()), &["rota.db", "another program", "name another file"]);
    let tables: i64 = Database::open(rota.path("rota.db"))
        .unwrap()
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1, "it is left as it was");
}

#[test]
fn a_database_that_another_program_holds() {
    let rota = Rota::prepared(StoreFile::default());
    let holder = Database::open(rota.path("rota.db")).unwrap();
    holder.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    does_not_start(serve(&rota.database()), &["rota.db", "locked", "no other program holds the file"]);
}

#[test]
fn a_database_that_is_served_already() {
    let rota = Rota::start();
    does_not_start(serve(&rota.database()), &["rota.db", "another `rota serve`", "stop that one first"]);
    assert_eq!(rota.create(&tasks()).id(), 1);
}

#[test]
fn a_schema_that_needs_a_newer_program() {
    let rota = stopped();
    change(&rota, "INSERT INTO schema_migrations VALUES (99, 'later', x'00', 99, 0)");
    does_not_start(serve(&rota.database()), &["rota.db", "migration 99", "install a newer rota"]);
    rota.cli(&["check"]).failed().tells(&["install a newer rota"]);
}

#[test]
fn a_newer_schema_that_this_program_can_work_with_is_served() {
    let mut rota = stopped();
    change(&rota, "INSERT INTO schema_migrations VALUES (99, 'later', x'00', 1, 0)");
    rota.restart();
    assert_eq!(rota.create(&tasks()).id(), 2);
}

#[test]
fn a_schema_made_by_another_text_of_a_migration() {
    let rota = stopped();
    change(&rota, "UPDATE schema_migrations SET checksum = x'00' WHERE number = 1");
    does_not_start(serve(&rota.database()), &["rota.db", "migration 1", "install the release"]);
}

fn allow(path: &Path, mode: u32) {
    set_permissions(path, Permissions::from_mode(mode)).expect("the mode is changed");
}

/// `serve` as somebody for whom modes count: root may write everything.
fn serve_as_nobody_special(rota: &Rota) -> Command {
    let mut command = serve(&rota.database());
    let folder = std::fs::metadata(rota.path(".")).expect("the folder is there");
    if folder.uid() == 0 {
        command.uid(65_534).gid(65_534);
    }
    command
}

#[test]
fn a_file_that_may_only_be_read() {
    let rota = stopped();
    allow(&rota.path("."), 0o777);
    for entry in std::fs::read_dir(rota.path(".")).unwrap() {
        allow(&entry.unwrap().path(), 0o666);
    }
    allow(&rota.path("rota.db"), 0o444);
    does_not_start(
        serve_as_nobody_special(&rota),
        &["rota.db", "may only be read", "writable for this user"],
    );
}

#[test]
fn a_folder_that_takes_no_files() {
    let rota = Rota::empty();
    allow(&rota.path("."), 0o555);
    does_not_start(serve_as_nobody_special(&rota), &["rota.db", "writable for this user"]);
    allow(&rota.path("."), 0o755);
}

#[test]
fn a_folder_that_is_not_there() {
    does_not_start(serve("sqlite:/no/such/folder/rota.db"), &["/no/such/folder/rota.db", "folder"]);
}
