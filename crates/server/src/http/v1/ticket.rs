//! One ticket: what it is, what happened to it, why it went where it went, and every command on it (desk 1 and 2).

mod command;
mod history;
mod opened;
mod view;

use super::caller::{Admitted, Caller, admit};
use super::json::{self, ok};
use super::problem::Problem;
use super::repeat::{keep, replayed};
use crate::app::App;
use crate::store::types::{Keep, Led, TicketRow, Work, Worked, led};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rota_core::access::{self, Act};
use rota_core::ids::TicketId;
use rota_core::life::{Order, Outcome, Refusal};
use serde_json::{Value, json};
use std::sync::Arc;

pub use command::{COMMANDS, Named, read as read_command};
pub use history::content;
pub use view::{ActorView, CustomerView, TicketView, preview};

/// How far a message follows merged tickets.
const MERGES: usize = 8;

pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    match opened::opened(&app, &call, &id).await {
        Ok(ticket) => ok(&ticket),
        Err(problem) => problem.into_response(),
    }
}

pub async fn timeline(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    match history::timeline(&app, &call.caller, &id).await {
        Ok(body) => ok(&body),
        Err(problem) => problem.into_response(),
    }
}

pub async fn why(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    match history::why(&app, &call.caller, &id).await {
        Ok(body) => ok(&body),
        Err(problem) => problem.into_response(),
    }
}

/// Works one command.
pub async fn work(
    named: Named,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    worked(&app, &call, &id, named).await.unwrap_or_else(Problem::into_response)
}

async fn worked(app: &App, call: &Admitted, id: &str, named: Named) -> Result<Response, Problem> {
    let ticket = number(id)?;
    let keep = keep(call)?;
    let command = read_command(named, json::read(&call.headers, &call.body)?, app.clock.now())?;
    run(app, &call.caller, Order { ticket, command }, keep).await
}

/// Works one order; a message to a merged ticket goes on to the one that it was merged into.
async fn run(app: &App, caller: &Caller, mut order: Order, keep: Option<Keep>) -> Result<Response, Problem> {
    for _ in 0..MERGES {
        let work = Work { by: caller.actor.clone(), orders: vec![order.clone()], keep: keep.clone() };
        let done = tokio::time::timeout(app.deadline, app.store.work(&caller.store, work)).await;
        let done =
            done.map_err(|_| Problem::outcome_unknown("the deadline passed while it was worked"))??;
        match done {
            Worked::KeyReused => return Err(Problem::key_reused()),
            Worked::Before(told) => {
                let led = told.into_iter().next().ok_or_else(|| Problem::internal("an empty record"))?;
                return Ok(replayed(answer_anew(app, caller, led?).await?));
            }
            Worked::Now(outcomes) => match outcomes.into_iter().next() {
                Some(Ok(Outcome::Elsewhere { ticket })) => order.ticket = ticket,
                Some(outcome) => return told(app, caller, order.ticket, outcome).await,
                None => return Err(Problem::internal("an order without an outcome")),
            },
        }
    }
    Err(Problem::internal("merged tickets that lead nowhere"))
}

async fn told(
    app: &App,
    caller: &Caller,
    ticket: TicketId,
    outcome: Result<Outcome, Refusal>,
) -> Result<Response, Problem> {
    match outcome {
        Ok(Outcome::Done { ticket, entry }) => {
            answer(app, caller, ticket.id, Some(entry), StatusCode::OK).await
        }
        Ok(outcome @ Outcome::Created { .. }) => answer_anew(app, caller, led(Ok(outcome))?).await,
        Ok(Outcome::Unchanged { .. } | Outcome::Elsewhere { .. }) => {
            answer(app, caller, ticket, None, StatusCode::OK).await
        }
        Err(Refusal::Changed) => {
            let row = seen(app, caller, ticket).await?;
            let ticket = serde_json::to_value(TicketView::whole(&row)).map_err(Problem::internal)?;
            Err(Problem::from(Refusal::Changed).with("ticket", ticket))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// The same where the ticket may be another one than was seen, or has gone out of sight meanwhile: then it is not shown.
async fn answer_anew(app: &App, caller: &Caller, led: Led) -> Result<Response, Problem> {
    let status = if led.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let row = stored(app, caller, led.ticket).await?;
    let shown = may_see(app, caller, &row).await?.then_some(&row);
    Ok(json::told(status, &answered(shown, led.entry)))
}

async fn answer(
    app: &App,
    caller: &Caller,
    ticket: TicketId,
    entry: Option<i64>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let row = stored(app, caller, ticket).await?;
    Ok(json::told(status, &answered(Some(&row), entry)))
}

/// What a command is answered: the ticket as it is, and the timeline entry that the command made, if it made one.
fn answered(row: Option<&TicketRow>, entry: Option<i64>) -> Value {
    json!({ "ticket": row.map(TicketView::whole), "entry": entry })
}

async fn stored(app: &App, caller: &Caller, ticket: TicketId) -> Result<TicketRow, Problem> {
    app.store.ticket(&caller.store, ticket).await?.ok_or_else(Problem::not_found)
}

/// The ticket, if the caller may see it.
pub async fn seen(app: &App, caller: &Caller, id: TicketId) -> Result<TicketRow, Problem> {
    let row = stored(app, caller, id).await?;
    if may_see(app, caller, &row).await? { Ok(row) } else { Err(Problem::not_found()) }
}

async fn may_see(app: &App, caller: &Caller, row: &TicketRow) -> Result<bool, Problem> {
    let roster = app.store.roster(&caller.store).await?;
    let see_all = roster.desk().agents_see_all;
    Ok(access::to_ticket(&caller.actor, &row.ticket, Act::See, &roster, see_all).is_ok())
}

/// A ticket's number in an address; what is none leads nowhere.
fn number(id: &str) -> Result<TicketId, Problem> {
    let plain = id.bytes().all(|byte| byte.is_ascii_digit());
    id.parse().ok().filter(|_| plain).map(TicketId).ok_or_else(Problem::not_found)
}
