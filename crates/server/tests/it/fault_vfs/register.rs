//! The VFS as SQLite calls it: opening and deleting are noted down, all else is the unix VFS.

use super::FaultVfs;
use super::file::{self, FaultFile};
use rusqlite::ffi;
use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::ptr::{self, NonNull};

/// The platform's own VFS: static, and never unregistered.
#[derive(Clone, Copy)]
pub struct RealVfs(NonNull<ffi::sqlite3_vfs>);

// SAFETY: SQLite itself uses the one static unix VFS from all threads at once.
unsafe impl Send for RealVfs {}
// SAFETY: as above.
unsafe impl Sync for RealVfs {}

impl RealVfs {
    pub fn get(self) -> *mut ffi::sqlite3_vfs {
        self.0.as_ptr()
    }
}

pub fn register(name: &str) -> &'static FaultVfs {
    let name = CString::new(name).expect("a name without NUL");
    // SAFETY: both names are C strings, and the call initializes SQLite where needed.
    let (taken, real) =
        unsafe { (ffi::sqlite3_vfs_find(name.as_ptr()), ffi::sqlite3_vfs_find(c"unix".as_ptr())) };
    assert!(taken.is_null(), "SQLite has a VFS named {name:?} already");
    let real = RealVfs(NonNull::new(real).expect("SQLite's unix VFS"));
    let vfs: &'static FaultVfs =
        Box::leak(Box::new(FaultVfs { name, real, disk: Default::default(), faults: Default::default() }));
    // SAFETY: the VFS is leaked, so it outlives every use that SQLite makes of it, and it is whole.
    let outcome = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(describe(vfs))), 0) };
    assert_eq!(outcome, ffi::SQLITE_OK, "SQLite takes the VFS");
    vfs
}

fn describe(vfs: &'static FaultVfs) -> ffi::sqlite3_vfs {
    // SAFETY: the unix VFS is static, and nobody changes these fields of it.
    let (file_size, path_length) = unsafe { ((*vfs.real.get()).szOsFile, (*vfs.real.get()).mxPathname) };
    ffi::sqlite3_vfs {
        iVersion: 3,
        szOsFile: size_of::<FaultFile>() as c_int + file_size,
        mxPathname: path_length,
        pNext: ptr::null_mut(),
        zName: vfs.name.as_ptr(),
        pAppData: ptr::from_ref(vfs).cast_mut().cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: Some(dl_open),
        xDlError: Some(dl_error),
        xDlSym: Some(dl_sym),
        xDlClose: Some(dl_close),
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: Some(current_time),
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: Some(current_time_int64),
        xSetSystemCall: Some(set_system_call),
        xGetSystemCall: Some(get_system_call),
        xNextSystemCall: Some(next_system_call),
    }
}

/// A panic must not unwind into C.
pub fn guarded(failure: c_int, work: impl FnOnce() -> c_int) -> c_int {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(failure)
}

/// # Safety
/// `vfs` is one that [`register`] made.
unsafe fn fault_vfs(vfs: *mut ffi::sqlite3_vfs) -> &'static FaultVfs {
    // SAFETY: `describe` put a leaked FaultVfs there.
    unsafe { &*(*vfs).pAppData.cast::<FaultVfs>() }
}

/// # Safety
/// `name` is a C string that lives as long as the answer is used.
unsafe fn path<'a>(name: *const c_char) -> &'a Path {
    // SAFETY: the caller's promise.
    Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes()))
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over szOsFile bytes of its own for the file. Without methods it won't close it.
    unsafe { (*file).pMethods = ptr::null() };
    // SAFETY: SQLite calls this with the VFS that it belongs to, and a name that outlives the open file.
    guarded(ffi::SQLITE_CANTOPEN, || unsafe {
        let vfs = fault_vfs(vfs);
        let tracked = (!name.is_null() && outlives_its_connection(flags)).then(|| path(name));
        file::open(vfs, tracked, name, file, flags, out_flags)
    })
}

fn outlives_its_connection(flags: c_int) -> bool {
    let lasting = ffi::SQLITE_OPEN_MAIN_DB
        | ffi::SQLITE_OPEN_WAL
        | ffi::SQLITE_OPEN_MAIN_JOURNAL
        | ffi::SQLITE_OPEN_SUPER_JOURNAL;
    flags & lasting != 0 && flags & ffi::SQLITE_OPEN_DELETEONCLOSE == 0
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    // SAFETY: SQLite calls this with the VFS that it belongs to, and a name that is a C string.
    guarded(ffi::SQLITE_IOERR_DELETE, || unsafe {
        let vfs = fault_vfs(vfs);
        let mut disk = vfs.disk();
        let Some(real) = (*vfs.real.get()).xDelete else { return ffi::SQLITE_IOERR_DELETE };
        let outcome = real(vfs.real.get(), name, sync_directory);
        if matches!(outcome, ffi::SQLITE_OK | ffi::SQLITE_IOERR_DIR_FSYNC) {
            disk.delete(path(name));
        }
        if outcome == ffi::SQLITE_OK && sync_directory != 0 {
            let now = disk.now();
            disk.sync_directory_of(path(name), now);
        }
        outcome
    })
}

macro_rules! passed_on {
    ($($name:ident => $method:ident($($arg:ident: $kind:ty),*) -> $answer:ty, or $missing:expr;)*) => {$(
        unsafe extern "C" fn $name(vfs: *mut ffi::sqlite3_vfs, $($arg: $kind),*) -> $answer {
            // SAFETY: SQLite calls this with the VFS that it belongs to; the arguments are the unix VFS's to judge.
            unsafe {
                let real = fault_vfs(vfs).real.get();
                match (*real).$method {
                    Some(method) => method(real, $($arg),*),
                    None => $missing,
                }
            }
        }
    )*};
}

type Symbol = Option<unsafe extern "C" fn(*mut ffi::sqlite3_vfs, *mut c_void, *const c_char)>;

passed_on! {
    access => xAccess(name: *const c_char, flags: c_int, out: *mut c_int) -> c_int, or ffi::SQLITE_IOERR;
    full_pathname => xFullPathname(name: *const c_char, size: c_int, out: *mut c_char) -> c_int, or ffi::SQLITE_CANTOPEN;
    dl_open => xDlOpen(name: *const c_char) -> *mut c_void, or ptr::null_mut();
    dl_error => xDlError(size: c_int, out: *mut c_char) -> (), or ();
    dl_close => xDlClose(library: *mut c_void) -> (), or ();
    randomness => xRandomness(size: c_int, out: *mut c_char) -> c_int, or 0;
    sleep => xSleep(microseconds: c_int) -> c_int, or 0;
    current_time => xCurrentTime(out: *mut f64) -> c_int, or ffi::SQLITE_ERROR;
    last_error => xGetLastError(size: c_int, out: *mut c_char) -> c_int, or 0;
    current_time_int64 => xCurrentTimeInt64(out: *mut i64) -> c_int, or ffi::SQLITE_ERROR;
    set_system_call => xSetSystemCall(name: *const c_char, call: ffi::sqlite3_syscall_ptr) -> c_int, or ffi::SQLITE_NOTFOUND;
    get_system_call => xGetSystemCall(name: *const c_char) -> ffi::sqlite3_syscall_ptr, or None;
    next_system_call => xNextSystemCall(name: *const c_char) -> *const c_char, or ptr::null();
    dl_sym => xDlSym(library: *mut c_void, name: *const c_char) -> Symbol, or None;
}
