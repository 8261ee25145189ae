//! A change while it is decided.

use super::{Condition, Viewer, log};
use crate::store::types::{Change, CurrentSettings, Move, SettingsChange, StoreRow};
use crate::store::{Decided, Refused};
use rota_core::access::{Actor, Section, Subject, reach};
use serde_json::Value;

/// What is there, who asks, and what has been decided so far.
pub struct Draft<'a> {
    pub current: &'a CurrentSettings,
    pub by: &'a Actor,
    pub viewer: Viewer<'a>,
    condition: &'a Condition,
    changes: Vec<Change>,
    moves: Vec<Move>,
    unfit: Vec<(String, String)>,
    kept: Option<Value>,
}

impl<'a> Draft<'a> {
    /// A change of a store that is there.
    pub fn new(
        current: &'a CurrentSettings,
        by: &'a Actor,
        condition: &'a Condition,
    ) -> Result<Self, Refused> {
        if current.store.is_none() {
            return Err(Refused::NotFound);
        }
        let viewer = Viewer::new(by, current);
        let (changes, moves, unfit) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { current, by, viewer, condition, changes, moves, unfit, kept: None })
    }

    pub fn store(&self) -> Result<&'a StoreRow, Refused> {
        self.current.store.as_ref().ok_or(Refused::NotFound)
    }

    /// Whether who asks may change this; what they do not see is not found.
    pub fn may_change(&self, section: Section, subject: Subject) -> Result<(), Refused> {
        Ok(reach(self.by, section).to_change(self.by, subject, self.viewer.teams())?)
    }

    /// Whether it is still what whoever asks saw.
    pub fn is_as_seen(&self, shown: &Value) -> Result<(), Refused> {
        match self.condition {
            Condition::Missing => Err(Refused::Unconditional),
            condition if condition.fits(shown) => Ok(()),
            _ => Err(Refused::Stale),
        }
    }

    /// A field that does not fit what the store is.
    pub fn unfit(&mut self, field: &str, rule: impl Into<String>) {
        self.unfit.push((field.into(), rule.into()));
    }

    /// All fields that do not fit, at once.
    pub fn fits(&mut self) -> Result<(), Refused> {
        if self.unfit.is_empty() { Ok(()) } else { Err(Refused::Unfit(std::mem::take(&mut self.unfit))) }
    }

    pub fn change(&mut self, told: String, what: SettingsChange) {
        self.changes.push(Change { told, what });
    }

    pub fn move_tickets(&mut self, tickets: Move) {
        self.moves.push(tickets);
    }

    /// What is kept for a repeat, where that is not the answer.
    pub fn keep(&mut self, kept: Value) {
        self.kept = Some(kept);
    }

    /// The next number of a kind, above all that are in use; it is never given again.
    pub fn next(&mut self, kind: &'static str, used: impl Iterator<Item = i64>) -> i64 {
        let counted = self.current.counters.get(kind).copied().unwrap_or(1);
        let next = used.map(|id| id + 1).max().unwrap_or(1).max(counted);
        self.change(String::new(), SettingsChange::Counter { kind, next: next + 1 });
        next
    }

    pub fn decided(mut self, answer: Value) -> Result<Decided, Refused> {
        self.fits()?;
        let Self { current, changes, moves, kept, .. } = self;
        let audit = log::logged(current, &changes);
        let kept = kept.unwrap_or_else(|| answer.clone());
        Ok(Decided { changes, audit, moves, answer, kept })
    }
}
