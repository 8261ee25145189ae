//! ETags and If-Match: nobody changes what they have not seen as it is.

use crate::settings::{Condition, etag};
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, HeaderValue, Response};
use serde_json::Value;

/// The answer with the tag of what it shows.
pub fn tagged<B>(mut response: Response<B>, shown: &Value) -> Response<B> {
    if let Ok(tag) = HeaderValue::try_from(etag(shown)) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// The state that a call's change is meant for.
pub fn condition(headers: &HeaderMap) -> Condition {
    if !headers.contains_key(IF_MATCH) {
        return Condition::Missing;
    }
    let texts = headers.get_all(IF_MATCH).iter().filter_map(|header| header.to_str().ok());
    Condition::Matches(texts.flat_map(|text| text.split(',')).map(|tag| tag.trim().to_owned()).collect())
}
