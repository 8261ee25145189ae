//! Replay (desk 5): recorded arrivals, availability and handling times against a draft of the settings, by the engine
//! itself. A run is a function of the past and a roster; what people would have done differently is not guessed.

mod figures;
mod moments;
mod past;
mod run;

use crate::ids::{AgentId, CustomerId, LabelId};
use crate::ticket::{Contact, Pool};
use jiff::Timestamp;

pub use figures::{AgentFigures, Figures, Overflow, PoolFigures, Waits, Ways};
pub use past::{Creation, Life, Needs, Past, Reader};
pub use run::run;

/// A ticket as it was recorded.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub at: Timestamp,
    pub creation: Creation,
    /// Whether it went on from one that was closed for too long: then it had its pool, and nobody looked at rules.
    pub linked: bool,
    pub life: Life,
    /// Where [`Needs::customers`] says so.
    pub customer: Option<CustomerId>,
    /// Where [`Needs::subjects`] says so.
    pub subject: Option<Said>,
}

/// What rules look at of a recorded ticket.
#[derive(Debug, Clone)]
pub struct Said {
    pub contact: Contact,
    /// As it was created with.
    pub labels: Vec<LabelId>,
    pub context: Option<Box<str>>,
    /// The customer's, as they are now.
    pub tags: Vec<Box<str>>,
}

/// Whom a ticket asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Anybody,
    Agent(AgentId),
    Pool(Pool),
}

/// How long a ticket counts as its agent's load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handling {
    /// So many milliseconds, as it did.
    Took(i64),
    /// It is open still.
    Lasts,
    /// Nobody ever had it.
    Unknown,
}

/// An agent takes tickets from then on, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    pub agent: AgentId,
    pub at: Timestamp,
    pub online: bool,
}

/// Which settings a run goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

#[cfg(test)]
mod tests;
