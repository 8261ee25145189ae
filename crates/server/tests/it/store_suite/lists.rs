//! Lists: every one is what the plainest evaluation shows, whatever of it is filed.

mod searches;

use super::calls::call;
use super::database::usual;
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, for_team, with};
use crate::harness::{Agent, StoreFile, Team, email, tasks, whatsapp};
use rota::store::Store;
use rota::store::types::TicketRow;
use rota_core::access::{Act, Actor, Role, to_ticket};
use rota_core::ids::{AgentId, KeyId, LabelId, StageId, TicketId};
use rota_core::life::{Command, Expected, Priority, Recipient};
use rota_core::search::{Candidate, Listing, Looker, Sort};
use rota_core::text::{Grounds, Remark};
use rota_core::ticket::Pool;
use std::collections::BTreeSet;
use std::time::Duration;

storage_suite!(
    every_filter_in_every_order_shows_what_the_plainest_evaluation_shows,
    a_list_is_exact_while_tickets_are_filed_and_commands_go_on,
    what_commands_and_filing_do_at_once_is_in_the_lists,
    two_handles_file_each_ticket_once,
    counts_are_exact_up_to_a_thousand,
    another_stores_tickets_are_in_no_list,
);

/// So many tickets that every filter has some to show and some to hide.
const TICKETS: usize = 72;

fn person(id: i64, role: Role) -> Actor {
    Actor::Agent { id: AgentId(id), role }
}

pub fn key() -> Actor {
    Actor::Key(KeyId::new("key1").unwrap())
}

fn note(mention: i64) -> Command {
    Command::Note { text: Remark::new("called, no answer").unwrap(), mentions: [AgentId(mention)].into() }
}

fn label(id: i64) -> Command {
    Command::Label { add: [LabelId(id)].into(), remove: BTreeSet::new() }
}

/// What is done with ticket N: a round of commands, two each.
fn commands(number: usize, until: jiff::Timestamp) -> [Command; 2] {
    let expected = Expected::Anybody;
    let all = [
        Command::Close { expected },
        label(7),
        Command::SetPriority(Priority::Urgent),
        note(100),
        Command::Snooze { until, expected },
        Command::Assign { to: Recipient::Pool(Pool::Store), expected },
        label(8),
        Command::SetPriority(Priority::Low),
        Command::Assign { to: Recipient::Agent(AgentId(101)), expected },
        Command::Pass { grounds: Grounds::new("not my language").unwrap(), expected },
        Command::SetStage(StageId(1)),
    ];
    [all[number % all.len()].clone(), all[(number * 7 + 3) % all.len()].clone()]
}

async fn fill(db: &TestDatabase) {
    let agents = [Agent::online(0).max_open(8), Agent::online(1).max_open(6), Agent::offline(2)];
    let teams = [Team::new(31, "Returns", &[0, 1]), Team::new(32, "Desk", &[2]).policy("unassigned")];
    db.apply(&StoreFile::default().agents(agents).teams(teams).customers(&["c1", "c2", "c3"])).await;
    for number in 0..TICKETS {
        let body = match number % 6 {
            0 => whatsapp(),
            1 => email(),
            2 => for_team(31),
            3 => for_team(32),
            4 => for_agent("agent2@shop.example"),
            _ => tasks(),
        };
        let customer = ["c1", "c2", "c3"][number * 5 % 7 % 3];
        db.told([call(&with(body, "bikCustomerId", customer))]).await;
        db.pass(Duration::from_secs(3600));
    }
    let until = db.now() + Duration::from_secs(86_400);
    let by = person(101, Role::Admin);
    for number in (0..TICKETS).filter(|number| number % 5 != 0) {
        let id = i64::try_from(number).unwrap() + 1;
        let [first, second] = commands(number, until);
        let _ = db.work(&by, [(id, first), (id, second)]).await;
    }
}

const LISTS: &[&str] = &[
    "",
    "state=open",
    "state=owned",
    "state=waiting",
    "state=unclaimed",
    "state=snoozed",
    "state=closed",
    "stage=1",
    "stage=9",
    "channel=email",
    "channel=tasks&state=open",
    "agent=me",
    "agent=me&state=open",
    "agent=none",
    "agent=none&state=open",
    "agent=101&state=closed",
    "team=31",
    "team=mine&state=open",
    "team=none&channel=whatsapp",
    "label=7",
    "label=7&label=8",
    "priority=urgent",
    "priority=low&state=open",
    "priority=normal",
    "customer=c1",
    "customer=c2&state=open",
    "customer=nobody",
    "mentioned=me",
    "mentioned=me&channel=tasks",
    "olderThan=24h",
    "youngerThan=24h",
    "youngerThan=40h&olderThan=10h&state=open",
    "youngerThan=1m",
    "q=call",
    "q=17&state=open",
    "q=asha&channel=tasks",
    "q=answer",
    "q=back&label=8",
];

const SORTS: [Sort; 5] = [Sort::Newest, Sort::Oldest, Sort::Priority, Sort::Changed, Sort::Match];

pub fn listing(query: &str, sort: Sort) -> Option<Listing> {
    let parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    let order = ("sort", sort.name());
    Listing::parse(parameters.chain([order])).ok()
}

/// All pages of a list.
pub async fn walk(db: &dyn Store, by: &Actor, mut listing: Listing) -> Vec<i64> {
    let mut walked = Vec::new();
    loop {
        let found = db.find(&usual(), by, &listing).await.expect("a page");
        walked.extend(found.tickets.iter().map(|row| row.ticket.id.0));
        listing.after = found.next;
        if listing.after.is_none() {
            return walked;
        }
    }
}

/// What decides about a ticket, of its row and its timeline.
async fn candidates(db: &TestDatabase, me: Option<AgentId>) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for TicketRow { ticket, contact, .. } in db.all_tickets().await {
        let timeline = db.timeline(&usual(), ticket.id).await.unwrap().unwrap();
        let noted = |entry: &rota_core::life::Entry| match &entry.what {
            rota_core::life::What::Noted { mentions, .. } => me.is_some_and(|me| mentions.contains(&me)),
            _ => false,
        };
        let mentioned = timeline.entries.iter().any(noted);
        let channel = contact.channel();
        candidates.push(Candidate { ticket, channel, changed: 0, mentioned, customer: None, worded: false });
    }
    candidates
}

/// The numbers that a list without a search has, by looking at every ticket.
fn plain(
    all: &[Candidate],
    by: &Actor,
    roster: &rota_core::roster::Roster,
    listing: &Listing,
    now: jiff::Timestamp,
) -> Vec<i64> {
    let looker = Looker::new(by, roster);
    let shown = all.iter().filter(|it| {
        listing.filter.shows(it, &looker, now) && to_ticket(by, &it.ticket, Act::See, roster, false).is_ok()
    });
    let mut shown: Vec<&Candidate> = shown.collect();
    match listing.sort {
        Sort::Newest | Sort::Match => shown.reverse(),
        Sort::Oldest | Sort::Changed => {}
        Sort::Priority => shown.sort_by_key(|it| -it.ticket.priority.rank()),
    }
    shown.iter().map(|it| it.ticket.id.0).collect()
}

/// Files until nothing is left.
pub async fn file_all(db: &dyn Store) {
    while db.file().await.expect("filing goes on") > 0 {}
}

async fn assert_lists(db: &TestDatabase, queries: &[&str]) {
    let actors = [person(100, Role::Agent), person(102, Role::TeamManager), person(101, Role::Admin), key()];
    let roster = db.roster(&usual()).await.unwrap();
    for by in actors {
        let all = candidates(db, by.agent()).await;
        for query in queries.iter().filter(|query| !query.starts_with("q=")) {
            for sort in SORTS {
                let Some(listing) = listing(query, sort) else { continue };
                let expected = plain(&all, &by, &roster, &listing, db.now());
                let mut found = walk(&**db, &by, Listing { limit: 25, ..listing.clone() }).await;
                if sort == Sort::Changed {
                    found.sort_unstable();
                }
                assert_eq!(found, expected, "{query} {sort:?} {by}");
                let count = db.counts(&usual(), &by, &[listing.filter]).await.unwrap()[0];
                assert_eq!((count.count, count.more), (expected.len() as u64, false), "{query} {by}");
            }
        }
    }
}

/// A search in any order finds the same tickets, each once.
async fn assert_searches(db: &TestDatabase) {
    for query in LISTS.iter().filter(|query| query.starts_with("q=")) {
        let mut found = Vec::new();
        for sort in SORTS {
            let mut ids = walk(&**db, &key(), Listing { limit: 5, ..listing(query, sort).unwrap() }).await;
            if matches!(sort, Sort::Newest | Sort::Match) && !query.contains("17") {
                assert!(ids.is_sorted_by(|one, next| one > next), "{query} {sort:?} {ids:?}");
            }
            ids.sort_unstable();
            found.push(ids);
        }
        assert!(!found[0].is_empty(), "{query}");
        assert!(found.iter().all(|ids| *ids == found[0]), "{query} {found:?}");
    }
}

async fn every_filter_in_every_order_shows_what_the_plainest_evaluation_shows(db: &TestDatabase) {
    fill(db).await;
    assert_lists(db, LISTS).await;
    file_all(&**db).await;
    assert_lists(db, LISTS).await;
    assert_searches(db).await;
    // A part is filed, a part is new.
    db.told([call(&for_team(31)), call(&tasks()), call(&tasks())]).await;
    db.work(&person(101, Role::Admin), [(TICKETS as i64 + 1, note(100)), (3, note(100))]).await;
    assert_lists(db, LISTS).await;
}

async fn a_list_is_exact_while_tickets_are_filed_and_commands_go_on(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let mine = || listing("agent=100&state=open", Sort::Oldest).unwrap();
    let close = |id| (id, Command::Close { expected: Expected::Anybody });
    let lead = person(101, Role::Admin);
    db.told((0..6).map(|_| call(&tasks()))).await;
    assert_eq!(walk(&**db, &key(), mine()).await, [1, 4]);
    db.work(&lead, [close(1)]).await;
    assert_eq!(walk(&**db, &key(), mine()).await, [4], "not filed yet");
    file_all(&**db).await;
    assert_eq!(walk(&**db, &key(), mine()).await, [4]);
    db.work(&lead, [close(4)]).await;
    assert_eq!(walk(&**db, &key(), mine()).await, [0; 0], "filed");
    db.told([call(&tasks())]).await;
    let give = Command::Assign { to: Recipient::Agent(AgentId(100)), expected: Expected::Anybody };
    db.work(&lead, [(2, give)]).await;
    assert_eq!(walk(&**db, &key(), mine()).await, [2, 7], "both");
    let changed = walk(&**db, &key(), listing("", Sort::Changed).unwrap()).await;
    assert_eq!(changed, [2, 7, 4, 1, 6, 5, 3]);
    db.assert_sound().await;
}

async fn what_commands_and_filing_do_at_once_is_in_the_lists(db: &TestDatabase) {
    fill(db).await;
    let filer = db.another();
    let filing = tokio::spawn(async move {
        for _ in 0..60 {
            filer.file().await.expect("filing goes on");
            tokio::task::yield_now().await;
        }
    });
    let (lead, until) = (person(101, Role::Admin), db.now() + Duration::from_secs(86_400));
    for number in 0..TICKETS {
        let id = i64::try_from(number).unwrap() + 1;
        let [first, second] = commands(number + 5, until);
        let _ = db.work(&lead, [(id, first), (id, second)]).await;
        if number % 9 == 0 {
            db.told([call(&tasks()), call(&for_team(31))]).await;
        }
    }
    filing.await.expect("filing goes on");
    assert_lists(db, &["", "state=open", "agent=101", "team=31&state=open", "priority=urgent", "label=7"])
        .await;
    file_all(&**db).await;
    assert_lists(db, &["", "state=open", "agent=101", "team=31&state=open", "priority=urgent", "label=7"])
        .await;
    assert_searches(db).await;
    assert_eq!((db.count("listed"), db.count("unlisted")), (db.count("tickets"), 0));
    db.assert_sound().await;
}

async fn two_handles_file_each_ticket_once(db: &TestDatabase) {
    fill(db).await;
    let handles = [db.another(), db.another()];
    let filing = handles.map(|handle| tokio::spawn(async move { file_all(&*handle).await }));
    for filing in filing {
        filing.await.expect("filing goes on");
    }
    file_all(&**db).await;
    assert_eq!(db.count("listed"), TICKETS as u64);
    assert_eq!(walk(&**db, &key(), listing("", Sort::Oldest).unwrap()).await.len(), TICKETS);
}

async fn counts_are_exact_up_to_a_thousand(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let lists = ["", "state=waiting", "agent=100&state=open"];
    let filters = lists.map(|query| listing(query, Sort::Newest).unwrap().filter);
    let counts = async || {
        let counts = db.counts(&usual(), &key(), &filters).await.unwrap();
        counts.iter().map(|count| (count.count, count.more)).collect::<Vec<_>>()
    };
    db.told((0..1_000).map(|_| call(&tasks()))).await;
    assert_eq!(counts().await, [(1_000, false), (0, false), (334, false)]);
    db.told([call(&tasks())]).await;
    assert_eq!(counts().await, [(1_000, true), (0, false), (334, false)]);
    file_all(&**db).await;
    assert_eq!(counts().await, [(1_000, true), (0, false), (334, false)]);
    let all = walk(&**db, &key(), Listing { limit: 100, ..listing("", Sort::Oldest).unwrap() }).await;
    assert!(all.into_iter().eq(1..=1_001));
}

async fn another_stores_tickets_are_in_no_list(db: &TestDatabase) {
    use super::calls::call_to;
    use super::database::store;
    for id in ["another", "third"] {
        db.apply(&StoreFile::default().store(id)).await;
        db.told((0..3).map(|_| call_to(id, &tasks()))).await;
    }
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks())]).await;
    for filed in [false, true] {
        for query in ["", "agent=100", "customer=5233549", "q=call", "q=asha", "q=8095490000"] {
            for sort in SORTS {
                let Some(listing) = listing(query, sort) else { continue };
                let found = db.find(&usual(), &key(), &listing).await.unwrap();
                let ids: Vec<_> = found.tickets.iter().map(|row| row.ticket.id).collect();
                assert!(ids.iter().all(|id| *id == TicketId(1)), "{query} {sort:?}");
                assert!(ids.len() == 1 || !filed, "{query} {sort:?}");
            }
        }
        file_all(&**db).await;
    }
    let nowhere = db.find(&store("nowhere"), &key(), &listing("", Sort::Newest).unwrap()).await;
    assert!(matches!(nowhere, Err(rota::store::StoreError::NotFound)), "{nowhere:?}");
}
