//! `/v1/stages`: the whole list at once, for the order of its entries means something.

use super::caller::admit;
use super::change::{Answer, changed, conditional, current, shown, viewer};
use super::json;
use crate::app::App;
use crate::settings::stages;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use rota_core::access::Section;
use std::sync::Arc;

pub async fn show(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Stages)?;
    Ok(shown(StatusCode::OK, &viewer.stages(&current.stages)))
}

pub async fn set(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let list = json::read(&call.headers, &call.body)?;
    changed(&app, &call, stages::set(conditional(&call), list)).await
}
