//! Taking turns at the write lock. SQLite's own lock is not fair: under load the server's writer would take it
//! again before anybody who waits has woken up. So every writing transaction goes through two file locks, as
//! through a gate and a counter: who waits for the counter holds the gate, and gets the counter next.

use crate::store::{Role, StoreError};
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The file locks beside a database.
pub struct Turnstile {
    gate: File,
    counter: File,
    /// Held by a server for as long as it lives, and by a restore or a copy.
    _served: Option<File>,
}

/// Whose turn it is to write, until dropped.
pub struct Turn<'a>(&'a File);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // The lock also ends with the process, so a failure here is not one that could be mended.
        let _ = flock(self.0, FlockOperation::Unlock);
    }
}

impl Turnstile {
    pub fn open(database: &Path, role: Role) -> Result<Self, StoreError> {
        let served = match role {
            Role::Server => Some(mark_served(database)?),
            Role::Command => None,
        };
        Ok(Self {
            gate: lock_file(database, "gate")?,
            counter: lock_file(database, "turn")?,
            _served: served,
        })
    }

    /// Waits for this process's turn.
    pub fn wait(&self) -> Result<Turn<'_>, StoreError> {
        lock(&self.gate)?;
        let taken = lock(&self.counter);
        let opened = flock(&self.gate, FlockOperation::Unlock);
        taken?;
        opened.map_err(away)?;
        Ok(Turn(&self.counter))
    }

    /// Waits for this process's turn and keeps it: nobody else writes until this is dropped, which closes the files and
    /// so ends their locks.
    pub fn keep_turn(self) -> Result<Self, StoreError> {
        std::mem::forget(self.wait()?);
        Ok(self)
    }
}

fn mark_served(database: &Path) -> Result<File, StoreError> {
    let file = lock_file(database, "served")?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(StoreError::Conflict(format!(
            "{} is in use by another `rota serve`, `rota restore` or `rota copy`; stop that one first, or name another database",
            database.display()
        ))),
        Err(errno) => Err(away(errno)),
    }
}

fn lock(file: &File) -> Result<(), StoreError> {
    loop {
        match flock(file, FlockOperation::LockExclusive) {
            Err(rustix::io::Errno::INTR) => {}
            other => return other.map_err(away),
        }
    }
}

fn lock_file(database: &Path, name: &str) -> Result<File, StoreError> {
    let mut path = database.as_os_str().to_owned();
    path.push(format!("-{name}"));
    let path = PathBuf::from(path);
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
    file.map_err(|error| {
        StoreError::Unusable(format!(
            "cannot open {}: {error}; check that its folder exists and is writable for this user",
            path.display()
        ))
    })
}

fn away(errno: rustix::io::Errno) -> StoreError {
    StoreError::Away(format!("lock file: {errno}"))
}
