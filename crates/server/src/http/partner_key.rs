//! `POST /integrations/bikPlatformFunctions-authPartnerViaKey` (contract 2).

use super::answer::{Refusal, json};
use super::body;
use super::create_ticket::authenticate;
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// A valid key is all that is asked for; the body is accepted and not needed.
pub async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let key = match authenticate(&app, &parts.headers).await {
        Ok(key) => key,
        Err(refusal) => {
            body::linger(body);
            return refusal.into_response();
        }
    };
    if let Err(response) = body::read(&parts.headers, body, app.deadline).await {
        return response;
    }
    if !key.within_rate() {
        return Refusal::too_many().into_response();
    }
    json(StatusCode::OK, br#"{"status":"200"}"#.to_vec())
}
