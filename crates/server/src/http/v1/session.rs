//! Signing in and out, and where one is signed in.

pub mod cookie;
pub mod notifications;
mod view;

use super::caller::{admit, whole};
use super::json::{self, ok};
use super::origin;
use super::problem::Problem;
use crate::app::App;
use crate::http::body;
use crate::sign_in::{Begun, Refused, Visitor};
use crate::telemetry::SignInTry;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::header::{CACHE_CONTROL, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rota_core::due::Kind;
use rota_core::ids::{SessionId, StoreId};
use serde::Deserialize;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

pub use view::{SessionsView, SignedInView};

const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ByPassword {
    store_id: String,
    email: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ByInvitation {
    store_id: String,
    token: String,
    password: String,
}

/// Signs in by mail address and password.
pub async fn begin(State(app): State<Arc<App>>, request: Request) -> Response {
    let (headers, body, visitor) = match visit(&app, request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let signing = async {
        let asked: ByPassword = json::read(&headers, &body)?;
        let store = StoreId::new(&asked.store_id).ok_or_else(wrong)?;
        let begun = app.sign_in.by_password(&store, &asked.email, &asked.password, visitor).await;
        told(&app, begun, wrong)
    };
    answered(&app, signing).await
}

/// Signs in by an invitation, and sets the password.
pub async fn accept(State(app): State<Arc<App>>, request: Request) -> Response {
    let (headers, body, visitor) = match visit(&app, request).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let signing = async {
        let asked: ByInvitation = json::read(&headers, &body)?;
        let store = StoreId::new(&asked.store_id).ok_or_else(void)?;
        let begun = app.sign_in.by_invitation(&store, &asked.token, &asked.password, visitor).await;
        told(&app, begun, void)
    };
    answered(&app, signing).await
}

/// What comes without a key or a cookie that counts. A page of another site may not sign its visitors in as somebody else;
/// who is no browser may.
async fn visit(app: &App, request: Request) -> Result<(HeaderMap, Bytes, Visitor), Response> {
    let (parts, unread) = request.into_parts();
    if origin::is_own(&parts.headers, &app.site.url) == Some(false) {
        return Err(body::refuse(&parts.headers, unread, Problem::cross_site()));
    }
    let body = whole(app, &parts.headers, unread).await?;
    let visitor = Visitor { client: client(app, &parts), browser: browser(&parts.headers) };
    Ok((parts.headers, body, visitor))
}

fn client(app: &App, parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(Ipv6Addr::UNSPECIFIED.into(), |ConnectInfo(peer)| peer.ip());
    let forwarded = parts.headers.get_all("x-forwarded-for").iter();
    let forwarded: Vec<&str> = forwarded.filter_map(|value| value.to_str().ok()).collect();
    app.site.client(peer, &forwarded)
}

fn browser(headers: &HeaderMap) -> String {
    headers.get(USER_AGENT).and_then(|name| name.to_str().ok()).unwrap_or_default().to_owned()
}

async fn answered(app: &App, signing: impl Future<Output = Result<Begun, Problem>>) -> Response {
    let signed = tokio::time::timeout(app.deadline, signing).await;
    let signed =
        signed.unwrap_or_else(|_| Err(Problem::outcome_unknown("the deadline passed while signing in")));
    match signed {
        Ok(Begun { signed_in, token }) => {
            app.activity.note(token.store(), signed_in.session.agent).await;
            // Who has signed in is signed in, whether or not this can be read.
            let last = tokio::time::timeout(app.deadline, app.store.last_event(token.store())).await;
            let last = last.ok().and_then(Result::ok);
            let response = ok(&SignedInView::new(token.store(), &signed_in, None, last));
            with_cookie(response, cookie::given(&token, app.site.secure))
        }
        Err(problem) => problem.into_response(),
    }
}

fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().insert(SET_COOKIE, cookie);
    not_kept(response)
}

/// Nobody on the way keeps the answer, nor does the browser.
pub fn not_kept(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, NOT_KEPT);
    response
}

/// What became of a try, counted; `wrong` is how this way of signing in refuses.
fn told(app: &App, begun: Result<Begun, Refused>, wrong: fn() -> Problem) -> Result<Begun, Problem> {
    let (counted, told) = match begun {
        Ok(begun) => (Some(SignInTry::SignedIn), Ok(begun)),
        Err(Refused::Wrong) => (Some(SignInTry::Refused), Err(wrong())),
        Err(Refused::TooMany(wait)) => (Some(SignInTry::PutOff), Err(Problem::too_many_attempts(wait))),
        Err(Refused::Unfit(rule)) => (None, Err(Problem::field("password", rule))),
        Err(Refused::Busy) => (None, Err(Problem::unavailable("too many passwords are being compared"))),
        Err(Refused::Store(error)) => (None, Err(error.into())),
    };
    if let Some(outcome) = counted {
        app.metrics.sign_in(outcome);
    }
    told
}

/// An unknown store or agent, one without a password, and a wrong password are all the same.
fn wrong() -> Problem {
    Problem::refused(
        "wrong_credentials",
        "this is not the mail address and password of an agent of this store",
    )
}

fn void() -> Problem {
    Problem::refused(
        "invitation_void",
        "this invitation was used, replaced or is over; ask an admin for a new one",
    )
}

/// Who is signed in, and when they go offline if they do nothing.
pub async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let shown = async {
        let (store, signed_in) = (&call.caller.store, call.own()?);
        let idle_at = app.store.due_at(store, Kind::Idle, signed_in.session.agent.0).await?;
        let last = app.store.last_event(store).await?;
        Ok::<_, Problem>(not_kept(ok(&SignedInView::new(store, signed_in, idle_at, Some(last)))))
    };
    shown.await.unwrap_or_else(Problem::into_response)
}

/// Says that somebody is there who reads and changes nothing: it puts off going offline for idleness.
pub async fn stay(State(app): State<Arc<App>>, request: Request) -> Response {
    match admit(&app, request).await {
        Ok(call) => match call.own() {
            Ok(_) => StatusCode::NO_CONTENT.into_response(),
            Err(problem) => problem.into_response(),
        },
        Err(response) => response,
    }
}

/// Signs out.
pub async fn end(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let ended = async {
        let session = &call.own()?.session;
        match app.store.end_session(&call.caller.store, session.agent, &session.id).await {
            // Somebody else has ended it meanwhile.
            Ok(()) | Err(crate::store::StoreError::NotFound) => Ok(()),
            Err(error) => Err(Problem::from(error)),
        }
    };
    match ended.await {
        Ok(()) => with_cookie(StatusCode::NO_CONTENT.into_response(), cookie::taken(app.site.secure)),
        Err(problem) => problem.into_response(),
    }
}

/// Where one is signed in.
pub async fn list(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let listed = async {
        let session = &call.own()?.session;
        let sessions = app.store.sessions(&call.caller.store, session.agent).await?;
        Ok::<_, Problem>(ok(&SessionsView::new(&sessions, Some(&session.id), app.clock.now())))
    };
    listed.await.unwrap_or_else(Problem::into_response)
}

/// Signs out elsewhere.
pub async fn end_one(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let ended = async {
        let agent = call.own()?.session.agent;
        let is_plain = id.bytes().all(|byte| byte.is_ascii_graphic());
        let id = SessionId::new(&id).filter(|_| is_plain).ok_or_else(Problem::not_found)?;
        app.store.end_session(&call.caller.store, agent, &id).await?;
        Ok::<_, Problem>(StatusCode::NO_CONTENT.into_response())
    };
    ended.await.unwrap_or_else(Problem::into_response)
}
