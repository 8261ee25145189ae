//! What is kept of a desk call that may be repeated, for both databases.

use super::types::Worked;
use super::values::corrupt;
use super::{Provisioned, StoreError};
use jiff::Timestamp;
use rota_core::ids::TicketId;
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

/// The tickets that orders led to, with the entries that they made, as it is stored. A refusal leads to none.
pub fn of_outcomes(outcomes: &[Result<Outcome, Refusal>]) -> String {
    let led_to = |outcome: &Result<Outcome, Refusal>| -> Option<(TicketId, Option<i64>)> {
        match outcome {
            Ok(Outcome::Done { ticket, entry }) => Some((ticket.id, Some(*entry))),
            Ok(Outcome::Created { ticket }) => Some((ticket.id, Some(ticket.sequence))),
            Ok(Outcome::Unchanged { ticket }) => Some((ticket.id, None)),
            Ok(Outcome::Elsewhere { ticket }) => Some((*ticket, None)),
            Err(_) => None,
        }
    };
    let told: Vec<_> = outcomes.iter().filter_map(led_to).collect();
    serde_json::to_string(&told).expect("numbers serialize")
}

/// When a record made now ends.
pub fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(KEEP_ANSWERS).unwrap_or(Timestamp::MAX)
}
