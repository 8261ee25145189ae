//! The desk API (desk 2): JSON with camelCase names, problems as in RFC 9457, keys of scope `desk` or a session.

mod caller;
mod json;
mod problem;
mod repeat;
mod ticket;
mod tickets;

use crate::app::App;
use axum::http::Uri;
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;

pub use problem::Problem;
pub use ticket::{COMMANDS, Named};

/// Every path, the methods it allows, and who answers.
pub fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Arc<App>>)> {
    const READ: &str = "GET,HEAD";
    let resources = [
        ("/v1/tickets/{id}", READ, get(ticket::show)),
        ("/v1/tickets/{id}/timeline", READ, get(ticket::timeline)),
        ("/v1/tickets/{id}/why", READ, get(ticket::why)),
        ("/v1/tickets/bulk", "POST", post(tickets::bulk)),
    ];
    let commands = ticket::COMMANDS.iter().map(|(path, named)| {
        (*path, "POST", post(move |app, id, request| ticket::work(*named, app, id, request)))
    });
    resources.into_iter().chain(commands).collect()
}

/// Whether an address belongs to this API, so that its refusals have this API's form.
pub fn is_under(uri: &Uri) -> bool {
    uri.path().starts_with("/v1/") || uri.path() == "/v1"
}
