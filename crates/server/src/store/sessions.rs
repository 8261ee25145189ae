//! Signing in: invitations, passwords and sessions. What is secret is stored as a hash.

use super::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::access::{Actor, Role};
use rota_core::ids::{AgentId, SessionId, StoreId};
use rota_core::session::Span;

/// What an agent may set a password with, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub agent: AgentId,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// An invitation and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    pub invitation: Invitation,
    pub email: String,
}

/// A password as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordRow {
    pub agent: AgentId,
    /// Argon2id in the PHC string format.
    pub phc: String,
}

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    pub id: SessionId,
    pub agent: AgentId,
    /// SHA-256 of the secret.
    pub secret_hash: [u8; 32],
    /// What the browser called itself.
    pub browser: String,
    pub span: Span,
}

/// A session and the agent whose it is, as the agent is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub session: SessionRow,
    pub name: String,
    pub email: String,
    pub role: Role,
}

/// Who may sign in, and who is signed in. Agents that are archived are not found. Whether a secret is right and whether a
/// time has passed is the caller's to judge.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Makes it the agent's one invitation.
    async fn invite(&self, store: &StoreId, by: &Actor, invitation: Invitation) -> Result<(), StoreError>;
    async fn invitation(&self, store: &StoreId, agent: AgentId) -> Result<Option<Invited>, StoreError>;
    /// Uses the invitation up: the agent of the session has this password from now on and is signed in with this session
    /// alone. `NotFound` when another invitation, or none, has taken its place.
    async fn accept_invitation(
        &self,
        store: &StoreId,
        secret_hash: [u8; 32],
        phc: String,
        session: SessionRow,
    ) -> Result<(), StoreError>;

    /// Of the agent with this mail address, which is in its compared form.
    async fn password(&self, store: &StoreId, email_key: &str) -> Result<Option<PasswordRow>, StoreError>;
    /// Begins a session by the password that was read; `NotFound` when the agent has another one by now. More than
    /// [`rota_core::session::MOST`] sessions of an agent end, the oldest first.
    async fn begin_session(
        &self,
        store: &StoreId,
        by: PasswordRow,
        session: SessionRow,
    ) -> Result<(), StoreError>;

    async fn session(&self, store: &StoreId, id: &SessionId) -> Result<Option<SignedIn>, StoreError>;
    /// Notes that a session was used, never back in time.
    async fn session_used(&self, store: &StoreId, id: &SessionId, at: Timestamp) -> Result<(), StoreError>;
    /// An agent's, those that have ended by their time included, the newest first.
    async fn sessions(&self, store: &StoreId, agent: AgentId) -> Result<Vec<SessionRow>, StoreError>;
    /// `NotFound` when it is not a session of this agent.
    async fn end_session(&self, store: &StoreId, agent: AgentId, id: &SessionId) -> Result<(), StoreError>;
    async fn end_sessions_of(&self, store: &StoreId, by: &Actor, agent: AgentId) -> Result<(), StoreError>;
    /// Deletes what has ended by its time, sessions and invitations, at most `limit` of each; how many it were.
    async fn end_sessions(&self, store: &StoreId, now: Timestamp, limit: u32) -> Result<u64, StoreError>;
}
