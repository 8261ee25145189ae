//! A SQLite VFS for tests: ordinary files in an ordinary directory, whose power can be cut and whose calls can
//! be made to fail.
//!
//! Everything passes through to SQLite's own "unix" VFS. Beside that, every file that outlives its connection
//! is kept in memory as the disk would hold it: the content of its last successful xSync, and what was written
//! since. [`FaultVfs::cut`] turns that into the directory that a machine would find on its next start.
//! Pending writes stay in memory until they are synced, so this is meant for databases of some 50 MB.
//!
//! What it doesn't know: files that are written, renamed or removed without SQLite; the bytes of a `-shm` file,
//! which never outlives a power cut; disks that lie about their syncs; and data that is thrown out of the page
//! cache after a failed sync (here it stays pending, and the next sync that succeeds makes it durable).

mod disk;
mod fault;
mod file;
mod image;
mod register;

pub use fault::{ActiveFault, Call, Failure, Fault};

use disk::Disk;
use fault::Faults;
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io};

pub struct FaultVfs {
    name: CString,
    real: register::RealVfs,
    disk: Mutex<Disk>,
    faults: Faults,
}

impl FaultVfs {
    /// Lives as long as the process, as SQLite may use a VFS until its last connection closes.
    ///
    /// # Panics
    /// When SQLite already has a VFS of this name.
    pub fn register(name: &str) -> &'static Self {
        register::register(name)
    }

    /// For `Connection::open_with_flags_and_vfs`, or for `?vfs=` in a URI.
    pub fn name(&self) -> &str {
        self.name.to_str().unwrap_or_default()
    }

    /// Cuts the power at this very moment. Work goes on undisturbed, on another machine as it were.
    pub fn cut(&self) -> PowerCut {
        PowerCut(self.disk().clone())
    }

    /// The same if some file whose name ends so has writes that were not synced; the database file itself has
    /// them only while a checkpoint runs.
    pub fn cut_amid_writes(&self, suffix: &str) -> Option<PowerCut> {
        let disk = self.disk();
        disk.has_unsynced(suffix).then(|| PowerCut(disk.clone()))
    }

    /// How many changes were made to files so far, synced or not.
    pub fn changes(&self) -> u64 {
        self.disk().now().0
    }

    /// Makes calls fail until the answer is dropped.
    pub fn fail(&'static self, fault: Fault) -> ActiveFault {
        self.faults.add(fault)
    }

    /// The lock order is this mutex, then SQLite's own inside the unix VFS, which never calls back.
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the disk held when the power was cut. Each of its outcomes goes into a new directory.
pub struct PowerCut(Disk);

impl PowerCut {
    /// All that was synced, and of the rest whatever `rng` lets through, whole or torn.
    pub fn leave_torn(&self, into: &Path, rng: &mut impl FnMut() -> u64) -> io::Result<()> {
        write_out(into, &self.0.root(), self.0.clone().after_power_loss(rng))
    }

    /// The harshest outcome: whatever was not synced is gone, deletes and new files included.
    pub fn leave_synced_only(&self, into: &Path) -> io::Result<()> {
        write_out(into, &self.0.root(), self.0.clone().synced_only())
    }

    /// The mildest outcome: whatever was written had reached the disk, synced or not.
    pub fn leave_all_written(&self, into: &Path) -> io::Result<()> {
        write_out(into, &self.0.root(), self.0.clone().all_written())
    }
}

/// Files keep their place below the root.
fn write_out(into: &Path, root: &Path, files: Vec<(PathBuf, Vec<u8>)>) -> io::Result<()> {
    fs::create_dir(into)?;
    for (path, content) in files {
        let place = into.join(path.strip_prefix(root).map_err(io::Error::other)?);
        fs::create_dir_all(place.parent().unwrap_or(into))?;
        fs::write(place, content)?;
    }
    Ok(())
}
