//! `POST /integrations/bikPlatformFunctions-createAndAssignTicket`: contract part 1, to the letter.

use super::admission::{Admitted, admit, judge_content_type, single};
use super::answer::{Refusal, json};
use crate::app::App;
use crate::intake::Unanswered;
use crate::percent::encoded;
use crate::rejections::Refused;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rota_core::intake::{Answer, Call};
use rota_core::problem::Problems;
use rota_core::receipt::{Receipt, ReceiptView};
use rota_core::request::{self, Parsed};
use rota_core::ticket::Created;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::sync::Arc;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const DRY_RUN: HeaderName = HeaderName::from_static("rota-dry-run");
const IGNORED_FIELDS: HeaderName = HeaderName::from_static("rota-ignored-fields");
/// As it stands in a 400.
const DRY_RUN_FIELD: &str = "Rota-Dry-Run";
const TRUE: HeaderValue = HeaderValue::from_static("true");
/// The longest list of ignored fields that is told back, in bytes.
const MAX_IGNORED_BYTES: usize = 1024;
const MAX_KEY_CHARS: usize = 255;

pub async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    match admit(&app, request).await {
        Ok(call) => answer(&app, &call).await,
        Err(response) => response,
    }
}

/// Syntax of the Idempotency-Key, then the kept answer or the body (contract 1, Retries: order).
async fn answer(app: &App, call: &Admitted) -> Response {
    let Admitted { key, headers, body } = call;
    let (dry_run, of_headers) = judge_headers(headers);
    let idempotency_key = match idempotency_key(headers) {
        Ok(key) => key,
        Err(problems) => {
            let response = Refusal::invalid(problems).into_response();
            note(app, call, dry_run, &[], &response);
            return response;
        }
    };
    let Parsed { request, ignored } = request::parse(body);
    // Whether the Idempotency-Key counts is for Rota-Dry-Run to say, so a broken one is told before any record.
    let hopeless = of_headers.names(DRY_RUN_FIELD) || request.is_err() && idempotency_key.is_none();
    let request = joined(of_headers, request);
    let mut response = match request {
        Err(problems) if hopeless => Refusal::invalid(problems).into_response(),
        request => {
            let body_hash = Sha256::digest(body).into();
            let (store, by) = (key.store().clone(), key.id().clone());
            submit(app, Call { store, by, idempotency_key, body_hash, request, dry_run, rules: None }).await
        }
    };
    note(app, call, dry_run, &ignored, &response);
    if let Some(names) = ignored_fields(&ignored) {
        response.headers_mut().insert(IGNORED_FIELDS, names);
    }
    response
}

/// Notes what became of the call, beside the answer; a dry run leaves nothing.
fn note(app: &App, call: &Admitted, dry_run: bool, ignored: &[String], response: &Response) {
    match response.status() {
        _ if dry_run => {}
        StatusCode::OK => app.rejections.succeeded(&call.key),
        status @ (StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) => {
            let problems = response.extensions().get();
            let refused = Refused { status: status.as_u16(), problems, ignored, body: &call.body };
            app.rejections.rejected(&call.key, &refused);
        }
        _ => {}
    }
}

/// The Idempotency-Key, where there is one.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<Box<str>>, Problems> {
    const FIELD: &str = "Idempotency-Key";
    let given = single(headers, &IDEMPOTENCY_KEY).map_err(|rule| Problems::one(FIELD, rule))?;
    let Some(value) = given else { return Ok(None) };
    let bytes = value.as_bytes();
    if bytes.is_empty() || bytes.len() > MAX_KEY_CHARS || !bytes.iter().all(u8::is_ascii_graphic) {
        return Err(Problems::one(FIELD, "must have 1 to 255 visible ASCII characters"));
    }
    Ok(value.to_str().ok().map(Into::into))
}

/// Whether it is a dry run, and what is wrong with the headers that are judged with the body.
fn judge_headers(headers: &HeaderMap) -> (bool, Problems) {
    let mut problems = Problems::default();
    judge_content_type(headers, &mut problems);
    let dry_run = match single(headers, &DRY_RUN).map(|value| value.map(HeaderValue::as_bytes)) {
        Ok(None | Some(b"false")) => false,
        Ok(Some(b"true")) => true,
        Ok(Some(_)) => {
            problems.add(DRY_RUN_FIELD, "must be true or false");
            false
        }
        Err(rule) => {
            problems.add(DRY_RUN_FIELD, rule);
            false
        }
    };
    (dry_run, problems)
}

fn joined<T>(mut problems: Problems, request: Result<T, Problems>) -> Result<T, Problems> {
    match request {
        Ok(request) if problems.is_empty() => Ok(request),
        Ok(_) => Err(problems),
        Err(of_body) => {
            of_body.into_iter().for_each(|problem| problems.add(problem.field, problem.detail));
            Err(problems)
        }
    }
}

async fn submit(app: &App, call: Call) -> Response {
    match app.intake.submit(call).await {
        Ok(Answer::Created(created, _)) => success(&created),
        Ok(Answer::Replayed(created)) => {
            let mut response = success(&created);
            response.headers_mut().insert(IDEMPOTENT_REPLAYED, TRUE);
            response
        }
        Ok(Answer::DryRun(created, receipt)) => dry_run(app, &created, &receipt).await,
        Ok(Answer::KeyReused) => Refusal::key_reused().into_response(),
        Ok(Answer::Invalid(problems)) => Refusal::invalid(problems).into_response(),
        Err(Unanswered::Refused) => Refusal::unavailable("the queue is full").into_response(),
        Err(Unanswered::NotWritten(error)) => Refusal::of_store(&error).into_response(),
        Err(Unanswered::Unknown(error)) => Refusal::outcome_unknown(error).into_response(),
    }
}

#[derive(Serialize)]
struct Success<'a, T> {
    status: u16,
    success: bool,
    data: &'a T,
}

#[derive(Serialize)]
struct TicketData<'a> {
    ticket: &'a Created,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<ReceiptView>,
}

fn success(created: &Created) -> Response {
    told(created, None)
}

fn told(created: &Created, receipt: Option<ReceiptView>) -> Response {
    let data = TicketData { ticket: created, receipt };
    let body = Success { status: 200, success: true, data: &data };
    json(StatusCode::OK, serde_json::to_vec(&body).expect("texts and numbers serialize"))
}

/// The decision with its receipt, in words and names.
async fn dry_run(app: &App, created: &Created, receipt: &Receipt) -> Response {
    match app.store.receipt_names(&created.store_id, receipt).await {
        Ok(names) => {
            let mut response = told(created, Some(ReceiptView::new(receipt, &names)));
            response.headers_mut().insert(DRY_RUN, TRUE);
            response
        }
        Err(error) => Refusal::of_store(&error).into_response(),
    }
}

/// Names percent-encoded, separated by a comma and a space; one that does not fit is left out. `None` when there is none.
fn ignored_fields(names: &[String]) -> Option<HeaderValue> {
    let mut told = String::new();
    for name in names {
        let name = encoded(name);
        let separator = if told.is_empty() { "" } else { ", " };
        if told.len() + separator.len() + name.len() > MAX_IGNORED_BYTES {
            continue;
        }
        told.push_str(separator);
        told.push_str(&name);
    }
    let value = || HeaderValue::from_str(&told).expect("percent-encoded text is visible ASCII");
    (!told.is_empty()).then(value)
}
