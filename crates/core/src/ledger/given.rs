//! What of a decision is counted, read from its receipt.

use crate::ids::AgentId;
use crate::life::What;
use crate::receipt::{Eligible, Receipt, Route};
use crate::roster::Policy;
use crate::ticket::Pool;

/// How somebody was given a ticket besides the turns of round robin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// The create call named them.
    Asked,
    ByRule,
    /// They had the customer's last ticket.
    Sticky,
    /// They had the fewest open tickets, in a balanced pool.
    ByLoad,
    Claimed,
    /// Somebody gave it to them.
    Assigned,
    /// A colleague had passed it on, at once or before it waited.
    Passed,
}

impl Way {
    pub const COUNT: usize = 7;
    /// In their order.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Asked, Self::ByRule, Self::Sticky, Self::ByLoad, Self::Claimed, Self::Assigned, Self::Passed];

    /// As a column of the database is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::ByRule => "by_rule",
            Self::Sticky => "sticky",
            Self::ByLoad => "by_load",
            Self::Claimed => "claimed",
            Self::Assigned => "assigned",
            Self::Passed => "passed",
        }
    }
}

/// A turn of round robin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub pool: Pool,
    /// Of the roster that was in force.
    pub version: i64,
    /// How many members the pool had.
    pub considered: u32,
    pub before: Option<AgentId>,
    pub chosen: AgentId,
    /// `None` where the pool was too large for that to be kept.
    pub eligible: Option<Eligible>,
}

/// Somebody was given a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    Turn(Turn),
    /// By a balanced pool; the fewest and the most open tickets of those who could be chosen.
    Balanced {
        pool: Pool,
        agent: AgentId,
        spread: (u32, u32),
    },
    /// The pool is that of the ticket's team, else the store's.
    Outside {
        pool: Pool,
        agent: AgentId,
        way: Way,
    },
}

impl Given {
    /// By the creation of a ticket; `None`: nobody was.
    pub fn created(receipt: &Receipt) -> Option<Self> {
        let agent = receipt.chosen?;
        let way = match receipt.route {
            Route::Asked => Way::Asked,
            Route::Rule => Way::ByRule,
            Route::Sticky => Way::Sticky,
            Route::Pool => return Self::by_pool(receipt),
        };
        Some(Self::Outside { pool: receipt.pool().unwrap_or(Pool::Store), agent, way })
    }

    /// By a later entry of its timeline.
    pub fn later(what: &What, receipt: Option<&Receipt>) -> Option<Self> {
        let way = match what {
            What::Claimed(_) => Way::Claimed,
            What::Assigned(_) => Way::Assigned,
            What::Passed { .. } => Way::Passed,
            // It moved no turn.
            What::HandedOut(moved) if !moved.from.passed.is_empty() => Way::Passed,
            What::HandedOut(_) => return Self::by_pool(receipt?),
            _ => return None,
        };
        let to = &what.moved()?.to;
        let pool = to.team.map_or(Pool::Store, Pool::Team);
        Some(Self::Outside { pool, agent: to.state.agent()?, way })
    }

    fn by_pool(receipt: &Receipt) -> Option<Self> {
        let (pool, chosen) = (receipt.pool()?, receipt.chosen?);
        if receipt.policy == Some(Policy::Balanced) {
            let spread = receipt.spread.unwrap_or_default();
            return Some(Self::Balanced { pool, agent: chosen, spread });
        }
        Some(Self::Turn(Turn {
            pool,
            version: receipt.version,
            considered: receipt.considered,
            before: receipt.turn_before,
            chosen,
            eligible: receipt.eligible.clone(),
        }))
    }

    /// Whose members have to be known for it to be counted.
    pub fn asks_for(&self) -> Option<(Pool, i64)> {
        match self {
            Self::Turn(turn) if turn.eligible.is_some() => Some((turn.pool, turn.version)),
            _ => None,
        }
    }
}
