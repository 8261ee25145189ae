//! Closing tickets.

use super::calls::{call, call_to};
use super::database::{START, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::for_team;
use crate::harness::{Agent, StoreFile, tasks};
use rota::store::StoreError;
use rota_core::ids::TicketId;
use rota_core::ticket::{Pool, Stage};
use std::time::Duration;

storage_suite!(
    a_closed_ticket_no_longer_counts_with_its_agent,
    a_closed_ticket_no_longer_waits,
    a_ticket_is_closed_once,
    closing_stands_in_the_timeline_with_who_and_when,
    another_stores_ticket_is_not_closed,
);

async fn close(db: &TestDatabase, ids: &[i64]) -> Vec<i64> {
    let ids: Vec<_> = ids.iter().copied().map(TicketId).collect();
    let closed = db.close_tickets(&usual(), &ids, "console").await.expect("tickets are closed");
    closed.into_iter().map(|id| id.0).collect()
}

async fn stages(db: &TestDatabase) -> Vec<Stage> {
    db.all_tickets().await.iter().map(|ticket| ticket.stage).collect()
}

async fn a_closed_ticket_no_longer_counts_with_its_agent(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told((0..4).map(|_| call(&tasks()))).await;
    assert_eq!(close(db, &[1, 3]).await, [1, 3]);
    assert_eq!(stages(db).await, [Stage::Closed, Stage::Open, Stage::Closed, Stage::Open]);
    let open: Vec<_> = db.agents(&usual()).await.unwrap().iter().map(|agent| agent.open).collect();
    assert_eq!(open, [1, 1, 0]);
    db.assert_sound().await;
}

async fn a_closed_ticket_no_longer_waits(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([0, 1].map(Agent::offline))).await;
    db.told([call(&tasks()), call(&for_team(31)), call(&tasks())]).await;
    close(db, &[2, 3]).await;
    let waiting: Vec<_> = db.waiting().await.unwrap().iter().map(|pool| (pool.pool, pool.waiting)).collect();
    assert_eq!(waiting, [(Pool::Store, 1)]);
    assert_eq!(db.ticket(&usual(), TicketId(3)).await.unwrap().unwrap().waiting, None);
    db.assert_sound().await;
}

async fn a_ticket_is_closed_once(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told((0..3).map(|_| call(&tasks()))).await;
    assert_eq!(close(db, &[2, 2]).await, [2]);
    assert_eq!(close(db, &[1, 2, 42]).await, [1]);
    assert_eq!(close(db, &[]).await, [0; 0]);
    assert_eq!(db.timeline(&usual(), TicketId(2)).await.unwrap().len(), 2);
    db.assert_sound().await;
}

async fn closing_stands_in_the_timeline_with_who_and_when(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks())]).await;
    db.pass(Duration::from_secs(60));
    close(db, &[1]).await;
    let timeline = db.timeline(&usual(), TicketId(1)).await.unwrap();
    let told: Vec<_> =
        timeline.iter().map(|entry| (entry.sequence, entry.at, &*entry.kind, &*entry.actor)).collect();
    let later = START + Duration::from_secs(60);
    assert_eq!(told, [(1, START, "created", "key1"), (2, later, "closed", "console")]);
}

async fn another_stores_ticket_is_not_closed(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another")).await;
    db.told([call_to("another", &tasks()), call_to("another", &tasks()), call(&tasks())]).await;
    assert_eq!(close(db, &[1, 2]).await, [1]);
    let theirs = db.tickets(&store("another"), TicketId(0), 10, false).await.unwrap();
    assert!(theirs.iter().all(|ticket| ticket.stage == Stage::Open));
    let outcome = db.close_tickets(&store("nowhere"), &[TicketId(1)], "console").await;
    assert!(matches!(outcome, Err(StoreError::NotFound)), "{outcome:?}");
    db.assert_sound().await;
}
