//! The console, the agents' web desk, embedded into the program. Which page an address means is the browser's to find out:
//! all of its addresses answer the same document.

use super::answer::Refusal;
use crate::app::App;
use crate::clock::Entropy;
use crate::percent::encoded;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rust_embed::{Embed, EmbeddedFile};
use std::sync::Arc;

/// The console's files, by their paths in its build.
pub type Files = fn(&str) -> Option<EmbeddedFile>;

/// What `cargo xtask console` built. An unoptimized program reads it where it lies, so that it need not be built anew with it.
#[derive(Embed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
pub struct Built;

const DOCUMENT: &str = "index.html";
/// Where the document says which styles are its own.
const NONCE: &str = "__ROTA_NONCE__";
const MISSING: &str = include_str!("console/missing.html");
const WHICH: &str = include_str!("console/which.html");
/// What the build made of a file besides, the best first: the encoding, and how the name ends.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const NO_SNIFFING: (HeaderName, &str) = (X_CONTENT_TYPE_OPTIONS, "nosniff");
const NOT_KEPT: (HeaderName, &str) = (CACHE_CONTROL, "no-store");
/// The name changes with the content.
const KEPT: &str = "public, max-age=31536000, immutable";

/// Every address of the console.
pub fn routes() -> [(&'static str, MethodRouter<Arc<App>>); 7] {
    [
        ("/", get(front)),
        ("/s/{store}", get(document)),
        ("/s/{store}/invitation", get(document)),
        ("/inbox", get(document)),
        ("/inbox/{view}", get(document)),
        ("/t/{id}", get(document)),
        ("/assets/{*name}", get(asset)),
    ]
}

/// Leads to the store's sign-in where there is one store.
async fn front(State(app): State<Arc<App>>) -> Response {
    match app.store.only_store().await {
        Ok(Some(store)) => {
            let to = [(LOCATION, format!("/s/{}", encoded(store.as_str())))];
            (StatusCode::TEMPORARY_REDIRECT, to, [NOT_KEPT]).into_response()
        }
        Ok(None) => page(StatusCode::OK, WHICH, app.entropy.as_ref()),
        Err(error) => Refusal::of_store(&error).into_response(),
    }
}

async fn document(State(app): State<Arc<App>>) -> Response {
    match (app.console)(DOCUMENT) {
        Some(file) => page(StatusCode::OK, &String::from_utf8_lossy(&file.data), app.entropy.as_ref()),
        None => page(StatusCode::SERVICE_UNAVAILABLE, MISSING, app.entropy.as_ref()),
    }
}

/// A document that may load what is this server's own, and styles that show the answer's nonce.
fn page(status: StatusCode, html: &str, entropy: &dyn Entropy) -> Response {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    let nonce = BASE64.encode(bytes);
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; media-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, &policy),
        (REFERRER_POLICY, "same-origin"),
        (PERMISSIONS_POLICY, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        NO_SNIFFING,
        NOT_KEPT,
    ];
    (status, headers, html.replace(NONCE, &nonce)).into_response()
}

async fn asset(State(app): State<Arc<App>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let path = format!("assets/{name}");
    // Neither a file's other form by itself, nor a way out of the folder.
    let is_none = ENCODINGS.iter().any(|(_, end)| name.ends_with(end)) || name.contains("..");
    let Some(plain) = (app.console)(&path).filter(|_| !is_none) else {
        return Refusal::not_found().into_response();
    };
    let kind = plain.metadata.mimetype().to_owned();
    let taken = ENCODINGS.into_iter().filter(|(encoding, _)| takes(&headers, encoding));
    let encoded =
        taken.filter_map(|(encoding, end)| Some((encoding, (app.console)(&format!("{path}{end}"))?)));
    let (encoding, file) = encoded.map(|(name, file)| (Some(name), file)).next().unwrap_or((None, plain));
    let tag = tag(&file);
    let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|known| names(known, &tag));
    let kept = [(ETAG, tag.as_str()), (CACHE_CONTROL, KEPT), (VARY, "accept-encoding"), NO_SNIFFING];
    if is_known {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    let mut response = (kept, [(CONTENT_TYPE, kind)], file.data.into_owned()).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

/// Whether the client takes this encoding (RFC 9110, section 12.5.3); weights but zero are all the same.
fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|member| {
        let (name, weight) = member.split_once(';').unwrap_or((member, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(1.0);
        name.trim().eq_ignore_ascii_case(encoding) && weight > 0.0
    })
}

fn tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    format!("\"{}\"", BASE64.encode(&hash[..15]))
}

/// Whether an `If-None-Match` names the tag (RFC 9110, section 13.1.2).
fn names(known: &HeaderValue, tag: &str) -> bool {
    let known = known.to_str().unwrap_or_default();
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}
