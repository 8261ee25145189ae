//! Agents, and whether the database answers at all.

use super::calls::call;
use super::database::{availability, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::{Agent, StoreFile, tasks};
use rota::store::{Provisioned, Refused, StoreError};

storage_suite!(
    agents_are_listed_in_the_order_of_their_ids,
    going_offline_and_online_is_told_as_a_change_once,
    who_is_no_active_agent_of_the_store_does_not_go_online,
    an_agent_of_that_address_in_another_store_stays_as_it_was,
    a_sound_database_is_ready,
);

async fn agents_are_listed_in_the_order_of_their_ids(db: &TestDatabase) {
    let agents = [Agent::online(5), Agent::offline(1), Agent::online(3).max_open(4)];
    db.apply(&StoreFile::default().agents(agents).teams([])).await;
    let listed = db.agents(&usual()).await.unwrap();
    let told: Vec<_> = listed.iter().map(|agent| (agent.id.0, agent.online, agent.max_open)).collect();
    assert_eq!(told, [(101, false, None), (103, true, Some(4)), (105, true, None)]);
    let outcome = db.agents(&store("nowhere")).await;
    assert!(matches!(outcome, Err(StoreError::NotFound)), "{outcome:?}");
}

async fn going_offline_and_online_is_told_as_a_change_once(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::online(0)]).teams([])).await;
    for (online, change, answer) in [
        (true, false, "created 1 for 100"),
        (false, true, "created 2 for nobody"),
        (false, false, "created 3 for nobody"),
        (true, true, "created 4 for 100"),
    ] {
        let done = db.provision(&usual(), availability("agent0@shop.example", online), false).await.unwrap();
        let Provisioned::Changed(changed) = done else { panic!("{done:?}") };
        assert_eq!(!changed.changes.is_empty(), change);
        assert_eq!(db.told([call(&tasks())]).await, [answer]);
    }
}

async fn who_is_no_active_agent_of_the_store_does_not_go_online(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().agents([0, 1].map(Agent::online))).await;
    db.apply(&StoreFile::default().store("another").agents([Agent::online(9)]).teams([])).await;
    for (id, email, refused) in [
        (usual(), "nobody@shop.example", Refused::NotFound),
        (usual(), "agent2@shop.example", Refused::field("status", "cannot be set: the agent is archived")),
        (usual(), "agent9@shop.example", Refused::NotFound),
        (store("nowhere"), "agent0@shop.example", Refused::NotFound),
    ] {
        assert_eq!(db.change_of(&id, availability(email, true)).await, Err(refused), "{email} of {id}");
    }
}

async fn an_agent_of_that_address_in_another_store_stays_as_it_was(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another")).await;
    db.set_online("agent0@shop.example", false).await;
    assert!(db.agents(&store("another")).await.unwrap().iter().all(|agent| agent.online));
}

async fn a_sound_database_is_ready(db: &TestDatabase) {
    db.ready().await.unwrap();
    db.apply(&StoreFile::default()).await;
    db.another().ready().await.unwrap();
}
