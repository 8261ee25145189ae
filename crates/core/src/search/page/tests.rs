//! Pages against the plainest way to make a list: look at every ticket, put those that are shown in order.

use super::*;
use crate::access::Role;
use crate::ids::{AgentId, LabelId, TeamId};
use crate::life::desk::{Desk, TEAM, key, ticket};
use crate::life::{ClosedBy, Place, State};
use crate::search::{Identity, Unowned, tokens};
use crate::stages::Stages;
use crate::ticket::{Channel, Pool, Stage as Kind};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A database as the tests keep it. Ticket N has the words of `texts`.
struct Shelf {
    tickets: Vec<Candidate>,
    customers: BTreeMap<CustomerId, Identity>,
    texts: BTreeMap<TicketId, Vec<String>>,
    filed_to: TicketId,
    /// How many candidates were judged.
    judged: usize,
    /// How many customers and candidates are many.
    many: usize,
}

impl Shelf {
    fn answer(&mut self, ask: Ask) -> Told {
        match ask {
            Ask::Customers(query, most) => {
                let meant = self.customers.iter().filter(|(_, customer)| query.points_at(customer));
                Told::Customers(meant.map(|(id, _)| id.clone()).take(most).collect())
            }
            Ask::Ages { from, past } => {
                let first = |fits: &dyn Fn(Timestamp) -> bool| {
                    let filed = self.tickets.iter().filter(|it| it.ticket.id <= self.filed_to);
                    filed.map(|it| &it.ticket).find(|it| fits(it.created_at)).map(|it| it.id)
                };
                let (first, past) = (
                    from.and_then(|from| first(&|at| at >= from)),
                    past.and_then(|past| first(&|at| at > past)),
                );
                Told::Ages { first, past }
            }
            Ask::Numbers(pulls) => Told::Numbers(pulls.iter().map(|pull| self.pull(pull)).collect()),
            Ask::Changes { before, limit } => {
                let filed = self.tickets.iter().filter(|it| it.ticket.id <= self.filed_to);
                let fitting = filed.filter(|it| before.is_none_or(|before| it.changed < before));
                let mut changes: Vec<_> = fitting.map(|it| (it.changed, it.ticket.id)).collect();
                changes.sort_unstable_by(|one, other| other.cmp(one));
                changes.truncate(limit);
                Told::Changes(changes)
            }
            Ask::Tickets { ids, facts } => {
                self.judged += ids.len();
                let asked = self.tickets.iter().filter(|it| ids.contains(&it.ticket.id)).cloned();
                let known = asked.map(|it| Candidate {
                    mentioned: it.mentioned && facts.mentioned.is_some(),
                    customer: facts.customers.then(|| self.customers[&it.ticket.customer].clone()),
                    worded: facts.words.as_ref().is_some_and(|words| {
                        it.ticket.id <= self.filed_to && words.are_in(&self.texts[&it.ticket.id])
                    }),
                    ..it
                });
                Told::Tickets(known.collect())
            }
        }
    }

    fn pull(&self, Pull { lane, span, order, limit }: &Pull) -> Vec<TicketId> {
        let holds = |it: &&Candidate| {
            let (ticket, filed) = (&it.ticket, it.ticket.id <= self.filed_to);
            match lane {
                Lane::Tail => !filed,
                Lane::All => filed,
                Lane::Stage(kind) => filed && ticket.kind() == *kind,
                Lane::Agent(agent, kind) => filed && (ticket.owner(), ticket.kind()) == (*agent, *kind),
                Lane::Team(team, kind) => filed && (ticket.team, ticket.kind()) == (*team, *kind),
                Lane::Unowned(unowned) => filed && Unowned::of(&ticket.state) == Some(*unowned),
                Lane::TeamUnowned(team, unowned) => {
                    filed && ticket.team == *team && Unowned::of(&ticket.state) == Some(*unowned)
                }
                Lane::Channel(channel, kind) => filed && (it.channel, ticket.kind()) == (*channel, *kind),
                Lane::Priority(priority, kind) => {
                    assert_ne!(*priority, Priority::Normal, "it has no lane");
                    filed && (ticket.priority, ticket.kind()) == (*priority, *kind)
                }
                Lane::Customers(customers) => filed && customers.contains(&ticket.customer),
                Lane::Named(words) => filed && words.are_in(&self.customers[&ticket.customer].name_tokens()),
                Lane::Mailed(mail) => {
                    let own = self.customers[&ticket.customer].email_key.as_deref();
                    filed && own.is_some_and(|own| own.starts_with(&**mail))
                }
                Lane::Words(words) => filed && words.are_in(&self.texts[&ticket.id]),
                Lane::Label(label) => ticket.labels.contains(label),
                Lane::Mentioned(_) => it.mentioned,
            }
        };
        let within = |id: &TicketId| {
            span.above.is_none_or(|above| *id > above) && span.below.is_none_or(|below| *id < below)
        };
        let mut ids: Vec<_> =
            self.tickets.iter().filter(holds).map(|it| it.ticket.id).filter(within).collect();
        if *order == Order::Down {
            ids.reverse();
        }
        ids.truncate(*limit);
        ids
    }

    fn page(
        &mut self,
        listing: &Listing,
        by: &Actor,
        roster: &Roster,
        now: Timestamp,
        bound: usize,
    ) -> Listed {
        let mut page = Page::new(listing, by, roster, self.filed_to, now).within(bound);
        (page.bounds.customers, page.bounds.few) = (self.many, self.many);
        for _ in 0..1_000 {
            match page.step() {
                Step::Ask(ask) => page.told(self.answer(ask)),
                Step::Done(listed) => return listed,
                Step::Behind => panic!("too far behind"),
            }
        }
        panic!("no end: {listing:?}");
    }

    /// All pages, each ticket once.
    fn walk(&mut self, listing: &Listing, by: &Actor, roster: &Roster, now: Timestamp) -> Vec<TicketId> {
        let mut listing = listing.clone();
        let mut walked = Vec::new();
        for bound in [3, 7, 5_000, 11].into_iter().cycle().take(200) {
            let Listed { tickets, next } = self.page(&listing, by, roster, now, bound);
            assert!(tickets.len() <= usize::from(listing.limit));
            walked.extend(tickets);
            listing.after = next;
            if next.is_none() {
                return walked;
            }
        }
        panic!("no last page: {listing:?}");
    }

    /// The plainest evaluation.
    fn plain(&self, listing: &Listing, by: &Actor, roster: &Roster, now: Timestamp) -> Vec<TicketId> {
        let looker = Looker::new(by, roster);
        let mut found: Vec<(i64, i64, TicketId)> = Vec::new();
        for it in &self.tickets {
            let seen = to_ticket(by, &it.ticket, Act::See, roster, false).is_ok();
            let known = Candidate { mentioned: it.mentioned && looker.agent.is_some(), ..it.clone() };
            let Some(rank) =
                self.rank(listing, it).filter(|_| seen && listing.filter.shows(&known, &looker, now))
            else {
                continue;
            };
            let id = it.ticket.id;
            found.push(match listing.sort {
                Sort::Newest => (0, -id.0, id),
                Sort::Oldest => (0, id.0, id),
                Sort::Priority => (-it.ticket.priority.rank(), id.0, id),
                Sort::Changed => (0, -it.changed, id),
                Sort::Match => (rank, -id.0, id),
            });
        }
        found.sort_unstable();
        found.into_iter().map(|(.., id)| id).collect()
    }

    fn rank(&self, listing: &Listing, it: &Candidate) -> Option<i64> {
        let Some(query) = &listing.query else { return Some(0) };
        let filed = it.ticket.id <= self.filed_to;
        let worded = |words: &crate::search::Words| filed && words.are_in(&self.texts[&it.ticket.id]);
        if query.number == Some(it.ticket.id) {
            Some(0)
        } else if query.means(&self.customers[&it.ticket.customer]) {
            Some(1)
        } else {
            query.words.as_ref().is_some_and(worded).then_some(2)
        }
    }
}

fn candidate(id: i64, now: Timestamp, seed: [u8; 8]) -> Candidate {
    let pick = |place: usize, of: u8| i64::from(seed[place] % of);
    let mut ticket = ticket(id, now);
    let agent = [None, Some(AgentId(1)), Some(AgentId(2)), Some(AgentId(4))][seed[0] as usize % 4];
    let stage = Stages::default().first_open();
    ticket.state = match (pick(1, 4), agent) {
        (0, agent) => State::Closed { at: now, by: ClosedBy::Agent, agent },
        (1, agent) => State::Snoozed { stage, until: now, agent },
        (_, Some(agent)) => State::Open { stage, place: Place::Owned(agent) },
        (2, None) => State::Open { stage, place: Place::Waiting(Pool::Store) },
        (_, None) => State::Open { stage, place: Place::Unclaimed },
    };
    ticket.team = [None, Some(TEAM), Some(TeamId(32))][seed[2] as usize % 3];
    ticket.priority = Priority::ALL[seed[3] as usize % 4];
    ticket.labels = (0..pick(4, 3)).map(|label| LabelId(label + 1)).collect();
    ticket.customer = CustomerId::new(&format!("c{}", pick(5, 4))).unwrap();
    ticket.created_at = now + SignedDuration::from_mins(id);
    let channel = if pick(6, 2) == 0 { Channel::Email } else { Channel::Tasks };
    let changed = (pick(7, 100) + 1) * 1_000 - id;
    Candidate {
        ticket,
        channel,
        changed,
        mentioned: seed[6].is_multiple_of(3),
        customer: None,
        worded: false,
    }
}

const NAMES: [&str; 4] = ["Asha Rao", "Asha Kulkarni", "Ravi", "order"];
const TEXTS: [&str; 4] = ["order", "refund order", "asha called", ""];

fn shelf(seeds: &[[u8; 8]], filed: usize, now: Timestamp) -> Shelf {
    let tickets: Vec<_> = (1..).zip(seeds).map(|(id, seed)| candidate(id, now, *seed)).collect();
    let identity = |name: &str| Identity {
        first_name: Some(name.into()),
        email_key: Some(format!("{}@shop.example", name.to_lowercase().replace(' ', "."))),
        partner_id: Some(name.len().to_string()),
        ..Identity::default()
    };
    let customers = NAMES.into_iter().enumerate();
    let customers = customers.map(|(at, name)| (CustomerId::new(&format!("c{at}")).unwrap(), identity(name)));
    let text = |seed: &[u8; 8]| tokens(TEXTS[usize::from(seed[7]) % 4]);
    Shelf {
        texts: tickets.iter().zip(seeds).map(|(it, seed)| (it.ticket.id, text(seed))).collect(),
        filed_to: TicketId(i64::try_from(filed.min(tickets.len())).unwrap()),
        customers: customers.collect(),
        tickets,
        judged: 0,
        many: 1_000,
    }
}

fn parameters() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let one = |name: &'static str, values: &'static [&'static str]| {
        prop::option::weighted(0.25, prop::sample::select(values).prop_map(move |value| (name, value)))
    };
    let states = &["open", "owned", "waiting", "unclaimed", "snoozed", "closed"];
    let filters = (
        one("state", states),
        one("agent", &["me", "none", "1", "2"]),
        one("team", &["mine", "none", "31", "32"]),
        one("label", &["1", "2"]),
        one("channel", &["email", "tasks"]),
        one("priority", &["low", "normal", "urgent"]),
        one("customer", &["c0", "c1"]),
        one("mentioned", &["me"]),
        (one("stage", &["1", "2"]), one("olderThan", &["20m", "2h"]), one("youngerThan", &["90m", "10m"])),
    );
    let page = (
        one("q", &["order", "asha", "2", "8", "refund order", "asha.k", "nothing", "#7"]),
        prop::sample::select(vec!["newest", "oldest", "priority", "changed", "match"]),
        prop::sample::select(vec!["1", "3", "50"]),
    );
    (filters, page).prop_map(|((a, b, c, d, e, f, g, h, (i, j, k)), (q, sort, limit))| {
        let sort = if q.is_none() && sort == "match" { "newest" } else { sort };
        let given = [a, b, c, d, e, f, g, h, i, j, k, q, Some(("sort", sort)), Some(("limit", limit))];
        given.into_iter().flatten().collect()
    })
}

fn actor() -> impl Strategy<Value = Actor> {
    let agent = |id, role| Actor::Agent { id: AgentId(id), role };
    prop::sample::select(vec![
        agent(1, Role::Agent),
        agent(2, Role::TeamManager),
        agent(3, Role::TeamManager),
        agent(4, Role::Admin),
        key(),
    ])
}

proptest! {
    #[test]
    fn the_pages_of_a_list_have_each_ticket_once_that_is_shown_in_its_order(
        seeds in prop::collection::vec(any::<[u8; 8]>(), 0..60), filed in 0..70_usize,
        parameters in parameters(), by in actor(), later in 0..200_i64,
        many in prop::sample::select(vec![0, 1, 10, 1_000]),
    ) {
        let desk = Desk::new(0);
        let roster = Roster::new(desk.roster.clone());
        let mut shelf = Shelf { many, ..shelf(&seeds, filed, desk.now) };
        let now = desk.now + SignedDuration::from_mins(later);
        let listing = Listing::parse(parameters.iter().copied()).unwrap();
        let plain = shelf.plain(&listing, &by, &roster, now);
        prop_assert_eq!(shelf.walk(&listing, &by, &roster, now), plain, "{:?}", parameters);
    }
}

/// So many open tickets, of which only number 1 is agent 2's.
fn crowd(count: i64) -> Shelf {
    let now = Desk::new(0).now;
    let seeds: Vec<_> = (1..=count).map(|id| [if id == 1 { 2 } else { 1 }, 3, 0, 1, 0, 0, 0, 3]).collect();
    let mut shelf = shelf(&seeds, usize::MAX, now);
    for (at, it) in (1..).zip(&mut shelf.tickets) {
        it.changed = at;
    }
    shelf
}

fn list(parameters: &[(&str, &str)]) -> Listing {
    Listing::parse(parameters.iter().copied()).unwrap()
}

#[test]
fn a_page_looks_at_five_thousand_candidates_and_says_where_to_go_on() {
    let desk = Desk::new(0);
    let roster = Roster::new(desk.roster.clone());
    let mut shelf = crowd(6_000);
    for sort in ["newest", "oldest", "changed"] {
        // Stage 9 is no ticket's.
        let mut listing = list(&[("stage", "9"), ("channel", "email"), ("sort", sort)]);
        (shelf.judged, shelf.filed_to) = (0, TicketId(5_900));
        let page = shelf.page(&listing, &key(), &roster, desk.now, EXAMINED);
        assert_eq!(page.tickets, [], "{sort}");
        assert!((EXAMINED..EXAMINED + 200).contains(&shelf.judged), "{sort}: {}", shelf.judged);
        listing.after = page.next;
        assert!(listing.after.is_some(), "{sort}");
        let rest = shelf.page(&listing, &key(), &roster, desk.now, EXAMINED);
        assert_eq!((rest.tickets.len(), rest.next), (0, None), "{sort}");
    }
}

#[test]
fn ones_own_tickets_are_found_without_looking_at_others() {
    let desk = Desk::new(0);
    let roster = Roster::new(desk.roster.clone());
    let me = Actor::Agent { id: AgentId(2), role: Role::Agent };
    for sort in ["newest", "oldest", "priority", "changed"] {
        let mut shelf = crowd(3_000);
        let page = shelf.page(&list(&[("state", "open"), ("sort", sort)]), &me, &roster, desk.now, EXAMINED);
        assert_eq!(page.tickets, [TicketId(1)], "{sort}");
        assert!(shelf.judged < 10, "{sort}: {}", shelf.judged);
    }
}

#[test]
fn lists_that_their_lanes_settle_look_at_no_ticket() {
    let desk = Desk::new(0);
    let roster = Roster::new(desk.roster.clone());
    let agent = Actor::Agent { id: AgentId(1), role: Role::Agent };
    let looked = |parameters: &[(&str, &str)], by: &Actor| {
        let mut shelf = crowd(300);
        let page = shelf.page(&list(parameters), by, &roster, desk.now, EXAMINED);
        (page.tickets.len(), shelf.judged)
    };
    for query in [&[("state", "open")][..], &[("agent", "1"), ("state", "open")], &[("customer", "c0")], &[]]
    {
        assert_eq!(looked(query, &key()), (50, 0), "{query:?}");
    }
    assert_eq!(looked(&[("agent", "me")], &agent), (50, 0), "one's own");
    assert_eq!(looked(&[("state", "open")], &agent), (50, 0), "what one sees");
    assert!(looked(&[("agent", "2")], &agent).1 > 0, "another's are not all seen");
    assert!(looked(&[("state", "open"), ("channel", "email"), ("priority", "normal")], &key()).1 > 0);
}

#[test]
fn the_order_of_changes_waits_for_tickets_to_be_filed() {
    let desk = Desk::new(0);
    let roster = Roster::new(desk.roster.clone());
    let mut shelf = crowd(6_000);
    shelf.filed_to = TicketId(10);
    let (listing, by) = (list(&[("sort", "changed")]), key());
    let mut page = Page::new(&listing, &by, &roster, shelf.filed_to, desk.now);
    let behind = (0..10).any(|_| match page.step() {
        Step::Ask(ask) => {
            page.told(shelf.answer(ask));
            false
        }
        step => matches!(step, Step::Behind),
    });
    assert!(behind);
}

#[test]
fn a_filter_that_few_tickets_meet_has_a_narrow_source() {
    let looker = Looker { agent: Some(AgentId(1)), ..Looker::default() };
    let lanes = |parameters: &[(&str, &str)]| Source::of(&list(parameters).filter, &looker).lanes;
    let open = Kind::Open;
    assert_eq!(lanes(&[]), [Lane::All]);
    assert_eq!(lanes(&[("state", "waiting")]), [Lane::Unowned(Unowned::Waiting)]);
    let of_team = Lane::TeamUnowned(Some(TEAM), Unowned::Unclaimed);
    assert_eq!(lanes(&[("state", "unclaimed"), ("team", "31")]), [of_team]);
    let nobodys = Unowned::ALL.map(Lane::Unowned);
    assert_eq!(lanes(&[("state", "open"), ("agent", "none"), ("label", "2")]), nobodys);
    assert_eq!(lanes(&[("state", "owned"), ("agent", "none")]), []);
    assert_eq!(lanes(&[("state", "open"), ("agent", "me")]), [Lane::Agent(Some(AgentId(1)), open)]);
    assert_eq!(lanes(&[("state", "open"), ("team", "31")]), [Lane::Team(Some(TEAM), open)]);
    assert_eq!(lanes(&[("label", "2"), ("channel", "email")]), [Lane::Label(LabelId(2))]);
    assert_eq!(lanes(&[("mentioned", "me"), ("state", "open")]), [Lane::Mentioned(AgentId(1))]);
    assert_eq!(lanes(&[("state", "closed")]), [Lane::Stage(Kind::Closed)]);
    assert_eq!(lanes(&[("priority", "urgent"), ("state", "open")]), [Lane::Priority(Priority::Urgent, open)]);
    let nobody = Source::of(&list(&[("mentioned", "me")]).filter, &Looker::default());
    assert!(nobody.lanes.is_empty(), "a key is nowhere mentioned");
}
