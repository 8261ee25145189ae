//! A page of a list, as a machine without I/O: it says what to read, is told it, and goes on until the page is full or
//! nothing is left. Lanes give candidates in the list's order; each is judged by the filter and by what its caller may
//! see, so an adapter only looks up.
//!
//! The work has a bound: after [`EXAMINED`] candidates what was found goes out, with a cursor. A page may be shorter than its
//! limit, or empty, and there is more as long as it has a cursor.

mod ask;
mod changed;
mod leg;

use super::lane::Source;
use super::{Candidate, Cursor, Lane, Listing, Looker, Query, Sort};
use crate::access::{Act, Actor, to_ticket};
use crate::ids::{CustomerId, TicketId};
use crate::life::Priority;
use crate::roster::Roster;
use changed::Changed;
use jiff::{SignedDuration, Timestamp};
use leg::{Leg, Stretch, Trust};
use std::collections::{HashMap, VecDeque};

pub use ask::{Ask, Facts, Listed, Order, Pull, Span, Step, Told};

/// The most candidates of one page.
pub const EXAMINED: usize = 5_000;

/// How much work is done at once.
struct Bounds {
    /// Candidates of the page.
    examined: usize,
    /// Customers whose tickets are looked up one customer after the other.
    customers: usize,
    /// Candidates that are put in order by their last change.
    few: usize,
    /// Tickets that are not filed yet, where they have to be put in order too.
    tail: usize,
}

const BOUNDS: Bounds = Bounds { examined: EXAMINED, customers: 1_000, few: 1_000, tail: 5_000 };
/// The most candidates asked for at once, per lane, and the fewest.
const STRIDE: [usize; 2] = [20, 1_000];
/// How far the clocks of a store's nodes may be apart: numbers and times of tickets go up together only so far.
const CLOCKS_APART: SignedDuration = SignedDuration::from_hours(1);

/// Whom the search points at.
enum Meant {
    These(Vec<CustomerId>),
    /// Too many to name; each candidate's customer is looked at.
    Many,
}

enum Phase {
    Customers,
    Ages,
    Legs,
    Changed(Box<Changed>),
    Behind,
    Ended,
}

/// A page that is being found.
pub struct Page<'a> {
    listing: &'a Listing,
    by: &'a Actor,
    roster: &'a Roster,
    now: Timestamp,
    looker: Looker,
    /// The last ticket that is filed.
    filed_to: TicketId,
    bounds: Bounds,
    phase: Phase,
    meant: Meant,
    /// Between these a ticket may have the age that is asked for.
    span: Span,
    legs: VecDeque<Leg>,
    /// What was asked about last.
    chunk: Vec<(TicketId, Trust)>,
    stride: usize,
    shown: Vec<Cursor>,
    examined: usize,
    /// The last candidate that was judged.
    at: Option<Cursor>,
}

impl<'a> Page<'a> {
    pub fn new(
        listing: &'a Listing,
        by: &'a Actor,
        roster: &'a Roster,
        filed_to: TicketId,
        now: Timestamp,
    ) -> Self {
        let mut page = Self {
            listing,
            by,
            roster,
            now,
            looker: Looker::new(by, roster),
            filed_to,
            bounds: BOUNDS,
            phase: Phase::Customers,
            meant: Meant::These(Vec::new()),
            span: Span::default(),
            legs: VecDeque::new(),
            chunk: Vec::new(),
            stride: (usize::from(listing.limit) + 1).clamp(STRIDE[0], STRIDE[1]),
            shown: Vec::new(),
            examined: 0,
            at: None,
        };
        if listing.query.is_none() {
            page.after_customers();
        }
        page
    }

    /// The same with another bound of candidates.
    pub fn within(mut self, examined: usize) -> Self {
        self.bounds.examined = examined;
        self
    }

    /// What comes next.
    pub fn step(&mut self) -> Step {
        match &self.phase {
            Phase::Customers => Step::Ask(Ask::Customers(self.query().clone(), self.bounds.customers + 1)),
            Phase::Ages => Step::Ask(self.ask_ages()),
            Phase::Legs => self.step_legs(),
            Phase::Changed(_) => self.step_changed(),
            Phase::Behind => Step::Behind,
            Phase::Ended => Step::Done(self.listed()),
        }
    }

    /// Goes on with what was asked for last.
    ///
    /// # Panics
    /// Where it is something else, which is a defect of the adapter.
    pub fn told(&mut self, told: Told) {
        match (&mut self.phase, told) {
            (Phase::Customers, Told::Customers(found)) => {
                self.meant =
                    if found.len() > self.bounds.customers { Meant::Many } else { Meant::These(found) };
                self.after_customers();
            }
            (Phase::Ages, Told::Ages { first, past }) => self.told_ages(first, past),
            (Phase::Legs, Told::Numbers(lists)) => {
                if let Some(leg) = self.legs.front_mut() {
                    leg.fill(lists, self.stride);
                }
            }
            (Phase::Legs, Told::Tickets(found)) => self.judge_chunk(found),
            (Phase::Changed(_), told) => self.told_changed(told),
            (_, told) => panic!("this was not asked for: {told:?}"),
        }
    }

    fn after_customers(&mut self) {
        let (from, to) = self.listing.filter.created(self.now);
        if from.is_some() || to.is_some() {
            self.phase = Phase::Ages;
        } else {
            self.after_ages();
        }
    }

    fn ask_ages(&self) -> Ask {
        let (from, to) = self.listing.filter.created(self.now);
        Ask::Ages {
            from: from.map(|from| from.saturating_sub(CLOCKS_APART).unwrap_or(Timestamp::MIN)),
            past: to.map(|to| to.saturating_add(CLOCKS_APART).unwrap_or(Timestamp::MAX)),
        }
    }

    fn told_ages(&mut self, first: Option<TicketId>, past: Option<TicketId>) {
        if self.listing.filter.younger_than.is_some() {
            // None of those that are filed: then only the others may be as young.
            self.span.above = Some(first.map_or(self.filed_to, |first| TicketId(first.0 - 1)));
        }
        self.span.below = past;
        self.after_ages();
    }

    fn after_ages(&mut self) {
        if self.listing.sort == Sort::Changed {
            self.phase = Phase::Changed(Box::new(Changed::new(self.stretches(), self.is_narrow())));
        } else {
            self.legs = self.legs_to_go();
            self.phase = Phase::Legs;
        }
    }

    fn query(&self) -> &'a Query {
        self.listing.query.as_ref().expect("only a search asks for customers")
    }

    fn source(&self) -> Source {
        Source::of(&self.listing.filter, &self.looker)
    }

    /// Whether all candidates may be few.
    fn is_narrow(&self) -> bool {
        match (&self.listing.query, &self.meant) {
            (Some(_), Meant::Many) => false,
            (Some(_), _) => true,
            (None, _) => self.source().lanes != [Lane::All],
        }
    }

    /// Where all candidates come from, whatever the order.
    fn stretches(&self) -> Vec<Stretch> {
        if self.listing.query.is_some() {
            let words = self.found_by_words();
            return self.found_by_number().into_iter().chain(self.found_by_customer()).chain(words).collect();
        }
        let Source { lanes, settled, .. } = self.source();
        // In the other orders a candidate's place has to be looked up, whether it is shown or not.
        let by_number = matches!(self.listing.sort, Sort::Newest | Sort::Oldest);
        let trust = if settled && by_number { Trust::Shown } else { Trust::Searched };
        self.with_tail(lanes.into_iter().map(|lane| Stretch::new(lane, trust)).collect())
    }

    /// What is not filed yet is missing in most lanes.
    fn with_tail(&self, mut stretches: Vec<Stretch>) -> Vec<Stretch> {
        if stretches.iter().any(Stretch::lacks_tail) {
            stretches.push(Stretch::new(Lane::Tail, Trust::Searched));
        }
        stretches
    }

    fn found_by_number(&self) -> Option<Stretch> {
        self.listing.query.as_ref()?.number.map(Stretch::one)
    }

    /// The customers of candidates are looked at: names and addresses are filed a moment after they have changed.
    fn found_by_customer(&self) -> Vec<Stretch> {
        let Some(query) = &self.listing.query else { return Vec::new() };
        let pointed_at = match &self.meant {
            Meant::These(these) if these.is_empty() => None,
            Meant::These(these) => Some(Lane::Customers(these.clone())),
            Meant::Many => Some(Lane::All),
        };
        let named = query.words.clone().map(Lane::Named);
        let lanes = pointed_at.into_iter().chain(named).chain(query.mail.clone().map(Lane::Mailed));
        lanes.chain([Lane::Tail]).map(|lane| Stretch::new(lane, Trust::Nothing)).collect()
    }

    /// The words of tickets that are not filed yet are not known.
    fn found_by_words(&self) -> Option<Stretch> {
        let words = self.listing.query.as_ref()?.words.clone()?;
        Some(Stretch::new(Lane::Words(words), Trust::Searched))
    }

    fn legs_to_go(&self) -> VecDeque<Leg> {
        let after = self.listing.after;
        let of_number = |order| vec![Leg::new(order, 0, self.stretches(), after.map(|after| after.ticket))];
        let at = |key: i64| after.filter(|after| after.key == key).map(|after| after.ticket);
        match self.listing.sort {
            Sort::Newest => of_number(Order::Down).into(),
            Sort::Oldest => of_number(Order::Up).into(),
            Sort::Priority => {
                let ranks = Priority::ALL.into_iter().rev().filter(|priority| {
                    let asked = self.listing.filter.priority.is_none_or(|asked| asked == *priority);
                    asked && after.is_none_or(|after| priority.rank() <= after.key)
                });
                let leg = |priority: Priority| {
                    Leg::new(Order::Up, priority.rank(), self.of_priority(priority), at(priority.rank()))
                };
                ranks.map(leg).collect()
            }
            Sort::Match => {
                let [number, customer, words] = Query::RANKS;
                let legs = [
                    (number, self.found_by_number().into_iter().collect()),
                    (customer, self.found_by_customer()),
                    (words, self.found_by_words().into_iter().collect()),
                ];
                let legs = legs.into_iter().filter(|(key, _)| after.is_none_or(|after| *key >= after.key));
                legs.map(|(key, stretches)| Leg::new(Order::Down, key, stretches, at(key))).collect()
            }
            Sort::Changed => VecDeque::new(),
        }
    }

    /// Where the candidates of one priority come from: all but normal have lanes of their own.
    fn of_priority(&self, priority: Priority) -> Vec<Stretch> {
        if priority == Priority::Normal || self.listing.query.is_some() || self.source().narrow {
            return self.stretches();
        }
        let kinds = super::lane::kinds(&self.listing.filter);
        let lanes = kinds.into_iter().map(|kind| Lane::Priority(priority, kind));
        self.with_tail(lanes.map(|lane| Stretch::new(lane, Trust::Searched)).collect())
    }

    fn step_legs(&mut self) -> Step {
        while !self.is_full() && self.examined < self.bounds.examined {
            let Some(leg) = self.legs.front_mut() else { break };
            if leg.has_ended() {
                self.legs.pop_front();
                continue;
            }
            let pulls = leg.pulls(self.span, self.stride);
            if !pulls.is_empty() {
                return Step::Ask(Ask::Numbers(pulls));
            }
            self.chunk = leg.ready(self.stride.min(self.bounds.examined - self.examined));
            let unknown = self.chunk.iter().filter(|(_, trust)| *trust < Trust::Shown);
            let ids: Vec<_> = unknown.map(|(id, _)| *id).collect();
            if !ids.is_empty() {
                return Step::Ask(Ask::Tickets { ids, facts: self.facts(false) });
            }
            self.judge_chunk(Vec::new());
        }
        self.phase = Phase::Ended;
        self.step()
    }

    fn judge_chunk(&mut self, found: Vec<Candidate>) {
        let mut found: HashMap<TicketId, Candidate> =
            found.into_iter().map(|candidate| (candidate.ticket.id, candidate)).collect();
        let leg = self.legs.front().map(|leg| leg.key).unwrap_or_default();
        for (id, trust) in std::mem::take(&mut self.chunk) {
            if self.is_full() {
                return;
            }
            let by_number = matches!(self.listing.sort, Sort::Newest | Sort::Oldest);
            let key = if by_number { id.0 } else { leg };
            let at = Cursor { sort: self.listing.sort, key, ticket: id };
            let candidate = found.remove(&id);
            if trust == Trust::Shown || candidate.is_some_and(|it| self.shows(&it, trust, leg)) {
                self.shown.push(at);
            }
            self.examined += 1;
            self.at = Some(at);
        }
        self.stride = (self.stride * 2).min(STRIDE[1]);
    }

    /// One more than the limit says that there is more.
    fn is_full(&self) -> bool {
        self.shown.len() > usize::from(self.listing.limit)
    }

    fn shows(&self, candidate: &Candidate, trust: Trust, leg: i64) -> bool {
        self.admits(candidate) && self.is_searched(candidate, trust) && self.is_of(candidate, leg)
    }

    /// Whether the filter shows it, and who looks may see it.
    fn admits(&self, candidate: &Candidate) -> bool {
        let see_all = self.roster.desk().agents_see_all;
        self.listing.filter.shows(candidate, &self.looker, self.now)
            && to_ticket(self.by, &candidate.ticket, Act::See, self.roster, see_all).is_ok()
    }

    /// Whether the search finds it. A lane that was made for the search has nothing else in it.
    fn is_searched(&self, candidate: &Candidate, trust: Trust) -> bool {
        trust >= Trust::Searched
            || self.is_number(candidate)
            || self.is_of_meant(candidate)
            || candidate.worded
    }

    /// Whether it belongs to the leg of this key: in a search each ticket stands in its best rank alone.
    fn is_of(&self, candidate: &Candidate, leg: i64) -> bool {
        let [number, customer, _] = Query::RANKS;
        match self.listing.sort {
            Sort::Priority => candidate.ticket.priority.rank() == leg,
            Sort::Match if leg == number => true,
            Sort::Match if leg == customer => !self.is_number(candidate) && self.is_of_meant(candidate),
            Sort::Match => !self.is_number(candidate) && !self.is_of_meant(candidate),
            Sort::Newest | Sort::Oldest | Sort::Changed => true,
        }
    }

    fn is_number(&self, candidate: &Candidate) -> bool {
        self.listing.query.as_ref().and_then(|query| query.number) == Some(candidate.ticket.id)
    }

    fn is_of_meant(&self, candidate: &Candidate) -> bool {
        let query = self.listing.query.as_ref();
        query.zip(candidate.customer.as_ref()).is_some_and(|(query, customer)| query.means(customer))
    }

    /// What has to be known of candidates; whether they have the words only where they come from other lanes.
    fn facts(&self, with_words: bool) -> Facts {
        let query = self.listing.query.as_ref().filter(|_| with_words);
        Facts {
            labels: !self.listing.filter.labels.is_empty(),
            mentioned: self.looker.agent.filter(|_| self.listing.filter.mentioned),
            customers: self.listing.query.is_some(),
            words: query.and_then(|query| query.words.clone()),
        }
    }

    fn listed(&mut self) -> Listed {
        let more = self.is_full();
        self.shown.truncate(usize::from(self.listing.limit));
        let next = match (more, self.shown.last()) {
            (true, Some(last)) => Some(*last),
            _ if self.examined >= self.bounds.examined => self.at,
            _ => None,
        };
        Listed { tickets: self.shown.iter().map(|at| at.ticket).collect(), next }
    }
}

#[cfg(test)]
mod tests;
