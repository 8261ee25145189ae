//! Many tickets at once: lists, exports, and one command on all of them.

mod export;
mod list;

use super::caller::{Admitted, admit};
use super::json::{self, ok};
use super::problem::Problem;
use super::repeat::{keep, replayed};
use super::ticket::{Named, read_command};
use crate::app::App;
use crate::store::types::{Led, Work, Worked, led};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use rota_core::ids::TicketId;
use rota_core::life::{Order, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

pub use export::handle as export;
pub use list::{found, handle as list};

/// The most tickets of one call: they are worked in one transaction, which intake waits for.
const MOST: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Bulk {
    ticket_ids: BTreeSet<TicketId>,
    command: String,
    /// The command's own body.
    #[serde(default)]
    with: Map<String, Value>,
}

/// One command on up to 100 tickets, with a result for each; a ticket that is refused keeps no other back.
pub async fn bulk(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    worked(&app, &call).await.unwrap_or_else(Problem::into_response)
}

async fn worked(app: &App, call: &Admitted) -> Result<Response, Problem> {
    let keep = keep(call)?;
    let Bulk { ticket_ids, command, with } = json::read(&call.headers, &call.body)?;
    if ticket_ids.is_empty() || ticket_ids.len() > MOST {
        return Err(Problem::field("ticketIds", format!("has 1 to {MOST} tickets")));
    }
    let named = Named::from_name(&command)
        .ok_or_else(|| Problem::field("command", format!("is one of {}", Named::names())))?;
    let command = read_command(named, json::value("with", Value::Object(with))?, app.clock.now())?;
    let orders: Vec<Order> =
        ticket_ids.iter().map(|ticket| Order { ticket: *ticket, command: command.clone() }).collect();
    let work = Work { by: call.caller.actor.clone(), orders, keep };
    let done = tokio::time::timeout(app.deadline, app.store.work(&call.caller.store, work)).await;
    match done.map_err(|_| Problem::outcome_unknown("the deadline passed while it was worked"))?? {
        Worked::KeyReused => Err(Problem::key_reused()),
        Worked::Before(told) => {
            let results = ticket_ids.iter().zip(told).map(|(ticket, led)| result(*ticket, led));
            Ok(replayed(ok(&json!({ "results": results.collect::<Vec<_>>() }))))
        }
        Worked::Now(outcomes) => {
            let told = outcomes.into_iter().map(led);
            let results = ticket_ids.iter().zip(told).map(|(ticket, led)| result(*ticket, led));
            Ok(ok(&json!({ "results": results.collect::<Vec<_>>() })))
        }
    }
}

fn result(ticket: TicketId, led: Result<Led, Refusal>) -> Value {
    match led {
        Ok(Led { ticket, entry, .. }) => json!({ "ticketId": ticket, "status": 200, "entry": entry }),
        Err(refusal) => refused(ticket, refusal.into()),
    }
}

fn refused(ticket: TicketId, problem: Problem) -> Value {
    let mut body = Map::from_iter([("ticketId".to_owned(), ticket.0.into())]);
    body.extend(problem.body());
    Value::Object(body)
}
