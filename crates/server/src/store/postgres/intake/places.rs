//! How many of intake's batches are with the database at a time: as many as it has connections, so that none has to wait
//! for one of these.

use crate::store::StoreError;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// A batch has one until it is answered, also while its outcome is looked up.
pub struct Places {
    free: Semaphore,
    count: usize,
    /// How many are had by batches whose outcome is looked up: these may take until their deadline.
    in_doubt: AtomicUsize,
    /// Tells those who wait that they wait in vain.
    vain: Notify,
}

/// For as long as a batch's outcome is looked up.
pub struct InDoubt<'a>(&'a Places);

impl Drop for InDoubt<'_> {
    fn drop(&mut self) {
        self.0.in_doubt.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Places {
    pub fn new(count: usize) -> Self {
        Self { free: Semaphore::new(count), count, in_doubt: AtomicUsize::new(0), vain: Notify::new() }
    }

    /// Waits for as long as the batches before it get on, however slow they are. Where the database answers nobody, or
    /// every place is had by a batch in doubt, it is refused instead: its callers are told within 2 s.
    pub async fn take(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        let vain = self.vain.notified();
        if self.in_doubt.load(Ordering::Relaxed) < self.count {
            tokio::select! {
                biased;
                place = self.free.acquire() => return Ok(place.expect("places are never closed")),
                () = vain => {}
            }
        }
        Err(StoreError::Away("the database does not answer the batches before this one".into()))
    }

    /// The database answers nobody: to wait for a place would be to wait for others to find that out too.
    pub fn refuse_waiting(&self) {
        self.vain.notify_waiters();
    }

    pub fn in_doubt(&self) -> InDoubt<'_> {
        if self.in_doubt.fetch_add(1, Ordering::Relaxed) + 1 == self.count {
            self.refuse_waiting();
        }
        InDoubt(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::pin::pin;

    #[tokio::test]
    async fn who_waits_goes_on_when_a_batch_ends() {
        let places = Places::new(1);
        let first = places.take().await.unwrap();
        let mut second = pin!(places.take());
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        assert!(second.await.is_ok());
    }

    #[tokio::test]
    async fn who_waits_is_refused_when_the_database_answers_nobody() {
        let places = Places::new(1);
        let first = places.take().await.unwrap();
        let mut second = pin!(places.take());
        assert!(second.as_mut().now_or_never().is_none());
        places.refuse_waiting();
        assert!(matches!(second.await, Err(StoreError::Away(_))));
        drop(first);
        assert!(places.take().await.is_ok());
    }

    #[tokio::test]
    async fn nobody_waits_while_every_place_is_had_by_a_batch_in_doubt() {
        let places = Places::new(2);
        let held = [places.take().await.unwrap(), places.take().await.unwrap()];
        let one = places.in_doubt();
        let mut waiting = pin!(places.take());
        assert!(waiting.as_mut().now_or_never().is_none(), "the other one may end soon");
        let other = places.in_doubt();
        assert!(matches!(waiting.await, Err(StoreError::Away(_))));
        assert!(matches!(places.take().await, Err(StoreError::Away(_))));
        drop((one, other, held));
        assert!(places.take().await.is_ok());
    }
}
