//! `/v1/audit`: who changed what of people and settings, newest first.

use super::caller::admit;
use super::change::Answer;
use super::json;
use super::parameters::Parameters;
use super::problem::Problem;
use super::ticket::ActorView;
use crate::app::App;
use crate::settings::Viewer;
use crate::store::types::AuditRow;
use axum::extract::{Request, State};
use rota_core::access::{Section, Subject};
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn list(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    if !Viewer::of_everything(&call.caller.actor).sees(Section::Audit, Subject::Store) {
        return Err(Problem::not_found().into());
    }
    let parameters = Parameters::read(&call.uri, &["limit", "cursor", "subject"])?;
    let (limit, before) = (parameters.limit()?, parameters.cursor()?);
    let subject = parameters.get("subject");
    let mut rows = app.store.audit(&call.caller.store, subject, before, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| row.position.to_string());
    Ok(json::ok(&json!({ "items": rows.iter().map(shown).collect::<Vec<_>>(), "next": next })))
}

fn shown(row: &AuditRow) -> Value {
    json!({
        "position": row.position,
        "at": row.at,
        "by": ActorView::from(&row.by),
        "subject": row.entry.subject,
        "before": row.entry.before,
        "after": row.entry.after,
    })
}
