//! Create calls that were refused: what was wrong with them, and who sent them.

use super::StoreError;
use super::values::{from_json, hash, known, time};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use rota_core::ids::{KeyId, StoreId};
use rota_core::ticket::Channel;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The most that are kept of a store.
pub const MOST: i64 = 1_000;
/// How long one is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The most bytes of a body that are kept.
pub const MOST_OF_BODY: usize = 16 * 1024;

/// A call by a good key that was answered 400 or 422.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    pub at: Timestamp,
    pub key: KeyId,
    pub status: u16,
    pub errors: Vec<Broken>,
    /// The names of the fields that were ignored.
    pub ignored: Vec<String>,
    /// Of the body, in bytes.
    pub size: i64,
    /// The body's SHA-256.
    pub hash: [u8; 32],
    /// As far as it could be read.
    pub channel: Option<Channel>,
    /// Later ones than the one before this that were not kept, since too many came at once.
    pub dropped: i64,
    /// Is kept only where the store says so.
    pub body: Option<KeptBody>,
}

/// A field, and the rule that it broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    pub field: String,
    pub detail: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBody {
    /// The first [`MOST_OF_BODY`] bytes.
    pub bytes: Vec<u8>,
    /// The customer it names, as far as that could be read: the body is erased with its customer, and one that names
    /// nobody with any.
    pub customer: Option<String>,
}

/// One that is kept. The position counts up within the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectionRow {
    pub position: i64,
    pub rejection: Rejection,
}

#[async_trait]
pub trait RejectionStore: Send + Sync {
    /// Keeps some of a store's, in their order, and removes what is too old or too much. Bodies are left out unless the
    /// store keeps them.
    async fn keep_rejections(&self, store: &StoreId, rejections: Arc<[Rejection]>) -> Result<(), StoreError>;

    /// Those from before a position on, newest first, at most `limit`.
    async fn rejections(
        &self,
        store: &StoreId,
        key: Option<&KeyId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<RejectionRow>, StoreError>;
}

/// A row as it is read.
pub struct Stored {
    pub position: i64,
    pub at: i64,
    pub key: String,
    pub status: i64,
    pub errors: String,
    pub ignored: String,
    pub size: i64,
    pub hash: Vec<u8>,
    pub channel: Option<String>,
    pub dropped: i64,
    pub body: Option<Vec<u8>>,
    pub customer: Option<String>,
}

impl Stored {
    pub fn row(self) -> Result<RejectionRow, StoreError> {
        let channel = self.channel.map(|name| known("rejections.channel", Channel::from_name(&name)));
        let customer = self.customer;
        let rejection = Rejection {
            at: time(self.at)?,
            key: known("rejections.key_id", KeyId::new(&self.key))?,
            status: known("rejections.status", self.status.try_into().ok())?,
            errors: from_json("rejections.errors", &self.errors)?,
            ignored: from_json("rejections.ignored", &self.ignored)?,
            size: self.size,
            hash: hash(self.hash)?,
            channel: channel.transpose()?,
            dropped: self.dropped,
            body: self.body.map(|bytes| KeptBody { bytes, customer }),
        };
        Ok(RejectionRow { position: self.position, rejection })
    }
}

/// Since when what is kept counts.
pub fn kept_since(now: Timestamp) -> Timestamp {
    now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN)
}
