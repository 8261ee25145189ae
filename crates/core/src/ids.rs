//! Identifiers. Numbers count up within a store; text ids are kept to the letter.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The longest id, in characters.
            pub const MAX_CHARS: usize = $max;

            /// `None` when the text is empty, longer than [`Self::MAX_CHARS`] characters, or contains U+0000, which not every
            /// database keeps.
            pub fn new(text: &str) -> Option<Self> {
                let is_short = text.chars().take($max + 1).count() <= $max;
                let fits = is_short && !text.is_empty() && !text.contains('\0');
                fits.then(|| Self(text.into()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number_id!(
    /// A ticket's number: counts up from 1 within its store, without gaps (contract 1, Success).
    TicketId
);
number_id!(AgentId);
number_id!(TeamId);
number_id!(LabelId);
number_id!(StageId);
number_id!(ViewId);
number_id!(RuleId);
number_id!(WebhookId);
text_id!(StoreId, 128);
text_id!(
    /// A customer's id as callers send it in `bikCustomerId`, 1 to 128 characters (contract 1, Request).
    CustomerId,
    128
);
text_id!(
    /// The sender's own id of a message, 1 to 255 characters; unique within its ticket (desk 1, Messages).
    ExternalId,
    255
);
text_id!(
    /// The public part of an API key: what stands before the colon of `KEY:SECRET`.
    KeyId,
    64
);
text_id!(
    /// The public part of a session: who is signed in sees it in the list of their sessions.
    SessionId,
    64
);
