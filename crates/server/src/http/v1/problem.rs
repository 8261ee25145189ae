//! Refusals of the desk API: RFC 9457, with a stable `code`, and every broken rule of the request under `errors`.

use crate::http::answer::Cause;
use crate::store::StoreError;
use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rota_core::life::Refusal;
use serde_json::{Map, Value, json};
use std::time::Duration;

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");
const SOON: HeaderValue = HeaderValue::from_static("1");

/// What a caller is told instead of what it asked for. Boxed, since it travels as an error.
#[derive(Debug)]
pub struct Problem(Box<Told>);

#[derive(Debug)]
struct Told {
    status: StatusCode,
    code: &'static str,
    detail: String,
    /// The fields of the request that break a rule, each with the rule.
    errors: Vec<(String, String)>,
    /// Further members of the body.
    more: Map<String, Value>,
    header: Option<(HeaderName, HeaderValue)>,
    cause: Option<Cause>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Told {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            more: Map::new(),
            header: None,
            cause: None,
        }))
    }

    /// A further member of the body.
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.more.insert(name.into(), value);
        self
    }

    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.header = Some((name, value));
        self
    }

    /// 400: the request itself breaks rules.
    pub fn malformed(errors: Vec<(String, String)>) -> Self {
        let detail = "the request breaks the rules listed under errors";
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "malformed", detail);
        problem.0.errors = errors;
        problem
    }

    /// 400 for one field, parameter or header.
    pub fn field(name: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::malformed(vec![(name.into(), rule.into())])
    }

    /// 422: well formed, but against the state of the store; the fields that are.
    pub fn unfit(errors: Vec<(String, String)>) -> Self {
        let detail = "the store does not allow what is listed under errors";
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unfit", detail);
        problem.0.errors = errors;
        problem
    }

    /// 428: If-Match is required.
    pub fn unconditional() -> Self {
        let detail = "needs If-Match with the ETag of what you saw";
        Self::new(StatusCode::PRECONDITION_REQUIRED, "if_match_required", detail)
    }

    /// 412: it has changed since the caller saw it.
    pub fn stale() -> Self {
        let detail = "it has changed since you saw it; read it again";
        Self::new(StatusCode::PRECONDITION_FAILED, "stale", detail)
    }

    pub fn unauthorized() -> Self {
        let detail = "needs a key of scope desk, as Basic or Bearer, or a session";
        Self::refused("unauthorized", detail)
    }

    /// 401. Of the schemes only Bearer is named: told of Basic, a browser would ask for a password by itself.
    pub fn refused(code: &'static str, detail: &str) -> Self {
        let challenge = HeaderValue::from_static("Bearer realm=\"rota\"");
        Self::new(StatusCode::UNAUTHORIZED, code, detail).with_header(WWW_AUTHENTICATE, challenge)
    }

    /// 403: a page of another site has sent it.
    pub fn cross_site() -> Self {
        let detail = "with a session this takes Sec-Fetch-Site same-origin or none, or this server's Origin";
        Self::new(StatusCode::FORBIDDEN, "cross_site", detail)
    }

    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "this is not yours to do")
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is nothing under this address that you may see")
    }

    pub fn not_allowed(allow: &'static str) -> Self {
        let detail = format!("this address takes {allow}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
            .with_header(ALLOW, HeaderValue::from_static(allow))
    }

    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is longer than 256 KiB")
    }

    pub fn key_reused() -> Self {
        let detail = "this Idempotency-Key came before with another request";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail)
    }

    pub fn too_many() -> Self {
        let detail = "too many requests; try again in a moment";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail).with_header(RETRY_AFTER, SOON)
    }

    /// 429: signing in was tried too often.
    pub fn too_many_attempts(wait: Duration) -> Self {
        let seconds = wait.as_millis().div_ceil(1_000).max(1);
        let seconds = HeaderValue::from_str(&seconds.to_string()).expect("digits are a header's value");
        let detail = "too many tries to sign in; wait as long as Retry-After says";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", detail)
            .with_header(RETRY_AFTER, seconds)
    }

    pub fn internal(cause: impl ToString) -> Self {
        let detail = "something went wrong here; the log has it under this answer's request-id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).because(cause)
    }

    pub fn outcome_unknown(cause: impl ToString) -> Self {
        let detail = "whether it was done is not known; look, or repeat it with the same Idempotency-Key";
        let header = (HeaderName::from_static("rota-outcome"), HeaderValue::from_static("unknown"));
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "outcome_unknown", detail)
            .with_header(header.0, header.1)
            .because(cause)
    }

    pub fn unavailable(cause: impl ToString) -> Self {
        let detail = "the database is away; nothing was written, try again in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            .with_header(RETRY_AFTER, SOON)
            .because(cause)
    }

    /// What a failed storage method means to the caller.
    pub fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::not_found(),
            StoreError::Away(_) => Self::unavailable(error),
            StoreError::Unknown(_) => Self::outcome_unknown(error),
            StoreError::Conflict(_) | StoreError::Unusable(_) | StoreError::Backend(_) => {
                Self::internal(error)
            }
        }
    }

    fn because(mut self, cause: impl ToString) -> Self {
        self.0.cause = Some(Cause(cause.to_string()));
        self
    }

    /// The members of its body, which is also how it stands among the results of a bulk call.
    pub fn body(&self) -> Map<String, Value> {
        let told = &self.0;
        let title = told.status.canonical_reason().unwrap_or_default();
        let mut body = Map::new();
        body.insert("type".into(), format!("urn:rota:problem:{}", told.code).into());
        body.insert("title".into(), title.into());
        body.insert("status".into(), told.status.as_u16().into());
        body.insert("code".into(), told.code.into());
        body.insert("detail".into(), told.detail.as_str().into());
        if !told.errors.is_empty() {
            let error = |(field, detail): &(String, String)| json!({ "field": field, "detail": detail });
            body.insert("errors".into(), told.errors.iter().map(error).collect());
        }
        body.extend(told.more.clone());
        body
    }
}

/// The first two are 404 and 403; those about the ticket's state are 409, the rest 422 (see [`Refusal`]).
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::NotFound => return Self::not_found(),
            Refusal::Forbidden => return Self::forbidden(),
            Refusal::AlreadyOwned { .. }
            | Refusal::Changed
            | Refusal::NotOpen
            | Refusal::NotSnoozed
            | Refusal::NotClosed
            | Refusal::NotOwned
            | Refusal::Merged { .. }
            | Refusal::NotMerged
            | Refusal::TooLate
            | Refusal::NotUndoable => StatusCode::CONFLICT,
            Refusal::IntoItself
            | Refusal::UnknownTicket
            | Refusal::UnknownAgent(_)
            | Refusal::UnknownTeam(_)
            | Refusal::UnknownLabel(_)
            | Refusal::UnknownStage(_)
            | Refusal::Past => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let problem = Self::new(status, refusal.code(), refusal.to_string());
        match refusal {
            Refusal::AlreadyOwned { owner } => problem.with("ownerId", owner.0.into()),
            Refusal::Merged { into } => problem.with("mergedInto", into.0.into()),
            _ => problem,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::of_store(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.body()).expect("a problem has only string keys");
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.0.status;
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM_JSON);
        if let Some((name, value)) = self.0.header {
            response.headers_mut().insert(name, value);
        }
        if let Some(cause) = self.0.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}
