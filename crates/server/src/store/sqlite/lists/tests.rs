//! Every question is answered by its index: none goes through all tickets.

use super::*;
use crate::store::lists::Texts;
use rota_core::ids::{AgentId, LabelId, TeamId};
use rota_core::life::Priority;
use rota_core::search::{Span, Unowned};

fn schema() -> Connection {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(include_str!("../../../../../../migrations/sqlite/0001_init.sql")).unwrap();
    db
}

/// The steps of a statement; the values of its parameters do not matter.
fn steps(db: &Connection, sql: &str) -> Vec<String> {
    let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let values = vec![rusqlite::types::Null; explain.parameter_count()];
    let steps = explain.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
    steps.collect::<Result<_, _>>().unwrap()
}

fn lanes() -> Vec<(Lane, &'static str)> {
    let words = Words { whole: vec!["refund".into()], last: "or".into() };
    let customer = CustomerId::new("c").unwrap();
    vec![
        (Lane::Tail, "tickets_1 (store_id=? AND id>? AND id<?)"),
        (Lane::All, "listed_1 (store_id=? AND ticket_id>? AND ticket_id<?)"),
        (Lane::Stage(Kind::Open), "listed_by_stage (store_id=? AND stage=? AND ticket_id>? AND ticket_id<?)"),
        (
            Lane::Agent(Some(AgentId(1)), Kind::Open),
            "listed_by_agent (store_id=? AND agent_id=? AND stage=? AND ticket_id>? AND ticket_id<?)",
        ),
        (
            Lane::Team(Some(TeamId(1)), Kind::Open),
            "listed_by_team (store_id=? AND team_id=? AND stage=? AND ticket_id>? AND ticket_id<?)",
        ),
        (
            Lane::Unowned(Unowned::Waiting),
            "listed_by_unowned (store_id=? AND unowned=? AND ticket_id>? AND ticket_id<?)",
        ),
        (
            Lane::TeamUnowned(Some(TeamId(1)), Unowned::Unclaimed),
            "listed_by_team_unowned (store_id=? AND team_id=? AND unowned=? AND ticket_id>? AND ticket_id<?)",
        ),
        (
            Lane::Channel(Channel::Email, Kind::Open),
            "listed_by_channel (store_id=? AND channel=? AND stage=? AND ticket_id>? AND ticket_id<?)",
        ),
        (
            Lane::Priority(Priority::High, Kind::Open),
            "listed_by_priority (store_id=? AND priority=? AND stage=? AND ticket_id>? AND ticket_id<?)",
        ),
        (
            Lane::Customers(vec![customer]),
            "listed_by_customer (store_id=? AND customer_id=? AND ticket_id>? AND ticket_id<?)",
        ),
        (
            Lane::Label(LabelId(1)),
            "ticket_labels_by_label (store_id=? AND label_id=? AND ticket_id>? AND ticket_id<?)",
        ),
        (Lane::Mentioned(AgentId(1)), "(store_id=? AND agent_id=? AND ticket_id>? AND ticket_id<?)"),
        (Lane::Words(words.clone()), "SCAN w VIRTUAL TABLE INDEX"),
        (Lane::Named(words), "SCAN w VIRTUAL TABLE INDEX"),
        (Lane::Mailed("asha@".into()), "SCAN w VIRTUAL TABLE INDEX"),
    ]
}

#[test]
fn every_lane_is_a_range_of_its_index_in_the_order_of_numbers() {
    let db = schema();
    for (lane, expected) in lanes() {
        for order in [Order::Up, Order::Down] {
            let steps = steps(&db, &lane_sql(&lane, order));
            assert!(steps[0].ends_with(expected) || steps[0].starts_with(expected), "{lane:?}: {steps:?}");
            let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
            let scans = steps.iter().any(|step| step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE"));
            assert!(!sorts && !scans, "{lane:?}: {steps:?}");
        }
    }
}

#[test]
fn changes_ages_facts_and_customers_are_looked_up_by_index() {
    let db = schema();
    let fixed = [CREATED, CHANGES, MENTION, WORDED];
    let customers = [meant::BY_PHONE, meant::BY_PHONE_END, meant::BY_PARTNER_ID];
    for sql in fixed.into_iter().chain(customers) {
        for step in steps(&db, sql) {
            let looked_up = step.starts_with("SEARCH") || step.contains("VIRTUAL TABLE INDEX");
            let around = step.contains("SUBQUERY") || step.contains("DISTINCT");
            assert!(looked_up || around, "{step}: {sql}");
        }
    }
}

#[test]
fn words_are_found_in_the_order_of_numbers_and_within_their_store() {
    let db = schema();
    let words = |store: &StoreId, text: &str| {
        let texts = Texts { title: Some(text.into()), ..Texts::default() };
        texts.entries(&Scope::of(store)).unwrap()
    };
    let stores = ["one", "two"].map(|id| StoreId::new(id).unwrap());
    for ticket in 1..=6 {
        for store in &stores {
            db.execute(
                "INSERT INTO listed (store_id, ticket_id, stage, customer_id, channel, priority, created_at, last_event,
                                     quiet_since) VALUES (?1, ?2, 'open', 'c', 'tasks', 1, 0, 0, 0)",
                params![store.as_str(), ticket],
            )
            .unwrap();
            let text = words(store, if ticket % 2 == 0 { "refund ऑर्डर" } else { "refunds café" });
            let insert = "INSERT INTO ticket_words (rowid, words) VALUES (?1, ?2)";
            db.execute(insert, params![db.last_insert_rowid(), text]).unwrap();
        }
    }
    let roster = crate::store::lists::empty_roster(&stores[0]);
    let shelf = Shelf { db: &db, store: &stores[0], roster: &roster, filed_to: TicketId(6) };
    let find = |whole: &[&str], last: &str, above, below, order| {
        let whole = whole.iter().map(ToString::to_string).collect();
        let lane = Lane::Words(Words { whole, last: last.into() });
        let span = Span { above: Some(TicketId(above)), below: Some(TicketId(below)) };
        let found = shelf.pull(&Pull { lane, span, order, limit: 10 }).unwrap();
        found.into_iter().map(|id| id.0).collect::<Vec<_>>()
    };
    assert_eq!(find(&[], "refund", 0, 100, Order::Down), [6, 5, 4, 3, 2, 1]);
    assert_eq!(find(&["refund"], "ऑर", 1, 6, Order::Up), [2, 4]);
    assert_eq!(find(&["refund"], "café", 0, 100, Order::Up), [0; 0]);
    assert_eq!(find(&["refunds"], "caf", 2, 100, Order::Up), [3, 5]);
}
