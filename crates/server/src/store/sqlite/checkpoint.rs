//! Checkpoints: copying the log into the database file. The bulk is copied by a thread of its own while the
//! writer goes on; what was written meanwhile is little, and the writer copies it itself, so that the log can
//! begin anew instead of growing for ever.

use super::connect::Place;
use super::writer::CheckpointRequests;
use rusqlite::Connection;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

/// The log's length at which it is copied, in pages of 4 KiB: 32 MiB.
const CHECKPOINT_PAGES: u32 = 8192;

pub struct Checkpoints {
    /// The log's length after the last commit.
    pages: Arc<AtomicU32>,
    begin: Option<mpsc::Sender<()>>,
    /// Set from the moment the copying is asked for until the writer has finished it.
    under_way: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    pub fn start(place: &Place, requests: CheckpointRequests) -> Self {
        let (begin, asked) = mpsc::channel();
        let place = place.clone();
        let thread = std::thread::Builder::new().name("rota-checkpoint".into()).spawn(move || {
            while asked.recv().is_ok() {
                copy(&place);
                requests.finish();
            }
        });
        Self { pages: Arc::default(), begin: Some(begin), under_way: Arc::default(), thread: thread.ok() }
    }

    /// Keeps an eye on the log's length from now on.
    pub fn watch(&self, db: &mut Connection) -> rusqlite::Result<()> {
        let pages = self.pages.clone();
        db.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, length| {
            pages.store(u32::try_from(length).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        }))
    }

    /// Begins a checkpoint when the log is long and none is under way.
    pub fn consider(&self) {
        let long = self.pages.load(Ordering::Relaxed) >= CHECKPOINT_PAGES;
        if !long || self.under_way.swap(true, Ordering::Relaxed) {
            return;
        }
        if let Some(begin) = &self.begin {
            let _ = begin.send(());
        }
    }

    /// The writer's part, between two transactions.
    pub fn finish(&self, db: &Connection) {
        passive(db);
        self.under_way.store(false, Ordering::Relaxed);
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.begin = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn copy(place: &Place) {
    match place.checkpointer() {
        Ok(db) => passive(&db),
        Err(error) => tracing::warn!(%error, "checkpoint put off"),
    }
}

/// A checkpoint that waits for nobody. A failure loses nothing: the log keeps everything and the next one tries
/// again.
fn passive(db: &Connection) {
    if let Err(error) = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        tracing::warn!(%error, "checkpoint put off");
    }
}
