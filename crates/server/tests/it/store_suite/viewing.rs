//! What agents have before them.

use super::database::{START, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::StoreFile;
use rota::store::sessions::{Invitation, PasswordRow, SessionRow};
use rota_core::access::Actor;
use rota_core::ids::{AgentId, SessionId, TicketId};
use rota_core::session::{INVITED, Span};
use rota_core::viewing::{Activity, LASTS, Look};

storage_suite!(
    what_a_session_looks_at_is_the_last_that_it_said,
    a_session_that_has_ended_looks_at_nothing,
    another_stores_sessions_are_not_seen,
);

const AGENT: AgentId = AgentId(100);

fn id(text: &str) -> SessionId {
    SessionId::new(text).expect("an id")
}

fn session(name: &str) -> SessionRow {
    let span = Span::beginning(START);
    SessionRow { id: id(name), agent: AGENT, secret_hash: [9; 32], browser: String::new(), span }
}

fn look(ticket: i64, activity: Activity) -> Look {
    Look { agent: AGENT, ticket: TicketId(ticket), activity, until: START + LASTS }
}

/// The usual store, with the sessions "one" and "two" of an agent.
async fn signed_in(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let invitation =
        Invitation { agent: AGENT, secret_hash: [1; 32], created_at: START, expires_at: START + INVITED };
    db.invite(&usual(), &Actor::Operator, invitation).await.unwrap();
    db.accept_invitation(&usual(), [1; 32], "first".into(), session("one")).await.unwrap();
    let by = PasswordRow { agent: AGENT, phc: "first".into() };
    db.begin_session(&usual(), by, session("two")).await.unwrap();
}

async fn put(db: &TestDatabase, session: &str, look: Option<Look>) {
    db.look_at(&usual(), &id(session), look).await.unwrap();
}

async fn looks(db: &TestDatabase) -> Vec<Look> {
    let mut looks = db.looks(&usual()).await.unwrap();
    looks.sort_by_key(|look| look.ticket);
    looks
}

async fn what_a_session_looks_at_is_the_last_that_it_said(db: &TestDatabase) {
    signed_in(db).await;
    put(db, "one", Some(look(1, Activity::Viewing))).await;
    put(db, "two", Some(look(2, Activity::Viewing))).await;
    put(db, "one", Some(look(3, Activity::Writing))).await;
    assert_eq!(looks(db).await, [look(2, Activity::Viewing), look(3, Activity::Writing)]);
    put(db, "two", None).await;
    put(db, "two", None).await;
    assert_eq!(looks(db).await, [look(3, Activity::Writing)]);
}

async fn a_session_that_has_ended_looks_at_nothing(db: &TestDatabase) {
    signed_in(db).await;
    for session in ["one", "two", "three"] {
        put(db, session, Some(look(1, Activity::Viewing))).await;
    }
    assert_eq!(looks(db).await.len(), 2, "there is no session three");
    db.end_session(&usual(), AGENT, &id("one")).await.unwrap();
    assert_eq!(looks(db).await.len(), 1);
    db.end_sessions_of(&usual(), &Actor::Operator, AGENT).await.unwrap();
    assert_eq!(looks(db).await, []);
}

async fn another_stores_sessions_are_not_seen(db: &TestDatabase) {
    signed_in(db).await;
    put(db, "one", Some(look(1, Activity::Viewing))).await;
    db.apply(&StoreFile::default().store("another")).await;
    let another = super::database::store("another");
    assert_eq!(db.looks(&another).await.unwrap(), []);
    db.look_at(&another, &id("one"), None).await.unwrap();
    assert_eq!(looks(db).await.len(), 1);
}
