//! `/v1/floor`: who is there, how loaded, what waits, and whose turn is next.

use super::caller::admit;
use super::json;
use super::problem::Problem;
use crate::app::App;
use crate::floor;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

pub async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let shown = match app.store.floor(&call.caller.store).await {
        Ok(row) => floor::shown(&row, &call.caller.actor, app.clock.now()).ok_or_else(Problem::not_found),
        Err(error) => Err(error.into()),
    };
    shown.map_or_else(Problem::into_response, |floor| json::ok(&floor))
}
