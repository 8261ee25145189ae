//! The cookie that a browser is signed in with (RFC 6265).

use crate::sign_in::SessionToken;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use rota_core::session::LONGEST;

const NAME: &str = "rota_session";

/// The session that the request shows; the first, where there are several.
pub fn read(headers: &HeaderMap) -> Option<SessionToken> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(name, _)| *name == NAME)?;
    SessionToken::read(token)
}

/// Gives the browser its session. No script reads it, and no request that another site has caused carries it.
pub fn given(token: &SessionToken, secure: bool) -> HeaderValue {
    header(&format!("{NAME}={token}; Max-Age={}", LONGEST.as_secs()), secure)
}

/// Takes it back.
pub fn taken(secure: bool) -> HeaderValue {
    header(&format!("{NAME}=; Max-Age=0"), secure)
}

fn header(cookie: &str, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let value = HeaderValue::from_str(&format!("{cookie}; Path=/; HttpOnly; SameSite=Strict{secure}"));
    value.expect("a token is visible ASCII")
}
