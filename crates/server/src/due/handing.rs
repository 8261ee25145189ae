//! Waiting tickets that somebody can take because time has passed: hours begin, leave ends. Nothing in the database
//! changes then, so it is looked for.

use super::{LOOK, PATIENCE, Scheduler, Stop};
use crate::store::StoreError;
use rota_core::ids::StoreId;
use std::sync::Arc;
use tokio::time::timeout;

impl Scheduler {
    /// Hands out every second what can be handed out, until it is told to stop.
    pub async fn keep_handing_out(self: Arc<Self>, stop: Stop) {
        while !stop.is_set() {
            match self.store.stores_with_takers().await {
                Ok(stores) => {
                    for store in stores {
                        self.hand_out(&store, &stop).await;
                    }
                }
                // The scheduler's other half says so.
                Err(error) => tracing::debug!(%error, "waiting tickets could not be looked at"),
            }
            stop.or_after(LOOK).await;
        }
    }

    /// In small transactions, so that intake has its turns between them.
    async fn hand_out(&self, store: &StoreId, stop: &Stop) {
        while !stop.is_set() {
            let done = timeout(PATIENCE, self.store.hand_out(store)).await;
            let outcome = match &done {
                Ok(Ok(_)) => "done",
                Ok(Err(StoreError::Away(_))) | Err(_) => "away",
                Ok(Err(error)) => {
                    tracing::warn!(%store, %error, "waiting tickets could not be handed out");
                    "failed"
                }
            };
            self.metrics.worked("hand_out", outcome);
            if !matches!(done, Ok(Ok(true))) {
                return;
            }
        }
    }
}
