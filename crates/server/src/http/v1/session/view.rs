//! Sessions as they are shown.

use crate::events::Event;
use crate::store::sessions::{SessionRow, SignedIn};
use jiff::Timestamp;
use rota_core::access::Role;
use rota_core::ids::{AgentId, SessionId, StoreId};
use serde::Serialize;

/// Who is signed in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedInView<'a> {
    agent: AgentView<'a>,
    store_id: &'a StoreId,
    expires_at: Timestamp,
    /// When the agent goes offline, unless they do something before.
    idle_at: Option<Timestamp>,
    /// What happened last before this was answered; `None` where that could not be read.
    last_event_id: Option<String>,
}

#[derive(Serialize)]
struct AgentView<'a> {
    id: AgentId,
    name: &'a str,
    email: &'a str,
    role: Role,
}

impl<'a> SignedInView<'a> {
    /// `last_event` is the position of what happened last.
    pub fn new(
        store: &'a StoreId,
        signed_in: &'a SignedIn,
        idle_at: Option<Timestamp>,
        last_event: Option<i64>,
    ) -> Self {
        let SignedIn { session, name, email, role } = signed_in;
        Self {
            agent: AgentView { id: session.agent, name, email, role: *role },
            store_id: store,
            expires_at: session.span.expires_at,
            idle_at,
            last_event_id: last_event.map(Event::last_id),
        }
    }
}

/// The sessions of an agent.
#[derive(Serialize)]
pub struct SessionsView<'a> {
    items: Vec<SessionView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionView<'a> {
    id: &'a SessionId,
    browser: &'a str,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
    /// Whether it is the one that the request came with.
    current: bool,
}

impl<'a> SessionsView<'a> {
    /// Those that have not ended.
    pub fn new(sessions: &'a [SessionRow], current: Option<&SessionId>, now: Timestamp) -> Self {
        let live = sessions.iter().filter(|session| session.span.is_live(now));
        let view = |session: &'a SessionRow| SessionView {
            id: &session.id,
            browser: &session.browser,
            created_at: session.span.created_at,
            last_seen_at: session.span.last_seen_at,
            expires_at: session.span.ends_at(),
            current: current == Some(&session.id),
        };
        Self { items: live.map(view).collect() }
    }
}
