//! Commands on tickets: each is written whole, and what waits is handed out with it.

use super::calls::{call, call_to};
use super::database::{START, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, for_team};
use crate::harness::{Agent, StoreFile, tasks};
use rota::store::StoreError;
use rota::store::types::{Keep, Led, Worked, led};
use rota_core::access::{Actor, Role};
use rota_core::ids::{AgentId, ExternalId, LabelId, StageId, TicketId};
use rota_core::intake::RecordKey;
use rota_core::life::{
    Command, Direction, Expected, Message, Outcome, Priority, Recipient, Refusal, Ticket, What,
};
use rota_core::text::{Grounds, Remark};
use rota_core::ticket::{Pool, Stage};
use std::time::Duration;

storage_suite!(
    a_closed_ticket_no_longer_counts_with_its_agent,
    a_closed_ticket_no_longer_waits,
    a_ticket_is_closed_once,
    closing_stands_in_the_timeline_with_who_and_when,
    another_stores_ticket_is_not_found,
    every_command_is_read_back_as_it_was_decided,
    a_ticket_that_is_let_go_is_handed_out_in_turn_and_nothing_overtakes,
    many_waiting_tickets_are_handed_out_some_at_a_time,
    a_message_with_a_known_id_changes_nothing,
    a_message_that_comes_too_late_makes_a_ticket_that_links_back,
    a_message_is_recorded_on_a_new_ticket_that_its_writer_may_not_see,
    a_message_that_comes_too_late_twice_makes_one_ticket,
    what_is_merged_is_found_from_where_it_went,
    an_unclaimed_ticket_waits_once_it_is_given_to_its_pool,
    a_call_that_is_repeated_is_worked_once,
    a_repeat_of_many_orders_is_told_of_each,
    orders_in_one_transaction_see_each_other,
);

const CLOSE: Command = Command::Close { expected: Expected::Anybody };

fn person(agent: i64) -> Actor {
    Actor::Agent { id: AgentId(agent), role: Role::Admin }
}

fn give(agent: i64) -> Command {
    Command::Assign { to: Recipient::Agent(AgentId(agent)), expected: Expected::Anybody }
}

fn note(text: &str) -> Command {
    Command::Note { text: Remark::new(text).unwrap(), mentions: [AgentId(101)].into() }
}

fn said(text: &str, id: Option<&str>) -> Command {
    let external_id = id.and_then(ExternalId::new);
    Command::Message(Message {
        direction: Direction::In,
        text: Remark::new(text).unwrap(),
        at: START,
        external_id,
    })
}

async fn stages(db: &TestDatabase) -> Vec<Stage> {
    db.all_tickets().await.iter().map(|row| row.ticket.kind()).collect()
}

async fn ticket(db: &TestDatabase, id: i64) -> Ticket {
    db.ticket(&usual(), TicketId(id)).await.unwrap().expect("the ticket is there").ticket
}

async fn a_closed_ticket_no_longer_counts_with_its_agent(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told((0..4).map(|_| call(&tasks()))).await;
    assert_eq!(db.close(&[1, 3]).await, [1, 3]);
    assert_eq!(stages(db).await, [Stage::Closed, Stage::Open, Stage::Closed, Stage::Open]);
    let open: Vec<_> = db.agents(&usual()).await.unwrap().iter().map(|agent| agent.open).collect();
    assert_eq!(open, [1, 1, 0]);
    db.assert_sound().await;
}

async fn a_closed_ticket_no_longer_waits(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([0, 1].map(Agent::offline))).await;
    db.told([call(&tasks()), call(&for_team(31)), call(&tasks())]).await;
    db.close(&[2, 3]).await;
    let waiting: Vec<_> = db.waiting().await.unwrap().iter().map(|pool| (pool.pool, pool.waiting)).collect();
    assert_eq!(waiting, [(Pool::Store, 1)]);
    assert_eq!(ticket(db, 3).await.state.waiting(), None);
    db.assert_sound().await;
}

async fn a_ticket_is_closed_once(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told((0..3).map(|_| call(&tasks()))).await;
    assert_eq!(db.close(&[2, 2]).await, [2]);
    assert_eq!(db.close(&[1, 2, 42]).await, [1]);
    assert_eq!(db.close(&[]).await, [0; 0]);
    assert_eq!(db.timeline(&usual(), TicketId(2)).await.unwrap().unwrap().entries.len(), 1);
    db.assert_sound().await;
}

async fn closing_stands_in_the_timeline_with_who_and_when(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks())]).await;
    db.pass(Duration::from_secs(60));
    db.close(&[1]).await;
    let timeline = db.timeline(&usual(), TicketId(1)).await.unwrap().unwrap();
    let [entry] = &timeline.entries[..] else { panic!("{timeline:?}") };
    assert_eq!((entry.sequence, entry.at), (2, START + Duration::from_secs(60)));
    assert_eq!((entry.what.kind(), &entry.by), ("closed", &Actor::Operator));
}

async fn another_stores_ticket_is_not_found(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another")).await;
    db.told([call_to("another", &tasks()), call_to("another", &tasks()), call(&tasks())]).await;
    assert_eq!(db.work(&person(100), [(2, CLOSE)]).await, [Err(Refusal::NotFound)]);
    assert_eq!(db.close(&[1, 2]).await, [1]);
    let theirs = db.tickets(&store("another"), TicketId(0), 10, false).await.unwrap();
    assert!(theirs.iter().all(|row| row.ticket.kind() == Stage::Open));
    let outcome = db.try_work(&store("nowhere"), &person(100), [(1, CLOSE)], None).await;
    assert!(matches!(outcome, Err(StoreError::NotFound)), "{outcome:?}");
    db.assert_sound().await;
}

/// Reads back what each command left, and the entry that it made.
async fn every_command_is_read_back_as_it_was_decided(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&for_agent("agent2@shop.example")), call(&tasks())]).await;
    let grounds = Grounds::new("not my language").unwrap();
    let until = START + Duration::from_secs(3600);
    let commands = [
        give(100),
        Command::Label { add: [LabelId(7), LabelId(8)].into(), remove: [].into() },
        Command::Label { add: [].into(), remove: [LabelId(7)].into() },
        Command::SetPriority(Priority::Urgent),
        note("called, no answer"),
        said("hello", Some("m1")),
        Command::Pass { grounds, expected: Expected::Anybody },
        Command::Snooze { until, expected: Expected::Anybody },
        Command::Wake,
        Command::Merge { into: TicketId(2) },
        Command::Unmerge,
        CLOSE,
        Command::Reopen { expected: Expected::Anybody },
        Command::Assign { to: Recipient::Pool(Pool::Store), expected: Expected::Anybody },
    ];
    for command in commands {
        db.pass(Duration::from_secs(1));
        let outcomes = db.work(&person(100), [(1, command.clone())]).await;
        let [Ok(Outcome::Done { ticket: decided, entry })] = &outcomes[..] else { panic!("{outcomes:?}") };
        let stored = ticket(db, 1).await;
        let timeline = db.timeline(&usual(), TicketId(1)).await.unwrap().unwrap();
        let made = timeline.entries.iter().find(|made| made.sequence == *entry).expect("its entry");
        assert_eq!(made.by, person(100), "{command:?}");
        if stored.sequence == *entry {
            assert_eq!(stored, **decided, "{command:?}");
        } else {
            assert_eq!(timeline.entries.last().unwrap().what.kind(), "handed_out", "{command:?}");
        }
        db.assert_sound().await;
    }
    let chosen = ticket(db, 1).await;
    assert_eq!((chosen.labels, chosen.priority), ([LabelId(8)].into(), Priority::Urgent));
}

async fn a_ticket_that_is_let_go_is_handed_out_in_turn_and_nothing_overtakes(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::online(0).max_open(1), Agent::offline(1)]).teams([])).await;
    db.told([call(&tasks()), call(&tasks()), call(&tasks())]).await;
    let nobody = Command::Assign { to: Recipient::Nobody, expected: Expected::Anybody };
    db.work(&person(100), [(1, nobody)]).await;
    assert_eq!(ticket(db, 1).await.owner(), Some(AgentId(100)), "the oldest waiting one is handed out first");
    db.close(&[1]).await;
    let owners: Vec<_> = db.all_tickets().await.iter().map(|row| row.ticket.owner()).collect();
    assert_eq!(owners, [Some(AgentId(100)), Some(AgentId(100)), None]);
    let timeline = db.timeline(&usual(), TicketId(2)).await.unwrap().unwrap();
    let handed = timeline.entries.last().unwrap();
    assert_eq!((handed.what.kind(), &handed.by), ("handed_out", &Actor::Clock));
    assert_eq!(handed.receipt.as_ref().unwrap().chosen, Some(AgentId(100)));
    db.assert_sound().await;
}

async fn many_waiting_tickets_are_handed_out_some_at_a_time(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([0, 1].map(Agent::offline)).teams([])).await;
    db.told((0..250).map(|_| call(&tasks()))).await;
    assert!(!db.hand_out(&usual()).await.unwrap(), "nobody is there");
    db.damage("UPDATE agents SET online = true");
    db.damage("UPDATE routing SET roster_version = roster_version + 1");
    let mut steps = 1;
    while db.hand_out(&usual()).await.unwrap() {
        steps += 1;
        db.assert_sound().await;
    }
    assert_eq!(steps, 3);
    let owners: Vec<_> = db.all_tickets().await.iter().map(|row| row.ticket.owner()).collect();
    for pair in owners.chunks(2) {
        assert_eq!(pair, [Some(AgentId(100)), Some(AgentId(101))]);
    }
    db.assert_sound().await;
}

async fn a_message_with_a_known_id_changes_nothing(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks())]).await;
    for again in [false, true] {
        let outcomes = db.work(&person(100), [(1, said("hello", Some("m1")))]).await;
        assert_eq!(matches!(outcomes[0], Ok(Outcome::Unchanged { .. })), again, "{outcomes:?}");
    }
    assert_eq!(ticket(db, 1).await.sequence, 2);
}

async fn a_message_that_comes_too_late_makes_a_ticket_that_links_back(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&for_team(31))]).await;
    db.close(&[1]).await;
    db.pass(Duration::from_secs(4 * 24 * 60 * 60));
    let outcomes = db.work(&person(100), [(1, said("still broken", None))]).await;
    let [Ok(Outcome::Created { ticket: new })] = &outcomes[..] else { panic!("{outcomes:?}") };
    let row = db.ticket(&usual(), TicketId(2)).await.unwrap().expect("ticket 2 is there");
    assert_eq!((&row.ticket, row.linked_to), (&**new, Some(TicketId(1))));
    assert_eq!((row.ticket.team, row.ticket.sequence), (ticket(db, 1).await.team, 2));
    assert!(row.ticket.owner().is_some(), "it was given out like any other");
    assert_eq!(db.told([call(&tasks())]).await.len(), 1);
    db.assert_sound().await;
}

async fn a_message_is_recorded_on_a_new_ticket_that_its_writer_may_not_see(db: &TestDatabase) {
    db.apply(&StoreFile::default().teams([])).await;
    db.told([call(&tasks())]).await;
    db.close(&[1]).await;
    db.pass(Duration::from_secs(4 * 24 * 60 * 60));
    let owner = Actor::Agent { id: AgentId(100), role: Role::Agent };
    let outcomes = db.work(&owner, [(1, said("still broken", None))]).await;
    let [Ok(Outcome::Created { ticket: new })] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!((new.owner(), new.sequence), (Some(AgentId(101)), 2));
    let entries = db.timeline(&usual(), new.id).await.unwrap().expect("a timeline").entries;
    assert!(matches!(&entries[0].what, What::Message { text, .. } if text.as_str() == "still broken"));
}

async fn a_message_that_comes_too_late_twice_makes_one_ticket(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks())]).await;
    db.close(&[1]).await;
    db.pass(Duration::from_secs(4 * 24 * 60 * 60));
    let late = said("still broken", Some("m1"));
    let outcomes = db.work(&person(100), [(1, late.clone()), (1, late.clone())]).await;
    assert!(
        matches!(&outcomes[..], [Ok(Outcome::Created { .. }), Ok(Outcome::Unchanged { .. })]),
        "{outcomes:?}"
    );
    let again = db.work(&person(100), [(1, late.clone()), (2, late)]).await;
    assert!(again.iter().all(|outcome| matches!(outcome, Ok(Outcome::Unchanged { .. }))), "{again:?}");
    assert_eq!(db.all_tickets().await.len(), 2);
    db.assert_sound().await;
}

async fn what_is_merged_is_found_from_where_it_went(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told((0..4).map(|_| call(&tasks()))).await;
    let merge = |into| Command::Merge { into: TicketId(into) };
    let outcomes = db.work(&person(100), [(3, merge(2)), (2, merge(1)), (4, merge(1))]).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let merged = async |id, limit| db.merged_into(&usual(), TicketId(id), limit).await.unwrap();
    assert_eq!(merged(1, 50).await, [2, 3, 4].map(TicketId));
    assert_eq!(merged(1, 2).await, [2, 3].map(TicketId));
    assert_eq!(merged(2, 50).await, [TicketId(3)]);
    assert_eq!(db.merged_into(&store("another"), TicketId(1), 50).await.unwrap(), []);
    db.work(&person(100), [(2, Command::Unmerge)]).await;
    assert_eq!(merged(1, 50).await, [TicketId(4)]);
}

async fn an_unclaimed_ticket_waits_once_it_is_given_to_its_pool(db: &TestDatabase) {
    db.apply(&StoreFile::default().policy("unassigned")).await;
    db.told([call(&tasks()), call(&tasks())]).await;
    let nobody = Command::Assign { to: Recipient::Nobody, expected: Expected::Anybody };
    let outcomes = db.work(&person(100), [(1, nobody.clone())]).await;
    assert!(matches!(outcomes[0], Ok(Outcome::Unchanged { .. })), "{outcomes:?}");
    db.apply(&StoreFile::default().policy("round_robin")).await;
    assert_eq!(ticket(db, 1).await.owner(), None, "a change of policy gives nothing out");
    db.work(&person(100), [(1, nobody.clone()), (2, nobody)]).await;
    let owners = [ticket(db, 1).await.owner(), ticket(db, 2).await.owner()];
    assert_eq!(owners, [100, 101].map(|agent| Some(AgentId(agent))));
    db.assert_sound().await;
}

async fn a_repeat_of_many_orders_is_told_of_each(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks()), call(&tasks())]).await;
    db.close(&[2]).await;
    let keep = Keep { key: RecordKey { caller: "agent:100".into(), key: "k1".into() }, hash: [1; 32] };
    let orders = [(1, CLOSE), (2, give(101)), (9, CLOSE)];
    let work = async || db.try_work(&usual(), &TALKER, orders.clone(), Some(keep.clone())).await.unwrap();
    let Worked::Now(outcomes) = work().await else { panic!("it comes for the first time") };
    let Worked::Before(told) = work().await else { panic!("it came before") };
    assert_eq!(told, outcomes.into_iter().map(led).collect::<Vec<_>>());
    assert_eq!(told[1..], [Err(Refusal::NotOpen), Err(Refusal::NotFound)]);
}

async fn a_call_that_is_repeated_is_worked_once(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks())]).await;
    let keep = |hash| {
        Some(Keep { key: RecordKey { caller: "agent:100".into(), key: "k1".into() }, hash: [hash; 32] })
    };
    let work = async |hash| db.try_work(&usual(), &TALKER, [(1, note("once"))], keep(hash)).await;
    assert!(matches!(work(1).await.unwrap(), Worked::Now(_)));
    let Worked::Before(told) = work(1).await.unwrap() else { panic!("it came before") };
    assert_eq!(told, [Ok(Led { ticket: TicketId(1), entry: Some(2), is_new: false })]);
    assert!(matches!(work(2).await.unwrap(), Worked::KeyReused));
    assert_eq!(ticket(db, 1).await.sequence, 2);
    db.pass(Duration::from_secs(24 * 60 * 60));
    assert!(matches!(work(2).await.unwrap(), Worked::Now(_)), "a day later it is forgotten");
}

const TALKER: Actor = Actor::Agent { id: AgentId(100), role: Role::Admin };

async fn orders_in_one_transaction_see_each_other(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks()), call(&tasks())]).await;
    let stage = Command::SetStage(StageId(1));
    let outcomes = db
        .work(
            &TALKER,
            [(1, CLOSE), (1, stage), (1, Command::Undo { sequence: 2 }), (9, CLOSE), (2, give(102))],
        )
        .await;
    assert!(matches!(outcomes[0], Ok(Outcome::Done { entry: 2, .. })), "{outcomes:?}");
    assert_eq!(outcomes[1], Err(Refusal::NotOpen));
    assert!(matches!(outcomes[2], Ok(Outcome::Done { entry: 3, .. })), "{outcomes:?}");
    assert_eq!(outcomes[3], Err(Refusal::NotFound));
    assert_eq!(ticket(db, 1).await.kind(), Stage::Open);
    assert_eq!(ticket(db, 2).await.owner(), Some(AgentId(102)));
    db.assert_sound().await;
}
