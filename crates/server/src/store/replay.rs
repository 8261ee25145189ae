//! The recorded past, read for replays.

use super::StoreError;
use super::values::{contact, corrupt, known, time};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::ids::{AgentId, CustomerId, LabelId, StoreId};
use rota_core::life::What;
use rota_core::replay::{Creation, Life, Needs, Recorded, Said, Shift};
use std::collections::{BTreeSet, HashMap};
use tokio::sync::mpsc;

/// What is asked of the past.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    pub from: Timestamp,
    pub to: Timestamp,
    pub needs: Needs,
}

/// A part of what was recorded.
#[derive(Debug)]
pub enum Chunk {
    /// Comes first.
    Begin {
        tickets: u64,
        /// Of each agent in the order of time, from its beginning on.
        shifts: Vec<Shift>,
    },
    /// In the order of their numbers.
    Tickets(Vec<Recorded>),
    /// Comes last, if nothing failed.
    End,
}

/// Tickets of one chunk: their texts are in memory at a time, where rules look for words.
pub const CHUNK: i64 = 2_000;

#[async_trait]
pub trait ReplayStore: Send + Sync {
    /// Sends what was recorded of the tickets that came from `from` to before `to`, and of who was there, all of one moment. It
    /// ends early once nobody takes it any more.
    async fn recorded(
        &self,
        store: &StoreId,
        period: Period,
        to: mpsc::Sender<Chunk>,
    ) -> Result<(), StoreError>;
}

/// A ticket's columns, as far as they are needed.
#[derive(Debug)]
pub struct StoredPast {
    pub id: i64,
    pub created_at: i64,
    pub receipt: String,
    pub linked: bool,
    pub customer: Option<String>,
    /// Channel, the two addresses, title, context.
    pub said: Option<StoredSaid>,
    pub labels: Vec<i64>,
}

#[derive(Debug)]
pub struct StoredSaid {
    pub channel: String,
    pub brand: Option<String>,
    pub customer: Option<String>,
    pub title: Option<String>,
    pub context: Option<String>,
}

/// An entry of a timeline: its ticket, its number, when, what.
pub type StoredEntry = (i64, i64, i64, String);

/// Which entries of a timeline matter.
pub fn entries_condition(needs: Needs) -> &'static str {
    if needs.labels {
        "kind NOT IN ('noted', 'message', 'priority_set')"
    } else {
        "kind NOT IN ('noted', 'message', 'priority_set', 'labelled')"
    }
}

/// Tickets of their columns. `entries` are in the order of tickets and numbers; `tags` are those of the tickets' customers.
pub fn recorded(
    tickets: Vec<StoredPast>,
    entries: Vec<StoredEntry>,
    tags: &HashMap<String, Vec<Box<str>>>,
) -> Result<Vec<Recorded>, StoreError> {
    let mut entries = entries.into_iter().peekable();
    let mut recorded = Vec::with_capacity(tickets.len());
    for ticket in tickets {
        let creation =
            Creation::from_stored(&ticket.receipt).map_err(|error| corrupt("tickets.receipt", error))?;
        let at = time(ticket.created_at)?;
        let mut life = Life::new(at, &creation);
        let mut labels = Labels::default();
        while let Some((_, sequence, at, body)) = entries.next_if(|(of, ..)| *of <= ticket.id) {
            let what = What::from_stored(&body).map_err(|error| corrupt("timeline.body", error))?;
            life.heed(sequence, time(at)?, &what);
            labels.heed(sequence, &what);
        }
        let labels = labels.before(ticket.labels.into_iter().map(LabelId).collect());
        let tags = ticket.customer.as_deref().and_then(|customer| tags.get(customer));
        let subject =
            ticket.said.map(|said| said.read(labels, tags.cloned().unwrap_or_default())).transpose()?;
        let customer = ticket.customer.as_deref();
        let customer = customer.map(|id| known("tickets.customer_id", CustomerId::new(id))).transpose()?;
        recorded.push(Recorded { at, creation, linked: ticket.linked, life, customer, subject });
    }
    Ok(recorded)
}

impl StoredSaid {
    fn read(self, labels: Vec<LabelId>, tags: Vec<Box<str>>) -> Result<Said, StoreError> {
        let Self { channel, brand, customer, title, context } = self;
        let contact = contact(&channel, brand.as_deref(), customer.as_deref(), title.as_deref())?;
        Ok(Said { contact, labels, context: context.map(Into::into), tags })
    }
}

/// Changes of a ticket's labels since its creation: what was added and what was removed.
#[derive(Default)]
struct Labels(Vec<(i64, BTreeSet<LabelId>, BTreeSet<LabelId>)>);

impl Labels {
    fn heed(&mut self, sequence: i64, what: &What) {
        match what {
            What::Labelled { added, removed } => self.0.push((sequence, added.clone(), removed.clone())),
            What::Undone { sequence: undone } => {
                if let Some((_, added, removed)) = self.0.iter().find(|(of, ..)| of == undone).cloned() {
                    self.0.push((sequence, removed, added));
                }
            }
            _ => {}
        }
    }

    /// Those that it had before all that.
    fn before(self, mut labels: BTreeSet<LabelId>) -> Vec<LabelId> {
        for (_, added, removed) in self.0.into_iter().rev() {
            labels.retain(|label| !added.contains(label));
            labels.extend(removed);
        }
        labels.into_iter().collect()
    }
}

/// When an agent came or went, of the columns of its history.
pub fn shift(agent: i64, at: i64, online: bool, active: bool) -> Result<Shift, StoreError> {
    Ok(Shift { agent: AgentId(agent), at: time(at)?, online: online && active })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_those_of_the_creation_whatever_was_done_and_undone_since() {
        let what = |json: &str| What::from_stored(json).unwrap();
        let mut labels = Labels::default();
        labels.heed(2, &what(r#"{"kind":"labelled","added":[3],"removed":[1]}"#));
        labels.heed(3, &what(r#"{"kind":"labelled","removed":[2]}"#));
        labels.heed(4, &what(r#"{"kind":"undone","sequence":3}"#));
        labels.heed(5, &what(r#"{"kind":"undone","sequence":9}"#));
        assert_eq!(labels.before([2, 3].map(LabelId).into()), [1, 2].map(LabelId));
    }
}
