//! The desk API (desk 2): JSON with camelCase names, problems as in RFC 9457, keys of scope `desk` or a session.

mod agent_access;
mod agents;
mod audit;
mod caller;
mod change;
mod channels;
mod condition;
mod customers;
mod directory;
mod floor;
mod json;
mod keys;
mod labels;
mod ledger;
mod origin;
mod parameters;
mod people;
mod problem;
mod rejections;
mod repeat;
mod replays;
mod rules;
mod session;
mod settings;
mod stages;
mod stream;
mod teams;
mod ticket;
mod tickets;
mod viewing;
mod views;
mod webhooks;

use crate::app::App;
use axum::http::Uri;
use axum::routing::{MethodRouter, delete, get, post, put};
use std::sync::Arc;

pub use problem::Problem;
pub use ticket::{ActorView, COMMANDS, CustomerView, Named, TicketView, content, preview};

const READ: &str = "GET,HEAD";

/// A path, the methods it allows, and who answers.
type Route = (&'static str, &'static str, MethodRouter<Arc<App>>);

/// Every path.
pub fn routes() -> Vec<Route> {
    let resources = [
        ("/v1/tickets", READ, get(tickets::list)),
        ("/v1/tickets/export", READ, get(tickets::export)),
        ("/v1/tickets/{id}", READ, get(ticket::show)),
        ("/v1/tickets/{id}/timeline", READ, get(ticket::timeline)),
        ("/v1/tickets/{id}/why", READ, get(ticket::why)),
        ("/v1/directory", READ, get(directory::show)),
        ("/v1/floor", READ, get(floor::show)),
        ("/v1/ledger", READ, get(ledger::show)),
        ("/v1/replays", "POST", post(replays::replay)),
        ("/v1/rejections", READ, get(rejections::list)),
        ("/v1/stream", READ, get(stream::show)),
        ("/v1/tickets/bulk", "POST", post(tickets::bulk)),
        ("/v1/views", "GET,HEAD,POST", get(views::list).post(views::add)),
        ("/v1/views/{id}", "GET,HEAD,DELETE,PATCH", get(views::show).patch(views::set).delete(views::remove)),
    ];
    let commands = ticket::COMMANDS.iter().map(|(path, named)| {
        (*path, "POST", post(move |app, id, request| ticket::work(*named, app, id, request)))
    });
    resources.into_iter().chain(commands).chain(signing_in()).chain(people::routes()).collect()
}

fn signing_in() -> [Route; 9] {
    [
        ("/v1/session/viewing", "PUT", put(viewing::put)),
        ("/v1/session/activity", "POST", post(session::stay)),
        ("/v1/session", "GET,HEAD,POST,DELETE", get(session::show).post(session::begin).delete(session::end)),
        ("/v1/session/invitation", "POST", post(session::accept)),
        (
            "/v1/session/notifications",
            "GET,HEAD,PUT",
            get(session::notifications::show).put(session::notifications::choose),
        ),
        ("/v1/sessions", READ, get(session::list)),
        ("/v1/sessions/{id}", "DELETE", delete(session::end_one)),
        ("/v1/agents/{id}/invitation", "POST", post(agent_access::invite)),
        (
            "/v1/agents/{id}/sessions",
            "GET,HEAD,DELETE",
            get(agent_access::sessions).delete(agent_access::end_sessions),
        ),
    ]
}

/// Whether an address belongs to this API, so that its refusals have this API's form.
pub fn is_under(uri: &Uri) -> bool {
    uri.path().starts_with("/v1/") || uri.path() == "/v1"
}
