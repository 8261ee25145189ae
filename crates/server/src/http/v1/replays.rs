//! `/v1/replays`: the past by a draft of the settings, told as lines of JSON while it goes on. Nothing is kept of it.

use super::caller::admit;
use super::change::{Answer, current, viewer};
use super::json;
use super::problem::Problem;
use super::rules::may_draft;
use crate::app::App;
use crate::replay::{self, Draft, Failure, Plan, Report, Watch};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::Stream;
use futures_util::stream::unfold;
use jiff::Timestamp;
use rota_core::access::Section;
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Interval, interval};

/// How often progress is told: at least every second.
const TELL: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    draft: Draft,
}

pub async fn replay(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    may_draft(&call, &viewer(&call, &current, Section::RuleDrafts)?)?;
    let Asked { from, to, draft } = json::read(&call.headers, &call.body)?;
    let period = replay::period(from, to, app.clock.now())
        .map_err(|(field, rule)| Problem::unfit(vec![(field.into(), rule)]))?;
    let drafted = draft.apply(&current)?;
    let plan = Plan::new(&call.caller.store, period, &current, drafted)?;
    let turn = app.replays.clone().try_acquire_owned().map_err(|_| is_under_way())?;
    let watch = Arc::new(Watch::default());
    let (store, watched) = (app.store.clone(), watch.clone());
    let work = tokio::spawn(async move {
        let ended = replay::run(&*store, plan, watched).await;
        drop(turn);
        ended
    });
    let body = Body::from_stream(lines(Telling { work, watch, ticks: interval(TELL), ended: false }));
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/jsonl"));
    Ok(response)
}

fn is_under_way() -> Problem {
    let detail = "another replay is under way here; try again when it is done";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "replay_under_way", detail)
        .with_header(RETRY_AFTER, HeaderValue::from_static("10"))
}

/// A replay and who waits for it: once nobody does, it is given up.
struct Telling {
    work: JoinHandle<Result<Report, Failure>>,
    watch: Arc<Watch>,
    ticks: Interval,
    ended: bool,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.watch.give_up();
    }
}

fn lines(telling: Telling) -> impl Stream<Item = Result<Bytes, Infallible>> {
    unfold(telling, async |mut telling| {
        if telling.ended {
            return None;
        }
        let line = tokio::select! {
            biased;
            ended = &mut telling.work => {
                telling.ended = true;
                last_line(ended.unwrap_or_else(|error| Err(Failure::Broken(error.to_string()))))
            }
            _ = telling.ticks.tick() => {
                let done = (telling.watch.done() * 1000.0).floor() / 1000.0;
                json!({ "progress": done, "tickets": telling.watch.tickets() })
            }
        };
        Some((Ok(format!("{line}\n").into()), telling))
    })
}

fn last_line(ended: Result<Report, Failure>) -> Value {
    match ended {
        Ok(report) => json!({ "report": report }),
        Err(failure) => {
            tracing::warn!(error = %failure, "a replay failed");
            json!({ "error": problem(failure).body() })
        }
    }
}

fn problem(failure: Failure) -> Problem {
    match failure {
        Failure::Store(error) => error.into(),
        Failure::TooMany(_) => Problem::unfit(vec![("from".into(), failure.to_string())]),
        Failure::GivenUp | Failure::Broken(_) => Problem::internal(failure),
    }
}
