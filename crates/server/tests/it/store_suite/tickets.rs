//! Listing tickets, their timelines, and what their receipts' people were called.

use super::calls::{call, call_to};
use super::database::{START, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, for_team};
use crate::harness::{Agent, StoreFile, Team, tasks};
use rota_core::ids::{AgentId, TeamId, TicketId};

storage_suite!(
    tickets_are_paged_in_the_order_of_their_ids,
    waiting_tickets_are_listed_alone_on_request,
    a_tickets_timeline_begins_with_its_creation,
    another_stores_tickets_are_not_found,
    a_receipts_agents_are_called_as_they_were_then,
);

async fn page(db: &TestDatabase, after: i64, limit: u32, waiting_only: bool) -> Vec<i64> {
    let tickets = db.tickets(&usual(), TicketId(after), limit, waiting_only).await.unwrap();
    tickets.iter().map(|row| row.ticket.id.0).collect()
}

async fn tickets_are_paged_in_the_order_of_their_ids(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told((0..5).map(|_| call(&tasks()))).await;
    assert_eq!(page(db, 0, 3, false).await, [1, 2, 3]);
    assert_eq!(page(db, 3, 3, false).await, [4, 5]);
    assert_eq!(page(db, 5, 3, false).await, [0; 0]);
    let one = db.ticket(&usual(), TicketId(4)).await.unwrap().expect("ticket 4 is there");
    let listed = &db.tickets(&usual(), TicketId(3), 1, false).await.unwrap()[0];
    assert_eq!(format!("{one:?}"), format!("{listed:?}"));
    assert!(db.ticket(&usual(), TicketId(6)).await.unwrap().is_none());
}

async fn waiting_tickets_are_listed_alone_on_request(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([0, 1].map(Agent::offline))).await;
    let explicit = call(&for_agent("agent1@shop.example"));
    db.told([call(&tasks()), explicit, call(&for_team(31)), call(&tasks())]).await;
    assert_eq!(page(db, 0, 10, true).await, [1, 3, 4]);
    assert_eq!(page(db, 1, 1, true).await, [3]);
    db.close(&[3]).await;
    assert_eq!(page(db, 0, 10, true).await, [1, 4]);
}

async fn a_tickets_timeline_begins_with_its_creation(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([call(&tasks())]).await;
    let timeline = db.timeline(&usual(), TicketId(1)).await.unwrap().expect("the ticket is there");
    assert_eq!((timeline.created_at, timeline.created_by.as_str()), (START, "key1"));
    assert!(timeline.entries.is_empty());
    assert!(db.timeline(&usual(), TicketId(2)).await.unwrap().is_none());
}

async fn another_stores_tickets_are_not_found(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another")).await;
    db.told([call_to("another", &tasks()), call_to("another", &tasks()), call(&tasks())]).await;
    assert_eq!(page(db, 0, 10, false).await, [1]);
    assert!(db.ticket(&usual(), TicketId(2)).await.unwrap().is_none());
    assert!(db.timeline(&usual(), TicketId(2)).await.unwrap().is_none());
    assert!(db.tickets(&store("nowhere"), TicketId(0), 10, false).await.unwrap().is_empty());
    assert!(db.ticket(&store("nowhere"), TicketId(1)).await.unwrap().is_none());
}

async fn a_receipts_agents_are_called_as_they_were_then(db: &TestDatabase) {
    let agents = |mail: &str| [Agent { email: mail.into(), ..Agent::online(0) }];
    let team = |members: &[i64]| [Team::new(31, "Returns", members)];
    db.apply(&StoreFile::default().agents(agents("before@shop.example")).teams(team(&[]))).await;
    db.told([call(&tasks())]).await;
    db.apply(&StoreFile::default().agents(agents("agent0@shop.example")).teams(team(&[0]))).await;
    db.told([call(&for_team(31))]).await;
    let [first, second] = db.all_tickets().await.try_into().expect("two tickets");
    // The harness calls an agent by the local part of the address.
    assert_eq!(first.names.agents[&AgentId(100)], "before");
    assert_eq!(second.names.agents[&AgentId(100)], "agent0");
    assert_eq!(second.names.teams[&TeamId(31)], "Returns");
    let again = db.receipt_names(&usual(), &first.receipt).await.unwrap();
    assert_eq!((again.agents, again.teams), (first.names.agents, first.names.teams));
    let elsewhere = db.receipt_names(&store("another"), &second.receipt).await.unwrap();
    assert!(elsewhere.agents.is_empty() && elsewhere.teams.is_empty());
}
