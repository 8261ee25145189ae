//! `/v1/teams`

use super::caller::admit;
use super::change::{
    Answer, changed, conditional, created, current, number, page, repeatable, shown, viewer,
};
use super::json;
use super::parameters::Parameters;
use super::problem::Problem;
use crate::app::App;
use crate::settings::teams;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use rota_core::access::Section;
use rota_core::ids::TeamId;
use rota_core::ticket::Pool;
use std::sync::Arc;

type One = Path<String>;

pub async fn list(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Teams)?;
    Ok(page(&call, &current.teams, |row| row.id.0, |row| viewer.team(row))?)
}

pub async fn add(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let decide = teams::add(repeatable(&call)?, json::read(&call.headers, &call.body)?);
    created(&app, &call, decide, |team| format!("/v1/teams/{}", team["id"])).await
}

pub async fn show(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let id = number(&id)?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Teams)?;
    let row = current.teams.iter().find(|row| row.id.0 == id).ok_or_else(Problem::not_found)?;
    Ok(shown(StatusCode::OK, &viewer.team(row)))
}

pub async fn set(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let patch = json::read(&call.headers, &call.body)?;
    changed(&app, &call, teams::set(conditional(&call), TeamId(number(&id)?), patch)).await
}

/// `moveTo` says where its open tickets go: a team's number, or `store`.
pub async fn archive(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let id = TeamId(number(&id)?);
    let parameters = Parameters::read(&call.uri, &["moveTo"])?;
    let to = match parameters.get("moveTo") {
        Some("store") => Pool::Store,
        Some(team) => {
            let rule = "is a team's number, or store";
            Pool::Team(TeamId(team.parse().map_err(|_| Problem::field("moveTo", rule))?))
        }
        None => {
            let rule = "is required: the team whose pool takes the open tickets, or store";
            return Err(Problem::field("moveTo", rule).into());
        }
    };
    changed(&app, &call, teams::archive(conditional(&call), id, to)).await
}
