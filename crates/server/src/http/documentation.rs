//! The API's own description: OpenAPI 3.1, and pages that show it without asking any other host.

mod openapi;

use super::answer::{Refusal, json};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

static PAGES: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| Arc::new(Config::from("/openapi.json")));
static OPENAPI: LazyLock<Vec<u8>> = LazyLock::new(openapi::document);

pub async fn openapi() -> Response {
    json(StatusCode::OK, OPENAPI.clone())
}

pub async fn index() -> Redirect {
    Redirect::permanent("/docs/index.html")
}

/// One file of the pages.
pub async fn file(Path(name): Path<String>) -> Response {
    match utoipa_swagger_ui::serve(&name, PAGES.clone()) {
        Ok(Some(file)) => ([(CONTENT_TYPE, file.content_type)], file.bytes.into_owned()).into_response(),
        Ok(None) => Refusal::not_found().into_response(),
        Err(error) => Refusal::internal(error).into_response(),
    }
}
