//! `rota check`: what has to agree in a store, and what is told where it does not. Each database counts in its own way.

use super::types::Finding;
use rota_core::ids::StoreId;
use rota_core::intake::Routing;
use std::collections::BTreeMap;

/// What was counted of one store.
pub struct Counted {
    pub tickets: i64,
    /// The highest number of a ticket, 0 where there is none.
    pub last_ticket: i64,
    /// Entries of timelines after the tickets' creations.
    pub later_entries: i64,
    /// Rows of the outbox that tell of timeline entries.
    pub outbox: i64,
    /// Rows of the outbox that tell of a later entry.
    pub told_entries: i64,
    /// The first position from which on all events are kept.
    pub first_event: i64,
    /// Creations and the outbox, merged, count up from there to right before this.
    pub first_missing_event: i64,
    /// Agents whose open tickets are counted wrongly.
    pub loads: Vec<WrongLoad>,
    /// Waiting tickets by the number of their pool.
    pub waiting: BTreeMap<i64, u64>,
    /// Tickets that wait although they are owned or not open.
    pub waiting_wrongly: i64,
    /// Tickets that stand otherwise in the lists than they are, or are filed and not in the lists.
    pub misfiled: i64,
    /// Days of pools on which the ledger's sums are not the number of turns.
    pub miscounted: i64,
}

/// An agent's open tickets, as they are noted and as they are.
pub struct WrongLoad {
    pub agent: i64,
    pub noted: i64,
    pub owned: i64,
}

impl Counted {
    /// Everything that contradicts itself or the routing row.
    pub fn findings(&self, store: &StoreId, routing: &Routing) -> Vec<Finding> {
        let state = [self.numbers(routing), self.events(routing), self.loads(), self.waiting(routing)];
        let texts = [state.concat(), self.lists(), self.ledger()].concat();
        texts.into_iter().map(|text| Finding { store: Some(store.clone()), text }).collect()
    }

    /// Tickets are numbered without gaps up to where the routing row says.
    fn numbers(&self, routing: &Routing) -> Vec<String> {
        let (count, last, next) = (self.tickets, self.last_ticket, routing.next_ticket);
        let mut texts = Vec::new();
        if count != last {
            texts.push(format!("gap: tickets are numbered up to {last}, but there are {count}"));
        }
        if last != next - 1 {
            texts.push(format!("gap: tickets end at {last}, but the next number is {next}"));
        }
        texts
    }

    /// Every entry of a timeline, the ticket's creation being the first, is one event, whose row is in the outbox as long as
    /// it is kept; what is kept is numbered without gaps up to where the routing row says.
    fn events(&self, routing: &Routing) -> Vec<String> {
        let (later, outbox, told) = (self.later_entries, self.outbox, self.told_entries);
        let mut texts = Vec::new();
        let all_are_kept = self.first_event == 1;
        if all_are_kept && later != told || told != outbox {
            texts.push(format!(
                "orphan: {later} timeline entries and {outbox} outbox rows, of which {told} belong together"
            ));
        }
        let (end, next) = (self.first_missing_event, routing.next_event);
        if end != next {
            texts.push(format!("gap: events are numbered up to {}, but the next number is {next}", end - 1));
        }
        texts
    }

    fn loads(&self) -> Vec<String> {
        let text = |WrongLoad { agent, noted, owned }: &WrongLoad| {
            format!("open count: agent {agent} is counted with {noted} open tickets, but owns {owned}")
        };
        self.loads.iter().map(text).collect()
    }

    fn lists(&self) -> Vec<String> {
        let count = self.misfiled;
        let text = || {
            format!("lists: {count} tickets are missing in the lists or stand otherwise there than they are")
        };
        (count > 0).then(text).into_iter().collect()
    }

    fn ledger(&self) -> Vec<String> {
        let count = self.miscounted;
        let text = || format!("ledger: on {count} days of pools the sums are not the number of turns");
        (count > 0).then(text).into_iter().collect()
    }

    fn waiting(&self, routing: &Routing) -> Vec<String> {
        let counted = &self.waiting;
        let pools = routing.pools.iter().filter(|(_, state)| state.waiting > 0);
        let noted: BTreeMap<i64, u64> = pools.map(|(pool, state)| (pool.number(), state.waiting)).collect();
        let mut texts = Vec::new();
        if *counted != noted {
            texts
                .push(format!("waiting tickets per pool are noted as {noted:?}, but counted as {counted:?}"));
        }
        if self.waiting_wrongly > 0 {
            let text = "tickets that wait although they are owned or not open";
            texts.push(format!("{text}: {}", self.waiting_wrongly));
        }
        texts
    }
}
