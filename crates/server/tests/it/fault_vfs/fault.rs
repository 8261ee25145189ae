//! Calls that fail on purpose.

use rusqlite::ffi;
use std::ffi::c_int;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Call {
    Read,
    Write,
    Sync,
    /// Making room for one more part of the log's index, beyond the first.
    GrowIndex,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    DiskFull,
    Read,
    Write,
    Fsync,
    GrowIndex,
}

impl Failure {
    /// The extended result code that SQLite reports.
    pub fn code(self) -> c_int {
        match self {
            Self::DiskFull => ffi::SQLITE_FULL,
            Self::Read => ffi::SQLITE_IOERR_READ,
            Self::Write => ffi::SQLITE_IOERR_WRITE,
            Self::Fsync => ffi::SQLITE_IOERR_FSYNC,
            Self::GrowIndex => ffi::SQLITE_IOERR_SHMSIZE,
        }
    }
}

/// Which calls fail, and how. A failing call does nothing to the file.
#[derive(Clone, Debug)]
pub struct Fault {
    call: Call,
    failure: Failure,
    suffix: String,
    skip: u64,
    times: u64,
}

impl Fault {
    pub fn every(call: Call, failure: Failure) -> Self {
        Self { call, failure, suffix: String::new(), skip: 0, times: u64::MAX }
    }

    /// Only that many calls.
    pub fn times(self, times: u64) -> Self {
        Self { times, ..self }
    }

    /// Only files whose name ends so, `"-wal"` for instance.
    pub fn on(self, suffix: &str) -> Self {
        Self { suffix: suffix.to_owned(), ..self }
    }

    /// Lets that many matching calls through first.
    pub fn after(self, skip: u64) -> Self {
        Self { skip, ..self }
    }
}

/// A fault lasts until this is dropped.
#[must_use]
pub struct ActiveFault {
    faults: &'static Faults,
    hits: Arc<AtomicU64>,
}

impl ActiveFault {
    /// How many calls have failed so far: a test of a fault that never struck proves nothing.
    pub fn hits(&self) -> u64 {
        self.hits.load(Ordering::SeqCst)
    }
}

impl Drop for ActiveFault {
    fn drop(&mut self) {
        self.faults.remove(&self.hits);
    }
}

#[derive(Default)]
pub struct Faults {
    /// Spares every call the mutex while nothing is to fail.
    count: AtomicUsize,
    armed: Mutex<Vec<Armed>>,
}

struct Armed {
    fault: Fault,
    hits: Arc<AtomicU64>,
}

impl Faults {
    pub fn add(&'static self, fault: Fault) -> ActiveFault {
        let hits = Arc::new(AtomicU64::new(0));
        let mut armed = self.armed();
        armed.push(Armed { fault, hits: Arc::clone(&hits) });
        self.count.store(armed.len(), Ordering::SeqCst);
        ActiveFault { faults: self, hits }
    }

    fn remove(&self, hits: &Arc<AtomicU64>) {
        let mut armed = self.armed();
        armed.retain(|one| !Arc::ptr_eq(&one.hits, hits));
        self.count.store(armed.len(), Ordering::SeqCst);
    }

    pub fn strike(&self, call: Call, file_name: &str) -> Option<c_int> {
        if self.count.load(Ordering::SeqCst) == 0 {
            return None;
        }
        self.armed().iter_mut().find_map(|one| one.strike(call, file_name))
    }

    fn armed(&self) -> MutexGuard<'_, Vec<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    fn strike(&mut self, call: Call, file_name: &str) -> Option<c_int> {
        let fault = &mut self.fault;
        if call != fault.call || !file_name.ends_with(&fault.suffix) || fault.times == 0 {
            return None;
        }
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times -= 1;
        self.hits.fetch_add(1, Ordering::SeqCst);
        Some(self.fault.failure.code())
    }
}
