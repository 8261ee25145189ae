//! What is kept of a desk call that may be repeated, for both databases.

use super::types::{Led, Worked, led};
use super::values::corrupt;
use super::{Provisioned, StoreError};
use jiff::Timestamp;
use rota_core::intake::KEEP_ANSWERS;
use rota_core::life::{Outcome, Refusal};

/// A record of the call's key.
pub enum Kept {
    /// The same call came before, and this is what it came to, as it was stored.
    Answer(String),
    OfSomethingElse,
}

impl Kept {
    /// As an outcome of [`super::types::Work`].
    pub fn worked(self) -> Result<Worked, StoreError> {
        match self {
            Self::OfSomethingElse => Ok(Worked::KeyReused),
            Self::Answer(text) => {
                let told =
                    serde_json::from_str(&text).map_err(|error| corrupt("idempotency.answer", error))?;
                Ok(Worked::Before(told))
            }
        }
    }

    /// As an outcome of [`super::DecideSettings`].
    pub fn provisioned(self) -> Result<Provisioned, StoreError> {
        match self {
            Self::OfSomethingElse => Ok(Provisioned::KeyReused),
            Self::Answer(text) => {
                let told =
                    serde_json::from_str(&text).map_err(|error| corrupt("idempotency.answer", error))?;
                Ok(Provisioned::Before(told))
            }
        }
    }
}

/// What orders led to, as it is stored.
pub fn of_outcomes(outcomes: &[Result<Outcome, Refusal>]) -> String {
    let told: Vec<Result<Led, Refusal>> = outcomes.iter().cloned().map(led).collect();
    serde_json::to_string(&told).expect("numbers and names serialize")
}

/// When a record made now ends.
pub fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(KEEP_ANSWERS).unwrap_or(Timestamp::MAX)
}
