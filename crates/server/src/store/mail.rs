//! Mail's side of the storage trait: what each agent chose, how far a store's events were looked at, which mails are still
//! to be sent.

use super::StoreError;
use super::due::Lease;
use super::values::{from_json, known, time_or_null, to_json};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::access::Role;
use rota_core::ids::{AgentId, StoreId, TeamId};
use rota_core::mail::{Choice, Occasion, Person};

/// An active agent as mail sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedAgent {
    pub person: Person,
    pub name: String,
    pub email: String,
}

/// An event that an agent is still to be mailed about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingMail {
    pub position: i64,
    pub part: u8,
    pub agent: AgentId,
    pub failures: u32,
    /// When it failed first.
    pub first_at: Option<Timestamp>,
    pub next_at: Timestamp,
}

/// What a round of mails came to.
#[derive(Debug, Clone, Default)]
pub struct MailRound {
    /// Who was mailed, and when.
    pub mailed: Vec<(AgentId, Timestamp)>,
    /// What is pending no more.
    pub done: Vec<(i64, u8, AgentId)>,
    /// What is tried again.
    pub pending: Vec<PendingMail>,
    /// Whose mails all wait until then at least.
    pub waiting: Vec<(AgentId, Timestamp)>,
}

/// How what is told of events stands, over all stores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeliveryFigures {
    pub webhooks: Backlog,
    pub mail: Backlog,
    /// Endpoints that were switched off because nothing could be delivered, or that wanted no more.
    pub webhooks_disabled: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// What failed, or waits behind it.
    pub pending: u64,
    /// Since when the one has failed that has failed longest.
    pub failing_since: Option<Timestamp>,
}

#[async_trait]
pub trait MailStore: Send + Sync {
    /// What a server before this one held is free again, where there is one server at a time.
    async fn free_mail(&self) -> Result<(), StoreError>;
    /// Stores whose mail nobody holds and that there is something to do for.
    async fn stores_with_mail(&self, limit: u32) -> Result<Vec<StoreId>, StoreError>;
    /// Takes a store's mail, or holds it for longer; answers the last event that was looked at. One whose mail is held for the
    /// first time begins with what happens from now on. `None` where somebody else has it.
    async fn hold_mail(&self, store: &StoreId, lease: &Lease) -> Result<Option<i64>, StoreError>;
    async fn leave_mail(&self, store: &StoreId, lease: &str) -> Result<(), StoreError>;
    /// The active agents, in the order of their numbers.
    async fn mailed_agents(&self, store: &StoreId) -> Result<Vec<MailedAgent>, StoreError>;
    /// Notes what is to be sent of the events up to `position`, if the store's mail is still held under that lease. It waits with
    /// what has failed for the same agent.
    async fn plan_mail(
        &self,
        store: &StoreId,
        lease: &str,
        position: i64,
        mails: &[PendingMail],
    ) -> Result<bool, StoreError>;
    /// All pending mails of the agents for whom the time of one has come, in the order of their events.
    async fn mail_due(&self, store: &StoreId, limit: u32) -> Result<Vec<PendingMail>, StoreError>;
    /// Writes what a round came to, if the store's mail is still held under that lease.
    async fn end_mail_round(
        &self,
        store: &StoreId,
        lease: &str,
        round: &MailRound,
    ) -> Result<bool, StoreError>;
    /// What an agent chose to be mailed about; `None`: nothing was chosen.
    async fn mail_choice(&self, store: &StoreId, agent: AgentId) -> Result<Option<Choice>, StoreError>;
    /// `None`: the usual again. `NotFound` where there is no such active agent.
    async fn choose_mail(
        &self,
        store: &StoreId,
        agent: AgentId,
        choice: Option<&Choice>,
    ) -> Result<(), StoreError>;
    async fn delivery_figures(&self) -> Result<DeliveryFigures, StoreError>;
}

/// An agent's columns, with the numbers of their teams as a JSON array.
pub struct StoredAgent {
    pub id: i64,
    pub role: String,
    pub teams: String,
    pub choice: Option<String>,
    pub mailed_at: Option<i64>,
    pub name: String,
    pub email: String,
}

impl StoredAgent {
    pub fn agent(self) -> Result<MailedAgent, StoreError> {
        let teams: Vec<i64> = from_json("teams of an agent", &self.teams)?;
        let person = Person {
            id: AgentId(self.id),
            role: known("agents.role", Role::from_name(&self.role))?,
            teams: teams.into_iter().map(TeamId).collect(),
            choice: choice(self.choice.as_deref())?,
            mailed_at: time_or_null(self.mailed_at)?,
        };
        Ok(MailedAgent { person, name: self.name, email: self.email })
    }
}

/// Has what is new wait with what has failed for the same agent; the parameter is the store.
pub const WAIT_WITH_FAILED: &str = "
    WITH failed AS (
        SELECT agent_id AS agent, max(next_at) AS until FROM mail_pending
        WHERE store_id = $1 AND failures > 0 GROUP BY agent_id)
    UPDATE mail_pending SET next_at = until FROM failed
    WHERE store_id = $1 AND agent_id = agent AND failures = 0 AND next_at < until";

/// A choice as it is stored.
pub fn choice(text: Option<&str>) -> Result<Option<Choice>, StoreError> {
    let Some(text) = text else { return Ok(None) };
    let names: Vec<String> = from_json("agent_mail.choice", text)?;
    let occasions = names.iter().map(|name| known("agent_mail.choice", Occasion::from_name(name)));
    occasions.collect::<Result<_, _>>().map(Some)
}

pub fn choice_to_text(choice: &Choice) -> String {
    to_json(&choice.iter().map(|occasion| occasion.name()).collect::<Vec<_>>())
}
