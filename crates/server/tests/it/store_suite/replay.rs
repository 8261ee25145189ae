//! The recorded past: all of one moment, in its order, as far as it is needed.

use super::calls::call;
use super::database::{START, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, for_team, with};
use crate::harness::{Agent, StoreFile, tasks};
use jiff::{SignedDuration, Timestamp};
use rota::settings;
use rota::store::replay::{CHUNK, Chunk, Period};
use rota::store::{Customers, StoreError};
use rota_core::access::Actor;
use rota_core::ids::{AgentId, LabelId};
use rota_core::life::Command;
use rota_core::replay::{Handling, Needs, Past, Reader, Recorded, Shift, Side, Wanted, run};
use rota_core::roster::Roster;
use rota_core::ticket::Pool;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

storage_suite!(
    what_was_recorded_is_read_in_its_order_with_who_was_there,
    only_the_time_that_is_asked_for_is_read,
    what_rules_look_at_is_read_as_it_was_at_the_creation,
    many_tickets_come_in_parts_and_reading_ends_with_who_takes_them,
    a_replay_of_what_is_stored_gives_what_happened,
    people_and_settings_make_the_roster_that_is_stored,
    another_store_has_no_part_in_it,
);

const WHOLE: Needs = Needs { customers: true, subjects: true, labels: true, texts: true, tags: true };

fn at(seconds: i64) -> Timestamp {
    START + SignedDuration::from_secs(seconds)
}

fn period(from: i64, to: i64, needs: Needs) -> Period {
    Period { from: at(from), to: at(to), needs }
}

/// All that is sent.
async fn recorded(db: &TestDatabase, period: Period) -> (u64, Vec<Shift>, Vec<Recorded>) {
    let (send, mut receive) = mpsc::channel(1);
    let store = usual();
    let read = db.recorded(&store, period, send);
    let taken = async {
        let (mut begin, mut all, mut ended) = ((0, Vec::new()), Vec::new(), false);
        while let Some(chunk) = receive.recv().await {
            assert!(!ended, "the end is the last");
            match chunk {
                Chunk::Begin { tickets, shifts } => begin = (tickets, shifts),
                Chunk::Tickets(tickets) => all.extend(tickets),
                Chunk::End => ended = true,
            }
        }
        assert!(ended, "the end comes");
        (begin.0, begin.1, all)
    };
    let (read, taken) = tokio::join!(read, taken);
    read.expect("the past is read");
    taken
}

/// The same, as runs go through it.
async fn past(db: &TestDatabase, from: i64, to: i64) -> (Arc<Roster>, Past) {
    let roster = db.roster(&usual()).await.unwrap();
    let mut reader = Reader::new(at(from), at(to), &roster, &roster);
    let (_, shifts, tickets) = recorded(db, period(from, to, reader.needs())).await;
    for ticket in tickets {
        reader.read(ticket);
    }
    let past = reader.finish(shifts);
    (roster, past)
}

async fn pass(db: &TestDatabase, seconds: u64) {
    db.pass(Duration::from_secs(seconds));
}

async fn what_was_recorded_is_read_in_its_order_with_who_was_there(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::online(0), Agent::offline(1)])).await;
    pass(db, 10).await;
    db.told([call(&tasks()), call(&for_team(31))]).await;
    pass(db, 10).await;
    db.set_online("agent1@shop.example", true).await;
    db.told([call(&for_agent("agent1@shop.example"))]).await;
    pass(db, 40).await;
    assert_eq!(db.close(&[1]).await, [1]);
    pass(db, 40).await;
    let (_, past) = past(db, 5, 100).await;
    let told: Vec<_> = past.arrivals.iter().map(|one| (one.at, one.wanted, one.handling)).collect();
    assert_eq!(
        told,
        [
            (at(10), Wanted::Anybody, Handling::Took(50_000)),
            (at(10), Wanted::Pool(Pool::Team(rota_core::ids::TeamId(31))), Handling::Lasts),
            (at(20), Wanted::Agent(AgentId(101)), Handling::Lasts),
        ]
    );
    let shift = |agent, second, online| Shift { agent: AgentId(agent), at: at(second), online };
    assert_eq!(past.shifts, [shift(100, 5, true), shift(101, 5, false), shift(101, 20, true)]);
    assert_eq!(past.median, Some(50_000));
}

async fn only_the_time_that_is_asked_for_is_read(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    for _ in 0..5 {
        pass(db, 10).await;
        db.told([call(&tasks())]).await;
    }
    let times = async |from, to| {
        let (count, _, tickets) = recorded(db, period(from, to, Needs::default())).await;
        assert_eq!(count, tickets.len() as u64);
        tickets.iter().map(|ticket| ticket.at.duration_since(START).as_secs()).collect::<Vec<_>>()
    };
    assert_eq!(times(20, 40).await, [20, 30]);
    assert_eq!(times(21, 41).await, [30, 40]);
    assert_eq!(times(0, 1000).await, [10, 20, 30, 40, 50]);
    assert_eq!(times(-100, 10).await, [0; 0]);
    assert_eq!(times(60, 100).await, [0; 0]);
}

async fn what_rules_look_at_is_read_as_it_was_at_the_creation(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.damage(&format!(
        "INSERT INTO customer_tags (store_id, customer_id, tag) VALUES ('{}', '{}', 'vip')",
        usual(),
        crate::harness::CUSTOMER
    ));
    let labelled = with(with(tasks(), "context", "a refund, please"), "labelIds", serde_json::json!([7]));
    db.told([call(&labelled)]).await;
    pass(db, 5).await;
    let change = Command::Label { add: [LabelId(8)].into(), remove: [LabelId(7)].into() };
    db.work(&Actor::Operator, [(1, change)]).await;
    let (.., tickets) = recorded(db, period(0, 100, WHOLE)).await;
    let said = tickets[0].subject.as_ref().expect("what rules look at");
    assert_eq!(said.labels, [LabelId(7)]);
    assert_eq!(said.context.as_deref(), Some("a refund, please"));
    assert_eq!(said.contact.task_title(), Some("Call back"));
    assert_eq!(said.tags, ["vip".into()]);
    assert_eq!(tickets[0].customer.as_ref().map(|id| id.as_str()), Some(crate::harness::CUSTOMER));
    let (.., tickets) = recorded(db, period(0, 100, Needs::default())).await;
    assert!(tickets[0].subject.is_none() && tickets[0].customer.is_none());
}

async fn many_tickets_come_in_parts_and_reading_ends_with_who_takes_them(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let many = u64::try_from(CHUNK).unwrap() + 500;
    for _ in 0..many / 500 {
        db.answers((0..500).map(|_| call(&tasks()))).await;
    }
    let (count, _, tickets) = recorded(db, period(0, 100, Needs::default())).await;
    assert_eq!((count, tickets.len() as u64), (many, many));
    let (send, mut receive) = mpsc::channel(1);
    let store = usual();
    let read = db.recorded(&store, period(0, 100, Needs::default()), send);
    let taken = async {
        assert!(matches!(receive.recv().await, Some(Chunk::Begin { tickets, .. }) if tickets == many));
        drop(receive);
    };
    let (read, ()) = tokio::join!(read, taken);
    read.expect("nobody takes it any more");
}

async fn a_replay_of_what_is_stored_gives_what_happened(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([0, 1].map(|n| Agent::online(n).max_open(2)))).await;
    for round in 0..6_i64 {
        pass(db, 10).await;
        db.told([call(&tasks()), call(&for_team(31))]).await;
        pass(db, 10).await;
        let open: Vec<i64> = db
            .all_tickets()
            .await
            .iter()
            .filter(|row| row.ticket.state.loads().is_some())
            .map(|row| row.ticket.id.0)
            .collect();
        db.close(&open[..1 + usize::try_from(round % 2).unwrap()]).await;
    }
    let (roster, past) = past(db, 1, 1000).await;
    let settings = db.settings(&usual(), Customers::None).await.unwrap();
    let roster_again = settings::roster(&usual(), &settings).unwrap();
    assert_eq!(roster_again.agents().len(), roster.agents().len());
    let figures = run(roster_again, &past, Side::Before, |_| ControlFlow::Continue(())).unwrap();
    assert!(figures.waiting.tickets > 0);
    assert_eq!(figures.waiting, past.recorded.waiting);
    assert_eq!(figures.overflow, past.recorded.overflow);
    let received = |figures: &rota_core::replay::Figures| {
        figures.agents.iter().map(|agent| (agent.agent_id, agent.received)).collect::<Vec<_>>()
    };
    assert_eq!(received(&figures), received(&past.recorded));
}

async fn people_and_settings_make_the_roster_that_is_stored(db: &TestDatabase) {
    let teams = [crate::harness::Team::new(31, "Returns", &[0, 1])
        .policy("balanced")
        .hours(r#"{ mon = ["09:00-18:00"] }"#)];
    db.apply(&StoreFile::default().teams(teams).agents((0..3).map(|n| Agent::online(n).max_open(7)))).await;
    let stored = db.roster(&usual()).await.unwrap();
    let settings = db.settings(&usual(), Customers::None).await.unwrap();
    let made = settings::roster(&usual(), &settings).unwrap();
    assert_eq!(format!("{:?}", made.agents()), format!("{:?}", stored.agents()));
    assert_eq!(format!("{:?}", made.teams()), format!("{:?}", stored.teams()));
    assert_eq!((made.timezone(), made.routing()), (stored.timezone(), stored.routing()));
    assert_eq!(made.policy(Pool::Store), stored.policy(Pool::Store));
    assert!(made.has_label(LabelId(7)) && made.desk().reopen_within == stored.desk().reopen_within);
}

async fn another_store_has_no_part_in_it(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("other")).await;
    db.told([super::call_to("other", &tasks()), call(&tasks())]).await;
    let (count, shifts, tickets) = recorded(db, period(0, 100, WHOLE)).await;
    assert_eq!((count, tickets.len(), shifts.len()), (1, 1, 3));
    let (send, _receive) = mpsc::channel(1);
    let nobody = super::database::store("nobody");
    let read = db.recorded(&nobody, period(0, 100, WHOLE), send).await;
    assert!(matches!(read, Err(StoreError::NotFound)), "{read:?}");
}
