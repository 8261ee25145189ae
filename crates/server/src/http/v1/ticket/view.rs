//! A ticket as clients see it.

use crate::store::types::TicketRow;
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::ids::{AgentId, CustomerId, LabelId, StageId, TeamId, TicketId};
use rota_core::life::{ClosedBy, Priority, State};
use rota_core::text;
use rota_core::ticket::{Channel, Pool};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TicketView {
    pub id: TicketId,
    /// Whose an open one is, else its stage's kind: `owned`, `waiting`, `unclaimed`, `snoozed`, `closed`.
    pub state: &'static str,
    pub stage_id: Option<StageId>,
    pub agent_id: Option<AgentId>,
    pub team_id: Option<TeamId>,
    /// The pool that will give a waiting one out.
    pub waiting_in: Option<PoolView>,
    pub customer_id: CustomerId,
    pub channel: Channel,
    pub brand_address: Option<String>,
    pub customer_address: Option<String>,
    pub title: Option<String>,
    pub priority: Priority,
    pub label_ids: BTreeSet<LabelId>,
    pub passed_by: BTreeSet<AgentId>,
    pub touched: bool,
    pub created_at: Timestamp,
    pub created_by: ActorView,
    pub opened_at: Timestamp,
    pub heard_at: Option<Timestamp>,
    pub changed_at: Timestamp,
    pub snoozed_until: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub closed_by: Option<ClosedBy>,
    pub merged_into: Option<TicketId>,
    pub linked_to: Option<TicketId>,
    /// The number of its last timeline entry.
    pub sequence: i64,
    /// Lists leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Option<String>>,
    /// Where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerView>,
    /// How its context begins, where that is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<Option<String>>,
}

/// Whom a ticket is of, by name.
#[derive(Debug, Serialize)]
pub struct CustomerView {
    id: CustomerId,
    /// `null` where none is known, or it was erased.
    name: Option<String>,
}

impl CustomerView {
    pub fn of(row: &TicketRow) -> Self {
        Self { id: row.ticket.customer.clone(), name: row.customer_name.clone() }
    }
}

#[derive(Debug, Serialize)]
pub struct PoolView {
    kind: &'static str,
    id: Option<TeamId>,
}

impl From<Pool> for PoolView {
    fn from(pool: Pool) -> Self {
        match pool {
            Pool::Store => Self { kind: "store", id: None },
            Pool::Team(team) => Self { kind: "team", id: Some(team) },
        }
    }
}

/// Who did something.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ActorView {
    Agent { id: AgentId },
    Key { id: String },
    Operator,
    Clock,
}

impl From<&Actor> for ActorView {
    fn from(actor: &Actor) -> Self {
        match actor {
            Actor::Agent { id, .. } => Self::Agent { id: *id },
            Actor::Key(key) => Self::Key { id: key.to_string() },
            Actor::Operator => Self::Operator,
            Actor::Clock => Self::Clock,
        }
    }
}

impl ActorView {
    /// Of a ticket's creation, which has a key's id alone where intake made it.
    pub fn of_creation(by: &str) -> Self {
        by.parse().map_or_else(|_| Self::Key { id: by.into() }, |actor| Self::from(&actor))
    }
}

impl TicketView {
    /// As it stands in a list.
    pub fn listed(row: &TicketRow) -> Self {
        let ticket = &row.ticket;
        let state = &ticket.state;
        Self {
            id: ticket.id,
            state: state.name(),
            stage_id: stage(state),
            agent_id: ticket.owner(),
            team_id: ticket.team,
            waiting_in: state.waiting().map(PoolView::from),
            customer_id: ticket.customer.clone(),
            channel: row.contact.channel(),
            brand_address: row.contact.brand_address().map(Into::into),
            customer_address: row.contact.customer_address().map(Into::into),
            title: row.contact.task_title().map(Into::into),
            priority: ticket.priority,
            label_ids: ticket.labels.clone(),
            passed_by: ticket.passed.clone(),
            touched: ticket.touched,
            created_at: ticket.created_at,
            created_by: ActorView::of_creation(&row.created_by),
            opened_at: ticket.opened_at,
            heard_at: ticket.heard_at,
            changed_at: ticket.changed_at,
            snoozed_until: state.wakes_at(),
            closed_at: state.closed_at(),
            closed_by: state.closed_by(),
            merged_into: state.merged_into(),
            linked_to: row.linked_to,
            sequence: ticket.sequence,
            context: None,
            customer: None,
            preview: None,
        }
    }

    /// With its context.
    pub fn whole(row: &TicketRow) -> Self {
        Self { context: Some(row.context.clone()), ..Self::listed(row) }
    }

    /// With its customer's name.
    pub fn with_customer(self, row: &TicketRow) -> Self {
        Self { customer: Some(CustomerView::of(row)), ..self }
    }

    /// With how its context begins.
    pub fn with_preview(self, row: &TicketRow) -> Self {
        Self { preview: Some(preview(row)), ..self }
    }
}

/// How a ticket's context begins, on one line.
pub fn preview(row: &TicketRow) -> Option<String> {
    row.context.as_deref().and_then(text::preview)
}

fn stage(state: &State) -> Option<StageId> {
    match state {
        State::Open { stage, .. } | State::Snoozed { stage, .. } => Some(*stage),
        State::Closed { .. } | State::Merged { .. } => None,
    }
}
