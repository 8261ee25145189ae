//! What both databases have alike of the lists: how much is filed at once, and what a ticket is found by.

use super::StoreError;
use super::types::Count;
use super::values::corrupt;
use rota_core::ids::StoreId;
use rota_core::life::What;
use rota_core::search::{Filter, Listed, Listing, Scope, Sort, Worded};

/// The most stores of one step of filing.
pub const STORES: usize = 20;
/// The most tickets whose words are made anew in one step.
pub const AGAIN: usize = 50;
/// The most changed customers of one step.
pub const CUSTOMERS: usize = 100;
/// How much text of new tickets a step takes, in bytes, and how much of one ticket's notes and messages.
pub const TEXT: i64 = 2 * 1024 * 1024;
/// The most candidates that are looked at for one count.
pub const COUNTED: usize = 20_000;
/// Up to where a count is exact (desk 2).
const EXACT: u16 = 1_000;
/// Counts the tickets of a store (its only parameter) that are filed and missing in the lists, or stand otherwise there.
/// `SAME` stands for the comparison that takes NULL for a value.
pub const MISFILED: &str = "
    SELECT count(*) FROM tickets t
    WHERE t.store_id = STORE AND t.id <= (SELECT tickets_to FROM listing WHERE store_id = STORE) AND NOT EXISTS (
        SELECT 1 FROM listed l WHERE l.store_id = t.store_id AND l.ticket_id = t.id AND l.stage = t.stage
            AND l.unowned SAME CASE WHEN t.stage = 'open' AND t.agent_id IS NULL
                THEN CASE WHEN t.waiting_pool IS NULL THEN 'unclaimed' ELSE 'waiting' END END
            AND l.agent_id SAME t.agent_id AND l.team_id SAME t.team_id AND l.customer_id = t.customer_id
            AND l.channel = t.channel AND l.priority = coalesce(t.priority, 1)
            AND l.last_event = coalesce(t.last_event, t.event))";
/// Greater than every id and every token: what begins with a text lies between it and this behind it.
pub const GREATEST: &str = "\u{10ffff}";

/// A store in which something is not filed.
#[derive(Debug, Clone)]
pub struct Backlog {
    pub store: StoreId,
    /// What its listing row has; where there is none, nothing is filed.
    pub tickets_to: i64,
    pub has_row: bool,
}

/// The list whose length is a filter's count.
pub fn counting(filter: &Filter) -> Listing {
    Listing { query: None, filter: filter.clone(), sort: Sort::Newest, after: None, limit: EXACT }
}

impl Count {
    /// Of a list that [`counting`] made.
    pub fn of(listed: &Listed) -> Self {
        Self { count: listed.tickets.len() as u64, more: listed.next.is_some() }
    }
}

/// A ticket's texts: its own, and whom it is of, as their rows have them.
#[derive(Debug, Default)]
pub struct Texts {
    pub title: Option<String>,
    pub context: Option<String>,
    /// The customer's.
    pub names: [Option<String>; 2],
    pub email_key: Option<String>,
    /// What was noted on it and said.
    pub bodies: Vec<String>,
}

impl Texts {
    /// How many bytes of them may be many.
    pub fn size(&self) -> usize {
        let bodies = self.bodies.iter().map(String::len).sum::<usize>();
        bodies + self.context.as_ref().map_or(0, String::len)
    }

    /// What the index gets of them: entries in a row.
    pub fn entries(&self, scope: &Scope) -> Result<String, StoreError> {
        let said = self.bodies.iter().map(|body| said(body)).collect::<Result<Vec<_>, _>>()?;
        let own = self.title.as_deref().into_iter().chain(self.context.as_deref());
        let names = self.names.iter().flatten().map(String::as_str);
        let worded =
            Worded::new(own.chain(said.iter().map(String::as_str)), names, self.email_key.as_deref());
        Ok(worded.entries(scope).collect::<Vec<_>>().join(" "))
    }
}

/// The text of a note or a message, as the timeline keeps it.
fn said(body: &str) -> Result<String, StoreError> {
    match What::from_stored(body).map_err(|error| corrupt("timeline.body", error))? {
        What::Noted { text, .. } | What::Message { text, .. } => Ok(text.into()),
        _ => Ok(String::new()),
    }
}

/// A store without people, for tests.
#[cfg(test)]
pub fn empty_roster(store: &StoreId) -> rota_core::roster::Roster {
    rota_core::roster::Roster::new(rota_core::roster::Settings {
        store: store.clone(),
        version: 1,
        timezone: jiff::tz::TimeZone::UTC,
        policy: rota_core::roster::Policy::Unassigned,
        dedupe_window: std::time::Duration::ZERO,
        agents: Vec::new(),
        teams: Vec::new(),
        labels: std::collections::HashSet::new(),
        brand_addresses: std::collections::HashSet::new(),
        routing: rota_core::roster::Routing::default(),
        rules: Vec::new(),
        desk: rota_core::life::Settings::default(),
    })
}
