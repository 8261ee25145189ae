//! The API's own description: OpenAPI 3.1, and pages that show it without asking any other host.

mod openapi;

use super::answer::{Refusal, json};
use axum::extract::Path;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

static OPENAPI: LazyLock<Vec<u8>> = LazyLock::new(openapi::document);
static PAGES: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    // Where no validator is set, Swagger UI asks a public one about the document.
    let config = Config::from("/openapi.json").use_base_layout().deep_linking(true).validator_url("none");
    Arc::new(config.default_models_expand_depth(0).default_model_expand_depth(4))
});
/// The library's own page has another title.
const INDEX: &[u8] = include_bytes!("documentation/index.html");
/// Whatever the page holds, the browser asks no other host. Swagger UI styles its elements in place and has its icons
/// in `data:` addresses.
const POLICY: (HeaderName, &str) = (
    CONTENT_SECURITY_POLICY,
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

pub async fn openapi() -> Response {
    json(StatusCode::OK, OPENAPI.clone())
}

pub async fn index() -> Redirect {
    Redirect::permanent("/docs/index.html")
}

/// One file of the pages.
pub async fn file(Path(name): Path<String>) -> Response {
    if name == "index.html" {
        return shown("text/html; charset=utf-8", Cow::Borrowed(INDEX));
    }
    match utoipa_swagger_ui::serve(&name, PAGES.clone()) {
        Ok(Some(file)) => shown(&file.content_type, file.bytes),
        Ok(None) => Refusal::not_found().into_response(),
        Err(error) => Refusal::internal(error).into_response(),
    }
}

fn shown(kind: &str, bytes: Cow<'static, [u8]>) -> Response {
    ([(CONTENT_TYPE, kind), POLICY], bytes.into_owned()).into_response()
}
