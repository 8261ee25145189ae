//! Timed work: each piece is done once, by whoever holds it.

use super::calls::{call, with_key};
use super::database::{START, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::{Agent, StoreFile, tasks};
use jiff::Timestamp;
use rota::store::Store;
use rota::store::due::{DueFigures, Ended, Lease, Piece};
use rota_core::access::{Actor, Role};
use rota_core::due::Kind;
use rota_core::ids::{AgentId, TicketId};
use rota_core::intake::KEEP_ANSWERS;
use rota_core::life::{Command, Expected};
use rota_core::ticket::Stage;
use std::time::Duration;

storage_suite!(
    a_snoozed_ticket_wakes_at_its_time_and_once,
    a_ticket_that_was_snoozed_again_wakes_at_the_later_time,
    a_ticket_whose_closing_is_undone_after_its_time_does_not_sleep_on,
    a_piece_is_held_by_one_until_its_lease_ends,
    who_comes_late_does_nothing,
    what_was_left_is_free_at_once,
    pieces_come_in_the_order_of_time_over_all_stores,
    a_piece_that_fails_waits_and_says_why,
    late_pieces_are_told,
    a_piece_of_a_store_that_is_gone_is_dropped,
    pieces_of_a_later_release_are_left_to_it,
    quiet_tickets_close_by_themselves_whether_they_are_in_a_list_or_not,
    many_quiet_tickets_close_some_at_a_time_without_waiting,
    closing_ends_with_its_setting_and_begins_with_it,
    old_audit_entries_and_kept_answers_are_removed_in_steps,
    sessions_and_invitations_are_removed_after_their_time,
    who_was_away_until_a_time_is_online_from_then_on_and_takes_what_waits,
    a_store_needs_hands_only_where_somebody_could_take_a_ticket,
    what_is_due_goes_along_with_a_backup,
);

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LEASE: Duration = Duration::from_secs(10);

const PERSON: Actor = Actor::Agent { id: AgentId(100), role: Role::Admin };

async fn take(db: &dyn Store, name: &str) -> Vec<Piece> {
    db.take_due(&Lease { name: name.into(), span: LEASE }, 50).await.unwrap()
}

/// Works everything that is due now; what became of each piece.
pub(super) async fn work_all(db: &TestDatabase) -> Vec<(Kind, Ended)> {
    let mut ended = Vec::new();
    for round in 0.. {
        let pieces = take(&**db, &format!("round {round}")).await;
        if pieces.is_empty() {
            break;
        }
        for piece in pieces {
            ended.push((piece.kind, db.work_due(&piece, rota::due::work(&piece)).await.unwrap()));
        }
    }
    ended
}

fn snooze(until: Timestamp) -> Command {
    Command::Snooze { until, expected: Expected::Anybody }
}

/// The usual store with some tickets, and nothing else to do: what the store has of its own begins later.
async fn with_tickets(db: &TestDatabase, count: usize) {
    db.apply(&StoreFile::default()).await;
    db.told((0..count).map(|_| call(&tasks()))).await;
}

async fn woken(db: &TestDatabase, ticket: i64) -> usize {
    let timeline = db.timeline(&usual(), TicketId(ticket)).await.unwrap().unwrap();
    let wakings = timeline.entries.iter().filter(|entry| entry.what.kind() == "woken");
    wakings.inspect(|entry| assert_eq!(entry.by, Actor::Clock)).count()
}

async fn kind(db: &TestDatabase, ticket: i64) -> Stage {
    db.ticket(&usual(), TicketId(ticket)).await.unwrap().unwrap().ticket.kind()
}

/// Sets a store's setting as a settings call does: with a new version of the roster.
fn set(db: &TestDatabase, setting: &str) {
    db.damage(&format!(
        "UPDATE stores SET {setting}; UPDATE routing SET roster_version = roster_version + 1"
    ));
}

async fn a_snoozed_ticket_wakes_at_its_time_and_once(db: &TestDatabase) {
    with_tickets(db, 1).await;
    db.work(&PERSON, [(1, snooze(START + MINUTE))]).await;
    assert_eq!(db.next_due().await.unwrap(), Some(START + MINUTE));
    db.pass(MINUTE - Duration::from_millis(1));
    assert!(take(&**db, "early").await.is_empty());
    db.pass(Duration::from_millis(1));
    assert_eq!(work_all(db).await, [(Kind::Wake, Ended::Done)]);
    assert_eq!((kind(db, 1).await, woken(db, 1).await), (Stage::Open, 1));
    assert!(take(&**db, "again").await.is_empty());
    db.assert_sound().await;
}

async fn a_ticket_that_was_snoozed_again_wakes_at_the_later_time(db: &TestDatabase) {
    with_tickets(db, 2).await;
    db.work(&PERSON, [(1, snooze(START + MINUTE)), (2, snooze(START + MINUTE))]).await;
    db.pass(MINUTE);
    let held = take(&**db, "held").await;
    db.work(&PERSON, [(1, snooze(START + HOUR)), (2, Command::Wake)]).await;
    assert_eq!(
        db.work_due(&held[0], rota::due::work(&held[0])).await.unwrap(),
        Ended::Lost,
        "it was put to another time"
    );
    assert_eq!(
        db.work_due(&held[1], rota::due::work(&held[1])).await.unwrap(),
        Ended::Done,
        "it was woken before"
    );
    assert_eq!((kind(db, 1).await, kind(db, 2).await), (Stage::Snoozed, Stage::Open));
    assert_eq!(woken(db, 1).await, 0);
    db.pass(HOUR);
    work_all(db).await;
    assert_eq!(woken(db, 1).await, 1);
}

async fn a_ticket_whose_closing_is_undone_after_its_time_does_not_sleep_on(db: &TestDatabase) {
    with_tickets(db, 1).await;
    db.work(&PERSON, [(1, snooze(START + MINUTE))]).await;
    db.pass(MINUTE - Duration::from_secs(1));
    db.work(&PERSON, [(1, Command::Close { expected: Expected::Anybody })]).await;
    db.pass(Duration::from_secs(2));
    assert_eq!(work_all(db).await, [(Kind::Wake, Ended::Done)]);
    assert_eq!(kind(db, 1).await, Stage::Closed);
    db.work(&PERSON, [(1, Command::Undo { sequence: 3 })]).await;
    work_all(db).await;
    assert_eq!(kind(db, 1).await, Stage::Open);
    db.assert_sound().await;
}

async fn a_piece_is_held_by_one_until_its_lease_ends(db: &TestDatabase) {
    with_tickets(db, 1).await;
    db.work(&PERSON, [(1, snooze(START + MINUTE))]).await;
    db.pass(MINUTE);
    let another = db.another();
    assert_eq!(take(&**db, "one").await.len(), 1);
    assert!(take(&*another, "another").await.is_empty());
    assert_ne!(another.next_due().await.unwrap(), Some(START + MINUTE), "it waits for nothing that is held");
    db.pass(LEASE);
    assert_eq!(take(&*another, "another").await.len(), 1);
}

async fn who_comes_late_does_nothing(db: &TestDatabase) {
    with_tickets(db, 1).await;
    db.work(&PERSON, [(1, snooze(START + MINUTE))]).await;
    db.pass(MINUTE);
    let slow = take(&**db, "slow").await;
    db.pass(LEASE);
    let quick = take(&*db.another(), "quick").await;
    db.fail_due(&slow[0], START + DAY, "too slow").await.unwrap();
    db.leave_due(&slow).await.unwrap();
    assert_eq!(db.work_due(&slow[0], rota::due::work(&slow[0])).await.unwrap(), Ended::Lost);
    assert_eq!(woken(db, 1).await, 0);
    assert_eq!(db.work_due(&quick[0], rota::due::work(&quick[0])).await.unwrap(), Ended::Done);
    assert_eq!(db.work_due(&quick[0], rota::due::work(&quick[0])).await.unwrap(), Ended::Lost);
    assert_eq!(woken(db, 1).await, 1);
}

async fn what_was_left_is_free_at_once(db: &TestDatabase) {
    with_tickets(db, 1).await;
    db.work(&PERSON, [(1, snooze(START + MINUTE))]).await;
    db.pass(MINUTE);
    db.leave_due(&take(&**db, "stopping").await).await.unwrap();
    assert_eq!(take(&*db.another(), "another").await.len(), 1);
}

async fn pieces_come_in_the_order_of_time_over_all_stores(db: &TestDatabase) {
    with_tickets(db, 2).await;
    db.apply(&StoreFile::default().store("another")).await;
    db.work(&PERSON, [(1, snooze(START + 3 * MINUTE)), (2, snooze(START + MINUTE))]).await;
    let sessions = "UPDATE due SET at = at - 3480000 WHERE store_id = 'another' AND kind = 'sessions'";
    db.damage(sessions);
    db.pass(HOUR / 2);
    let first = db.take_due(&Lease { name: "one".into(), span: LEASE }, 1).await.unwrap();
    assert_eq!((first[0].subject, first[0].at), (2, START + MINUTE));
    let told = |piece: &Piece| (piece.store.to_string(), piece.kind);
    let rest: Vec<_> = take(&**db, "rest").await.iter().map(told).collect();
    let own = usual().to_string();
    assert_eq!(rest, [("another".to_owned(), Kind::Sessions), (own, Kind::Wake)]);
}

async fn a_piece_that_fails_waits_and_says_why(db: &TestDatabase) {
    with_tickets(db, 1).await;
    db.work(&PERSON, [(1, snooze(START + MINUTE))]).await;
    let subject = "UPDATE tickets SET channel = 'tasks', task_title = '' WHERE id = 1";
    db.damage(subject);
    db.pass(MINUTE);
    let piece = take(&**db, "one").await.remove(0);
    let why = db
        .work_due(&piece, rota::due::work(&piece))
        .await
        .expect_err("the ticket cannot be read")
        .to_string();
    db.fail_due(&piece, db.now() + MINUTE, &why).await.unwrap();
    assert!(take(&**db, "two").await.is_empty());
    let jobs = db.jobs(Some(&usual()), 10).await.unwrap();
    assert_eq!((jobs[0].kind.as_str(), jobs[0].subject, jobs[0].failures), ("wake", 1, 1));
    assert_eq!(jobs[0].failure.as_deref(), Some(why.as_str()));
    assert_eq!(db.due_figures().await.unwrap(), DueFigures { late: 0, failing: 1 });
    assert!(db.jobs(Some(&store("another")), 10).await.unwrap().is_empty());
    db.damage("UPDATE tickets SET task_title = 'mended' WHERE id = 1");
    db.pass(MINUTE);
    assert_eq!(work_all(db).await, [(Kind::Wake, Ended::Done)]);
    assert_eq!(db.due_figures().await.unwrap(), DueFigures::default());
}

async fn late_pieces_are_told(db: &TestDatabase) {
    with_tickets(db, 3).await;
    db.work(&PERSON, [1, 2, 3].map(|ticket| (ticket, snooze(START + MINUTE)))).await;
    db.pass(2 * MINUTE);
    assert_eq!(db.due_figures().await.unwrap().late, 0);
    assert_eq!(db.jobs(None, 2).await.unwrap().len(), 2);
    db.pass(Duration::from_millis(1));
    assert_eq!(db.due_figures().await.unwrap(), DueFigures { late: 3, failing: 0 });
}

async fn a_piece_of_a_store_that_is_gone_is_dropped(db: &TestDatabase) {
    with_tickets(db, 0).await;
    db.damage(
        "INSERT INTO due (store_id, kind, subject, at, lease_until, failures)
         VALUES ('gone', 'wake', 1, 0, 0, 0), ('gone', 'retention', 0, 0, 0, 0)",
    );
    let ended = work_all(db).await;
    assert_eq!(ended.iter().map(|(_, ended)| *ended).collect::<Vec<_>>(), [Ended::Dropped; 2]);
    assert!(db.jobs(None, 10).await.unwrap().is_empty());
}

async fn pieces_of_a_later_release_are_left_to_it(db: &TestDatabase) {
    with_tickets(db, 0).await;
    db.damage(
        "INSERT INTO due (store_id, kind, subject, at, lease_until, failures)
         SELECT store_id, 'from_the_future', 0, 0, 0, 0 FROM stores",
    );
    assert!(take(&**db, "one").await.is_empty());
    assert_eq!(db.next_due().await.unwrap(), Some(START + HOUR), "sessions come next");
    assert_eq!(db.jobs(None, 10).await.unwrap()[0].kind, "from_the_future");
}

async fn quiet_tickets_close_by_themselves_whether_they_are_in_a_list_or_not(db: &TestDatabase) {
    with_tickets(db, 4).await;
    set(db, "close_after_ms = 86400000");
    db.ensure_due().await.unwrap();
    db.list(2);
    db.pass(DAY - MINUTE);
    for ticket in [2, 4] {
        db.close(&[ticket]).await;
        db.work(&PERSON, [(ticket, Command::Reopen { expected: Expected::Anybody })]).await;
    }
    work_all(db).await;
    assert_eq!(db.count("tickets WHERE stage = 'closed'"), 0);
    db.pass(MINUTE);
    work_all(db).await;
    assert_eq!([kind(db, 1).await, kind(db, 3).await], [Stage::Closed; 2]);
    assert_eq!([kind(db, 2).await, kind(db, 4).await], [Stage::Open; 2], "they were opened since");
    assert_eq!(db.count("tickets WHERE closed_by = 'auto'"), 2);
    db.pass(DAY);
    work_all(db).await;
    assert_eq!(db.count("tickets WHERE stage = 'closed'"), 4);
    db.assert_sound().await;
}

async fn many_quiet_tickets_close_some_at_a_time_without_waiting(db: &TestDatabase) {
    with_tickets(db, 250).await;
    set(db, "close_after_ms = 60000");
    db.ensure_due().await.unwrap();
    db.pass(MINUTE);
    let ended = work_all(db).await;
    let now = db.now();
    let again = [now, now, now + MINUTE].map(|at| (Kind::AutoClose, Ended::Again(at)));
    assert_eq!(ended, again);
    assert_eq!(db.count("tickets WHERE stage = 'closed'"), 250);
    db.assert_sound().await;
}

async fn closing_ends_with_its_setting_and_begins_with_it(db: &TestDatabase) {
    with_tickets(db, 1).await;
    set(db, "close_after_ms = 60000");
    db.ensure_due().await.unwrap();
    set(db, "close_after_ms = NULL");
    db.pass(MINUTE);
    assert_eq!(work_all(db).await, [(Kind::AutoClose, Ended::Done)]);
    db.ensure_due().await.unwrap();
    db.pass(MINUTE);
    assert_eq!(work_all(db).await, []);
    set(db, "close_after_ms = 60000");
    // Whatever changes the settings puts the piece.
    db.apply(&StoreFile::default().dedupe_window("1s")).await;
    db.pass(MINUTE);
    work_all(db).await;
    assert_eq!(kind(db, 1).await, Stage::Closed);
}

async fn old_audit_entries_and_kept_answers_are_removed_in_steps(db: &TestDatabase) {
    with_tickets(db, 0).await;
    db.told([with_key("old", call(&tasks()))]).await;
    let start = START.as_millisecond();
    let numbers = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)";
    db.damage("DELETE FROM audit");
    db.damage(&format!(
        "INSERT INTO audit (store_id, position, at, actor, subject)
         {numbers} SELECT store_id, n, {start} + n, 'operator', 'store' FROM n, stores"
    ));
    set(db, "keep_audit_ms = 86400000");
    db.pass(KEEP_ANSWERS + Duration::from_millis(1_101));
    let ended: Vec<_> = work_all(db).await.into_iter().filter(|(kind, _)| *kind == Kind::Retention).collect();
    let now = db.now();
    assert_eq!(ended, [now, now, now + DAY].map(|at| (Kind::Retention, Ended::Again(at))));
    assert_eq!(db.count("audit"), 100);
    assert_eq!(db.count("idempotency"), 0);
}

async fn sessions_and_invitations_are_removed_after_their_time(db: &TestDatabase) {
    with_tickets(db, 0).await;
    let end = (START + HOUR).as_millisecond();
    let secret = "(SELECT checksum FROM schema_migrations WHERE number = 1)";
    for (number, expires) in [(0, end), (1, end + 1)] {
        let agent = 100 + number;
        db.damage(&format!(
            "INSERT INTO sessions (store_id, id, agent_id, secret_hash, browser, created_at, last_seen_at,
                                   expires_at)
             SELECT store_id, 's{number}', {agent}, {secret}, '', 0, {end}, {expires} FROM stores;
             INSERT INTO invitations (store_id, agent_id, secret_hash, created_at, expires_at)
             SELECT store_id, {agent}, {secret}, 0, {expires} FROM stores"
        ));
    }
    db.pass(HOUR);
    let again = Ended::Again(db.now() + HOUR);
    assert_eq!(work_all(db).await, [(Kind::Sessions, again)]);
    assert_eq!((db.count("sessions"), db.count("invitations")), (1, 1));
}

async fn who_was_away_until_a_time_is_online_from_then_on_and_takes_what_waits(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([0, 1].map(Agent::offline)).teams([])).await;
    db.told([call(&tasks()), call(&tasks())]).await;
    let until = (START + MINUTE).as_millisecond();
    db.damage(&format!(
        "UPDATE agents SET away_until = {until}, away_reason = 'lunch' WHERE id = 101;
         INSERT INTO due (store_id, kind, subject, at, lease_until, failures)
         SELECT store_id, 'away_end', id, {until}, 0, 0 FROM agents"
    ));
    db.pass(MINUTE);
    assert_eq!(work_all(db).await, [(Kind::AwayEnd, Ended::Done); 2]);
    let online: Vec<_> = db.agents(&usual()).await.unwrap().iter().map(|agent| agent.online).collect();
    assert_eq!(online, [false, true], "who is offline without an end stays so");
    let owners: Vec<_> = db.all_tickets().await.iter().map(|row| row.ticket.owner()).collect();
    assert_eq!(owners, [Some(AgentId(101)); 2]);
    assert_eq!(db.count("agents WHERE away_until IS NOT NULL OR away_reason IS NOT NULL"), 0);
    db.assert_sound().await;
}

async fn a_store_needs_hands_only_where_somebody_could_take_a_ticket(db: &TestDatabase) {
    for id in ["busy", "empty", "nobody"] {
        let agents = [Agent { online: id == "empty", ..Agent::online(0) }];
        db.apply(&StoreFile::default().store(id).agents(agents).teams([])).await;
    }
    db.told(["busy", "nobody"].map(|id| super::calls::call_to(id, &tasks()))).await;
    assert!(db.stores_with_takers().await.unwrap().is_empty());
    db.damage("UPDATE agents SET online = true WHERE store_id = 'busy'");
    db.damage("UPDATE routing SET roster_version = roster_version + 1");
    assert_eq!(db.stores_with_takers().await.unwrap(), [store("busy")]);
    db.hand_out(&store("busy")).await.unwrap();
    assert!(db.stores_with_takers().await.unwrap().is_empty());
}

async fn what_is_due_goes_along_with_a_backup(db: &TestDatabase) {
    with_tickets(db, 1).await;
    db.work(&PERSON, [(1, snooze(START + MINUTE))]).await;
    db.pass(MINUTE);
    take(&**db, "held").await;
    let file = db.path("backup.db");
    db.backup(&file, &|_, _| {}).await.unwrap();
    let backup = db.open_backup(&file);
    db.pass(LEASE);
    let piece = take(&*backup, "there").await.remove(0);
    assert_eq!(backup.work_due(&piece, rota::due::work(&piece)).await.unwrap(), Ended::Done);
}
