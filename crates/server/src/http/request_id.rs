//! Every answer and every log line about it carry the same `request-id`.

use super::answer::Refusal;
use crate::app::App;
use crate::clock::Entropy;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use std::fmt::Write;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tower::Service;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Ids that are unique among all servers that ever run: a random beginning per start, then a count.
pub struct RequestIds {
    beginning: u64,
    next: AtomicU64,
}

impl RequestIds {
    pub fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        Self { beginning: u64::from_le_bytes(bytes), next: AtomicU64::new(1) }
    }

    fn next(&self) -> String {
        let mut id = String::with_capacity(32);
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let written = write!(id, "{:016x}-{count:x}", self.beginning);
        debug_assert!(written.is_ok(), "a string takes everything");
        id
    }
}

/// Answers one request: with an id, counted, and with an answer even if a handler panics.
pub async fn respond(app: &App, router: &mut Router, request: Request<Body>) -> Response {
    let id = app.request_ids.next();
    let begun = Instant::now();
    let span = tracing::error_span!("request", request_id = %id);
    let line =
        tracing::enabled!(tracing::Level::DEBUG).then(|| (request.method().clone(), request.uri().clone()));
    let answered = AssertUnwindSafe(router.call(request)).catch_unwind().instrument(span.clone()).await;
    let mut response = match answered {
        Ok(Ok(response)) => response,
        Err(_) => {
            span.in_scope(|| tracing::error!("a handler panicked"));
            Refusal::internal().into_response()
        }
    };
    let status = response.status();
    app.metrics.request(status.as_u16());
    if let Some((method, uri)) = line {
        let path = uri.path();
        let ms = begun.elapsed().as_millis();
        span.in_scope(|| tracing::debug!(%method, path, status = status.as_u16(), ms, "answered"));
    } else if status.is_server_error() {
        span.in_scope(|| tracing::warn!(status = status.as_u16(), "answered"));
    }
    let id = HeaderValue::from_str(&id).expect("hex digits are a header's value");
    response.headers_mut().insert(REQUEST_ID, id);
    response
}
