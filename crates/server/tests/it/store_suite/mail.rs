//! Mail to agents: who holds a store's, what a round leaves behind, what agents chose.

use super::calls::call;
use super::database::{START, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::{Agent, StoreFile, Team, tasks};
use rota::store::StoreError;
use rota::store::due::Lease;
use rota::store::mail::{MailRound, PendingMail};
use rota_core::access::Role;
use rota_core::ids::{AgentId, TeamId};
use rota_core::mail::Occasion;
use std::time::Duration;

storage_suite!(
    a_store_s_mail_is_held_by_one_at_a_time_and_begins_with_what_comes,
    mails_are_noted_and_ended_only_by_who_holds_them,
    all_mails_of_an_agent_come_once_one_is_due,
    what_is_new_waits_with_what_has_failed,
    agents_are_mailed_as_they_chose,
    figures_tell_what_failed,
);

fn lease(name: &str) -> Lease {
    Lease { name: name.into(), span: Duration::from_secs(60) }
}

async fn shop(db: &TestDatabase) {
    let agents = [Agent::online(0), Agent::offline(1).role("admin")];
    db.apply(&StoreFile::default().teams([Team::new(31, "Returns", &[0])]).agents(agents)).await;
    db.told([call(&tasks())]).await;
}

fn pending(position: i64, agent: i64, next_at: u64) -> PendingMail {
    let next_at = START + Duration::from_secs(next_at);
    PendingMail { position, part: 1, agent: AgentId(agent), failures: 0, first_at: None, next_at }
}

async fn due(db: &TestDatabase) -> Vec<(i64, i64)> {
    let due = db.mail_due(&usual(), 10).await.unwrap();
    due.into_iter().map(|mail| (mail.position, mail.agent.0)).collect()
}

async fn a_store_s_mail_is_held_by_one_at_a_time_and_begins_with_what_comes(db: &TestDatabase) {
    shop(db).await;
    assert_eq!(db.stores_with_mail(10).await.unwrap(), [usual()]);
    assert_eq!(db.hold_mail(&usual(), &lease("a")).await.unwrap(), Some(1), "what was before is not mailed");
    assert_eq!(db.hold_mail(&usual(), &lease("b")).await.unwrap(), None);
    assert_eq!(db.hold_mail(&usual(), &lease("a")).await.unwrap(), Some(1), "for longer");
    db.leave_mail(&usual(), "b").await.unwrap();
    db.told([call(&tasks())]).await;
    assert!(db.stores_with_mail(10).await.unwrap().is_empty(), "it is held");
    db.leave_mail(&usual(), "a").await.unwrap();
    assert_eq!(db.stores_with_mail(10).await.unwrap(), [usual()]);
    assert_eq!(db.hold_mail(&usual(), &lease("b")).await.unwrap(), Some(1));
    db.pass(Duration::from_secs(60));
    assert_eq!(db.hold_mail(&usual(), &lease("c")).await.unwrap(), Some(1), "the lease is over");
    assert_eq!(db.hold_mail(&store("another"), &lease("d")).await.unwrap(), None);
    db.assert_sound().await;
}

async fn mails_are_noted_and_ended_only_by_who_holds_them(db: &TestDatabase) {
    shop(db).await;
    db.hold_mail(&usual(), &lease("a")).await.unwrap();
    let mails = [pending(2, 100, 0), pending(2, 101, 0)];
    assert!(!db.plan_mail(&usual(), "b", 2, &mails).await.unwrap());
    assert!(db.plan_mail(&usual(), "a", 2, &mails).await.unwrap());
    assert_eq!(db.hold_mail(&usual(), &lease("a")).await.unwrap(), Some(2));
    let round = MailRound {
        mailed: vec![(AgentId(100), START)],
        done: vec![(2, 1, AgentId(100))],
        pending: vec![PendingMail { failures: 3, first_at: Some(START), ..pending(2, 101, 5) }],
        waiting: vec![(AgentId(101), START + Duration::from_secs(5))],
    };
    assert!(!db.end_mail_round(&usual(), "b", &round).await.unwrap());
    assert_eq!(due(db).await, [(2, 100), (2, 101)]);
    assert!(db.end_mail_round(&usual(), "a", &round).await.unwrap());
    assert_eq!(due(db).await, []);
    db.pass(Duration::from_secs(5));
    assert_eq!(db.mail_due(&usual(), 10).await.unwrap(), round.pending);
    let agents = db.mailed_agents(&usual()).await.unwrap();
    let mailed: Vec<_> = agents.iter().map(|agent| agent.person.mailed_at).collect();
    assert_eq!(mailed, [Some(START), None]);
}

async fn all_mails_of_an_agent_come_once_one_is_due(db: &TestDatabase) {
    shop(db).await;
    db.hold_mail(&usual(), &lease("a")).await.unwrap();
    let mails = [pending(4, 100, 5), pending(2, 100, 60), pending(3, 101, 60)];
    db.plan_mail(&usual(), "a", 4, &mails).await.unwrap();
    db.leave_mail(&usual(), "a").await.unwrap();
    assert!(due(db).await.is_empty() && db.stores_with_mail(10).await.unwrap().is_empty());
    db.pass(Duration::from_secs(5));
    assert_eq!(due(db).await, [(2, 100), (4, 100)]);
    assert_eq!(db.stores_with_mail(10).await.unwrap(), [usual()]);
}

async fn what_is_new_waits_with_what_has_failed(db: &TestDatabase) {
    shop(db).await;
    db.hold_mail(&usual(), &lease("a")).await.unwrap();
    let failed = PendingMail { failures: 2, first_at: Some(START), ..pending(2, 100, 60) };
    db.plan_mail(&usual(), "a", 2, &[failed]).await.unwrap();
    db.plan_mail(&usual(), "a", 3, &[pending(3, 100, 0), pending(3, 101, 0)]).await.unwrap();
    assert_eq!(due(db).await, [(3, 101)]);
    db.pass(Duration::from_secs(60));
    assert_eq!(due(db).await, [(2, 100), (3, 100), (3, 101)]);
}

async fn agents_are_mailed_as_they_chose(db: &TestDatabase) {
    shop(db).await;
    let agents = db.mailed_agents(&usual()).await.unwrap();
    let known: Vec<_> =
        agents.iter().map(|one| (one.person.id, one.person.role, one.email.as_str())).collect();
    let expected = [
        (AgentId(100), Role::Agent, "agent0@shop.example"),
        (AgentId(101), Role::Admin, "agent1@shop.example"),
    ];
    assert_eq!(known, expected);
    assert_eq!(agents[0].person.teams, [TeamId(31)].into());
    assert_eq!(agents[0].person.choice, None);
    let choice = [Occasion::Assigned, Occasion::WaitingTooLong].into();
    db.choose_mail(&usual(), AgentId(100), Some(&choice)).await.unwrap();
    assert_eq!(db.mail_choice(&usual(), AgentId(100)).await.unwrap(), Some(choice.clone()));
    assert_eq!(db.mailed_agents(&usual()).await.unwrap()[0].person.choice, Some(choice));
    db.choose_mail(&usual(), AgentId(100), Some(&[].into())).await.unwrap();
    assert_eq!(db.mail_choice(&usual(), AgentId(100)).await.unwrap(), Some([].into()));
    db.choose_mail(&usual(), AgentId(100), None).await.unwrap();
    assert_eq!(db.mail_choice(&usual(), AgentId(100)).await.unwrap(), None);
    let unknown = db.choose_mail(&usual(), AgentId(9), None).await;
    assert!(matches!(unknown, Err(StoreError::NotFound)), "{unknown:?}");
    db.assert_sound().await;
}

async fn figures_tell_what_failed(db: &TestDatabase) {
    shop(db).await;
    assert_eq!(db.delivery_figures().await.unwrap(), Default::default());
    db.hold_mail(&usual(), &lease("a")).await.unwrap();
    let failed = PendingMail { failures: 1, first_at: Some(START), ..pending(2, 100, 5) };
    db.plan_mail(&usual(), "a", 3, &[failed, pending(3, 100, 60)]).await.unwrap();
    let figures = db.delivery_figures().await.unwrap();
    assert_eq!((figures.mail.pending, figures.mail.failing_since), (2, Some(START)));
    assert_eq!((figures.webhooks.pending, figures.webhooks_disabled), (0, 0));
}
