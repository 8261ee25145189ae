//! For those who watch the server: alive, ready, and in figures.

use super::answer::{Refusal, json};
use crate::app::App;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

pub async fn alive() -> Response {
    json(StatusCode::OK, br#"{"status":200}"#.to_vec())
}

/// 503 while the database does not take writes.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    match tokio::time::timeout(app.deadline, app.store.ready()).await {
        Ok(Ok(())) => alive().await,
        Ok(Err(error)) => Refusal::unavailable(error).into_response(),
        Err(_) => Refusal::unavailable("the database does not answer").into_response(),
    }
}

pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    app.metrics.queued(app.intake.queued());
    match app.metrics.text() {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => Refusal::internal(error).into_response(),
    }
}
