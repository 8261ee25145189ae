//! What happened is told in the order in which it was committed, each ticket as it was at that moment.

use super::calls::call;
use super::database::{store, usual};
use super::due::work_all;
use super::{TestDatabase, storage_suite};
use crate::harness::{Agent, StoreFile, tasks};
use rota::store::events::{Happened, Recorded};
use rota_core::access::{Actor, Role};
use rota_core::ids::{AgentId, LabelId};
use rota_core::life::{Command, Expected};
use std::time::Duration;

storage_suite!(
    events_are_told_in_their_order_each_ticket_as_it_was,
    events_are_read_from_any_position_on,
    another_stores_events_are_not_told,
    events_are_kept_for_seven_days,
    events_that_the_ledger_has_not_counted_stay,
    an_event_that_is_missing_among_the_kept_ones_is_found,
);

async fn work(db: &TestDatabase, ticket: i64, command: Command) {
    let by = Actor::Agent { id: AgentId(100), role: Role::Admin };
    assert!(db.work(&by, [(ticket, command)]).await[0].is_ok());
}

fn labelled(label: i64) -> Command {
    Command::Label { add: [LabelId(label)].into(), remove: [].into() }
}

const CLOSE: Command = Command::Close { expected: Expected::Anybody };

/// What happened, whose the ticket was, what stood on it, and where it stood.
fn told(recorded: &Recorded) -> (i64, &'static str, i64, Option<i64>, Vec<i64>, &'static str) {
    let (kind, row) = match &recorded.what {
        Happened::Created(row) => ("created", row),
        Happened::Changed { row, entry } => (entry.what.kind(), row),
        Happened::Told { kind, .. } => panic!("{kind:?}"),
    };
    let ticket = &row.ticket;
    let labels = ticket.labels.iter().map(|label| label.0).collect();
    (recorded.position, kind, ticket.id.0, ticket.owner().map(|agent| agent.0), labels, ticket.state.name())
}

async fn lived(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([0, 1].map(Agent::online))).await;
    db.told([call(&tasks()), call(&tasks())]).await;
    work(db, 1, labelled(7)).await;
    work(db, 1, CLOSE).await;
    db.told([call(&tasks())]).await;
    work(db, 2, labelled(7)).await;
}

async fn events_are_told_in_their_order_each_ticket_as_it_was(db: &TestDatabase) {
    lived(db).await;
    let events = db.events(&usual(), 0, 100).await.expect("events are read");
    let told: Vec<_> = events.iter().map(told).collect();
    assert_eq!(
        told,
        [
            (1, "created", 1, Some(100), vec![], "owned"),
            (2, "created", 2, Some(101), vec![], "owned"),
            (3, "labelled", 1, Some(100), vec![7], "owned"),
            (4, "closed", 1, Some(100), vec![7], "closed"),
            (5, "created", 3, Some(100), vec![], "owned"),
            (6, "labelled", 2, Some(101), vec![7], "owned"),
        ]
    );
    assert_eq!(db.last_event(&usual()).await.unwrap(), 6);
    db.assert_sound().await;
}

async fn events_are_read_from_any_position_on(db: &TestDatabase) {
    lived(db).await;
    for after in 0..=6 {
        for limit in 1..=3 {
            let events = db.events(&usual(), after, limit).await.expect("events are read");
            let positions: Vec<i64> = events.iter().map(|recorded| recorded.position).collect();
            let expected: Vec<i64> = (after + 1..=6).take(limit as usize).collect();
            assert_eq!(positions, expected, "after {after}, at most {limit}");
        }
    }
}

async fn another_stores_events_are_not_told(db: &TestDatabase) {
    lived(db).await;
    db.apply(&StoreFile { id: "another".into(), ..StoreFile::default() }).await;
    assert!(db.events(&store("another"), 0, 10).await.expect("events are read").is_empty());
    assert_eq!(db.last_event(&store("another")).await.unwrap(), 0);
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn count(db: &TestDatabase) {
    while db.count_decisions().await.expect("decisions are counted") {}
}

/// The usual life, and four days later two more events; all of it is counted, and four more days have passed.
async fn eight_days(db: &TestDatabase) {
    lived(db).await;
    db.pass(4 * DAY);
    work(db, 2, CLOSE).await;
    work(db, 3, labelled(7)).await;
    count(db).await;
    db.pass(4 * DAY);
}

async fn events_are_kept_for_seven_days(db: &TestDatabase) {
    eight_days(db).await;
    assert_eq!(db.first_event(&usual()).await.unwrap(), 1);
    work_all(db).await;
    assert_eq!(db.count("outbox"), 2);
    assert_eq!(db.first_event(&usual()).await.unwrap(), 7);
    let kept = db.events(&usual(), 6, 10).await.expect("events are read");
    let positions: Vec<i64> = kept.iter().map(|recorded| recorded.position).collect();
    assert_eq!(positions, [7, 8]);
    db.assert_sound().await;
    db.pass(8 * DAY);
    work_all(db).await;
    assert_eq!((db.count("outbox"), db.first_event(&usual()).await.unwrap()), (0, 9));
    db.told([call(&tasks())]).await;
    work(db, 4, labelled(7)).await;
    let after: Vec<i64> =
        db.events(&usual(), 8, 10).await.unwrap().iter().map(|recorded| recorded.position).collect();
    assert_eq!(after, [9, 10]);
    db.assert_sound().await;
}

async fn events_that_the_ledger_has_not_counted_stay(db: &TestDatabase) {
    lived(db).await;
    db.pass(8 * DAY);
    work_all(db).await;
    assert_eq!((db.count("outbox"), db.first_event(&usual()).await.unwrap()), (3, 1));
    count(db).await;
    db.pass(DAY);
    work_all(db).await;
    assert_eq!((db.count("outbox"), db.first_event(&usual()).await.unwrap()), (0, 7));
    db.assert_sound().await;
}

async fn an_event_that_is_missing_among_the_kept_ones_is_found(db: &TestDatabase) {
    eight_days(db).await;
    work_all(db).await;
    db.damage("DELETE FROM outbox WHERE position = 7");
    let findings = db.check().await.unwrap();
    let texts: Vec<_> = findings.iter().map(|finding| finding.text.as_str()).collect();
    assert_eq!(texts, ["gap: events are numbered up to 6, but the next number is 9"]);
}
