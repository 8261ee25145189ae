//! A batch on its way through the store.

use super::Reply;
use super::queue::{Entry, Queue};
use crate::store::Batch;
use rota_core::intake::Call;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::Notify;

const PENDING: u8 = 0;
const CLAIMED: u8 = 1;
const ABANDONED: u8 = 2;

/// Who was first: the store, which then writes the call, or the deadline, after which it must not be written.
#[derive(Debug, Default)]
pub struct Claim(AtomicU8);

impl Claim {
    /// For the store, right before it decides the call.
    fn claim(&self) -> bool {
        self.leave(CLAIMED)
    }

    /// For the deadline.
    pub fn abandon(&self) -> bool {
        self.leave(ABANDONED)
    }

    /// A store that runs a transaction again claims again.
    fn leave(&self, to: u8) -> bool {
        match self.0.compare_exchange(PENDING, to, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(now) => now == to,
        }
    }
}

/// Calls that are taken from the queue at the moment the store asks for them, not when the batch was handed over:
/// what arrived while the commit before was under way is all in it.
pub struct LateBatch {
    queue: Arc<Queue>,
    most: usize,
    taken: OnceLock<Taken>,
    replies: Mutex<Vec<Reply>>,
    passed_on: Notify,
}

struct Taken {
    calls: Vec<Call>,
    claims: Vec<Arc<Claim>>,
}

impl LateBatch {
    pub fn new(queue: Arc<Queue>, most: usize) -> Self {
        Self { queue, most, taken: OnceLock::new(), replies: Mutex::default(), passed_on: Notify::new() }
    }

    /// The ways back to the callers, in the order of their calls; once. A store that failed before it asked for the
    /// calls has failed those that wait now.
    pub fn replies(&self) -> Vec<Reply> {
        self.taken();
        std::mem::take(&mut self.lock_replies())
    }

    /// Until the store has passed it on.
    pub async fn passed_on(&self) {
        self.passed_on.notified().await;
    }

    fn lock_replies(&self) -> MutexGuard<'_, Vec<Reply>> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn taken(&self) -> &Taken {
        self.taken.get_or_init(|| {
            let entries = self.queue.take(self.most);
            let mut taken = Taken { calls: Vec::with_capacity(entries.len()), claims: Vec::new() };
            let mut replies = self.lock_replies();
            for Entry { call, claim, reply } in entries {
                taken.calls.push(call);
                taken.claims.push(claim);
                replies.push(reply);
            }
            taken
        })
    }
}

impl Batch for LateBatch {
    fn calls(&self) -> &[Call] {
        &self.taken().calls
    }

    fn claim(&self, index: usize) -> bool {
        self.taken().claims[index].claim()
    }

    fn pass_on(&self) {
        self.passed_on.notify_one();
    }
}
