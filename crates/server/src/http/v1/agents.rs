//! `/v1/agents`

use super::caller::{Admitted, admit};
use super::change::{
    Answer, changed, conditional, created, current, joined, number, page, repeatable, shown, shown_with,
    viewer,
};
use super::json;
use super::problem::Problem;
use crate::app::App;
use crate::floor::shown_state;
use crate::settings::agents::{self, Which};
use crate::store::types::AgentRow;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use rota_core::access::{Actor, Role, Section};
use rota_core::availability::{Availability, AwayReason};
use rota_core::floor;
use rota_core::ids::AgentId;
use rota_core::receipt::Seat;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

type One = Path<String>;

pub async fn list(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::People)?;
    let seats = seats(&app, &call).await?;
    let show = |row: &AgentRow| joined(&viewer.agent(row), &standing(row, &seats, &call.caller.actor));
    Ok(page(&call, &current.agents, |row| row.id.0, show)?)
}

pub async fn add(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let decide = agents::add(repeatable(&call)?, json::read(&call.headers, &call.body)?);
    created(&app, &call, decide, |agent| format!("/v1/agents/{}", agent["id"])).await
}

pub async fn show(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let id = number(&id)?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::People)?;
    let row = known(&current.agents, id)?;
    let seats = seats(&app, &call).await?;
    Ok(shown_with(&viewer.agent(row), &standing(row, &seats, &call.caller.actor)))
}

pub async fn set(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let patch = json::read(&call.headers, &call.body)?;
    changed(&app, &call, agents::set(conditional(&call), which(&id)?, patch)).await
}

pub async fn archive(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    changed(&app, &call, agents::archive(conditional(&call), which(&id)?)).await
}

pub async fn availability(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let id = number(&id)?;
    let current = current(&app, &call).await?;
    viewer(&call, &current, Section::Availability)?;
    Ok(shown(StatusCode::OK, &json!(known(&current.agents, id)?.availability())))
}

pub async fn make_available(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let (availability, give_on) = read_availability(&call, app.clock.now())?;
    let decide = agents::make_available(conditional(&call), which(&id)?, availability, give_on);
    changed(&app, &call, decide).await
}

/// How everybody stands in the store's pool.
async fn seats(app: &App, call: &Admitted) -> Result<Vec<Seat>, Problem> {
    let row = app.store.floor(&call.caller.store).await?;
    let mut assigner = floor::assigner(&row.roster, &row.pools, &row.loads, app.clock.now());
    Ok(floor::agents(&mut assigner))
}

/// How loaded an agent is, and whether they could be given a ticket: who assigns one needs it. It changes by itself, so it is
/// no part of what the ETag is of.
fn standing(row: &AgentRow, seats: &[Seat], to: &Actor) -> [(&'static str, Value); 3] {
    let seat = seats.iter().find(|seat| seat.agent == row.id);
    let state = seat.map(|seat| match to {
        Actor::Agent { id, role: Role::Agent } if *id != seat.agent => seat.reason.to_colleagues(),
        _ => seat.reason,
    });
    [
        ("open", row.open.into()),
        ("limit", json!(seat.and_then(|seat| seat.limit))),
        ("state", json!(state.map(shown_state))),
    ]
}

fn which(id: &str) -> Result<Which, Problem> {
    Ok(Which::Number(AgentId(number(id)?)))
}

fn known(agents: &[AgentRow], id: i64) -> Result<&AgentRow, Problem> {
    agents.iter().find(|row| row.id.0 == id).ok_or_else(Problem::not_found)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Told {
    status: Status,
    reason: Option<AwayReason>,
    until: Option<Timestamp>,
    /// Whether what one has not touched is given to others.
    #[serde(default)]
    give_on: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Online,
    Away,
}

fn read_availability(call: &Admitted, now: Timestamp) -> Result<(Availability, bool), Problem> {
    let told: Told = json::read(&call.headers, &call.body)?;
    match told {
        Told { status: Status::Online, reason: None, until: None, give_on: false } => {
            Ok((Availability::Online, false))
        }
        Told { status: Status::Online, .. } => {
            Err(Problem::field("status", "online has none of reason, until and giveOn"))
        }
        Told { status: Status::Away, reason, until, give_on } => {
            let away = Availability::away(reason, until, now)
                .map_err(|past| Problem::unfit(vec![("until".into(), past.to_string())]))?;
            Ok((away, give_on))
        }
    }
}
