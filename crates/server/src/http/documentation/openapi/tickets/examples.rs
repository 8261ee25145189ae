//! Calls and answers as they are on the demo store.

use super::super::errors::refused;
use serde_json::{Value, json};

/// Bodies that the demo store takes. The first is the one shown.
pub fn requests() -> Vec<(&'static str, Value)> {
    vec![
        (
            "WhatsApp",
            json!({
                "channel": "whatsapp",
                "bikCustomerId": "5233549",
                "assignmentType": "ALL_AGENTS",
                "brandPhoneNumber": "+917827486670",
                "customerPhoneNumber": "+918095495490",
            }),
        ),
        (
            "Mail, with a label and context",
            json!({
                "channel": "EMAIL",
                "bikCustomerId": "5233549",
                "labelIds": [7],
                "brandEmail": "care@shop.example",
                "customerEmail": "asha@example.com",
                "context": "Order 1042 came damaged.",
            }),
        ),
        (
            "Task",
            json!({ "channel": "TASKS", "bikCustomerId": "5233549", "taskTitle": "Call back about order 1042" }),
        ),
        (
            "Task for a team",
            json!({
                "channel": "TASKS",
                "bikCustomerId": "5233549",
                "taskTitle": "Check the returned parcel",
                "assignmentType": "SPECIFIC_TEAM",
                "teamId": 31,
            }),
        ),
        (
            "Task for an agent",
            json!({
                "channel": "TASKS",
                "bikCustomerId": "5233549",
                "taskTitle": "Call back about order 1042",
                "assignmentType": "SPECIFIC_AGENT",
                "agentMail": "meera@shop.example",
            }),
        ),
    ]
}

pub fn successes() -> Vec<(&'static str, Value)> {
    vec![
        ("Assigned", created(303_455, json!(17_643), json!(null), "whatsapp")),
        ("Waiting for an agent of the team", created(303_456, json!(null), json!(31), "tasks")),
        ("Dry run", dry_run()),
    ]
}

fn created(id: i64, agent: Value, team: Value, channel: &str) -> Value {
    json!({ "status": 200, "success": true, "data": { "ticket": ticket(id, agent, team, channel) } })
}

fn ticket(id: i64, agent: Value, team: Value, channel: &str) -> Value {
    json!({
        "id": id,
        "customerId": "5233549",
        "storeId": "p60HYv5wjgQaOrPdqT5NjbpkroD2",
        "agentId": agent,
        "teamId": team,
        "channelName": channel,
    })
}

fn dry_run() -> Value {
    json!({
        "status": 200,
        "success": true,
        "data": {
            "ticket": ticket(0, json!(17_643), json!(null), "whatsapp"),
            "receipt": {
                "route": "pool",
                "rule": null,
                "skipped": [],
                "policy": "round_robin",
                "pool": { "kind": "store", "id": null, "name": null },
                "turnBefore": 17_645,
                "chosen": 17_643,
                "turnAfter": 17_643,
                "outcome": "assigned",
                "considered": 4,
                "seats": [
                    seat(17_646, "Kofi", "offline"),
                    seat(17_643, "Meera", "chosen"),
                ],
                "others": { "not_their_turn": 2 },
                "text": "Meera was next in the store's pool (passed over: Kofi is offline).",
            },
        },
    })
}

fn seat(agent: i64, name: &str, reason: &str) -> Value {
    json!({ "agentId": agent, "name": name, "reason": reason, "open": null, "limit": null, "until": null })
}

pub fn refusals() -> Vec<(&'static str, Value)> {
    vec![
        (
            "Problems of form",
            refused(&[
                ("bikCustomerId", "is required"),
                ("customerEmail", "is required when channel is EMAIL"),
            ]),
        ),
        (
            "Problems of reference",
            refused(&[
                ("bikCustomerId", "is not a customer of this store"),
                ("labelIds", "2 is not an active label of this store"),
                ("teamId", "is not an active team of this store"),
            ]),
        ),
        ("Problem of a header", refused(&[("Content-Type", "is required and must be application/json")])),
        ("Not JSON", refused(&[("body", "is not valid JSON")])),
    ]
}
