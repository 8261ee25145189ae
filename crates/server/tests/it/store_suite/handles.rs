//! Several handles on one database, as several processes have them.

use super::calls::{Calls, call, told, with_key};
use super::database::{START, availability, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, with, with_context};
use crate::harness::{Agent, StoreFile, tasks};
use rota::store::sessions::Invitation;
use rota::store::types::{CustomerDecision, CustomerKey, CustomerRow};
use rota::store::{DecideCustomer, Store};
use rota_core::access::Actor;
use rota_core::ids::{AgentId, CustomerId};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

storage_suite!(
    batches_of_two_handles_at_once_leave_no_gap_and_turn_strictly,
    a_key_sent_through_two_handles_at_once_makes_one_ticket,
    an_agent_that_goes_offline_is_passed_over_in_the_next_batch_of_every_handle,
    settings_applied_through_one_handle_hold_in_the_next_batch_of_the_other,
    a_customer_put_through_two_handles_at_once_is_made_once,
    what_is_logged_through_two_handles_at_once_is_all_there,
);

async fn batches_of_two_handles_at_once_leave_no_gap_and_turn_strictly(db: &TestDatabase) {
    const AGENTS: usize = 7;
    db.apply(&StoreFile::default().agents((0..AGENTS as i64).map(Agent::online))).await;
    let handles = [db.another(), db.another()];
    let mut callers = JoinSet::new();
    for caller in 0..8 {
        let handle = handles[caller % 2].clone();
        callers.spawn(async move {
            for number in 0..5 {
                let body = with_context(&format!("{caller}-{number}"));
                let answers = Calls::new((0..5).map(|_| call(&body))).answered_by(handle.as_ref()).await;
                assert_eq!(answers.len(), 5);
            }
        });
    }
    callers.join_all().await;
    let tickets = db.all_tickets().await;
    assert_eq!(tickets.len(), 8 * 5 * 5);
    for (place, ticket) in tickets.iter().enumerate() {
        assert_eq!(usize::try_from(ticket.ticket.id.0).unwrap(), place + 1);
        assert_eq!(
            ticket.ticket.owner(),
            Some(AgentId(100 + i64::try_from(place % AGENTS).unwrap())),
            "{ticket:?}"
        );
    }
    db.assert_sound().await;
}

async fn a_key_sent_through_two_handles_at_once_makes_one_ticket(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let handles = [db.another(), db.another()];
    let mut callers = JoinSet::new();
    for caller in 0..8 {
        let handle = handles[caller % 2].clone();
        callers.spawn(async move {
            let answers = Calls::new([with_key("k", call(&tasks()))]).answered_by(handle.as_ref()).await;
            told(&answers[0])
        });
    }
    let mut all = callers.join_all().await;
    all.sort();
    assert_eq!(all[0], "created 1 for 100");
    assert!(all[1..].iter().all(|one| one == "replayed 1 for 100"), "{all:?}");
    assert_eq!(db.all_tickets().await.len(), 1);
}

/// What the handle answers to the usual call.
async fn next(handle: &Arc<dyn Store>) -> String {
    told(&Calls::new([call(&tasks())]).answered_by(handle.as_ref()).await[0])
}

/// Agent 2 goes online or offline.
async fn go(handle: &Arc<dyn Store>, online: bool) {
    let decide = availability("agent2@shop.example", online);
    handle.provision(&usual(), decide, false).await.unwrap();
}

async fn an_agent_that_goes_offline_is_passed_over_in_the_next_batch_of_every_handle(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let [one, two] = [db.another(), db.another()];
    // Both have read the roster before it changes.
    assert_eq!([next(&one).await, next(&two).await], ["created 1 for 100", "created 2 for 101"]);
    go(&one, false).await;
    assert_eq!([next(&two).await, next(&one).await], ["created 3 for 100", "created 4 for 101"]);
    go(&two, true).await;
    assert_eq!([next(&one).await, next(&two).await], ["created 5 for 102", "created 6 for 100"]);
}

async fn settings_applied_through_one_handle_hold_in_the_next_batch_of_the_other(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let other = db.another();
    assert_eq!(next(&other).await, "created 1 for 100");
    let labelled = || call(&with(for_agent("agent8@shop.example"), "labelIds", vec![9]));
    let ask = || Calls::new([labelled()]).answered_by(other.as_ref());
    assert_eq!(told(&ask().await[0]), "invalid labelIds agentMail");
    let file = StoreFile::default().agents([0, 1, 8].map(Agent::online)).labels([9]);
    db.apply(&file).await;
    assert_eq!(told(&ask().await[0]), "created 2 for 108");
    assert_eq!([next(&other).await, next(&other).await], ["created 3 for 101", "created 4 for 108"]);
    db.apply(&file.policy("unassigned")).await;
    assert_eq!(next(&other).await, "created 5 for nobody");
}

/// Makes the customer unless it is there.
fn once(phone: &'static str) -> DecideCustomer {
    Box::new(move |found| {
        let new = found.is_none();
        let fresh = || CustomerRow::new(CustomerId::new("0").unwrap(), super::database::START);
        let mut row = found.cloned().unwrap_or_else(fresh);
        row.phone = Some(phone.into());
        CustomerDecision { row, new }
    })
}

async fn a_customer_put_through_two_handles_at_once_is_made_once(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let handles = [db.another(), db.another()];
    let mut callers = JoinSet::new();
    for caller in 0..8 {
        let handle = handles[caller % 2].clone();
        callers.spawn(async move {
            let find = CustomerKey { phone: Some("+919090909090".into()), ..CustomerKey::default() };
            handle.put_customer(&usual(), &Actor::Operator, find, once("+919090909090")).await.unwrap().id
        });
    }
    let ids: HashSet<_> = callers.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
}

/// An invitation takes no lock of the store's.
async fn what_is_logged_through_two_handles_at_once_is_all_there(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let before = db.audit(&usual(), None, None, 1).await.unwrap().remove(0).position;
    let handles = [db.another(), db.another()];
    let mut inviting = JoinSet::new();
    for number in 0..12_i64 {
        let handle = handles[usize::try_from(number).unwrap() % 2].clone();
        inviting.spawn(async move {
            for agent in 100..103 {
                let invitation = Invitation {
                    agent: AgentId(agent),
                    secret_hash: [u8::try_from(number).unwrap(); 32],
                    created_at: START,
                    expires_at: START + Duration::from_secs(60),
                };
                handle.invite(&usual(), &Actor::Operator, invitation).await.unwrap();
            }
        });
    }
    inviting.join_all().await;
    let logged = db.audit(&usual(), None, None, 36).await.unwrap();
    let positions: Vec<i64> = logged.iter().rev().map(|row| row.position).collect();
    assert_eq!(positions, (before + 1..=before + 36).collect::<Vec<_>>());
}
