//! `/v1/labels`

use super::caller::admit;
use super::change::{
    Answer, changed, conditional, created, current, number, page, repeatable, shown, viewer,
};
use super::json;
use super::problem::Problem;
use crate::app::App;
use crate::settings::labels;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use rota_core::access::Section;
use rota_core::ids::LabelId;
use std::sync::Arc;

type One = Path<String>;

pub async fn list(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Labels)?;
    Ok(page(&call, &current.labels, |row| row.id.0, |row| viewer.label(row))?)
}

pub async fn add(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let decide = labels::add(repeatable(&call)?, json::read(&call.headers, &call.body)?);
    created(&app, &call, decide, |label| format!("/v1/labels/{}", label["id"])).await
}

pub async fn show(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let id = number(&id)?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Labels)?;
    let row = current.labels.iter().find(|row| row.id.0 == id).ok_or_else(Problem::not_found)?;
    Ok(shown(StatusCode::OK, &viewer.label(row)))
}

pub async fn set(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let patch = json::read(&call.headers, &call.body)?;
    changed(&app, &call, labels::set(conditional(&call), LabelId(number(&id)?), patch)).await
}

pub async fn archive(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    changed(&app, &call, labels::archive(conditional(&call), LabelId(number(&id)?))).await
}
