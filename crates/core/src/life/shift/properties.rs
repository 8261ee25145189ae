//! What holds of transactions, whatever commands they work and whoever comes and goes between them.

use super::*;
use crate::address::PhoneNumber;
use crate::assign::PoolState;
use crate::life::desk::Desk;
use crate::life::properties::{actor, command};
use crate::roster;
use proptest::prelude::*;

/// What happens to the store, one transaction each.
#[derive(Debug, Clone)]
enum Happening {
    Orders(Vec<(Actor, i64, Command)>),
    Online(i64, bool),
    Limit(i64, Option<u32>),
}

fn happening() -> impl Strategy<Value = Happening> {
    let order = (actor(), 1..=7_i64, command());
    prop_oneof![
        6 => prop::collection::vec(order, 1..5).prop_map(Happening::Orders),
        2 => (1..=4_i64, any::<bool>()).prop_map(|(agent, online)| Happening::Online(agent, online)),
        1 => (1..=4_i64, prop::option::of(1..3_u32)).prop_map(|(agent, limit)| Happening::Limit(agent, limit)),
    ]
}

/// A store as an adapter keeps it.
struct Store {
    now: Timestamp,
    roster: roster::Settings,
    routing: Routing,
    tickets: BTreeMap<TicketId, Held>,
    entries: Vec<Told>,
    loads: BTreeMap<AgentId, i64>,
}

fn contact() -> Contact {
    let number = || PhoneNumber::new("+918095495490").unwrap();
    Contact::Whatsapp { brand: number(), customer: Some(number()) }
}

impl Store {
    /// With six tickets of the store's pool, all waiting: nobody is there yet.
    fn new() -> Self {
        let Desk { now, mut roster, tickets, .. } = Desk::new(6);
        roster.agents.iter_mut().for_each(|agent| agent.online = false);
        let pools = [(Pool::Store, PoolState { waiting: 6, ..PoolState::default() })].into();
        let held = |(id, ticket)| (id, Held { ticket, contact: contact() });
        Self {
            now,
            roster,
            routing: Routing { roster_version: 1, next_ticket: 7, next_event: 7, pools },
            tickets: tickets.into_iter().map(held).collect(),
            entries: Vec::new(),
            loads: BTreeMap::new(),
        }
    }

    fn live(&mut self, happening: &Happening) {
        self.now += jiff::SignedDuration::from_secs(1);
        match happening {
            Happening::Orders(orders) => {
                let orders: Vec<_> = orders
                    .iter()
                    .map(|(by, ticket, command)| {
                        (by.clone(), Order { ticket: TicketId(*ticket), command: command.clone() })
                    })
                    .collect();
                self.shift(&orders, false);
            }
            Happening::Online(agent, online) => {
                self.change(*agent, |agent| agent.online = *online);
            }
            Happening::Limit(agent, limit) => self.change(*agent, |agent| agent.max_open = *limit),
        }
    }

    fn change(&mut self, id: i64, change: impl FnOnce(&mut roster::Agent)) {
        let agent = self.roster.agents.iter_mut().find(|agent| agent.id == AgentId(id));
        change(agent.expect("agents 1 to 4 are there"));
        while self.shift(&[], true) {}
    }

    /// One transaction; answers whether there may be more to hand out.
    fn shift(&mut self, orders: &[(Actor, Order)], stir: bool) -> bool {
        let roster = Roster::new(self.roster.clone());
        let asked: Vec<Order> = orders.iter().map(|(_, order)| order.clone()).collect();
        let known = self.known(&Needed::by(&asked));
        let mut shift = Shift::new(&roster, self.routing.clone(), known, self.now);
        for (by, order) in orders {
            drop(shift.work(by, order));
        }
        if stir {
            shift.stir_all();
        }
        while let Some((pool, after, limit)) = shift.hungry() {
            let waits = |held: &&Held| held.ticket.state.waiting() == Some(pool) && held.ticket.id > after;
            let oldest = self.tickets.values().filter(waits).take(limit).cloned().collect();
            shift.hand_out(pool, after, limit, oldest);
        }
        let Some(worked) = shift.finish() else { return false };
        let is_unfinished = !worked.unfinished.is_empty();
        self.apply(worked);
        is_unfinished
    }

    fn known(&self, needed: &Needed) -> Known {
        let said = |ticket: TicketId, id: &ExternalId| {
            self.entries.iter().any(|told| {
                told.ticket.id == ticket
                    && matches!(&told.entry.what, What::Message { external_id: Some(known), .. } if known == id)
            })
        };
        let entry = |(ticket, sequence): &(TicketId, i64)| {
            let found = self
                .entries
                .iter()
                .find(|told| told.ticket.id == *ticket && told.entry.sequence == *sequence);
            found.map(|told| ((*ticket, *sequence), told.entry.clone()))
        };
        Known {
            tickets: needed.tickets.iter().filter_map(|id| self.tickets.get(id).cloned()).collect(),
            messages: needed.messages.iter().filter(|(ticket, id)| said(*ticket, id)).cloned().collect(),
            entries: needed.entries.iter().filter_map(entry).collect(),
            loads: self.loads.iter().map(|(agent, open)| (*agent, u32::try_from(*open).unwrap())).collect(),
        }
    }

    fn apply(&mut self, worked: Worked) {
        for (new, from) in &worked.created {
            assert_eq!(new.id.0, i64::try_from(self.tickets.len()).unwrap() + 1, "numbers have no gaps");
            let ticket = Ticket::created(new, &Roster::new(self.roster.clone()));
            let contact = self.tickets[from].contact.clone();
            self.tickets.insert(new.id, Held { ticket, contact });
        }
        let mut positions: Vec<i64> = worked.entries.iter().map(|told| told.position).collect();
        positions.extend(worked.created.iter().map(|(new, _)| new.event));
        positions.sort_unstable();
        assert_eq!(positions, (self.routing.next_event..worked.routing.next_event).collect::<Vec<_>>());
        for ticket in worked.changed {
            let held = self.tickets.get_mut(&ticket.id).expect("it is there");
            held.ticket = ticket;
        }
        for (agent, more) in worked.loads {
            *self.loads.entry(agent).or_default() += more;
        }
        self.entries.extend(worked.entries);
        self.routing = worked.routing;
    }

    fn counted<K: Ord>(&self, of: impl Fn(&State) -> Option<K>) -> BTreeMap<K, i64> {
        let mut counts = BTreeMap::new();
        for key in self.tickets.values().filter_map(|held| of(&held.ticket.state)) {
            *counts.entry(key).or_default() += 1;
        }
        counts
    }

    /// Whether somebody could take the ticket out of the pool that it waits in.
    fn has_taker(&self, ticket: &Ticket, pool: Pool) -> bool {
        let roster = Roster::new(self.roster.clone());
        let loads = self.loads.iter().map(|(agent, open)| (*agent, u32::try_from(*open).unwrap())).collect();
        let mut assigner = Assigner::new(&roster, self.routing.pools.clone(), loads, self.now);
        assigner.decide_waiting(pool, &ticket.passed).agent.is_some()
    }
}

proptest! {
    #[test]
    fn counts_are_those_of_the_tickets_after_every_transaction(
        happenings in prop::collection::vec(happening(), 0..40)
    ) {
        let mut store = Store::new();
        for happening in &happenings {
            store.live(happening);
            let loads: BTreeMap<_, _> =
                store.loads.iter().filter(|(_, open)| **open != 0).map(|(agent, open)| (*agent, *open)).collect();
            prop_assert_eq!(loads, store.counted(State::loads));
            let waiting: BTreeMap<_, _> = store.routing.pools.iter().filter(|(_, state)| state.waiting != 0)
                .map(|(pool, state)| (*pool, i64::try_from(state.waiting).unwrap())).collect();
            prop_assert_eq!(waiting, store.counted(State::waiting));
        }
    }

    #[test]
    fn nothing_waits_that_somebody_could_take(happenings in prop::collection::vec(happening(), 0..40)) {
        let mut store = Store::new();
        for happening in &happenings {
            store.live(happening);
            for held in store.tickets.values() {
                if let Some(pool) = held.ticket.state.waiting() {
                    prop_assert!(!store.has_taker(&held.ticket, pool), "{:?} after {happening:?}", held.ticket);
                }
            }
        }
    }

    #[test]
    fn a_pool_hands_out_the_oldest_first(happenings in prop::collection::vec(happening(), 0..40)) {
        let mut store = Store::new();
        for happening in &happenings {
            let before = store.entries.len();
            store.live(happening);
            let mut last: BTreeMap<Pool, TicketId> = BTreeMap::new();
            for Told { ticket, entry, .. } in &store.entries[before..] {
                let What::HandedOut(moved) = &entry.what else { continue };
                let pool = moved.from.state.waiting().expect("it waited");
                prop_assert!(last.get(&pool).is_none_or(|last| *last < ticket.id), "{:?}", store.entries);
                last.insert(pool, ticket.id);
            }
        }
    }

    #[test]
    fn a_ticket_is_known_as_it_was_created(happenings in prop::collection::vec(happening(), 0..40)) {
        let mut store = Store::new();
        let created: BTreeMap<TicketId, Ticket> =
            store.tickets.iter().map(|(id, held)| (*id, held.ticket.clone())).collect();
        for happening in &happenings {
            store.live(happening);
        }
        for (id, ticket) in &created {
            let of_ticket = store.entries.iter().filter(|told| told.ticket.id == *id);
            let later: Vec<Entry> = of_ticket.map(|told| told.entry.clone()).collect();
            prop_assert_eq!(&store.tickets[id].ticket.as_created(&later), ticket);
        }
    }
}
