//! `GET /v1/tickets`: one page of what is searched and filtered.

use crate::app::App;
use crate::http::v1::caller::{Admitted, Caller, admit};
use crate::http::v1::json::ok;
use crate::http::v1::problem::Problem;
use crate::http::v1::ticket::TicketView;
use crate::query_string::pairs;
use crate::store::types::{Found, TicketRow};
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use rota_core::problem::Problems;
use rota_core::search::Listing;
use serde_json::json;
use std::sync::Arc;

pub async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    listed(&app, &call).await.unwrap_or_else(Problem::into_response)
}

async fn listed(app: &App, call: &Admitted) -> Result<Response, Problem> {
    let (own, pairs): (Vec<_>, Vec<_>) =
        parameters(&call.uri)?.into_iter().partition(|(name, _)| name == "include");
    let include = Include::parse(&own)?;
    let listing = Listing::parse(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    let Found { tickets, next, up_to_date } = found(app, &call.caller, &listing).await?;
    let view = |row| include.view(row);
    let items: Vec<_> = tickets.iter().map(view).collect();
    Ok(ok(&json!({ "items": items, "next": next.map(|next| next.to_string()), "upToDate": up_to_date })))
}

/// What each ticket of a list is told with.
#[derive(Default)]
struct Include {
    customer: bool,
    preview: bool,
}

impl Include {
    fn parse(given: &[(String, String)]) -> Result<Self, Problem> {
        let mut include = Self::default();
        let names = match given {
            [] => return Ok(include),
            [(_, names)] => names,
            _ => return Err(Problem::field("include", "comes twice")),
        };
        for name in names.split(',') {
            match name {
                "customer" => include.customer = true,
                "preview" => include.preview = true,
                _ => return Err(Problem::field("include", format!("{name:?} is none of customer, preview"))),
            }
        }
        Ok(include)
    }

    fn view(&self, row: &TicketRow) -> TicketView {
        let mut view = TicketView::listed(row);
        if self.customer {
            view = view.with_customer(row);
        }
        if self.preview {
            view = view.with_preview(row);
        }
        view
    }
}

pub fn parameters(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    pairs(uri.query().unwrap_or_default()).map_err(|error| Problem::field("query", error.to_string()))
}

pub async fn found(app: &App, caller: &Caller, listing: &Listing) -> Result<Found, Problem> {
    let found = tokio::time::timeout(app.deadline, app.store.find(&caller.store, &caller.actor, listing));
    Ok(found.await.map_err(|_| Problem::unavailable("the deadline passed while tickets were found"))??)
}

impl From<Problems> for Problem {
    fn from(problems: Problems) -> Self {
        let told = problems.into_iter().map(|problem| (problem.field.into(), problem.detail.into()));
        Self::malformed(told.collect())
    }
}
