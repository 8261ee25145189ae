//! `/v1/settings`: the store's own.

use super::caller::admit;
use super::change::{Answer, changed, conditional, current, shown, viewer};
use super::json;
use super::problem::Problem;
use crate::app::App;
use crate::settings::store;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use rota_core::access::Section;
use std::sync::Arc;

pub async fn show(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Settings)?;
    let row = current.store.as_ref().ok_or_else(Problem::not_found)?;
    Ok(shown(StatusCode::OK, &viewer.store(row)))
}

pub async fn set(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let patch = json::read(&call.headers, &call.body)?;
    changed(&app, &call, store::set(conditional(&call), patch)).await
}
