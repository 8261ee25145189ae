//! `/v1/session/viewing`: who else has a ticket before them, and writes on it.

use super::caller::{Admitted, admit_quietly};
use super::json;
use super::problem::Problem;
use super::ticket::seen;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rota_core::access::Actor;
use rota_core::ids::{AgentId, TicketId};
use rota_core::roster::Roster;
use rota_core::viewing::{Activity, LASTS, Look};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Told {
    ticket_id: Option<TicketId>,
    activity: Option<Activity>,
}

/// Says what the session looks at, until it says something else or nothing for a while.
pub async fn put(State(app): State<Arc<App>>, request: Request) -> Response {
    // A page that is only open is nothing that its agent does.
    let call = match admit_quietly(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    match told(&app, &call).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn told(app: &App, call: &Admitted) -> Result<(), Problem> {
    let (store, session) = (&call.caller.store, &call.own()?.session);
    let asked: Told = json::read(&call.headers, &call.body)?;
    let look = match (asked.ticket_id, asked.activity) {
        (None, None) => None,
        (None, Some(_)) => {
            return Err(Problem::field("activity", "is that of a ticket: ticketId is required with it"));
        }
        (Some(_), None) => {
            return Err(Problem::field("activity", "is required with ticketId: viewing or writing"));
        }
        (Some(ticket), Some(activity)) => {
            let ticket = seen(app, &call.caller, ticket).await?.ticket.id;
            let now = app.clock.now();
            let until = now.checked_add(LASTS).unwrap_or(now);
            Some(Look { agent: session.agent, ticket, activity, until })
        }
    };
    if asked.activity == Some(Activity::Writing) {
        app.activity.note(store, session.agent).await;
    }
    Ok(app.store.look_at(store, &session.id, look).await?)
}

/// The viewers but for who asks, in the order of their ids.
pub fn others(viewers: &BTreeMap<AgentId, Activity>, asks: &Actor, roster: &Roster) -> Value {
    let others = viewers.iter().filter(|(agent, _)| asks.agent() != Some(**agent));
    let shown = others.filter_map(|(agent, activity)| {
        Some(json!({ "id": agent, "name": roster.agent(*agent)?.name, "activity": activity }))
    });
    shown.collect()
}
