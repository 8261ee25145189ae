//! Request bodies: read within bounds of size and time, or left unread without losing the answer.

use axum::body::{Body, Bytes};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, EXPECT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use std::time::Duration;

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// The longest body (contract 1, Request).
pub const MAX_BODY: usize = 256 * 1024;

/// How much and how long is read on after an early answer, so that the answer is not lost to a reset.
const LINGER_BYTES: usize = 16 * 1024 * 1024;
const LINGER: Duration = Duration::from_secs(5);

/// Why there is no body.
pub enum Unread {
    /// It is longer than [`MAX_BODY`]; the rest of it.
    TooLarge(Body),
    /// It did not come whole, or not in time, and this is the answer.
    Answered(Response),
}

/// The whole body. What is too large is told from Content-Length where that tells, before any of it is read.
pub async fn read(headers: &HeaderMap, mut body: Body, deadline: Duration) -> Result<Bytes, Unread> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BODY as u64) {
        return Err(Unread::TooLarge(body));
    }
    match tokio::time::timeout(deadline, collect(&mut body)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(Broken::TooLarge)) => Err(Unread::TooLarge(body)),
        Ok(Err(Broken::Cut)) => Err(Unread::Answered(StatusCode::BAD_REQUEST.into_response())),
        Err(_) => Err(Unread::Answered(StatusCode::REQUEST_TIMEOUT.into_response())),
    }
}

enum Broken {
    TooLarge,
    /// The connection ended, or what came is not HTTP.
    Cut,
}

/// Most bodies come in one piece, which is then not copied.
async fn collect(body: &mut Body) -> Result<Bytes, Broken> {
    let mut first = Bytes::new();
    let mut rest = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Broken::Cut)?.into_data() else { continue };
        if first.len().max(rest.len()) + data.len() > MAX_BODY {
            return Err(Broken::TooLarge);
        }
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&std::mem::take(&mut first));
            rest.extend_from_slice(&data);
        }
    }
    Ok(if rest.is_empty() { first } else { rest.into() })
}

/// Answers before the body was read. With a client that holds its body back (RFC 9110, section 10.1.1: Expect) the
/// connection ends with that: its next request would otherwise be taken for the body.
pub fn refuse(headers: &HeaderMap, body: Body, refusal: impl IntoResponse) -> Response {
    let mut response = refusal.into_response();
    if headers.contains_key(EXPECT) {
        response.headers_mut().insert(CONNECTION, CLOSE);
    }
    if !http_body::Body::is_end_stream(&body) {
        linger(body);
    }
    response
}

/// Reads on for a moment, beside the answer, and throws away what comes.
fn linger(mut body: Body) {
    tokio::spawn(tokio::time::timeout(LINGER, async move {
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await {
            read += frame.data_ref().map_or(0, Bytes::len);
            if read > LINGER_BYTES {
                break;
            }
        }
    }));
}
