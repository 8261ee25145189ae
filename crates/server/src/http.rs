//! The HTTP front: contract parts 1 and 2, the desk API, the console, health, metrics and the API's own description.

mod admission;
mod answer;
mod body;
pub mod console;
mod create_ticket;
mod customers;
mod documentation;
mod health;
mod partner_key;
mod request_id;
mod v1;

use crate::app::App;
use answer::Refusal;
use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;
use v1::Problem;

pub use request_id::{RequestIds, respond};
pub use v1::{ActorView, CustomerView, TicketView, content, preview};

/// Where the create call lives; the one path that is worth a look-up of its own.
pub const CREATE_TICKET: &str = "/integrations/bikPlatformFunctions-createAndAssignTicket";
const PARTNER_KEY: &str = "/integrations/bikPlatformFunctions-authPartnerViaKey";
pub const PUT_CUSTOMER: &str = "/integrations/bikPlatformFunctions-customers/createOrUpdate";
const GET_CUSTOMER: &str = "/integrations/bikPlatformFunctions-customers/get";

/// 404 and 405 need no key (contract 1, Authentication).
pub fn router(app: Arc<App>) -> Router {
    let router = routes().into_iter().fold(Router::new(), |router, (path, allow, methods)| {
        router.route(path, methods.fallback(move |request| not_allowed(allow, request)))
    });
    router.fallback(no_such_path).with_state(app)
}

/// Every path, the methods it allows, and who answers.
fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Arc<App>>)> {
    const READ: &str = "GET,HEAD";
    let outside = [
        (CREATE_TICKET, "POST", post(create_ticket::handle)),
        (PARTNER_KEY, "POST", post(partner_key::handle)),
        (PUT_CUSTOMER, "POST", post(customers::put)),
        (GET_CUSTOMER, "POST", post(customers::get)),
        ("/healthz", READ, get(health::alive)),
        ("/readyz", READ, get(health::ready)),
        ("/metrics", READ, get(health::metrics)),
        ("/openapi.json", READ, get(documentation::openapi)),
        ("/docs", READ, get(documentation::index)),
        ("/docs/{file}", READ, get(documentation::file)),
    ];
    let console = console::routes().map(|(path, methods)| (path, READ, methods));
    outside.into_iter().chain(console).chain(v1::routes()).collect()
}

async fn not_allowed(allow: &'static str, request: Request) -> Response {
    let (parts, unread) = request.into_parts();
    if v1::is_under(&parts.uri) {
        return body::refuse(&parts.headers, unread, Problem::not_allowed(allow));
    }
    body::refuse(&parts.headers, unread, Refusal::method_not_allowed(allow))
}

async fn no_such_path(request: Request) -> Response {
    let (parts, unread) = request.into_parts();
    if v1::is_under(&parts.uri) {
        return body::refuse(&parts.headers, unread, Problem::not_found());
    }
    body::refuse(&parts.headers, unread, Refusal::not_found())
}
