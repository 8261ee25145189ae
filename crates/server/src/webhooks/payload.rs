//! What is sent: an event in the form that its endpoint asked for.

use super::Told;
use crate::events::Event;
use crate::store::types::AgentRow;
use bytes::Bytes;
use jiff::Timestamp;
use rota_core::ids::{AgentId, StoreId, TicketId};
use rota_core::webhook::Format;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The kind of a test.
const TEST: &str = "webhook.test";

/// One event, ready to be sent.
#[derive(Debug, Clone)]
pub struct Message {
    /// The same however often it is sent, and another for every store.
    pub id: String,
    pub position: i64,
    pub part: u8,
    pub kind: String,
    pub ticket: Option<TicketId>,
    pub body: Bytes,
}

/// The id that an event has within its store: `evt_POSITION_PART`, whatever follows.
pub fn event_id(text: &str) -> Option<(i64, u8)> {
    let mut parts = text.strip_prefix("evt_")?.split('_');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

pub fn message(
    store: &StoreId,
    format: Format,
    event: &Event,
    agents: &[AgentRow],
    told: &Told<'_>,
) -> Message {
    let body = match format {
        Format::Standard => event.payload(store, told.url),
        Format::AssignedAgent => assigned_agent(store, event, agents, told.now),
    };
    Message {
        id: format!("{}_{}", event.id(), mark(store)),
        position: event.position,
        part: event.part,
        kind: event.kind.name().into(),
        ticket: event.ticket_id(),
        body: body.to_string().into(),
    }
}

pub fn test(store: &StoreId, format: Format, now: Timestamp, random: u64) -> Message {
    let id = format!("evt_test_{random:016x}_{}", mark(store));
    let body = match format {
        Format::Standard => {
            json!({ "type": TEST, "timestamp": now, "data": { "id": id, "storeId": store } })
        }
        Format::AssignedAgent => json!({
            "eventName": TEST, "storeId": store, "eventSource": "Inbox", "eventProperties": {}, "eventId": id,
            "timestamp": now,
        }),
    };
    Message { id, position: 0, part: 0, kind: TEST.into(), ticket: None, body: body.to_string().into() }
}

/// Contract 2: the event of the original. Of an assignment that is told late the times stay those of the event.
fn assigned_agent(store: &StoreId, event: &Event, agents: &[AgentRow], now: Timestamp) -> Value {
    let row = event.ticket.as_deref();
    let ticket = row.map(|row| &row.ticket);
    let agent = ticket.and_then(|ticket| ticket.owner());
    let name = |agent: AgentId| agents.iter().find(|row| row.id == agent).map(|row| row.name.as_str());
    let created_at = ticket.map(|ticket| ticket.created_at);
    let seconds = created_at.map(|created| event.at.duration_since(created).as_millis() as f64 / 1_000.0);
    let id = event.ticket_id().map(|id| id.to_string());
    json!({
        "eventName": "assignedAgent",
        "storeId": store,
        "eventSource": "Inbox",
        "eventProperties": {
            "assignedAgentId": agent.map(|agent| agent.to_string()),
            "chatSessionId": id,
            "agentName": agent.and_then(name),
            "ticketId": id,
            "ticketCreatedAt": created_at,
            "timeToAssign": seconds,
        },
        "createdAt": event.at,
        "customerId": ticket.map(|ticket| &ticket.customer),
        "eventId": format!("{}_{}", event.id(), mark(store)),
        "timestamp": now,
    })
}

/// Tells stores apart where several are heard of.
pub fn mark(store: &StoreId) -> String {
    Sha256::digest(store.as_str()).iter().take(5).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_events_id_is_read_with_or_without_its_stores_mark() {
        assert_eq!(event_id("evt_12_1"), Some((12, 1)));
        assert_eq!(event_id(&format!("evt_12_0_{}", mark(&StoreId::new("shop").unwrap()))), Some((12, 0)));
        for bad in ["", "evt_", "evt_1", "12_1", "evt_x_1", "evt_test_00ff"] {
            assert_eq!(event_id(bad), None, "{bad}");
        }
    }
}
