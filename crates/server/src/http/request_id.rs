//! Every answer and every log line about it carry the same `request-id`.

use super::answer::{Cause, Refusal};
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

/// Answers one request: with an id, counted, and with an answer even if a handler panics. What went wrong is
/// logged here, once.
pub async fn respond(app: &App, router: &mut Router, request: Request<Body>) -> Response {
    let id = app.request_ids.next();
    let line = tracing::enabled!(tracing::Level::DEBUG)
        .then(|| (Instant::now(), request.method().clone(), request.uri().clone()));
    let mut response = match AssertUnwindSafe(router.call(request)).catch_unwind().await {
        Ok(Ok(response)) => response,
        Err(_) => Refusal::internal("a handler panicked").into_response(),
    };
    let status = response.status().as_u16();
    app.metrics.request(status);
    if let Some(Cause(cause)) = response.extensions().get() {
        tracing::error!(request_id = id, status, cause, "answered");
    }
    if let Some((begun, method, uri)) = line {
        let (path, us) = (uri.path(), begun.elapsed().as_micros());
        tracing::debug!(request_id = id, %method, path, status, us, "answered");
    }
    let id = HeaderValue::from_str(&id).expect("hex digits are a header's value");
    response.headers_mut().insert(REQUEST_ID, id);
    response
}
