//! Store files: what is compared, and what is written of the decision.

use super::calls::call;
use super::database::{store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{for_agent, with};
use crate::harness::{Agent, StoreFile, Team, tasks};
use rota::provision;
use rota::store::types::{Change, CurrentSettings, LabelRow, Origin, SettingsChange, TeamRow};
use rota::store::{Customers, DecideSettings, Decided, Provisioned, Refused, Store, StoreError};
use rota_core::access::Actor;
use rota_core::ids::{AgentId, LabelId, StoreId, TeamId, TicketId};
use rota_core::roster::Policy;
use std::time::Duration;

storage_suite!(
    what_was_applied_is_what_the_next_file_is_compared_with,
    applying_the_same_file_again_changes_nothing,
    a_dry_run_tells_the_changes_and_writes_nothing,
    one_store_is_told_from_none_and_several,
    a_refusal_tells_the_problems_and_writes_nothing,
    a_write_that_fails_leaves_nothing_of_the_file,
    what_is_archived_stays_on_its_tickets_and_agents_give_theirs_back,
    another_stores_rows_are_not_touched,
    customers_are_read_only_for_a_file_that_has_some,
    next_numbers_never_go_back,
);

/// What a store file would be compared with now.
async fn current(db: &dyn Store, id: &StoreId) -> CurrentSettings {
    compared(db, id, true).await
}

async fn compared(db: &dyn Store, id: &StoreId, customers: bool) -> CurrentSettings {
    let customers = if customers { Customers::All } else { Customers::None };
    db.settings(id, customers).await.expect("the settings are read")
}

async fn what_was_applied_is_what_the_next_file_is_compared_with(db: &TestDatabase) {
    let hours = "{ mon = [\"09:00-18:00\", \"20:00-02:00\"], sat = [\"10:00-14:00\"] }";
    let agents = [Agent::online(0).max_open(20), Agent::offline(1)];
    let team = Team::new(31, "Returns", &[1, 0]).policy("unassigned").hours(hours);
    db.apply(&StoreFile::default().dedupe_window("90s").agents(agents).teams([team])).await;
    let current = current(&**db, &usual()).await;
    let row = current.store.expect("the store is there");
    assert_eq!((row.name.as_str(), row.timezone.as_str()), ("Shop", "Asia/Kolkata"));
    assert_eq!((row.policy, row.dedupe_window), (Policy::RoundRobin, Duration::from_secs(90)));
    let agent = &current.agents[0];
    assert_eq!((agent.id, agent.email.as_str()), (AgentId(100), "agent0@shop.example"));
    assert_eq!((agent.max_open, agent.online, agent.active), (Some(20), true, true));
    assert_eq!((current.agents[1].max_open, current.agents[1].online), (None, false));
    let team = &current.teams[0];
    assert_eq!((team.policy, &team.members), (Some(Policy::Unassigned), &vec![AgentId(100), AgentId(101)]));
    assert!(team.hours.is_some());
    let labels: Vec<_> = current.labels.iter().map(|label| (label.id.0, label.name.as_str())).collect();
    assert_eq!(labels, [(7, "refund"), (8, "urgent")]);
    let mut brands: Vec<_> = current.brands.iter().map(|brand| brand.address.as_str()).collect();
    brands.sort_unstable();
    assert_eq!(brands, ["+917827486670", "care@shop.example"]);
    assert_eq!(current.customers[0].id.as_str(), "5233549");
    assert_eq!(
        (agent.origin, team.origin, current.customers[0].origin),
        (Origin::File, Origin::File, Origin::File)
    );
    assert_eq!(
        (current.counters["agent"], current.counters["team"], current.counters["label"]),
        (102, 32, 9)
    );
}

async fn applying_the_same_file_again_changes_nothing(db: &TestDatabase) {
    assert!(!db.apply(&StoreFile::default()).await.is_empty());
    db.pass(Duration::from_secs(5));
    assert_eq!(db.apply(&StoreFile::default()).await, [""; 0]);
}

async fn a_dry_run_tells_the_changes_and_writes_nothing(db: &TestDatabase) {
    let Provisioned::Changed(foretold) = db.try_apply(&StoreFile::default(), true).await else {
        panic!("the file is good")
    };
    assert!(!db.store_exists(&usual()).await.unwrap());
    let foretold: Vec<_> = foretold.changes.into_iter().map(|change| change.told).collect();
    assert_eq!(foretold, db.apply(&StoreFile::default()).await);
    assert!(db.store_exists(&usual()).await.unwrap());
}

async fn one_store_is_told_from_none_and_several(db: &TestDatabase) {
    assert_eq!(db.only_store().await.unwrap(), None);
    db.apply(&StoreFile::default()).await;
    assert_eq!(db.only_store().await.unwrap(), Some(usual()));
    db.apply(&StoreFile::default().store("second")).await;
    assert_eq!(db.only_store().await.unwrap(), None);
}

async fn a_refusal_tells_the_problems_and_writes_nothing(db: &TestDatabase) {
    let bad = StoreFile::default().teams([Team::new(31, "Returns", &[99])]);
    let Provisioned::Refused(Refused::File(problems)) = db.try_apply(&bad, false).await else {
        panic!("agent 99 is not there")
    };
    assert!(problems.len() == 1 && problems[0].contains("agent99@shop.example"), "{problems:?}");
    assert!(!db.store_exists(&usual()).await.unwrap());
    assert_eq!(current(&**db, &usual()).await.agents, []);
}

async fn customers_are_read_only_for_a_file_that_has_some(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    assert_eq!(compared(&**db, &usual(), true).await.customers.len(), 1);
    assert_eq!(compared(&**db, &usual(), false).await.customers, []);
    let asks = |text: &str| {
        let file = provision::read(&format!("[store]\nid = \"s\"\nname = \"S\"\n{text}")).unwrap();
        let options = provision::Options { yes: false, prune: false, now: db.now() };
        matches!(provision::decision(file, options).customers, Customers::All)
    };
    assert!(!asks("[[labels]]\nname = \"refund\""));
    assert!(asks("[[customers]]\nname = \"Asha\""));
}

/// The decision for these rows, whatever is there.
fn rows(rows: impl IntoIterator<Item = SettingsChange>) -> DecideSettings {
    let changes: Vec<Change> = rows.into_iter().map(|what| Change { told: String::new(), what }).collect();
    let decide = Box::new(move |_: &CurrentSettings| Ok(Decided::silent(changes.clone())));
    DecideSettings { by: Actor::Operator, customers: Customers::None, keep: None, decide }
}

async fn a_write_that_fails_leaves_nothing_of_the_file(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let label = LabelRow { id: LabelId(9), name: "vip".into(), active: true, origin: Origin::File };
    let team = TeamRow {
        id: TeamId(32),
        name: "Ghosts".into(),
        policy: None,
        hours: None,
        members: vec![AgentId(999)],
        active: true,
        origin: Origin::File,
    };
    let rows = rows([SettingsChange::Label(label), SettingsChange::Team(team)]);
    let outcome = db.provision(&usual(), rows, false).await;
    assert!(matches!(outcome, Err(StoreError::Backend(_))), "agent 999 is not there");
    let current = current(&**db, &usual()).await;
    assert_eq!((current.labels.len(), current.teams.len()), (2, 1));
    assert_eq!(db.told([call(&with(tasks(), "labelIds", vec![9]))]).await, ["invalid labelIds"]);
}

async fn what_is_archived_stays_on_its_tickets_and_agents_give_theirs_back(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let body = with(for_agent("agent2@shop.example"), "labelIds", vec![8]);
    db.told([call(&body)]).await;
    db.apply(&StoreFile::default().agents([0, 1].map(Agent::online)).labels([7]).customers(&["new"])).await;
    let ticket = db.ticket(&usual(), TicketId(1)).await.unwrap().expect("the ticket is there");
    let ticket = ticket.ticket;
    assert_eq!((ticket.owner(), &ticket.labels), (Some(AgentId(100)), &[LabelId(8)].into()));
    assert_eq!(ticket.customer.as_str(), "5233549");
    let agents = db.agents(&usual()).await.unwrap();
    assert_eq!((agents[2].id, agents[2].active, agents[2].open), (AgentId(102), false, 0));
    assert_eq!(db.told([call(&body)]).await, ["invalid bikCustomerId labelIds agentMail"]);
    db.assert_sound().await;
}

async fn another_stores_rows_are_not_touched(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another")).await;
    let before = format!("{:?}", current(&**db, &store("another")).await.agents);
    let file = StoreFile::default().agents([Agent::online(5)]).teams([Team::new(31, "Other", &[5])]);
    db.apply(&file.labels([9]).customers(&["new"])).await;
    let after = current(&**db, &store("another")).await;
    assert_eq!(format!("{:?}", after.agents), before);
    assert_eq!((after.labels.len(), after.teams[0].name.as_str()), (2, "Returns"));
    assert!(!db.store_exists(&store("nowhere")).await.unwrap());
    assert!(current(&**db, &store("nowhere")).await.store.is_none());
}

async fn next_numbers_never_go_back(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    for (next, expected) in [(500, 500), (3, 500)] {
        let rows = rows([SettingsChange::Counter { kind: "label", next }]);
        db.provision(&usual(), rows, false).await.unwrap();
        assert_eq!(current(&**db, &usual()).await.counters["label"], expected);
    }
}
