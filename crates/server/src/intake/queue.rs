//! The calls that wait for a batch: bounded, and never waited for by those who push.

use super::Reply;
use super::batch::Claim;
use rota_core::intake::Call;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A call and the way back to its caller.
pub struct Entry {
    pub call: Call,
    pub claim: Arc<Claim>,
    pub reply: Reply,
}

/// How many calls may wait, in all queues together.
pub struct Room {
    limit: usize,
    taken: AtomicUsize,
}

impl Room {
    pub fn new(limit: usize) -> Self {
        Self { limit, taken: AtomicUsize::new(0) }
    }

    /// `false` when there is none left.
    fn take(&self) -> bool {
        let one_more = |taken| (taken < self.limit).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more).is_ok()
    }

    fn give_back(&self, count: usize) {
        self.taken.fetch_sub(count, Ordering::Relaxed);
    }

    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

pub struct Queue {
    room: Arc<Room>,
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Entry>,
    closed: bool,
}

impl Queue {
    pub fn new(room: Arc<Room>) -> Self {
        Self { room, state: Mutex::default(), arrived: Notify::new() }
    }

    /// `false` when the queue is closed or there is no room.
    pub fn push(&self, entry: Entry) -> bool {
        let mut state = self.lock();
        if state.closed || !self.room.take() {
            return false;
        }
        state.entries.push_back(entry);
        let first = state.entries.len() == 1;
        drop(state);
        if first {
            self.arrived.notify_one();
        }
        true
    }

    /// Waits until there are calls; `false` when the queue is closed and empty.
    pub async fn wait(&self) -> bool {
        loop {
            let arrived = self.arrived.notified();
            {
                let state = self.lock();
                if !state.entries.is_empty() {
                    return true;
                }
                if state.closed {
                    return false;
                }
            }
            arrived.await;
        }
    }

    /// Takes up to `most` calls, the oldest first.
    pub fn take(&self, most: usize) -> Vec<Entry> {
        let mut state = self.lock();
        let count = state.entries.len().min(most);
        self.room.give_back(count);
        state.entries.drain(..count).collect()
    }

    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_waiters();
    }

    /// No code panics while it holds the lock, so the state is whole even if some thread has died.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
