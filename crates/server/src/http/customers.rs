//! `…-customers/createOrUpdate` and `…-customers/get` (contract 2).

mod merge;
mod read;
mod view;

use super::admission::{Admitted, admit, judge_content_type};
use super::answer::{Refusal, json};
use crate::app::App;
use crate::keys::LiveKey;
use crate::store::types::{CustomerRow, CustomerSet};
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rota_core::access::Actor;
use rota_core::problem::Problems;
use std::sync::Arc;

/// Creates the customer, or updates the one that matches by partnerCustomerId, then phone, then mail address.
pub async fn put(State(app): State<Arc<App>>, request: Request) -> Response {
    let (key, bytes) = match admitted(&app, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let call = match read::put(&bytes) {
        Ok(call) => call,
        Err(problems) => return Refusal::invalid(problems).into_response(),
    };
    let now = app.clock.now();
    let (find, by) = (call.find(), Actor::Key(key.id().clone()));
    let decide = Box::new(move |found: Option<&CustomerRow>| merge::merge(call.clone(), found, now));
    let put = app.store.put_customer(key.store(), &by, find, decide);
    match tokio::time::timeout(app.deadline, put).await {
        Ok(Ok(row)) => told(&row, CustomerSet::ALL),
        Ok(Err(error)) => Refusal::of_store(&error).into_response(),
        Err(_) => {
            Refusal::outcome_unknown("the deadline passed, and the writer will come to it").into_response()
        }
    }
}

/// Looks a customer up, with the parts asked for.
pub async fn get(State(app): State<Arc<App>>, request: Request) -> Response {
    let (key, bytes) = match admitted(&app, request).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let call = match read::get(&bytes) {
        Ok(call) => call,
        Err(problems) => return Refusal::invalid(problems).into_response(),
    };
    let customer = app.store.customer(key.store(), &call.find, call.with);
    match tokio::time::timeout(app.deadline, customer).await {
        Err(_) => Refusal::unavailable("the deadline passed").into_response(),
        Ok(Ok(Some(row))) if row.active => told(&row, call.with),
        Ok(Ok(_)) => {
            let field = if call.find.id.is_some() { "bikCustomerId" } else { "partnerCustomerId" };
            Refusal::invalid(Problems::one(field, "is not a customer of this store")).into_response()
        }
        Ok(Err(error)) => Refusal::of_store(&error).into_response(),
    }
}

/// Admission, then the Content-Type.
async fn admitted(app: &App, request: Request) -> Result<(Arc<LiveKey>, Bytes), Response> {
    let Admitted { key, headers, body } = admit(app, request).await?;
    let mut problems = Problems::default();
    judge_content_type(&headers, &mut problems);
    if problems.is_empty() { Ok((key, body)) } else { Err(Refusal::invalid(problems).into_response()) }
}

fn told(row: &CustomerRow, with: CustomerSet) -> Response {
    json(StatusCode::OK, view::body(row, with))
}
