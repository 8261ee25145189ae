//! Answers in the contract's shape: the HTTP status and the body's `status` are equal (contract 1, Errors).

use crate::store::StoreError;
use axum::body::Body;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rota_core::problem::Problems;
use serde::Serialize;
use std::borrow::Cow;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Told with every refusal that passes by itself, in seconds.
const SOON: HeaderValue = HeaderValue::from_static("1");

/// A refusal: what the caller is told, without anything internal.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    message: &'static str,
    problems: Problems,
    header: Option<(HeaderName, HeaderValue)>,
    cause: Option<Cause>,
}

/// What is behind an error of ours: for the log line that has the answer's `request-id`, never for the caller.
#[derive(Debug, Clone)]
pub struct Cause(pub String);

#[derive(Serialize)]
struct ErrorBody<'a> {
    status: u16,
    errors: Vec<ErrorEntry<'a>>,
}

#[derive(Serialize)]
struct ErrorEntry<'a> {
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a Cow<'static, str>>,
}

impl Refusal {
    fn new(status: StatusCode, message: &'static str, header: Option<(HeaderName, HeaderValue)>) -> Self {
        Self { status, message, problems: Problems::default(), header, cause: None }
    }

    pub fn invalid(problems: Problems) -> Self {
        Self { problems, ..Self::new(StatusCode::BAD_REQUEST, "Invalid payload!", None) }
    }

    pub fn unauthorized() -> Self {
        let challenge = HeaderValue::from_static("Basic realm=\"rota\"");
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", Some((WWW_AUTHENTICATE, challenge)))
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found", None)
    }

    pub fn method_not_allowed(allow: &'static str) -> Self {
        let allow = (ALLOW, HeaderValue::from_static(allow));
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed", Some(allow))
    }

    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload Too Large", None)
    }

    pub fn key_reused() -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Idempotency Key Reused", None)
    }

    pub fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", Some((RETRY_AFTER, SOON)))
    }

    pub fn internal(cause: impl ToString) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", None).because(cause)
    }

    /// The commit was sent, and nobody knows how it ended.
    pub fn outcome_unknown(cause: impl ToString) -> Self {
        let header = (HeaderName::from_static("rota-outcome"), HeaderValue::from_static("unknown"));
        Self { header: Some(header), ..Self::internal(cause) }
    }

    pub fn unavailable(cause: impl ToString) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable", Some((RETRY_AFTER, SOON)))
            .because(cause)
    }

    /// What a failed storage method means to the caller: only a database that is away is worth a repeat.
    pub fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::Away(_) => Self::unavailable(error),
            StoreError::Unknown(_) => Self::outcome_unknown(error),
            StoreError::NotFound
            | StoreError::Behind
            | StoreError::Conflict(_)
            | StoreError::Unusable(_)
            | StoreError::Backend(_) => Self::internal(error),
        }
    }

    fn because(self, cause: impl ToString) -> Self {
        Self { cause: Some(Cause(cause.to_string())), ..self }
    }

    fn body(&self) -> Vec<u8> {
        let message = self.message;
        let mut errors: Vec<ErrorEntry<'_>> = self
            .problems
            .iter()
            .map(|problem| ErrorEntry { message, field: Some(problem.field), detail: Some(&problem.detail) })
            .collect();
        if errors.is_empty() {
            errors.push(ErrorEntry { message, field: None, detail: None });
        }
        serde_json::to_vec(&ErrorBody { status: self.status.as_u16(), errors }).expect("texts serialize")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = json(self.status, self.body());
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        // What was wrong, for whoever notes it beside the answer.
        if !self.problems.is_empty() {
            response.extensions_mut().insert(self.problems);
        }
        if let Some(cause) = self.cause {
            response.extensions_mut().insert(cause);
        }
        response
    }
}

/// A response whose body is JSON already.
pub fn json(status: StatusCode, body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}
