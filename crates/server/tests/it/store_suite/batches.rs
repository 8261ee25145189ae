//! Intake: a batch is decided and written as one, in order.

use super::calls::{Calls, call, call_to, told};
use super::database::{START, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, for_team, with, with_context};
use crate::harness::{Agent, StoreFile, email, tasks, whatsapp};
use rota_core::ids::{AgentId, LabelId, TeamId, TicketId};
use rota_core::intake::Call;
use rota_core::ticket::{Channel, Stage};
use serde_json::json;

storage_suite!(
    a_batch_is_answered_in_its_order_with_consecutive_numbers_and_turns,
    numbers_and_turns_go_on_in_the_next_batch_and_after_reopening,
    an_empty_batch_has_no_answers,
    stores_in_one_batch_number_and_turn_by_themselves,
    a_bad_call_fails_alone_and_takes_neither_number_nor_turn,
    a_call_that_is_no_longer_wanted_is_left_out,
    another_stores_rows_are_not_known,
    what_a_call_says_is_what_is_stored,
    a_dry_run_decides_and_writes_nothing,
);

async fn a_batch_is_answered_in_its_order_with_consecutive_numbers_and_turns(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let told = db.told((0..5).map(|_| call(&tasks()))).await;
    assert_eq!(
        told,
        [
            "created 1 for 100",
            "created 2 for 101",
            "created 3 for 102",
            "created 4 for 100",
            "created 5 for 101"
        ]
    );
    let stored: Vec<_> =
        db.all_tickets().await.iter().map(|row| (row.ticket.id.0, row.ticket.owner())).collect();
    let expected = [(1, 100), (2, 101), (3, 102), (4, 100), (5, 101)];
    assert_eq!(stored, expected.map(|(id, agent)| (id, Some(AgentId(agent)))));
    db.assert_sound().await;
}

async fn numbers_and_turns_go_on_in_the_next_batch_and_after_reopening(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks()), call(&for_team(31))]).await;
    assert_eq!(db.told([call(&tasks())]).await, ["created 3 for 101"]);
    let reopened = db.another();
    let answers = Calls::new([call(&tasks()), call(&for_team(31))]).answered_by(reopened.as_ref()).await;
    let told: Vec<_> = answers.iter().map(told).collect();
    assert_eq!(told, ["created 4 for 102", "created 5 for 101"]);
}

async fn an_empty_batch_has_no_answers(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    assert!(db.answers([]).await.is_empty());
    assert_eq!(db.told([call(&tasks())]).await, ["created 1 for 100"]);
}

async fn stores_in_one_batch_number_and_turn_by_themselves(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another").agents([8, 9].map(Agent::online)).teams([])).await;
    let mixed = [
        call(&tasks()),
        call_to("another", &tasks()),
        call_to("another", &tasks()),
        call(&tasks()),
        call_to("another", &tasks()),
    ];
    assert_eq!(
        db.told(mixed).await,
        [
            "created 1 for 100",
            "created 1 for 108",
            "created 2 for 109",
            "created 2 for 101",
            "created 3 for 108"
        ]
    );
    assert_eq!(db.all_tickets().await.len(), 2);
    db.assert_sound().await;
}

async fn a_bad_call_fails_alone_and_takes_neither_number_nor_turn(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let calls = [
        call(&tasks()),
        call(&with(tasks(), "bikCustomerId", "nobody")),
        call(&json!({ "channel": "TASKS" })),
        call(&with(for_agent("nobody@shop.example"), "labelIds", json!([7, 99]))),
        call(&tasks()),
    ];
    assert_eq!(
        db.told(calls).await,
        [
            "created 1 for 100",
            "invalid bikCustomerId",
            "invalid bikCustomerId taskTitle",
            "invalid labelIds agentMail",
            "created 2 for 101"
        ]
    );
    assert_eq!(db.all_tickets().await.len(), 2);
    db.assert_sound().await;
}

async fn a_call_that_is_no_longer_wanted_is_left_out(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let calls = (0..4).map(|number| call(&with_context(&number.to_string())));
    let answers = Calls::abandoned(calls, [0, 2]).answered_by(&**db).await;
    let told: Vec<_> = answers.iter().map(told).collect();
    assert_eq!(told, ["left out", "created 1 for 100", "left out", "created 2 for 101"]);
    let contexts: Vec<_> = db.all_tickets().await.into_iter().filter_map(|ticket| ticket.context).collect();
    assert_eq!(contexts, ["1", "3"]);
    db.assert_sound().await;
}

async fn another_stores_rows_are_not_known(db: &TestDatabase) {
    db.apply(&StoreFile::default().customers(&["ours"])).await;
    let mut other = StoreFile::default().store("another").agents([Agent::online(9)]).teams([]);
    other.whatsapp = vec!["+4915112345678".into()];
    other.email = vec!["other@shop.example".into()];
    db.apply(&other.labels([77]).customers(&["theirs"])).await;
    let ours = with(tasks(), "bikCustomerId", "ours");
    let calls = [
        with(ours.clone(), "bikCustomerId", "theirs"),
        with(ours.clone(), "labelIds", json!([77])),
        with(with(for_agent("agent9@shop.example"), "bikCustomerId", "ours"), "context", ""),
        with(with(whatsapp(), "bikCustomerId", "ours"), "brandPhoneNumber", "+4915112345678"),
        with(with(email(), "bikCustomerId", "ours"), "brandEmail", "other@shop.example"),
    ];
    assert_eq!(
        db.told(calls.iter().map(call)).await,
        [
            "invalid bikCustomerId",
            "invalid labelIds",
            "invalid agentMail",
            "invalid brandPhoneNumber",
            "invalid brandEmail"
        ]
    );
    let theirs = with(for_team(31), "bikCustomerId", "theirs");
    assert_eq!(db.told([call_to("another", &theirs)]).await, ["invalid teamId"]);
}

async fn what_a_call_says_is_what_is_stored(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let mut first = with(whatsapp(), "context", "two\nlines 😀");
    first = with(first, "labelIds", json!([8, 7]));
    first = with(with(first, "assignmentType", "SPECIFIC_TEAM"), "teamId", 31);
    db.told([call(&first), call(&email()), call(&tasks())]).await;
    let [first, second, third] = db.all_tickets().await.try_into().expect("three tickets");
    assert_eq!(
        (first.contact.channel(), first.ticket.kind(), first.ticket.created_at),
        (Channel::Whatsapp, Stage::Open, START)
    );
    assert_eq!((first.ticket.owner(), first.ticket.team), (Some(AgentId(100)), Some(TeamId(31))));
    assert_eq!(first.ticket.labels, [LabelId(7), LabelId(8)].into());
    assert_eq!(first.context.as_deref(), Some("two\nlines 😀"));
    assert_eq!(first.contact.brand_address(), Some("+917827486670"));
    assert_eq!(first.contact.customer_address(), Some("+918095495490"));
    assert_eq!(first.ticket.customer.as_str(), "5233549");
    assert_eq!(first.receipt.chosen, Some(AgentId(100)));
    assert_eq!(second.contact.customer_address(), Some("asha@example.com"));
    assert_eq!((second.contact.channel(), second.ticket.team), (Channel::Email, None));
    assert_eq!(third.contact.task_title(), Some("Call back"));
    assert_eq!((third.contact.channel(), third.contact.brand_address()), (Channel::Tasks, None));
}

async fn a_dry_run_decides_and_writes_nothing(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let dry = || Call { dry_run: true, ..call(&tasks()) };
    let told = db.told([dry(), call(&tasks()), dry(), dry()]).await;
    assert_eq!(told, ["would be for 100", "created 1 for 100", "would be for 101", "would be for 101"]);
    assert_eq!(db.told([dry()]).await, ["would be for 101"]);
    assert_eq!(db.all_tickets().await.len(), 1);
    assert!(db.ticket(&usual(), TicketId(0)).await.unwrap().is_none());
    db.assert_sound().await;
}
