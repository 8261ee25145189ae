//! `/v1/keys`: API keys. A token is shown once, when its key is made.

use super::caller::{Admitted, admit};
use super::change::{Answer, changed, conditional, current, joined, made, repeatable, shown_with, viewer};
use super::json;
use super::problem::Problem;
use super::repeat::replayed;
use crate::app::App;
use crate::keys::{self, SCOPES};
use crate::settings;
use crate::store::types::ApiKey;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use rota_core::access::Section;
use rota_core::ids::KeyId;
use rota_core::text::Title;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

type One = Path<String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewKey {
    name: Title,
    scopes: BTreeSet<String>,
    /// Requests a second, per node.
    rate: Option<NonZeroU32>,
    expires_at: Option<Timestamp>,
}

/// All of them, in the order they were made, with their last use.
pub async fn list(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Keys)?;
    let show = |key: &ApiKey| joined(&viewer.key(key), &[("lastUsedAt", json!(key.last_used_at))]);
    let items: Vec<Value> = current.keys.iter().map(show).collect();
    Ok(json::ok(&json!({ "items": items, "next": null })))
}

/// The answer to a repeat has no token: it is not kept anywhere.
pub async fn add(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let asked = repeatable(&call)?;
    let (key, token) = read(&app, &call)?;
    let (shown_key, is_repeated) = made(&app, &call, settings::keys::add(asked, key)).await?;
    if is_repeated {
        let again = joined(&shown_key, &[("token", Value::Null)]);
        return Ok(replayed(json::told(StatusCode::CREATED, &again)));
    }
    Ok(json::told(StatusCode::CREATED, &joined(&shown_key, &[("token", token.into())])))
}

pub async fn show(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Keys)?;
    let key = current.keys.iter().find(|key| key.id.as_str() == id).ok_or_else(Problem::not_found)?;
    Ok(shown_with(&viewer.key(key), &[("lastUsedAt", json!(key.last_used_at))]))
}

pub async fn revoke(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let id = KeyId::new(&id).ok_or_else(Problem::not_found)?;
    let decide = settings::keys::revoke(conditional(&call), id, app.clock.now());
    changed(&app, &call, decide).await
}

fn read(app: &App, call: &Admitted) -> Result<(ApiKey, String), Problem> {
    let NewKey { name, scopes, rate, expires_at } = json::read(&call.headers, &call.body)?;
    let unknown = scopes.iter().find(|scope| !SCOPES.contains(&scope.as_str()));
    if unknown.is_some() || scopes.is_empty() {
        return Err(Problem::field("scopes", format!("has one or more of {}", SCOPES.join(", "))));
    }
    let store = call.caller.store.clone();
    let scopes = scopes.into_iter().collect();
    let (key, token) =
        keys::new_key(store, name.as_str().into(), scopes, app.clock.as_ref(), app.entropy.as_ref());
    Ok((ApiKey { rate: rate.map(NonZeroU32::get), expires_at, ..key }, token))
}
