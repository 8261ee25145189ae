//! A batch on its way through the store.

use super::Reply;
use super::queue::Entry;
use crate::store::Batch;
use rota_core::intake::Call;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

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

pub struct TakenBatch {
    calls: Vec<Call>,
    claims: Vec<Arc<Claim>>,
}

impl TakenBatch {
    pub fn new(entries: Vec<Entry>) -> (Self, Vec<Reply>) {
        let mut calls = Vec::with_capacity(entries.len());
        let mut claims = Vec::with_capacity(entries.len());
        let mut replies = Vec::with_capacity(entries.len());
        for entry in entries {
            calls.push(entry.call);
            claims.push(entry.claim);
            replies.push(entry.reply);
        }
        (Self { calls, claims }, replies)
    }
}

impl Batch for TakenBatch {
    fn calls(&self) -> &[Call] {
        &self.calls
    }

    fn claim(&self, index: usize) -> bool {
        self.claims[index].claim()
    }
}
