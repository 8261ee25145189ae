//! `POST /integrations/bikPlatformFunctions-authPartnerViaKey` (contract 2).

use super::admission::admit;
use super::answer::json;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

/// A valid key is all that is asked for; the body is accepted and not needed.
pub async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    match admit(&app, request).await {
        Ok(_) => json(StatusCode::OK, br#"{"status":"200"}"#.to_vec()),
        Err(response) => response,
    }
}
