//! `/v1/customers`

use super::caller::{Admitted, admit};
use super::change::{Answer, changed, conditional, made, repeatable, shown};
use super::json;
use super::parameters::Parameters;
use super::problem::Problem;
use super::repeat::replayed;
use crate::app::App;
use crate::settings::customers::{self, CustomerPatch};
use crate::settings::{self, Asked, Condition, Given, Viewer};
use crate::store::types::{CustomerKey, CustomerRow, CustomerSet};
use axum::extract::{Path, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use rota_core::access::{Section, Subject};
use rota_core::address::{PhoneNumber, email_key};
use rota_core::ids::CustomerId;
use serde_json::{Value, json};
use std::sync::Arc;

type One = Path<String>;

/// All in the order of their ids, or the one that a whole address names.
pub async fn list(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let viewer = viewer(&call)?;
    let known = ["limit", "cursor", "phone", "email", "partnerCustomerId"];
    let parameters = Parameters::read(&call.uri, &known)?;
    if let Some(key) = key(&parameters)? {
        let found = app.store.customer(&call.caller.store, &key, CustomerSet::default()).await?;
        let items: Vec<Value> = found.iter().map(|row| viewer.customer_in_list(row)).collect();
        return Ok(json::ok(&json!({ "items": items, "next": null })));
    }
    let limit = parameters.limit()?;
    let after = match parameters.get("cursor") {
        None => None,
        Some(text) => {
            Some(CustomerId::new(text).ok_or_else(|| Problem::field("cursor", "is empty or too long"))?)
        }
    };
    let mut rows = app.store.customers(&call.caller.store, after.as_ref(), limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| row.id.clone());
    let items: Vec<Value> = rows.iter().map(|row| viewer.customer_in_list(row)).collect();
    Ok(json::ok(&json!({ "items": items, "next": next })))
}

pub async fn add(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let asked = repeatable(&call)?;
    let new: CustomerPatch = json::read(&call.headers, &call.body)?;
    if !matches!((&new.phone, &new.email), (Given::Value(_), _) | (_, Given::Value(_))) {
        return Err(Problem::field("phone", "is required when email is not given").into());
    }
    let (made, is_repeated) = made(&app, &call, customers::add(asked, new, app.clock.now())).await?;
    let id = made["id"].as_str().unwrap_or_default();
    // Of a customer nothing is kept but the id: it is told as the customer is now.
    let mut response = if is_repeated {
        replayed(shown(StatusCode::CREATED, &whole(&app, &call, id).await?))
    } else {
        shown(StatusCode::CREATED, &made)
    };
    if let Ok(address) = HeaderValue::try_from(format!("/v1/customers/{id}")) {
        response.headers_mut().insert(LOCATION, address);
    }
    Ok(response)
}

pub async fn show(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    Ok(shown(StatusCode::OK, &whole(&app, &call, &id).await?))
}

pub async fn set(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let patch = json::read(&call.headers, &call.body)?;
    let decide = customers::set(conditional(&call), customer_id(&id)?, patch, app.clock.now());
    changed(&app, &call, decide).await
}

pub async fn archive(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let decide = customers::archive(conditional(&call), customer_id(&id)?, app.clock.now());
    changed(&app, &call, decide).await
}

/// Done when it answers. Where it does not, it has begun: the same call again goes on.
pub async fn erase(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let id = customer_id(&id)?;
    let by = call.caller.actor.clone();
    let asked = Asked { by, condition: Condition::Any, keep: None };
    let erased = settings::customers::erase_all(&*app.store, &call.caller.store, asked, &id, app.clock.now());
    Ok(told(erased.await??))
}

fn told(erased: Value) -> Response {
    shown(StatusCode::OK, &erased)
}

async fn whole(app: &App, call: &Admitted, id: &str) -> Result<Value, Problem> {
    found(app, call, &customer_id(id)?).await?.ok_or_else(Problem::not_found)
}

/// The customer with all of their parts.
pub async fn found(app: &App, call: &Admitted, id: &CustomerId) -> Result<Option<Value>, Problem> {
    let viewer = viewer(call)?;
    let key = CustomerKey { id: Some(id.clone()), ..CustomerKey::default() };
    let found: Option<CustomerRow> = app.store.customer(&call.caller.store, &key, CustomerSet::ALL).await?;
    Ok(found.map(|row| viewer.customer(&row)))
}

fn viewer(call: &Admitted) -> Result<Viewer<'_>, Problem> {
    let viewer = Viewer::of_everything(&call.caller.actor);
    if viewer.sees(Section::Customers, Subject::Store) { Ok(viewer) } else { Err(Problem::not_found()) }
}

/// What a customer is looked for by, where that is asked.
fn key(parameters: &Parameters) -> Result<Option<CustomerKey>, Problem> {
    let phone = parameters.get("phone").map(|text| {
        PhoneNumber::new(text).ok_or_else(|| Problem::field("phone", "is not a number in E.164 form"))
    });
    let key = CustomerKey {
        id: None,
        partner_id: parameters.get("partnerCustomerId").map(str::to_owned),
        phone: phone.transpose()?.map(|phone| phone.as_str().to_owned()),
        email_key: parameters.get("email").map(email_key),
    };
    let is_asked = key.partner_id.is_some() || key.phone.is_some() || key.email_key.is_some();
    Ok(is_asked.then_some(key))
}

fn customer_id(id: &str) -> Result<CustomerId, Problem> {
    CustomerId::new(id).ok_or_else(Problem::not_found)
}
