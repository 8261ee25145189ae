//! ETags and If-Match: nobody changes what they have not seen as it is.

use crate::settings::etag;
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

/// The tags that a call gives as what it has seen; `None` where it gives none.
#[derive(Debug, Clone)]
pub struct Seen(Option<Vec<String>>);

impl Seen {
    pub fn of(headers: &HeaderMap) -> Self {
        if !headers.contains_key(IF_MATCH) {
            return Self(None);
        }
        let texts = headers.get_all(IF_MATCH).iter().filter_map(|header| header.to_str().ok());
        Self(Some(texts.flat_map(|text| text.split(',')).map(|tag| tag.trim().to_owned()).collect()))
    }

    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Whether one of the tags is that of `shown`, or any will do.
    pub fn fits(&self, shown: &Value) -> bool {
        let own = etag(shown);
        self.0.iter().flatten().any(|tag| *tag == own || tag == "*")
    }
}
