//! Invitations, passwords and sessions.

use super::database::{START, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::{Agent, StoreFile};
use rota::clock::SystemEntropy;
use rota::sign_in::{Refused, SignIn, Visitor};
use rota::store::StoreError;
use rota::store::sessions::{Invitation, PasswordRow, SessionRow};
use rota_core::access::Actor;
use rota_core::access::Role;
use rota_core::ids::{AgentId, SessionId};
use rota_core::session::{IDLE, INVITED, LONGEST, MOST, Span};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

storage_suite!(
    an_invitation_is_read_back_as_it_was_made_and_a_later_one_takes_its_place,
    who_is_no_active_agent_of_the_store_is_not_invited,
    an_accepted_invitation_sets_the_password_and_leaves_one_session,
    an_invitation_that_was_replaced_or_used_changes_nothing,
    a_session_begins_by_the_password_that_is_in_force_only,
    a_session_is_read_back_with_its_agent_as_the_agent_is_now,
    the_last_use_of_a_session_never_goes_back,
    sessions_are_listed_the_newest_first_and_ended_by_their_own_agent_only,
    the_oldest_sessions_of_an_agent_give_way,
    who_is_archived_is_signed_out_and_not_invited_any_more,
    what_has_ended_by_its_time_is_deleted_some_at_a_time,
    what_is_past_its_time_lets_nobody_in,
    invitations_and_being_signed_out_are_audited_without_a_secret,
);

const AGENT: AgentId = AgentId(100);
const EMAIL: &str = "agent0@shop.example";

fn id(text: &str) -> SessionId {
    SessionId::new(text).expect("an id")
}

fn invitation(agent: i64, secret: u8) -> Invitation {
    let expires_at = START + INVITED;
    Invitation { agent: AgentId(agent), secret_hash: [secret; 32], created_at: START, expires_at }
}

fn session(db: &TestDatabase, name: &str) -> SessionRow {
    let span = Span::beginning(db.now());
    SessionRow { id: id(name), agent: AGENT, secret_hash: [9; 32], browser: format!("browser {name}"), span }
}

/// The usual agents; the first has the password "first" and the session "start".
async fn with_password(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.invite(&usual(), &Actor::Operator, invitation(100, 1)).await.unwrap();
    db.accept_invitation(&usual(), [1; 32], "first".into(), session(db, "start")).await.unwrap();
}

async fn begin(db: &TestDatabase, phc: &str, name: &str) -> Result<(), StoreError> {
    let by = PasswordRow { agent: AGENT, phc: phc.into() };
    db.begin_session(&usual(), by, session(db, name)).await
}

async fn names(db: &TestDatabase) -> Vec<String> {
    let sessions = db.sessions(&usual(), AGENT).await.unwrap();
    sessions.into_iter().map(|session| session.id.to_string()).collect()
}

#[track_caller]
fn assert_not_found<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) {
    assert!(matches!(outcome, Err(StoreError::NotFound)), "{outcome:?}");
}

async fn an_invitation_is_read_back_as_it_was_made_and_a_later_one_takes_its_place(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another")).await;
    assert_eq!(db.invitation(&usual(), AGENT).await.unwrap(), None);
    for secret in [1, 2] {
        db.invite(&usual(), &Actor::Operator, invitation(100, secret)).await.unwrap();
        let found = db.invitation(&usual(), AGENT).await.unwrap().expect("it is there");
        assert_eq!((found.invitation, &*found.email), (invitation(100, secret), EMAIL));
    }
    assert_eq!(db.invitation(&usual(), AgentId(101)).await.unwrap(), None);
    assert_eq!(db.invitation(&store("another"), AGENT).await.unwrap(), None);
}

async fn who_is_no_active_agent_of_the_store_is_not_invited(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().agents([0, 1].map(Agent::online))).await;
    for agent in [102, 999] {
        assert_not_found(&db.invite(&usual(), &Actor::Operator, invitation(agent, 1)).await);
    }
    assert_not_found(&db.invite(&store("nowhere"), &Actor::Operator, invitation(100, 1)).await);
}

async fn an_accepted_invitation_sets_the_password_and_leaves_one_session(db: &TestDatabase) {
    with_password(db).await;
    begin(db, "first", "more").await.unwrap();
    db.invite(&usual(), &Actor::Operator, invitation(100, 2)).await.unwrap();
    db.accept_invitation(&usual(), [2; 32], "second".into(), session(db, "new")).await.unwrap();
    let password = db.password(&usual(), EMAIL).await.unwrap().expect("a password");
    assert_eq!((password.agent, &*password.phc), (AGENT, "second"));
    assert_eq!(names(db).await, ["new"]);
    assert_eq!(db.invitation(&usual(), AGENT).await.unwrap(), None);
    for (of, email) in [(usual(), "agent1@shop.example"), (store("nowhere"), EMAIL)] {
        assert!(db.password(&of, email).await.unwrap().is_none(), "{email} of {of}");
    }
}

async fn an_invitation_that_was_replaced_or_used_changes_nothing(db: &TestDatabase) {
    with_password(db).await;
    db.invite(&usual(), &Actor::Operator, invitation(100, 3)).await.unwrap();
    for wrong in [1, 2] {
        let outcome = db.accept_invitation(&usual(), [wrong; 32], "other".into(), session(db, "new")).await;
        assert_not_found(&outcome);
    }
    assert_eq!(db.password(&usual(), EMAIL).await.unwrap().expect("a password").phc, "first");
    assert_eq!(names(db).await, ["start"]);
    assert!(db.invitation(&usual(), AGENT).await.unwrap().is_some());
}

async fn a_session_begins_by_the_password_that_is_in_force_only(db: &TestDatabase) {
    with_password(db).await;
    assert_not_found(&begin(db, "another", "refused").await);
    begin(db, "first", "begun").await.unwrap();
    db.invite(&usual(), &Actor::Operator, invitation(100, 2)).await.unwrap();
    db.accept_invitation(&usual(), [2; 32], "second".into(), session(db, "reset")).await.unwrap();
    assert_not_found(&begin(db, "first", "late").await);
    assert_eq!(names(db).await, ["reset"]);
}

async fn a_session_is_read_back_with_its_agent_as_the_agent_is_now(db: &TestDatabase) {
    with_password(db).await;
    let begun = session(db, "start");
    let found = db.session(&usual(), &id("start")).await.unwrap().expect("it is there");
    assert_eq!((&found.session, &*found.name, &*found.email), (&begun, "agent0", EMAIL));
    assert_eq!(found.role, Role::Agent);
    let agents = [Agent::online(0).role("admin"), Agent::online(1), Agent::online(2)];
    db.apply(&StoreFile::default().agents(agents)).await;
    let found = db.session(&usual(), &id("start")).await.unwrap().expect("it is there");
    assert_eq!((found.session, found.role), (begun, Role::Admin));
    assert!(db.another().session(&usual(), &id("start")).await.unwrap().is_some());
    assert!(db.session(&usual(), &id("other")).await.unwrap().is_none());
    assert!(db.session(&store("another"), &id("start")).await.unwrap().is_none());
}

async fn the_last_use_of_a_session_never_goes_back(db: &TestDatabase) {
    with_password(db).await;
    let later = START + Duration::from_secs(600);
    for at in [later, START] {
        db.session_used(&usual(), &id("start"), at).await.unwrap();
    }
    db.session_used(&store("another"), &id("start"), later + Duration::from_secs(1)).await.unwrap();
    let span = db.session(&usual(), &id("start")).await.unwrap().expect("it is there").session.span;
    assert_eq!(span, Span { last_seen_at: later, ..Span::beginning(START) });
}

async fn sessions_are_listed_the_newest_first_and_ended_by_their_own_agent_only(db: &TestDatabase) {
    with_password(db).await;
    for name in ["second", "third"] {
        db.pass(Duration::from_secs(1));
        begin(db, "first", name).await.unwrap();
    }
    assert_eq!(names(db).await, ["third", "second", "start"]);
    assert_not_found(&db.end_session(&usual(), AgentId(101), &id("second")).await);
    assert_not_found(&db.end_session(&store("another"), AGENT, &id("second")).await);
    db.end_session(&usual(), AGENT, &id("second")).await.unwrap();
    assert_not_found(&db.end_session(&usual(), AGENT, &id("second")).await);
    db.end_sessions_of(&usual(), &Actor::Operator, AgentId(101)).await.unwrap();
    assert_eq!(names(db).await, ["third", "start"]);
    db.end_sessions_of(&usual(), &Actor::Operator, AGENT).await.unwrap();
    assert!(names(db).await.is_empty());
}

async fn the_oldest_sessions_of_an_agent_give_way(db: &TestDatabase) {
    with_password(db).await;
    for number in 0..MOST {
        db.pass(Duration::from_secs(1));
        begin(db, "first", &format!("n{number}")).await.unwrap();
    }
    let names = names(db).await;
    assert_eq!(names.len(), MOST as usize);
    assert_eq!(names.last().map(String::as_str), Some("n0"));
}

async fn who_is_archived_is_signed_out_and_not_invited_any_more(db: &TestDatabase) {
    with_password(db).await;
    db.invite(&usual(), &Actor::Operator, invitation(100, 2)).await.unwrap();
    db.apply(&StoreFile::default().agents([1, 2].map(Agent::online)).teams([])).await;
    assert!(db.session(&usual(), &id("start")).await.unwrap().is_none());
    assert!(db.password(&usual(), EMAIL).await.unwrap().is_none());
    db.apply(&StoreFile::default()).await;
    assert!(db.session(&usual(), &id("start")).await.unwrap().is_none());
    assert_eq!(db.invitation(&usual(), AGENT).await.unwrap(), None);
    assert!(db.password(&usual(), EMAIL).await.unwrap().is_some());
}

async fn what_has_ended_by_its_time_is_deleted_some_at_a_time(db: &TestDatabase) {
    with_password(db).await;
    db.invite(&usual(), &Actor::Operator, invitation(101, 2)).await.unwrap();
    for name in ["idle", "used"] {
        begin(db, "first", name).await.unwrap();
    }
    let end = START + IDLE;
    db.session_used(&usual(), &id("used"), end).await.unwrap();
    assert_eq!(db.end_sessions(&usual(), end - Duration::from_millis(1), 10).await.unwrap(), 0);
    assert_eq!(db.end_sessions(&store("another"), end, 10).await.unwrap(), 0);
    // One session and the invitation, then the other session.
    assert_eq!(db.end_sessions(&usual(), end, 1).await.unwrap(), 2);
    assert_eq!(db.end_sessions(&usual(), end, 1).await.unwrap(), 1);
    assert_eq!(db.end_sessions(&usual(), end, 1).await.unwrap(), 0);
    assert_eq!(names(db).await, ["used"]);
    assert_eq!(db.invitation(&usual(), AgentId(101)).await.unwrap(), None);
    let last = START + LONGEST;
    db.session_used(&usual(), &id("used"), last).await.unwrap();
    assert_eq!(db.end_sessions(&usual(), last, 10).await.unwrap(), 1);
}

async fn what_is_past_its_time_lets_nobody_in(db: &TestDatabase) {
    const INSTANT: Duration = Duration::from_millis(1);
    db.apply(&StoreFile::default()).await;
    let sign_in = SignIn::new(db.another(), db.clock(), Arc::new(SystemEntropy));
    let invite = async || sign_in.invite(&usual(), &Actor::Operator, AGENT).await.unwrap().1.to_string();
    let accept = async |token: &str| {
        let visitor = Visitor { client: Ipv4Addr::LOCALHOST.into(), browser: String::new() };
        sign_in.by_invitation(&usual(), token, "a password of the tests", visitor).await
    };
    let token = invite().await;
    db.pass(INVITED.unsigned_abs());
    assert!(matches!(accept(&token).await, Err(Refused::Wrong)));
    let token = invite().await;
    db.pass(INVITED.unsigned_abs() - INSTANT);
    let session = accept(&token).await.expect("a session").token;
    let begun = db.now();

    let still = async || sign_in.signed_in(&session).await.unwrap();
    while let Some(signed_in) = still().await {
        sign_in.note_use(&usual(), &signed_in.session).await;
        db.pass(IDLE.unsigned_abs() - INSTANT);
    }
    let lasted = db.now().duration_since(begun);
    assert!(lasted > LONGEST && lasted < LONGEST + IDLE, "{lasted}");

    let session = accept(&invite().await).await.expect("a session").token;
    db.pass(IDLE.unsigned_abs() - INSTANT);
    assert!(sign_in.signed_in(&session).await.unwrap().is_some());
    db.pass(INSTANT);
    assert!(sign_in.signed_in(&session).await.unwrap().is_none());
}

async fn invitations_and_being_signed_out_are_audited_without_a_secret(db: &TestDatabase) {
    with_password(db).await;
    let by = Actor::Agent { id: AgentId(101), role: rota_core::access::Role::Admin };
    db.invite(&usual(), &by, invitation(100, 1)).await.unwrap();
    db.end_sessions_of(&usual(), &by, AGENT).await.unwrap();
    let subjects: Vec<String> =
        db.audit(&usual(), None, None, 2).await.unwrap().into_iter().map(|row| row.entry.subject).collect();
    assert_eq!(subjects, ["sessions:100", "invitation:100"]);
    let entry = db.audit(&usual(), Some("invitation:100"), None, 1).await.unwrap().remove(0);
    assert_eq!(entry.by, by);
    let members: Vec<String> = entry.entry.after.unwrap().as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["expiresAt"]);
}
