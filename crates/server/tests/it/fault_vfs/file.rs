//! Open files as SQLite calls them. Its memory for a file holds a [`FaultFile`] and, right behind, the file of
//! the unix VFS.

use super::disk::{Disk, FileId};
use super::image::Moment;
use super::register::guarded;
use super::{Call, FaultVfs};
use rusqlite::ffi;
use std::ffi::{c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

#[repr(C)]
pub struct FaultFile {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

// The unix file behind it needs the same alignment.
const _: () = assert!(size_of::<FaultFile>().is_multiple_of(8) && align_of::<FaultFile>() <= 8);

/// What this VFS knows of an open file; temporary files have no path and leave no trace.
struct Handle {
    vfs: &'static FaultVfs,
    tracked: Option<(FileId, PathBuf)>,
    /// The first sync of a new journal or WAL also syncs its directory: see UNIXFILE_DIRSYNC in SQLite.
    directory_sync_due: AtomicBool,
}

impl Handle {
    fn strike(&self, call: Call) -> Option<c_int> {
        let name = self.tracked.as_ref().and_then(|(_, path)| path.to_str()).unwrap_or_default();
        self.vfs.faults.strike(call, name)
    }

    fn note_sync(&self, started: Moment) {
        let Some((file, path)) = &self.tracked else { return };
        let mut disk = self.vfs.disk();
        disk.sync(*file, started);
        if self.directory_sync_due.swap(false, Ordering::SeqCst) {
            disk.sync_directory_of(path, started);
        }
    }
}

/// # Safety
/// `file` was given to [`open`], and the memory behind it is szOsFile bytes long.
unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: szOsFile counts both.
    unsafe { file.byte_add(size_of::<FaultFile>()) }
}

/// # Safety
/// `file` is open.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a Handle {
    // SAFETY: `open` put a boxed handle there, and only `close` takes it away.
    unsafe { &*(*file.cast::<FaultFile>()).handle }
}

/// Calls a method of the unix file, or answers with the given code where it has none. To be used on open files
/// only, inside `unsafe`.
macro_rules! real {
    ($file:expr, $method:ident($($arg:expr),*), or $missing:expr) => {{
        let real = real($file);
        match (*(*real).pMethods).$method {
            Some(method) => method(real, $($arg),*),
            None => $missing,
        }
    }};
}

/// # Safety
/// As for xOpen: `file` is szOsFile bytes of memory without methods, and `name` outlives the open file.
pub unsafe fn open(
    vfs: &'static FaultVfs,
    path: Option<&Path>,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // Held over all of it, so that a file is known before anybody else can write to it.
    let mut disk = vfs.disk();
    let existed = path.is_some_and(Path::exists);
    // SAFETY: the caller's promise; the unix VFS gets the memory that it asked for with its own szOsFile.
    let opened = unsafe { open_real(vfs, name, file, flags, out_flags) };
    if opened != ffi::SQLITE_OK {
        return opened;
    }
    // SAFETY: the unix file is open.
    let tracked = match path.map(|path| unsafe { track(&mut disk, path, existed, file) }).transpose() {
        Ok(tracked) => tracked,
        // SAFETY: the unix file is open, and SQLite won't close it, as ours has no methods yet.
        Err(code) => return unsafe { close_real(file, code) },
    };
    let directory_sync_due = AtomicBool::new(is_new_journal(flags));
    let handle = Box::into_raw(Box::new(Handle { vfs, tracked, directory_sync_due }));
    // SAFETY: the caller's promise.
    unsafe {
        file.cast::<FaultFile>().write(FaultFile { base: ffi::sqlite3_file { pMethods: &METHODS }, handle })
    };
    ffi::SQLITE_OK
}

/// # Safety
/// The unix file is open.
unsafe fn track(
    disk: &mut Disk,
    path: &Path,
    existed: bool,
    file: *mut ffi::sqlite3_file,
) -> Result<(FileId, PathBuf), c_int> {
    let id = match disk.find(path) {
        // A known file that is gone was removed without SQLite.
        _ if !existed => disk.create(path.to_owned()),
        Some(known) => known,
        // SAFETY: the caller's promise.
        None => disk.adopt(path.to_owned(), unsafe { read_all(file)? }),
    };
    Ok((id, path.to_owned()))
}

fn is_new_journal(flags: c_int) -> bool {
    let journal = ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
    flags & ffi::SQLITE_OPEN_CREATE != 0 && flags & journal != 0
}

/// # Safety
/// As for [`open`].
unsafe fn open_real(
    vfs: &FaultVfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        (*real(file)).pMethods = ptr::null();
        let Some(open) = (*vfs.real.get()).xOpen else { return ffi::SQLITE_CANTOPEN };
        let opened = open(vfs.real.get(), name, real(file), flags, out_flags);
        // A VFS may fail and still want to be closed.
        if opened != ffi::SQLITE_OK && !(*real(file)).pMethods.is_null() {
            return close_real(file, opened);
        }
        opened
    }
}

/// # Safety
/// The unix file is open, and nobody uses it afterwards.
unsafe fn close_real(file: *mut ffi::sqlite3_file, answer: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { real!(file, xClose(), or ffi::SQLITE_OK) };
    answer
}

/// Through the open file, as closing a second one would drop every lock that this process holds on it.
///
/// # Safety
/// The unix file is open.
unsafe fn read_all(file: *mut ffi::sqlite3_file) -> Result<Vec<u8>, c_int> {
    let mut size = 0;
    // SAFETY: the caller's promise.
    match unsafe { real!(file, xFileSize(&mut size), or ffi::SQLITE_IOERR_FSTAT) } {
        ffi::SQLITE_OK => {}
        code => return Err(code),
    }
    let mut content = vec![0; usize::try_from(size).map_err(|_| ffi::SQLITE_IOERR_FSTAT)?];
    let length = c_int::try_from(size).map_err(|_| ffi::SQLITE_NOMEM)?;
    // SAFETY: the buffer is as long as it says.
    match unsafe { real!(file, xRead(content.as_mut_ptr().cast(), length, 0), or ffi::SQLITE_IOERR_READ) } {
        ffi::SQLITE_OK => Ok(content),
        code => Err(code),
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes an open file once. Without methods it can't reach the handle again.
    guarded(ffi::SQLITE_IOERR_CLOSE, || unsafe {
        let outcome = real!(file, xClose(), or ffi::SQLITE_OK);
        (*file).pMethods = ptr::null();
        drop(Box::from_raw((*file.cast::<FaultFile>()).handle));
        outcome
    })
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, buffer: *mut c_void, size: c_int, at: i64) -> c_int {
    // SAFETY: SQLite reads from open files, into a buffer of that size.
    guarded(ffi::SQLITE_IOERR_READ, || unsafe {
        match handle(file).strike(Call::Read) {
            Some(failure) => failure,
            None => real!(file, xRead(buffer, size, at), or ffi::SQLITE_IOERR_READ),
        }
    })
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    size: c_int,
    at: i64,
) -> c_int {
    // SAFETY: SQLite writes to open files, from a buffer of that size.
    guarded(ffi::SQLITE_IOERR_WRITE, || unsafe {
        let handle = handle(file);
        if let Some(failure) = handle.strike(Call::Write) {
            return failure;
        }
        // Held over both, so that the notes are in the order of the writes.
        let mut disk = handle.vfs.disk();
        let outcome = real!(file, xWrite(bytes, size, at), or ffi::SQLITE_IOERR_WRITE);
        if let (ffi::SQLITE_OK, Some((id, _))) = (outcome, &handle.tracked) {
            let bytes = std::slice::from_raw_parts(bytes.cast(), size as usize);
            disk.write(*id, at as usize, bytes);
        }
        outcome
    })
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    // SAFETY: SQLite truncates open files.
    guarded(ffi::SQLITE_IOERR_TRUNCATE, || unsafe {
        let handle = handle(file);
        let mut disk = handle.vfs.disk();
        let outcome = real!(file, xTruncate(size), or ffi::SQLITE_IOERR_TRUNCATE);
        if let (ffi::SQLITE_OK, Some((id, _))) = (outcome, &handle.tracked) {
            disk.truncate(*id, size as usize);
        }
        outcome
    })
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: SQLite syncs open files.
    guarded(ffi::SQLITE_IOERR_FSYNC, || unsafe {
        let handle = handle(file);
        if let Some(failure) = handle.strike(Call::Sync) {
            return failure;
        }
        // Not held over the real sync, or no write could ever happen during one.
        let started = handle.vfs.disk().now();
        let outcome = real!(file, xSync(flags), or ffi::SQLITE_IOERR_FSYNC);
        if outcome == ffi::SQLITE_OK {
            handle.note_sync(started);
        }
        outcome
    })
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    part: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite maps the index of open files; the arguments are the unix file's to judge.
    guarded(ffi::SQLITE_IOERR_SHMMAP, || unsafe {
        let growing = part > 0 && extend != 0;
        match growing.then(|| handle(file).strike(Call::GrowIndex)).flatten() {
            Some(failure) => failure,
            None => real!(file, xShmMap(part, size, extend, out), or ffi::SQLITE_IOERR_SHMMAP),
        }
    })
}

/// POWERSAFE_OVERWRITE stays, as production claims it and a torn write here never harms the bytes beside it;
/// every other promise about writes (atomic, appending, in order) is withdrawn, as a power loss breaks it.
unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    let kept = ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE | ffi::SQLITE_IOCAP_SUBPAGE_READ;
    // SAFETY: SQLite asks for open files only.
    unsafe { real!(file, xDeviceCharacteristics(), or 0) & kept }
}

/// A mapped page could change behind the VFS's back: there are none.
unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, op: c_int, argument: *mut c_void) -> c_int {
    if op == ffi::SQLITE_FCNTL_MMAP_SIZE {
        // SAFETY: the argument of this call is an i64, in which SQLite finds the size in force.
        unsafe { argument.cast::<i64>().write(0) };
        return ffi::SQLITE_OK;
    }
    // SAFETY: SQLite controls open files only, and the argument belongs to the call.
    unsafe { real!(file, xFileControl(op, argument), or ffi::SQLITE_NOTFOUND) }
}

unsafe extern "C" fn fetch(_: *mut ffi::sqlite3_file, _: i64, _: c_int, page: *mut *mut c_void) -> c_int {
    // SAFETY: a place for the answer; null makes SQLite read the page instead.
    unsafe { page.write(ptr::null_mut()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn unfetch(_: *mut ffi::sqlite3_file, _: i64, _: *mut c_void) -> c_int {
    ffi::SQLITE_OK
}

macro_rules! passed_on {
    ($($name:ident => $method:ident($($arg:ident: $kind:ty),*) -> $answer:ty, or $missing:expr;)*) => {$(
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file, $($arg: $kind),*) -> $answer {
            // SAFETY: SQLite uses open files only; the arguments are the unix file's to judge.
            unsafe { real!(file, $method($($arg),*), or $missing) }
        }
    )*};
}

passed_on! {
    file_size => xFileSize(out: *mut i64) -> c_int, or ffi::SQLITE_IOERR_FSTAT;
    lock => xLock(level: c_int) -> c_int, or ffi::SQLITE_IOERR_LOCK;
    unlock => xUnlock(level: c_int) -> c_int, or ffi::SQLITE_IOERR_UNLOCK;
    check_reserved_lock => xCheckReservedLock(out: *mut c_int) -> c_int, or ffi::SQLITE_IOERR_CHECKRESERVEDLOCK;
    sector_size => xSectorSize() -> c_int, or 0;
    shm_lock => xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int, or ffi::SQLITE_IOERR_SHMLOCK;
    shm_barrier => xShmBarrier() -> (), or ();
    shm_unmap => xShmUnmap(delete: c_int) -> c_int, or ffi::SQLITE_OK;
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};
