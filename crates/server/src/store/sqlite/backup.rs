//! Backups: a consistent copy of the whole database in one portable file, made while it is in use.

use super::connect::{APPLICATION_ID, Place, make_private};
use super::fault::Fault;
use super::{check, migrate, turn::Turnstile};
use crate::store::{Role, StoreError};
use jiff::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Pages copied between two reports of progress.
const PAGES_PER_STEP: std::ffi::c_int = 4096;

/// A backup that is being written; it gets its name once it is finished and checked.
pub struct Draft {
    to: PathBuf,
    partial: PathBuf,
}

impl Draft {
    /// Refuses to replace a file.
    pub fn of(to: &Path) -> Result<Self, StoreError> {
        if to.exists() {
            let text = format!("{} is there already; name a new file, or move that one away", to.display());
            return Err(StoreError::Conflict(text));
        }
        let partial = beside(to, "partial");
        remove_if_there(&partial).map_err(|error| named(to, &error))?;
        make_private(&partial).map_err(|error| named(to, &error))?;
        Ok(Self { to: to.to_owned(), partial })
    }

    /// An empty database in the backup's place, with the present schema, for rows that come from elsewhere.
    pub fn fill(&self, now: Timestamp) -> Result<Connection, StoreError> {
        let db = Connection::open(&self.partial).map_err(Fault::from)?;
        db.pragma_update(None, "application_id", APPLICATION_ID).map_err(Fault::from)?;
        migrate::run(&db, now)?;
        Ok(db)
    }

    pub fn finish(self) -> Result<(), StoreError> {
        verify(&self.partial)?;
        settle(&self.partial, &self.to).map_err(|error| named(&self.to, &error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What is half done is of no use to anybody, and its removal can fail only where its making did.
        let _ = fs::remove_file(&self.partial);
    }
}

/// Copies `source` to the new file `to` and checks the copy.
pub fn run(source: Connection, to: &Path, progress: &dyn Fn(u64, u64)) -> Result<(), StoreError> {
    let draft = Draft::of(to)?;
    copy(&source, &draft.partial, progress)?;
    draft.finish()
}

/// One view for the whole copy: what is written meanwhile is not in it, and does not make it start again.
fn copy(source: &Connection, to: &Path, progress: &dyn Fn(u64, u64)) -> Result<(), StoreError> {
    let view = source.unchecked_transaction().map_err(Fault::from)?;
    view.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(Fault::from)?;
    let mut target = Connection::open(to).map_err(Fault::from)?;
    {
        let copying = Backup::new(&view, &mut target).map_err(Fault::from)?;
        loop {
            let step = copying.step(PAGES_PER_STEP).map_err(Fault::from)?;
            let pages = copying.progress();
            let total = u64::try_from(pages.pagecount).unwrap_or(0);
            progress(total - u64::try_from(pages.remaining).unwrap_or(0), total);
            if step == StepResult::Done {
                break;
            }
        }
    }
    target.pragma_update(None, "journal_mode", "DELETE").map_err(Fault::from)?;
    Ok(())
}

/// Whether a file is a sound backup of Rota's.
pub fn verify(file: &Path) -> Result<(), StoreError> {
    File::open(file).map_err(|error| {
        StoreError::Conflict(format!("cannot read {}: {error}; check its name", file.display()))
    })?;
    let unsound = |why: String| StoreError::Conflict(format!("{} is no sound backup: {why}", file.display()));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let db = Connection::open_with_flags(file, flags).map_err(|error| unsound(error.to_string()))?;
    let id: Result<i32, _> = db.query_row("PRAGMA application_id", [], |row| row.get(0));
    match id {
        Ok(APPLICATION_ID) => {}
        Ok(_) => return Err(unsound("it is not a database of Rota's".into())),
        Err(error) => return Err(unsound(error.to_string())),
    }
    let findings = check::structure(&db).map_err(|fault| unsound(StoreError::from(fault).to_string()))?;
    match findings.first() {
        None => Ok(()),
        Some(first) => Err(unsound(first.text.clone())),
    }
}

/// Replaces the database at `place` by the backup `from`. What was there before is kept beside it; answers with
/// its name.
pub fn restore(from: &Path, place: &Place) -> Result<Option<PathBuf>, StoreError> {
    let target = &place.path;
    // As a server: none runs, and none starts until this is done.
    let turnstile = Turnstile::open(target, Role::Server)?;
    verify(from)?;
    let _turn = turnstile.wait()?;
    put(from, target).map_err(|error| named(target, &error))
}

/// Puts a copy of `from` in the target's place; answers with the name of what was there.
fn put(from: &Path, target: &Path) -> io::Result<Option<PathBuf>> {
    let partial = beside(target, "partial");
    remove_if_there(&partial)?;
    io::copy(&mut File::open(from)?, &mut make_private(&partial)?)?;
    let kept = keep_old(target)?;
    settle(&partial, target)?;
    Ok(kept)
}

fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn named(file: &Path, error: &io::Error) -> StoreError {
    StoreError::Conflict(format!(
        "cannot write {}: {error}; check that its folder exists, is writable for this user and has room",
        file.display()
    ))
}

/// Moves the old database away, with its log: together they are still whole.
fn keep_old(target: &Path) -> io::Result<Option<PathBuf>> {
    if !target.exists() {
        return Ok(None);
    }
    let number = (1..).find(|n| !beside(target, &format!("before-restore-{n}")).exists());
    let kept = beside(target, &format!("before-restore-{}", number.unwrap_or_default()));
    fs::rename(target, &kept)?;
    for part in ["wal", "shm"] {
        let (from, to) = (beside_part(target, part), beside_part(&kept, part));
        if from.exists() {
            fs::rename(from, to)?;
        }
    }
    Ok(Some(kept))
}

/// Gives a finished file its name, durably.
fn settle(partial: &Path, name: &Path) -> io::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, name)?;
    let folder = name.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{ending}"));
    name.into()
}

/// SQLite's own name of a file beside the database.
fn beside_part(path: &Path, part: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!("-{part}"));
    name.into()
}
