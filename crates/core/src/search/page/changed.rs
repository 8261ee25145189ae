//! The order of the last change. An index has it of all filed tickets; a list with few candidates reads them all and puts
//! them in order, and what is not filed yet is read whole.

use super::ask::{Ask, Order, Pull, Span, Step, Told};
use super::leg::{Leg, Stretch, Trust};
use super::{Page, Phase};
use crate::ids::TicketId;
use crate::search::{Candidate, Cursor, Lane, Sort};
use std::collections::HashSet;

/// How far it has come.
pub struct Changed {
    stage: Stage,
    /// Shown, and still to come: positions and numbers, the last change first.
    held: Vec<(i64, TicketId)>,
    /// The last position that was read, and those that are being judged.
    before: Option<i64>,
    reading: Vec<(i64, TicketId)>,
    /// Nothing is left to be read.
    ended: bool,
}

enum Stage {
    /// All candidates, if they are few.
    Few(Leg),
    FewTickets(Vec<TicketId>),
    Tail,
    TailTickets(Vec<TicketId>),
    Changes,
    ChangedTickets,
}

impl Changed {
    pub fn new(stretches: Vec<Stretch>, narrow: bool) -> Self {
        let stage = if narrow { Stage::Few(Leg::new(Order::Up, 0, stretches, None)) } else { Stage::Tail };
        Self { stage, held: Vec::new(), before: None, reading: Vec::new(), ended: false }
    }
}

impl Page<'_> {
    pub(super) fn step_changed(&mut self) -> Step {
        let full = self.is_full() || self.examined >= self.bounds.examined;
        let limit = self.stride.min(self.bounds.examined.saturating_sub(self.examined));
        let (span, facts) = (self.span, self.facts(true));
        let after = self.listing.after.map(|after| after.key);
        let (few, tail) = (self.bounds.few + 1, self.bounds.tail + 1);
        let Phase::Changed(changed) = &mut self.phase else { return self.step() };
        if full || changed.ended {
            self.phase = Phase::Ended;
            return self.step();
        }
        Step::Ask(match &mut changed.stage {
            Stage::Few(leg) => {
                let pulls = leg.pulls(span, few);
                if pulls.is_empty() {
                    let ids: Vec<_> = leg.ready(usize::MAX).into_iter().map(|(id, _)| id).collect();
                    changed.stage = Stage::FewTickets(ids.clone());
                    return Step::Ask(Ask::Tickets { ids, facts });
                }
                Ask::Numbers(pulls)
            }
            Stage::FewTickets(ids) | Stage::TailTickets(ids) => Ask::Tickets { ids: ids.clone(), facts },
            Stage::Tail => {
                let span = Span::default();
                Ask::Numbers(vec![Pull { lane: Lane::Tail, span, order: Order::Up, limit: tail }])
            }
            Stage::Changes => Ask::Changes { before: changed.before.or(after), limit },
            Stage::ChangedTickets => {
                let ids = changed.reading.iter().map(|(_, id)| *id).collect();
                Ask::Tickets { ids, facts }
            }
        })
    }

    pub(super) fn told_changed(&mut self, told: Told) {
        let Phase::Changed(mut changed) = std::mem::replace(&mut self.phase, Phase::Ended) else { return };
        match (&mut changed.stage, told) {
            (Stage::Few(leg), Told::Numbers(lists)) => {
                let many = lists.iter().map(Vec::len).sum::<usize>() > self.bounds.few;
                if many {
                    changed.stage = Stage::Tail;
                } else {
                    leg.fill(lists, self.bounds.few + 1);
                }
            }
            (Stage::FewTickets(_), Told::Tickets(found)) => {
                changed.held = self.held(&found);
                changed.ended = true;
                let held = std::mem::take(&mut changed.held);
                self.show_changed(held);
            }
            (Stage::Tail, Told::Numbers(lists)) => {
                let tail = lists.into_iter().next().unwrap_or_default();
                if tail.len() > self.bounds.tail {
                    self.phase = Phase::Behind;
                    return;
                }
                changed.stage = Stage::TailTickets(tail);
            }
            (Stage::TailTickets(_), Told::Tickets(found)) => {
                changed.held = self.held(&found);
                changed.stage = Stage::Changes;
            }
            (Stage::Changes, Told::Changes(found)) => {
                changed.ended = found.is_empty();
                changed.before = found.last().map(|(position, _)| *position).or(changed.before);
                changed.reading = found;
                changed.stage = Stage::ChangedTickets;
                if changed.ended {
                    let held = std::mem::take(&mut changed.held);
                    self.show_changed(held);
                }
            }
            (Stage::ChangedTickets, Told::Tickets(found)) => self.judge_changed(&mut changed, &found),
            (_, told) => panic!("this was not asked for: {told:?}"),
        }
        self.phase = Phase::Changed(changed);
    }

    /// Those that are shown after the cursor, in their order.
    fn held(&self, found: &[Candidate]) -> Vec<(i64, TicketId)> {
        let after = self.listing.after.map(|after| after.key);
        let shown = found.iter().filter(|candidate| {
            after.is_none_or(|after| candidate.changed < after) && self.shows(candidate, self.trusts(), 0)
        });
        let mut held: Vec<_> = shown.map(|candidate| (candidate.changed, candidate.ticket.id)).collect();
        held.sort_unstable_by(|one, other| other.cmp(one));
        held
    }

    /// Without a search nothing is searched.
    fn trusts(&self) -> Trust {
        if self.listing.query.is_none() { Trust::Searched } else { Trust::Nothing }
    }

    /// Judges what was read, and brings what was held in between.
    fn judge_changed(&mut self, changed: &mut Changed, found: &[Candidate]) {
        let shown = found.iter().filter(|candidate| self.shows(candidate, self.trusts(), 0));
        let shown: HashSet<TicketId> = shown.map(|candidate| candidate.ticket.id).collect();
        let read = changed.reading.drain(..).map(|(position, id)| (position, id, shown.contains(&id)));
        let mut merged: Vec<(i64, TicketId, bool)> = read.collect();
        let last = changed.before.unwrap_or(i64::MIN);
        let here = changed.held.partition_point(|(position, _)| *position > last);
        merged.extend(changed.held.drain(..here).map(|(position, id)| (position, id, true)));
        merged.sort_unstable_by(|one, other| other.cmp(one));
        for (key, ticket, shown) in merged {
            if self.is_full() {
                break;
            }
            let at = Cursor { sort: Sort::Changed, key, ticket };
            if shown {
                self.shown.push(at);
            }
            self.examined += 1;
            self.at = Some(at);
        }
        changed.stage = Stage::Changes;
        self.stride = (self.stride * 2).min(super::STRIDE[1]);
    }

    fn show_changed(&mut self, held: Vec<(i64, TicketId)>) {
        for (key, ticket) in held {
            if self.is_full() {
                return;
            }
            self.shown.push(Cursor { sort: Sort::Changed, key, ticket });
        }
    }
}
