//! Intake: what a decision is made from is what earlier batches left.

use super::calls::call;
use super::database::{store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, for_team};
use crate::harness::{Agent, StoreFile, Team, tasks};
use rota_core::ids::{AgentId, TeamId};
use rota_core::ticket::Pool;

storage_suite!(
    open_tickets_are_counted_however_they_came,
    a_limit_counts_the_tickets_of_earlier_batches_and_of_this_one,
    tickets_that_nobody_can_take_wait_and_are_counted_per_pool,
    tickets_without_a_policy_are_nobodys_and_do_not_wait,
    closing_makes_room_under_a_limit_and_what_waits_goes_first,
    hours_are_those_of_the_stores_own_time_zone,
);

async fn loads(db: &TestDatabase) -> Vec<u32> {
    db.agents(&usual()).await.unwrap().iter().map(|agent| agent.open).collect()
}

async fn waiting(db: &TestDatabase) -> Vec<(Pool, u64)> {
    db.waiting().await.unwrap().iter().map(|pool| (pool.pool, pool.waiting)).collect()
}

async fn open_tickets_are_counted_however_they_came(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    assert_eq!(loads(db).await, [0, 0, 0]);
    db.told([call(&tasks()), call(&for_team(31)), call(&for_agent("agent2@shop.example"))]).await;
    assert_eq!(loads(db).await, [2, 0, 1]);
    db.told([call(&tasks()), call(&tasks())]).await;
    assert_eq!(loads(db).await, [2, 1, 2]);
    db.assert_sound().await;
}

async fn a_limit_counts_the_tickets_of_earlier_batches_and_of_this_one(db: &TestDatabase) {
    let agents = [Agent::online(0).max_open(2), Agent::online(1).max_open(1)];
    db.apply(&StoreFile::default().agents(agents).teams([])).await;
    assert_eq!(db.told([call(&for_agent("agent0@shop.example"))]).await, ["created 1 for 100"]);
    let told = db.told((0..3).map(|_| call(&tasks()))).await;
    assert_eq!(told, ["created 2 for 100", "created 3 for 101", "created 4 for nobody"]);
}

async fn tickets_that_nobody_can_take_wait_and_are_counted_per_pool(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([0, 1].map(Agent::offline))).await;
    db.told([call(&tasks()), call(&for_team(31)), call(&for_team(31))]).await;
    let expected = [(Pool::Store, 1), (Pool::Team(TeamId(31)), 2)];
    assert_eq!(waiting(db).await, expected);
    let pools: Vec<_> = db.all_tickets().await.iter().map(|row| row.ticket.state.waiting()).collect();
    assert_eq!(pools, [expected[0].0, expected[1].0, expected[1].0].map(Some));
    db.apply(&StoreFile::default().store("another").agents([Agent::offline(0)]).teams([])).await;
    let other = super::calls::call_to("another", &tasks());
    db.told([other]).await;
    let stores: Vec<_> = db.waiting().await.unwrap().into_iter().map(|pool| pool.store).collect();
    assert_eq!(stores, [store("another"), usual(), usual()]);
    db.assert_sound().await;
}

async fn tickets_without_a_policy_are_nobodys_and_do_not_wait(db: &TestDatabase) {
    db.apply(&StoreFile::default().policy("unassigned")).await;
    assert_eq!(db.told([call(&tasks())]).await, ["created 1 for nobody"]);
    assert!(waiting(db).await.is_empty());
    db.assert_sound().await;
}

async fn closing_makes_room_under_a_limit_and_what_waits_goes_first(db: &TestDatabase) {
    db.apply(&StoreFile::default().agents([Agent::online(0).max_open(1)]).teams([])).await;
    assert_eq!(
        db.told([call(&tasks()), call(&tasks())]).await,
        ["created 1 for 100", "created 2 for nobody"]
    );
    db.close(&[1]).await;
    assert_eq!(db.all_tickets().await[1].ticket.owner(), Some(AgentId(100)));
    assert_eq!(db.told([call(&tasks())]).await, ["created 3 for nobody"]);
    db.close(&[2, 3]).await;
    assert_eq!(db.told([call(&tasks())]).await, ["created 4 for 100"]);
    db.assert_sound().await;
}

async fn hours_are_those_of_the_stores_own_time_zone(db: &TestDatabase) {
    // The tests begin on a Friday at 08:00 UTC: 13:30 in Kolkata.
    let hours = "{ fri = [\"13:00-14:00\"] }";
    let team = || Team::new(31, "Returns", &[0]).hours(hours);
    let file = || StoreFile::default().agents([Agent::online(0)]).teams([team()]);
    db.apply(&file()).await;
    assert_eq!(db.told([call(&for_team(31))]).await, ["created 1 for 100"]);
    db.apply(&StoreFile { timezone: "UTC".into(), ..file() }).await;
    assert_eq!(db.told([call(&for_team(31))]).await, ["created 2 for nobody"]);
}
