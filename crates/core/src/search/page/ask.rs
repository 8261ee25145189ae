//! What a page asks of the database, and what it is told.

use crate::ids::{AgentId, CustomerId, TicketId};
use crate::search::{Candidate, Cursor, Lane, Query, Words};
use jiff::Timestamp;

/// In which order of their numbers tickets come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Up,
    Down,
}

/// Numbers between two bounds, neither of which is one of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    pub above: Option<TicketId>,
    pub below: Option<TicketId>,
}

impl Span {
    /// What of it comes after a number, in this order.
    pub(super) fn after(self, after: Option<TicketId>, order: Order) -> Self {
        match order {
            Order::Up => Self { above: self.above.max(after), ..self },
            Order::Down => Self { below: self.below.into_iter().chain(after).min(), ..self },
        }
    }
}

/// The first tickets of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    pub lane: Lane,
    pub span: Span,
    pub order: Order,
    pub limit: usize,
}

/// What has to be known of candidates besides the tickets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Their labels; without, they come with none.
    pub labels: bool,
    /// Whether notes mention this agent.
    pub mentioned: Option<AgentId>,
    /// Who their customers are.
    pub customers: bool,
    /// Whether they have these words.
    pub words: Option<Words>,
}

/// A question to the database; all of a page are asked of one view of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Whom the search points at ([`Query::points_at`]), at most so many of them, in any order.
    Customers(Query, usize),
    /// Of the filed tickets: the first by its time that was created at `from` or later, and the first after `past`.
    Ages { from: Option<Timestamp>, past: Option<Timestamp> },
    /// The numbers that each of these pulls, in its order.
    Numbers(Vec<Pull>),
    /// Filed tickets with the positions of their last events, the highest first, all below `before`.
    Changes { before: Option<i64>, limit: usize },
    /// Tickets, in any order; those that are not there are left out.
    Tickets { ids: Vec<TicketId>, facts: Facts },
}

/// The answer to an [`Ask`].
#[derive(Debug, Clone)]
pub enum Told {
    Customers(Vec<CustomerId>),
    Ages { first: Option<TicketId>, past: Option<TicketId> },
    Numbers(Vec<Vec<TicketId>>),
    Changes(Vec<(i64, TicketId)>),
    Tickets(Vec<Candidate>),
}

/// What a page comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// In the list's order.
    pub tickets: Vec<TicketId>,
    /// Where the next page begins; `None` where nothing is left.
    pub next: Option<Cursor>,
}

/// How a page goes on.
#[derive(Debug)]
pub enum Step {
    Ask(Ask),
    Done(Listed),
    /// So many tickets are not filed yet that this order cannot be told.
    Behind,
}
