//! Lanes merged into one order.

use super::ask::{Order, Pull, Span};
use crate::ids::TicketId;
use crate::search::Lane;
use std::collections::VecDeque;

/// What is known of a candidate by the lane that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    Nothing,
    /// It is what is searched for.
    Searched,
    /// It is shown: it does not have to be looked at.
    Shown,
}

/// What has been read of a lane.
pub struct Stretch {
    /// `None` for a number that is known from the start.
    lane: Option<Lane>,
    trust: Trust,
    read: VecDeque<TicketId>,
    /// The last one that was read.
    after: Option<TicketId>,
    ended: bool,
}

impl Stretch {
    pub fn new(lane: Lane, trust: Trust) -> Self {
        Self { lane: Some(lane), trust, read: VecDeque::new(), after: None, ended: false }
    }

    /// The one ticket.
    pub fn one(ticket: TicketId) -> Self {
        Self { lane: None, trust: Trust::Searched, read: VecDeque::from([ticket]), after: None, ended: true }
    }

    pub fn lacks_tail(&self) -> bool {
        self.lane.as_ref().is_some_and(Lane::lacks_tail)
    }

    fn is_dry(&self) -> bool {
        self.read.is_empty() && !self.ended
    }
}

/// Candidates in one order of their numbers, out of several stretches; the first part of a cursor is its key.
pub struct Leg {
    pub key: i64,
    order: Order,
    stretches: Vec<Stretch>,
}

impl Leg {
    /// What comes behind `after`.
    pub fn new(order: Order, key: i64, mut stretches: Vec<Stretch>, after: Option<TicketId>) -> Self {
        for stretch in &mut stretches {
            stretch.after = after;
            let comes = |id: &TicketId| {
                after.is_none_or(|after| match order {
                    Order::Up => *id > after,
                    Order::Down => *id < after,
                })
            };
            stretch.read.retain(comes);
        }
        Self { key, order, stretches }
    }

    pub fn has_ended(&self) -> bool {
        self.stretches.iter().all(|stretch| stretch.ended && stretch.read.is_empty())
    }

    /// What has to be read before the next candidates are known.
    pub fn pulls(&self, span: Span, limit: usize) -> Vec<Pull> {
        let dry = self.stretches.iter().filter(|stretch| stretch.is_dry());
        dry.filter_map(|stretch| {
            let (lane, order) = (stretch.lane.clone()?, self.order);
            Some(Pull { lane, span: span.after(stretch.after, order), order, limit })
        })
        .collect()
    }

    /// Takes what the [`Leg::pulls`] brought; less than their limit is all there is.
    pub fn fill(&mut self, lists: Vec<Vec<TicketId>>, limit: usize) {
        let dry = self.stretches.iter_mut().filter(|stretch| stretch.is_dry());
        for (stretch, list) in dry.zip(lists) {
            stretch.ended = list.len() < limit;
            stretch.after = list.last().copied().or(stretch.after);
            stretch.read = list.into();
        }
    }

    /// The next candidates, as far as they are known, each once, with the most that one of its lanes says of it.
    pub fn ready(&mut self, most: usize) -> Vec<(TicketId, Trust)> {
        let mut ready = Vec::new();
        while ready.len() < most && !self.stretches.iter().any(Stretch::is_dry) {
            let heads = self.stretches.iter().filter_map(|stretch| stretch.read.front().copied());
            let next = match self.order {
                Order::Up => heads.min(),
                Order::Down => heads.max(),
            };
            let Some(next) = next else { break };
            let mut trust = Trust::Nothing;
            for stretch in self.stretches.iter_mut().filter(|stretch| stretch.read.front() == Some(&next)) {
                stretch.read.pop_front();
                trust = trust.max(stretch.trust);
            }
            ready.push((next, trust));
        }
        ready
    }
}
