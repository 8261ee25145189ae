//! Who calls the desk API: authentication comes before anything else is looked at.

use super::problem::Problem;
use crate::app::App;
use crate::http::admission::single;
use crate::http::body::{self, Unread};
use crate::keys::{DESK, LiveKey};
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use rota_core::access::Actor;
use rota_core::ids::StoreId;
use std::sync::Arc;

/// Who calls, and for which store.
#[derive(Debug, Clone)]
pub struct Caller {
    pub store: StoreId,
    pub actor: Actor,
}

/// A call that may be judged.
pub struct Admitted {
    pub caller: Caller,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Admits a call, or answers it: 401, 413, 408, 429, or that the database is away.
pub async fn admit(app: &App, request: Request) -> Result<Admitted, Response> {
    let (parts, unread) = request.into_parts();
    let (caller, key) = match authenticate(app, &parts.headers).await {
        Ok(known) => known,
        Err(problem) => return Err(body::refuse(&parts.headers, unread, problem)),
    };
    let body = match body::read(&parts.headers, unread, app.deadline).await {
        Ok(body) => body,
        Err(Unread::TooLarge(rest)) => return Err(body::refuse(&parts.headers, rest, Problem::too_large())),
        Err(Unread::Answered(response)) => return Err(response),
    };
    if key.is_some_and(|key| !key.within_rate()) {
        return Err(Problem::too_many().into_response());
    }
    Ok(Admitted { caller, uri: parts.uri, headers: parts.headers, body })
}

async fn authenticate(app: &App, headers: &HeaderMap) -> Result<(Caller, Option<Arc<LiveKey>>), Problem> {
    let header = match single(headers, &AUTHORIZATION) {
        Ok(Some(one)) => one.to_str().ok(),
        _ => None,
    };
    match tokio::time::timeout(app.deadline, app.keys.authenticate(header, DESK)).await {
        Ok(Ok(Some(key))) => {
            let caller = Caller { store: key.store().clone(), actor: Actor::Key(key.id().clone()) };
            Ok((caller, Some(key)))
        }
        Ok(Ok(None)) => Err(Problem::unauthorized()),
        Ok(Err(error)) => Err(Problem::of_store(&error)),
        Err(_) => Err(Problem::unavailable("the deadline passed before the key was found")),
    }
}
