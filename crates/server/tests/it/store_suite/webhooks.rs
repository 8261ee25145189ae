//! Endpoints: who holds one, what a round leaves behind, what is told again.

use super::calls::call;
use super::database::{START, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::{Agent, StoreFile, tasks};
use rota::settings::Asked;
use rota::settings::webhooks::{NewWebhook, add, disable, remove};
use rota::store::due::Lease;
use rota::store::webhooks::{Attempt, Outcome, Pending, Round};
use rota_core::ids::{TicketId, WebhookId};
use std::time::Duration;

storage_suite!(
    an_endpoint_is_held_by_one_at_a_time,
    what_a_round_came_to_is_written_only_by_who_holds_the_endpoint,
    events_of_a_ticket_wait_for_the_one_before,
    what_is_told_again_goes_before_what_waits,
    attempts_are_read_newest_first_and_kept_for_a_week,
    an_endpoint_that_is_off_or_removed_is_not_worked,
);

const ID: WebhookId = WebhookId(1);

fn lease(name: &str) -> Lease {
    Lease { name: name.into(), span: Duration::from_secs(30) }
}

/// The usual store with an endpoint and a ticket created since.
async fn hooked(db: &TestDatabase) {
    db.apply(&StoreFile::default().teams([]).agents([Agent::online(0)])).await;
    let new: NewWebhook = serde_json::from_str(r#"{"url":"https://hooks.example/"}"#).unwrap();
    db.change(add(Asked::operator(), new, START)).await;
    assert!(db.webhooks_with_work(10).await.unwrap().is_empty(), "nothing has happened");
    db.told([call(&tasks())]).await;
}

fn attempt(position: i64) -> Attempt {
    Attempt {
        position,
        part: 0,
        kind: "ticket.created".into(),
        ticket: Some(TicketId(1)),
        at: START,
        attempt: 1,
        outcome: Outcome::Failed,
        status: Some(500),
        ms: 12,
        error: None,
        answer: Some("नहीं".into()),
    }
}

fn pending(position: i64, ticket: i64, next_at: Option<i64>) -> Pending {
    let after = |seconds| START + Duration::from_secs(seconds);
    Pending {
        position,
        part: 1,
        ticket: Some(TicketId(ticket)),
        failures: 1,
        first_at: Some(START),
        next_at: next_at.map(|seconds| after(seconds.unsigned_abs())),
    }
}

async fn round(db: &TestDatabase, round: Round) {
    assert!(db.hold_webhook(&usual(), ID, &lease("a")).await.unwrap().is_some());
    assert!(db.end_round(&usual(), ID, "a", round).await.unwrap());
}

async fn due(db: &TestDatabase) -> Vec<i64> {
    let due = db.webhook_due(&usual(), ID, 10).await.unwrap();
    due.into_iter().map(|pending| pending.position).collect()
}

async fn an_endpoint_is_held_by_one_at_a_time(db: &TestDatabase) {
    hooked(db).await;
    assert_eq!(db.webhooks_with_work(10).await.unwrap(), [(usual(), ID)]);
    let held = db.hold_webhook(&usual(), ID, &lease("a")).await.unwrap().expect("it is free");
    assert_eq!((held.position, held.row.url.as_str()), (0, "https://hooks.example/"));
    assert!(db.hold_webhook(&usual(), ID, &lease("b")).await.unwrap().is_none());
    assert!(db.hold_webhook(&usual(), ID, &lease("a")).await.unwrap().is_some(), "for longer");
    assert!(db.webhooks_with_work(10).await.unwrap().is_empty());
    db.leave_webhook(&usual(), ID, "b").await.unwrap();
    assert!(db.webhooks_with_work(10).await.unwrap().is_empty());
    db.pass(Duration::from_secs(30));
    assert!(db.hold_webhook(&usual(), ID, &lease("b")).await.unwrap().is_some(), "the lease is over");
    db.leave_webhook(&usual(), ID, "b").await.unwrap();
    assert_eq!(db.webhooks_with_work(10).await.unwrap(), [(usual(), ID)]);
    assert!(db.hold_webhook(&store("another"), ID, &lease("c")).await.unwrap().is_none());
}

async fn what_a_round_came_to_is_written_only_by_who_holds_the_endpoint(db: &TestDatabase) {
    hooked(db).await;
    let came =
        || Round { position: 1, failing_since: Some(START), attempts: vec![attempt(1)], ..Round::default() };
    assert!(!db.end_round(&usual(), ID, "a", came()).await.unwrap());
    assert_eq!(db.count("webhook_attempts"), 0);
    round(db, came()).await;
    db.leave_webhook(&usual(), ID, "a").await.unwrap();
    assert!(db.webhooks_with_work(10).await.unwrap().is_empty(), "all was looked at");
    assert_eq!(db.webhook_states(&usual()).await.unwrap()[&ID].failing_since, Some(START));
    db.assert_sound().await;
}

async fn events_of_a_ticket_wait_for_the_one_before(db: &TestDatabase) {
    hooked(db).await;
    let waiting =
        vec![pending(1, 1, Some(5)), pending(2, 1, None), pending(3, 1, None), pending(4, 2, Some(0))];
    round(db, Round { position: 4, pending: waiting, ..Round::default() }).await;
    assert_eq!(due(db).await, [4]);
    let held = db.webhook_held(&usual(), ID, &[TicketId(1), TicketId(3)]).await.unwrap();
    assert_eq!(held, [TicketId(1)].into());
    db.pass(Duration::from_secs(5));
    assert_eq!(due(db).await, [4, 1]);
    let released = [TicketId(1), TicketId(2)].into();
    round(db, Round { position: 4, done: vec![(1, 1), (4, 1)], released, ..Round::default() }).await;
    assert_eq!(due(db).await, [2]);
    let released = [TicketId(1)].into();
    let again = vec![pending(2, 1, Some(60))];
    round(db, Round { position: 4, pending: again, released, ..Round::default() }).await;
    assert_eq!(due(db).await, [0; 0], "the first waits for its time, the other for the first");
    assert_eq!(db.webhook_states(&usual()).await.unwrap()[&ID].pending, 2);
}

async fn what_is_told_again_goes_before_what_waits(db: &TestDatabase) {
    hooked(db).await;
    let waiting = vec![pending(5, 1, Some(60)), pending(6, 1, None)];
    round(db, Round { position: 6, pending: waiting, ..Round::default() }).await;
    let ticket = Some(TicketId(1));
    db.resend(&usual(), ID, &[(2, 1, ticket), (3, 1, ticket), (4, 0, None)]).await.unwrap();
    let mut now = due(db).await;
    now.sort_unstable();
    assert_eq!(now, [2, 4]);
    db.resend(&usual(), ID, &[(5, 1, ticket), (6, 1, ticket)]).await.unwrap();
    let mut now = due(db).await;
    now.sort_unstable();
    assert_eq!(now, [2, 4], "what waited for its time goes in its turn");
    db.resend(&usual(), WebhookId(9), &[(2, 1, ticket)]).await.unwrap();
    assert_eq!(db.count("webhook_pending"), 5);
}

async fn attempts_are_read_newest_first_and_kept_for_a_week(db: &TestDatabase) {
    hooked(db).await;
    let later = Attempt { at: START + Duration::from_secs(7 * 24 * 3600), ..attempt(3) };
    round(db, Round { position: 3, attempts: vec![attempt(1), attempt(2), later], ..Round::default() }).await;
    assert_eq!(db.note_attempt(&usual(), ID, attempt(0)).await.unwrap(), 4);
    assert!(db.note_attempt(&usual(), WebhookId(9), attempt(0)).await.is_err());
    let shop = usual();
    let page = |before| db.webhook_attempts(&shop, ID, before, 2);
    let positions = |page: Vec<(i64, Attempt)>| page.into_iter().map(|(id, one)| (id, one.position));
    assert_eq!(positions(page(None).await.unwrap()).collect::<Vec<_>>(), [(4, 0), (3, 3)]);
    let rest = page(Some(3)).await.unwrap();
    assert_eq!(rest[1].1, attempt(1), "as it was");
    assert_eq!(positions(rest).collect::<Vec<_>>(), [(2, 2), (1, 1)]);
    db.pass(Duration::from_secs(7 * 24 * 3600 + 1));
    for piece in db.take_due(&lease("d"), 50).await.unwrap() {
        db.work_due(&piece, rota::due::work(&piece)).await.unwrap();
    }
    assert_eq!(db.count("webhook_attempts"), 1);
}

async fn an_endpoint_that_is_off_or_removed_is_not_worked(db: &TestDatabase) {
    hooked(db).await;
    round(
        db,
        Round { pending: vec![pending(1, 1, Some(0))], attempts: vec![attempt(1)], ..Round::default() },
    )
    .await;
    db.change(disable(ID, "it answered 410".into())).await;
    db.change(disable(ID, "it answered 410".into())).await;
    db.pass(Duration::from_secs(60));
    assert!(db.webhooks_with_work(10).await.unwrap().is_empty());
    assert!(db.hold_webhook(&usual(), ID, &lease("b")).await.unwrap().is_none());
    let events = db.events(&usual(), 1, 10).await.unwrap();
    assert_eq!(events.len(), 1, "told once that it is off");
    db.change(remove(Asked::operator(), ID)).await;
    for table in ["webhooks", "webhook_pending", "webhook_attempts"] {
        assert_eq!(db.count(table), 0, "{table}");
    }
    db.assert_sound().await;
}
