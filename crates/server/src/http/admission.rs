//! What every call with a key goes through first, in the contract's order: authentication, size, rate limit.

use super::answer::Refusal;
use super::body::{self, Unread};
use crate::app::App;
use crate::keys::{INTAKE, LiveKey};
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use rota_core::problem::Problems;
use std::sync::Arc;

/// A call that may be judged.
pub struct Admitted {
    pub key: Arc<LiveKey>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Admits a call, or answers it: 401, 413, 408 or 429.
pub async fn admit(app: &App, request: Request) -> Result<Admitted, Response> {
    let (parts, unread) = request.into_parts();
    let key = match authenticate(app, &parts.headers).await {
        Ok(key) => key,
        Err(refusal) => return Err(body::refuse(&parts.headers, unread, refusal)),
    };
    let body = match body::read(&parts.headers, unread, app.deadline).await {
        Ok(body) => body,
        Err(Unread::TooLarge(rest)) => return Err(body::refuse(&parts.headers, rest, Refusal::too_large())),
        Err(Unread::Answered(response)) => return Err(response),
    };
    if !key.within_rate() {
        return Err(Refusal::too_many().into_response());
    }
    Ok(Admitted { key, headers: parts.headers, body })
}

/// The caller's key, which has to be good for intake.
async fn authenticate(app: &App, headers: &HeaderMap) -> Result<Arc<LiveKey>, Refusal> {
    let header = match single(headers, &AUTHORIZATION) {
        Ok(Some(one)) => one.to_str().ok(),
        _ => None,
    };
    match tokio::time::timeout(app.deadline, app.keys.authenticate(header, INTAKE)).await {
        Ok(Ok(Some(key))) => Ok(key),
        Ok(Ok(None)) => Err(Refusal::unauthorized()),
        Ok(Err(error)) => Err(Refusal::of_store(&error)),
        Err(_) => Err(Refusal::unavailable("the deadline passed before the key was found")),
    }
}

/// The one header, or `None` when it is not given; the error is the rule that was broken.
pub fn single<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
) -> Result<Option<&'h HeaderValue>, &'static str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err("is given twice") } else { Ok(first) }
}

/// Content-Type has to be application/json; parameters are allowed.
pub fn judge_content_type(headers: &HeaderMap, problems: &mut Problems) {
    let given = match single(headers, &CONTENT_TYPE) {
        Ok(given) => given,
        Err(rule) => return problems.add("Content-Type", rule),
    };
    let essence = given.and_then(|value| value.to_str().ok()?.split(';').next());
    match essence.map(str::trim) {
        None => problems.add("Content-Type", "is required and must be application/json"),
        Some(essence) if essence.eq_ignore_ascii_case("application/json") => {}
        Some(_) => problems.add("Content-Type", "must be application/json"),
    }
}
