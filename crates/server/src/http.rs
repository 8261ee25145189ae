//! The HTTP front: contract parts 1 and 2, health, metrics and the API's own description.

mod answer;
mod body;
mod create_ticket;
mod customers;
mod documentation;
mod health;
mod partner_key;
mod request_id;

use crate::app::App;
use answer::Refusal;
use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;

pub use request_id::{RequestIds, respond};

/// Where the create call lives; the one path that is worth a look-up of its own.
pub const CREATE_TICKET: &str = "/integrations/bikPlatformFunctions-createAndAssignTicket";
const PARTNER_KEY: &str = "/integrations/bikPlatformFunctions-authPartnerViaKey";
const PUT_CUSTOMER: &str = "/integrations/bikPlatformFunctions-customers/createOrUpdate";
const GET_CUSTOMER: &str = "/integrations/bikPlatformFunctions-customers/get";

/// All routes. 404 and 405 need no key (contract 1, Authentication).
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(CREATE_TICKET, only("POST", post(create_ticket::handle)))
        .route(PARTNER_KEY, only("POST", post(partner_key::handle)))
        .route(PUT_CUSTOMER, only("POST", post(customers::put)))
        .route(GET_CUSTOMER, only("POST", post(customers::get)))
        .route("/healthz", only("GET,HEAD", get(health::alive)))
        .route("/readyz", only("GET,HEAD", get(health::ready)))
        .route("/metrics", only("GET,HEAD", get(health::metrics)))
        .route("/openapi.json", only("GET,HEAD", get(documentation::openapi)))
        .route("/docs", only("GET,HEAD", get(documentation::index)))
        .route("/docs/{file}", only("GET,HEAD", get(documentation::file)))
        .fallback(no_such_path)
        .with_state(app)
}

fn only(allow: &'static str, methods: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    methods.fallback(move |request: Request| async move {
        body::linger(request.into_body());
        Refusal::method_not_allowed(allow).into_response()
    })
}

async fn no_such_path(request: Request) -> Response {
    body::linger(request.into_body());
    Refusal::not_found().into_response()
}
