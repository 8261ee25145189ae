//! Opening a database: where it is, what it must be, and how each connection is set up.

use super::fault::Fault;
use crate::store::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Marks a file as Rota's ("Rota" in ASCII), in the header field SQLite keeps for this.
pub const APPLICATION_ID: i32 = 0x526f_7461;

/// How long a statement waits for a lock that a program other than Rota holds.
const BUSY: Duration = Duration::from_secs(2);

/// The writer's page cache, in KiB: large enough for the pages that intake touches again and again.
const WRITER_CACHE_KIB: i64 = 32 * 1024;
const READER_CACHE_KIB: i64 = 2 * 1024;

/// Where a database is: a file, reached through SQLite's VFS of that name.
#[derive(Debug, Clone)]
pub struct Place {
    pub path: PathBuf,
    /// `None` is the platform's own.
    pub vfs: Option<String>,
}

impl Place {
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), vfs: None }
    }

    pub fn writer(&self) -> Result<Connection, StoreError> {
        if self.vfs.is_none() {
            // Where this fails, SQLite tells why.
            let _ = make_private(&self.path);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let db = self.connect(flags)?;
        setup_writer(&db).map_err(|fault| explained(&self.path, fault.into()))?;
        Ok(db)
    }

    pub fn reader(&self) -> Result<Connection, StoreError> {
        let db = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let setup = format!("PRAGMA query_only = ON; PRAGMA cache_size = -{READER_CACHE_KIB};");
        db.execute_batch(&setup).map_err(Fault::from)?;
        Ok(db)
    }

    /// A connection that only copies the log into the file. Setting up a writer takes the write lock, out of turn.
    pub fn checkpointer(&self) -> Result<Connection, StoreError> {
        let db = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.execute_batch("PRAGMA synchronous = FULL").map_err(Fault::from)?;
        Ok(db)
    }

    fn connect(&self, flags: OpenFlags) -> Result<Connection, StoreError> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = match &self.vfs {
            None => Connection::open_with_flags(&self.path, flags),
            Some(vfs) => Connection::open_with_flags_and_vfs(&self.path, flags, vfs.as_str()),
        };
        let db = opened.map_err(|error| explained(&self.path, Fault::from(error).into()))?;
        db.busy_timeout(BUSY).map_err(Fault::from)?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(db)
    }
}

/// Makes a new file that only this user may read: there are customers in it. SQLite gives the files beside a database
/// its mode. One that is there already is not even opened: closing it would take SQLite's own locks away.
pub fn make_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Checks that the file is a sound database of Rota's, or an empty one, and sets the writing connection up.
fn setup_writer(db: &Connection) -> Result<(), Fault> {
    let id: i32 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id != APPLICATION_ID && tables > 0 {
        return Err(StoreError::Unusable("it is a SQLite database of another program".into()).into());
    }
    let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(
            StoreError::Unusable(format!("it cannot use write-ahead logging (journal mode {mode})")).into()
        );
    }
    db.execute_batch(&format!(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA cache_size = -{WRITER_CACHE_KIB};
         PRAGMA temp_store = MEMORY;"
    ))?;
    // The statistics are never gathered, and without them a bound value cannot make a plan better: no statement
    // needs to be prepared anew for it.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if id != APPLICATION_ID {
        db.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    // A read-only file opens and reads well, and even BEGIN IMMEDIATE begins on it.
    if db.is_readonly("main")? {
        return Err(StoreError::Away("it may only be read".into()).into());
    }
    Ok(())
}

/// The error with the file's name, and what to do about a file that cannot be used.
fn explained(path: &Path, error: StoreError) -> StoreError {
    let path = path.display();
    match error {
        StoreError::Away(text) => StoreError::Away(format!("{path}: {text}")),
        StoreError::Unusable(text) => {
            let advice = "restore a backup with `rota restore`, or name another file";
            StoreError::Unusable(format!("{path}: {text}; {advice}"))
        }
        other => other,
    }
}
