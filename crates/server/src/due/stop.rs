//! Telling what runs beside the requests to end.

use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// Whoever has it may tell all [`Stop`]s; dropping it does too.
pub struct Stopper(watch::Sender<bool>);

#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

pub fn stopping() -> (Stopper, Stop) {
    let (send, receive) = watch::channel(false);
    (Stopper(send), Stop(receive))
}

impl Stopper {
    pub fn stop(self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    pub fn is_set(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Ready after `span`, or once it is set.
    pub async fn or_after(&self, span: Duration) {
        let mut receive = self.0.clone();
        // Both ends are alike: whoever asks looks at the stop next.
        let _ = timeout(span, receive.wait_for(|stop| *stop)).await;
    }
}
