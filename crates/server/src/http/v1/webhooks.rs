//! `/v1/webhooks`: endpoints that are told of events, and what came of telling them. A secret is shown once, when it is
//! made.

use super::caller::{Admitted, admit};
use super::change::{Answer, conditional, current, joined, made, number, repeatable, shown_with, viewer};
use super::condition::tagged;
use super::json;
use super::parameters::Parameters;
use super::problem::Problem;
use super::repeat::replayed;
use crate::app::App;
use crate::settings::webhooks::{self as settings, NewWebhook, WebhookPatch};
use crate::store::types::CurrentSettings;
use crate::store::webhooks::{Attempt, WebhookRow};
use crate::webhooks::{HookUrl, NoKey, NotReady, TestError, between, one, test as send_test};
use axum::extract::{Path, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use rota_core::access::{Section, Subject, reach};
use rota_core::ids::WebhookId;
use rota_core::webhook::MOST_RESENT;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

type One = Path<String>;

impl From<NoKey> for Problem {
    fn from(none: NoKey) -> Self {
        Self::new(StatusCode::CONFLICT, "no_webhook_key", none.to_string())
    }
}

impl From<NotReady> for Problem {
    fn from(reason: NotReady) -> Self {
        match reason {
            NotReady::NoKey(none) => none.into(),
            NotReady::Store(error) => error.into(),
        }
    }
}

/// All of them, in the order they were made, with how they stand.
pub async fn list(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Webhooks)?;
    let mut items = Vec::new();
    let states = app.store.webhook_states(&call.caller.store).await?;
    for row in &current.webhooks {
        let state = states.get(&row.id).copied().unwrap_or_default();
        let state = [("pending", json!(state.pending)), ("failingSince", json!(state.failing_since))];
        items.push(joined(&viewer.webhook(row), &state));
    }
    Ok(json::ok(&json!({ "items": items, "next": null })))
}

pub async fn show(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Webhooks)?;
    let row = found(&current, &id)?;
    let states = app.store.webhook_states(&call.caller.store).await?;
    let state = states.get(&row.id).copied().unwrap_or_default();
    let state = [("pending", json!(state.pending)), ("failingSince", json!(state.failing_since))];
    Ok(shown_with(&viewer.webhook(row), &state))
}

pub async fn add(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let asked = repeatable(&call)?;
    let new: NewWebhook = json::read(&call.headers, &call.body)?;
    may_reach(&app, &new.url)?;
    let current = current(&app, &call).await?;
    may_change(&call, &current)?;
    app.webhooks.ready(&*app.store, app.entropy.as_ref()).await.map_err(Problem::from)?;
    let made = made(&app, &call, settings::add(asked, new, app.clock.now())).await?;
    let mut response = with_secret(&app, &call, StatusCode::CREATED, 1, made)?;
    let id = response.1;
    if let Ok(address) = HeaderValue::try_from(format!("/v1/webhooks/{id}")) {
        response.0.headers_mut().insert(LOCATION, address);
    }
    Ok(response.0)
}

pub async fn set(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let patch: WebhookPatch = json::read(&call.headers, &call.body)?;
    if let Some(url) = &patch.url {
        may_reach(&app, url)?;
    }
    let decide = settings::set(conditional(&call), WebhookId(number(&id)?), patch);
    super::change::changed(&app, &call, decide).await
}

pub async fn remove(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    super::change::changed(&app, &call, settings::remove(conditional(&call), WebhookId(number(&id)?))).await
}

pub async fn rotate(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let asked = repeatable(&call)?;
    let id = WebhookId(number(&id)?);
    let decide = settings::rotate(asked, id, app.clock.now());
    let (shown, is_repeated) = made(&app, &call, decide).await?;
    let now = current(&app, &call).await?;
    let generation = now.webhooks.iter().find(|row| row.id == id).map_or(1, |row| row.generation);
    Ok(with_secret(&app, &call, StatusCode::OK, generation, (shown, is_repeated))?.0)
}

/// Sends a test now, and tells what came of it.
pub async fn test(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    may_change(&call, &current)?;
    let row = found(&current, &id)?;
    let of = (&call.caller.store, row);
    let tested = send_test(&app.webhooks, &*app.store, of, (app.clock.as_ref(), app.entropy.as_ref())).await;
    let (id, attempt) = tested.map_err(|error| match error {
        TestError::Url(rule) => Problem::unfit(vec![("url".into(), rule)]),
        TestError::NoKey(none) => none.into(),
        TestError::Store(error) => error.into(),
    })?;
    Ok(json::ok(&attempted(id, &attempt)))
}

/// What was sent in the last seven days, newest first.
pub async fn attempts(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    viewer(&call, &current, Section::Webhooks)?;
    let row = found(&current, &id)?;
    let parameters = Parameters::read(&call.uri, &["limit", "cursor"])?;
    let (limit, before) = (parameters.limit()?, parameters.cursor()?);
    let store = &call.caller.store;
    let mut rows = app.store.webhook_attempts(store, row.id, before, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|(id, _)| id.to_string());
    let items: Vec<Value> = rows.iter().map(|(id, attempt)| attempted(*id, attempt)).collect();
    Ok(json::ok(&json!({ "items": items, "next": next })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Resend {
    event_id: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

/// Has one event, or those of a time, sent again.
pub async fn resend(State(app): State<Arc<App>>, Path(id): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let asked: Resend = json::read(&call.headers, &call.body)?;
    let current = current(&app, &call).await?;
    may_change(&call, &current)?;
    let row = found(&current, &id)?;
    let (of, now) = ((&call.caller.store, row), app.clock.now());
    let events = match asked {
        Resend { event_id: Some(event), from: None, to: None } => {
            let found = one(&*app.store, of, &event, now).await?;
            found.ok_or_else(|| {
                let rule = "is no event of the last seven days that this endpoint is told of";
                Problem::unfit(vec![("eventId".into(), rule.into())])
            })?
        }
        Resend { event_id: None, from: Some(from), to } => {
            let found = between(&*app.store, of, (from, to.unwrap_or(now)), now);
            let found = tokio::time::timeout(app.deadline, found)
                .await
                .map_err(|_| Problem::unavailable("the deadline passed while events were looked for"))??;
            found.map_err(|many| Problem::unfit(vec![("from".into(), many.to_string())]))?
        }
        _ => return Err(Problem::field("body", "has eventId, or from and perhaps to").into()),
    };
    debug_assert!(events.len() <= MOST_RESENT);
    app.store.resend(&call.caller.store, row.id, &events).await?;
    Ok(json::told(StatusCode::ACCEPTED, &json!({ "events": events.len() })))
}

fn found<'a>(current: &'a CurrentSettings, id: &str) -> Result<&'a WebhookRow, Problem> {
    let id = number(id)?;
    current.webhooks.iter().find(|row| row.id.0 == id).ok_or_else(Problem::not_found)
}

fn may_change(call: &Admitted, current: &CurrentSettings) -> Result<(), Problem> {
    let by = &call.caller.actor;
    let viewer = crate::settings::Viewer::new(by, current);
    let judged = reach(by, Section::Webhooks).to_change(by, Subject::Store, viewer.teams());
    judged.map_err(|barred| crate::store::Refused::from(barred).into())
}

fn may_reach(app: &App, url: &HookUrl) -> Result<(), Problem> {
    app.webhooks.network.judge_url(url).map_err(|rule| Problem::unfit(vec![("url".into(), rule)]))
}

/// What was made, with its secret; the answer to a repeat has none. Also its number.
fn with_secret(
    app: &App,
    call: &Admitted,
    status: StatusCode,
    generation: i64,
    (shown, is_repeated): (Value, bool),
) -> Result<(Response, i64), Problem> {
    let id = shown["id"].as_i64().unwrap_or_default();
    let secret = match is_repeated {
        true => Value::Null,
        false => app.webhooks.secret(&call.caller.store, WebhookId(id), generation)?.into(),
    };
    let response = tagged(json::told(status, &joined(&shown, &[("secret", secret)])), &shown);
    Ok((if is_repeated { replayed(response) } else { response }, id))
}

fn attempted(id: i64, attempt: &Attempt) -> Value {
    let event = (attempt.position > 0).then(|| format!("evt_{}_{}", attempt.position, attempt.part));
    json!({
        "id": id,
        "eventId": event,
        "type": attempt.kind,
        "ticketId": attempt.ticket,
        "at": attempt.at,
        "attempt": attempt.attempt,
        "outcome": attempt.outcome.name(),
        "status": attempt.status,
        "ms": attempt.ms,
        "error": attempt.error,
        "answer": attempt.answer,
    })
}
