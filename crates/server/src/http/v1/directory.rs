//! `/v1/directory`: the names behind the numbers of a ticket, in one answer.

use super::caller::admit;
use super::change::{Answer, current, viewer};
use super::json;
use super::problem::Problem;
use crate::app::App;
use axum::extract::{Request, State};
use rota_core::access::Section;
use std::sync::Arc;

pub async fn show(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::People)?;
    let store = current.store.as_ref().ok_or_else(Problem::not_found)?;
    Ok(json::ok(&viewer.directory(&call.caller.store, store, &current)))
}
