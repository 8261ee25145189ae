//! What happened to a ticket, and why it went where it went (desk 5).

use super::view::ActorView;
use super::{may_see, number, seen};
use crate::app::App;
use crate::floor as shown_floor;
use crate::http::v1::caller::Caller;
use crate::http::v1::problem::Problem;
use crate::store::types::{FloorRow, TicketRow, Timeline};
use jiff::Timestamp;
use rota_core::access::{Actor, Role};
use rota_core::floor;
use rota_core::ids::AgentId;
use rota_core::life::{Entry, Moved, Position, State, What};
use rota_core::receipt::{Receipt, ReceiptView};
use rota_core::ticket::Pool;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// All entries, the oldest first.
pub async fn timeline(app: &App, caller: &Caller, id: &str) -> Result<Value, Problem> {
    of(app, caller, &seen(app, caller, number(id)?).await?).await
}

/// The most merged tickets whose entries are told with a ticket's own.
const MERGED: u32 = 50;

/// The same of a ticket that the caller may see, with the entries of those that were merged into it as far as they may be seen
/// too (desk 1).
pub async fn of(app: &App, caller: &Caller, row: &TicketRow) -> Result<Value, Problem> {
    let mut merged = Vec::new();
    for id in app.store.merged_into(&caller.store, row.ticket.id, MERGED).await? {
        let Some(duplicate) = app.store.ticket(&caller.store, id).await? else { continue };
        if may_see(app, caller, &duplicate).await? {
            merged.push(json!({ "ticketId": id, "entries": entries(app, caller, &duplicate).await? }));
        }
    }
    let own = entries(app, caller, row).await?;
    Ok(json!({ "ticketId": row.ticket.id, "entries": own, "merged": merged }))
}

async fn entries(app: &App, caller: &Caller, row: &TicketRow) -> Result<Vec<Value>, Problem> {
    let timeline = stored(app, caller, &row.ticket).await?;
    let created = json!({
        "sequence": 1,
        "at": timeline.created_at,
        "by": ActorView::of_creation(&timeline.created_by),
        "kind": "created",
        "linkedTo": row.linked_to,
    });
    Ok(std::iter::once(created).chain(timeline.entries.iter().map(shown)).collect())
}

/// Every decision about whose the ticket is, the newest first.
pub async fn why(app: &App, caller: &Caller, id: &str) -> Result<Value, Problem> {
    let row = seen(app, caller, number(id)?).await?;
    let timeline = stored(app, caller, &row.ticket).await?;
    let mut decisions = Vec::new();
    for entry in timeline.entries.iter().rev() {
        if let Some(receipt) = &entry.receipt {
            let by = ActorView::from(&entry.by);
            decisions.push(decision(app, caller, entry.at, entry.what.kind(), by, receipt).await?);
        }
    }
    let by = ActorView::of_creation(&timeline.created_by);
    decisions.push(decision(app, caller, timeline.created_at, "created", by, &row.receipt).await?);
    let waits_for = match row.ticket.state.waiting() {
        Some(pool) => Some(waits_for(app, caller, pool, &row.ticket.passed).await?),
        None => None,
    };
    Ok(json!({ "ticketId": row.ticket.id, "decisions": decisions, "waitsFor": waits_for }))
}

/// Why nobody has it yet, and what would let somebody take it (desk 5).
async fn waits_for(
    app: &App,
    caller: &Caller,
    pool: Pool,
    passed: &BTreeSet<AgentId>,
) -> Result<Value, Problem> {
    let FloorRow { roster, pools, loads, .. } = app.store.floor(&caller.store).await?;
    let mut assigner = floor::assigner(&roster, &pools, &loads, app.clock.now());
    Ok(shown_floor::waits_for(&floor::ways_out(&mut assigner, pool, passed), &roster, &caller.actor))
}

async fn stored(app: &App, caller: &Caller, ticket: &rota_core::life::Ticket) -> Result<Timeline, Problem> {
    app.store.timeline(&caller.store, ticket.id).await?.ok_or_else(Problem::not_found)
}

async fn decision(
    app: &App,
    caller: &Caller,
    at: Timestamp,
    trigger: &str,
    by: ActorView,
    receipt: &Receipt,
) -> Result<Value, Problem> {
    let names = app.store.receipt_names(&caller.store, receipt).await?;
    let mut decision = json!({ "at": at, "trigger": trigger, "by": by });
    let told = match &caller.actor {
        Actor::Agent { id, role: Role::Agent } => {
            ReceiptView::new(&receipt.clone().to_colleague(*id), &names)
        }
        _ => ReceiptView::new(receipt, &names),
    };
    let told = serde_json::to_value(told).map_err(Problem::internal)?;
    if let (Value::Object(decision), Value::Object(told)) = (&mut decision, told) {
        decision.extend(told);
    }
    Ok(decision)
}

fn shown(entry: &Entry) -> Value {
    let mut told = Map::new();
    told.insert("sequence".into(), entry.sequence.into());
    told.insert("at".into(), json!(entry.at));
    told.insert("by".into(), json!(ActorView::from(&entry.by)));
    told.insert("kind".into(), entry.what.kind().into());
    if let Value::Object(more) = content(&entry.what) {
        told.extend(more);
    }
    Value::Object(told)
}

/// What an entry tells besides its kind.
pub fn content(what: &What) -> Value {
    match what {
        What::Passed { grounds, moved } => {
            let mut told = ends(moved);
            told["reason"] = grounds.as_str().into();
            told
        }
        What::PrioritySet { from, to } => json!({ "from": { "priority": from }, "to": { "priority": to } }),
        What::Labelled { added, removed } => json!({ "added": added, "removed": removed }),
        What::Noted { text, mentions } => json!({ "text": text, "mentions": mentions }),
        What::Message { direction, text, said_at, external_id } => {
            json!({ "direction": direction, "text": text, "saidAt": said_at, "externalId": external_id })
        }
        What::Undone { sequence } => json!({ "entry": sequence }),
        other => other.moved().map_or(Value::Null, ends),
    }
}

fn ends(moved: &Moved) -> Value {
    json!({ "from": position(&moved.from), "to": position(&moved.to) })
}

fn position(position: &Position) -> Value {
    let state = &position.state;
    let stage = match state {
        State::Open { stage, .. } | State::Snoozed { stage, .. } => Some(*stage),
        State::Closed { .. } | State::Merged { .. } => None,
    };
    json!({
        "stage": state.kind(),
        "stageId": stage,
        "agentId": state.agent(),
        "teamId": position.team,
        "snoozedUntil": state.wakes_at(),
        "closedBy": state.closed_by(),
        "mergedInto": state.merged_into(),
    })
}
