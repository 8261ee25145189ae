//! `/v1/rejections`: create calls that were refused, newest first.

use super::caller::admit;
use super::change::Answer;
use super::json;
use super::parameters::Parameters;
use super::problem::Problem;
use crate::app::App;
use crate::rejections::shown;
use crate::settings::Viewer;
use axum::extract::{Request, State};
use rota_core::access::{Section, Subject};
use rota_core::ids::KeyId;
use serde_json::json;
use std::sync::Arc;

pub async fn list(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    if !Viewer::of_everything(&call.caller.actor).sees(Section::Rejections, Subject::Store) {
        return Err(Problem::not_found().into());
    }
    let parameters = Parameters::read(&call.uri, &["limit", "cursor", "key"])?;
    let (limit, before) = (parameters.limit()?, parameters.cursor()?);
    let key = parameters.get("key").map(|id| {
        KeyId::new(id).ok_or_else(|| Problem::field("key", "is a key's id, of 1 to 64 characters"))
    });
    let key = key.transpose()?;
    let mut rows = app.store.rejections(&call.caller.store, key.as_ref(), before, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| row.position.to_string());
    Ok(json::ok(&json!({ "items": rows.iter().map(shown).collect::<Vec<_>>(), "next": next })))
}
