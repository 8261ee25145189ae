//! What agents have before them right now.

use super::StoreError;
use async_trait::async_trait;
use rota_core::ids::{SessionId, StoreId};
use rota_core::viewing::Look;

/// Of the moment only: it is in no backup and no copy, may be lost in a crash, and counts until its time at most. A session
/// that has ended looks at nothing.
#[async_trait]
pub trait ViewingStore: Send + Sync {
    /// What this session looks at from now on; `None`: nothing. A session that is not there looks at nothing.
    async fn look_at(
        &self,
        store: &StoreId,
        session: &SessionId,
        look: Option<Look>,
    ) -> Result<(), StoreError>;

    /// What the store's sessions look at, those whose time may be over included.
    async fn looks(&self, store: &StoreId) -> Result<Vec<Look>, StoreError>;
}
