//! The calls that wait for a batch: bounded, and never waited for by those who push.

use super::Reply;
use super::batch::Claim;
use rota_core::intake::Call;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A call and the way back to its caller.
pub struct Entry {
    pub call: Call,
    pub claim: Arc<Claim>,
    pub reply: Reply,
}

pub struct Queue {
    limit: usize,
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    entries: VecDeque<Entry>,
    closed: bool,
}

impl Queue {
    pub fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::default(), arrived: Notify::new() }
    }

    /// `false` when the queue is full or closed.
    pub fn push(&self, entry: Entry) -> bool {
        let mut state = self.lock();
        if state.closed || state.entries.len() >= self.limit {
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
        state.entries.drain(..count).collect()
    }

    pub fn len(&self) -> usize {
        self.lock().entries.len()
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
