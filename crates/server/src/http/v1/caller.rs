//! Who calls the desk API: authentication comes before anything else is looked at.

use super::origin;
use super::problem::Problem;
use super::session::cookie;
use crate::app::App;
use crate::http::admission::single;
use crate::http::body::{self, Unread};
use crate::keys::{DESK, LiveKey};
use crate::sign_in::SessionToken;
use crate::store::sessions::SignedIn;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
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
    /// What the caller is signed in with; `None` for a key.
    pub session: Option<SignedIn>,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Admitted {
    /// What the caller is signed in with; a key has no session.
    pub fn own(&self) -> Result<&SignedIn, Problem> {
        self.session.as_ref().ok_or_else(Problem::forbidden)
    }
}

/// What a caller has shown of itself.
enum Known {
    Key(Arc<LiveKey>),
    Session(StoreId, Box<SignedIn>),
}

/// Admits a call, or answers it: 401, 403 from another site, 413, 408, 429, or that the database is away. What an agent
/// changes is noted as something that they do.
pub async fn admit(app: &App, request: Request) -> Result<Admitted, Response> {
    let changes = !request.method().is_safe();
    let call = admit_quietly(app, request).await?;
    if let Some(signed_in) = call.session.as_ref().filter(|_| changes) {
        app.activity.note(&call.caller.store, signed_in.session.agent).await;
    }
    Ok(call)
}

/// The same, of which nothing is noted.
pub async fn admit_quietly(app: &App, request: Request) -> Result<Admitted, Response> {
    let (parts, unread) = request.into_parts();
    let known = match authenticate(app, &parts).await {
        Ok(known) => known,
        Err(problem) => return Err(body::refuse(&parts.headers, unread, problem)),
    };
    let body = whole(app, &parts.headers, unread).await?;
    let Parts { uri, headers, .. } = parts;
    let (caller, session) = match known {
        Known::Key(key) if !key.within_rate() => return Err(Problem::too_many().into_response()),
        Known::Key(key) => (Caller { store: key.store().clone(), actor: Actor::Key(key.id().clone()) }, None),
        Known::Session(store, signed_in) => {
            app.sign_in.note_use(&store, &signed_in.session).await;
            let actor = Actor::Agent { id: signed_in.session.agent, role: signed_in.role };
            (Caller { store, actor }, Some(*signed_in))
        }
    };
    Ok(Admitted { caller, session, uri, headers, body })
}

/// The whole body, or the answer: 413, 408.
pub async fn whole(app: &App, headers: &HeaderMap, unread: Body) -> Result<Bytes, Response> {
    match body::read(headers, unread, app.deadline).await {
        Ok(body) => Ok(body),
        Err(Unread::TooLarge(rest)) => Err(body::refuse(headers, rest, Problem::too_large())),
        Err(Unread::Answered(response)) => Err(response),
    }
}

/// By the key in the Authorization header; where there is no such header, by the cookie.
async fn authenticate(app: &App, parts: &Parts) -> Result<Known, Problem> {
    if parts.headers.contains_key(AUTHORIZATION) {
        return by_key(app, &parts.headers).await;
    }
    match cookie::read(&parts.headers) {
        Some(token) => by_session(app, parts, &token).await,
        None => Err(Problem::unauthorized()),
    }
}

async fn by_key(app: &App, headers: &HeaderMap) -> Result<Known, Problem> {
    let header = match single(headers, &AUTHORIZATION) {
        Ok(Some(one)) => one.to_str().ok(),
        _ => None,
    };
    match tokio::time::timeout(app.deadline, app.keys.authenticate(header, DESK)).await {
        Ok(Ok(Some(key))) => Ok(Known::Key(key)),
        Ok(Ok(None)) => Err(Problem::unauthorized()),
        Ok(Err(error)) => Err(Problem::of_store(&error)),
        Err(_) => Err(Problem::unavailable("the deadline passed before the key was found")),
    }
}

async fn by_session(app: &App, parts: &Parts, token: &SessionToken) -> Result<Known, Problem> {
    let found = tokio::time::timeout(app.deadline, app.sign_in.signed_in(token)).await;
    let found =
        found.map_err(|_| Problem::unavailable("the deadline passed before the session was found"))?;
    let signed_in = found?.ok_or_else(Problem::unauthorized)?;
    if !parts.method.is_safe() && !origin::is_own(&parts.headers, &app.site.url).unwrap_or(false) {
        return Err(Problem::cross_site());
    }
    Ok(Known::Session(token.store().clone(), Box::new(signed_in)))
}
