//! `/v1/rules`: the whole list at once, for the order of its entries means something; and drafts of it.

use super::caller::{Admitted, admit};
use super::change::{Answer, changed, conditional, current, shown, viewer};
use super::json;
use super::problem::Problem;
use crate::app::App;
use crate::intake::Unanswered;
use crate::settings::Viewer;
use crate::settings::rules::{self, RuleEntry, RuleList};
use crate::store::Refused;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use rota_core::access::{Section, Subject, reach};
use rota_core::ids::KeyId;
use rota_core::intake::{self, Call};
use rota_core::problem::Problems;
use rota_core::receipt::ReceiptView;
use rota_core::request;
use rota_core::rules::Matcher;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn show(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Rules)?;
    Ok(shown(StatusCode::OK, &viewer.rules(&current.rules)))
}

pub async fn set(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let list = json::read(&call.headers, &call.body)?;
    changed(&app, &call, rules::set(conditional(&call), list)).await
}

/// Looks a draft through as [`set`] would; nothing is saved.
pub async fn check(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::RuleDrafts)?;
    may_draft(&call, &viewer)?;
    let list: RuleList = json::read(&call.headers, &call.body)?;
    let drafted = rules::checked(&current, &list)?;
    Ok(shown(StatusCode::OK, &viewer.rules(&drafted)))
}

/// A draft and a ticket as it would be posted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Trial {
    rules: Vec<RuleEntry>,
    ticket: Value,
}

/// Decides on a ticket as if the draft were in force; nothing is written.
pub async fn attempt(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    may_draft(&call, &viewer(&call, &current, Section::RuleDrafts)?)?;
    let Trial { rules, ticket } = json::read(&call.headers, &call.body)?;
    let drafted = rules::drafted(&current, &RuleList { rules })?;
    let body = ticket.to_string();
    let tried = Call {
        store: call.caller.store.clone(),
        by: KeyId::new("trial").expect("a word is an id"),
        idempotency_key: None,
        body_hash: [0; 32],
        request: request::parse(body.as_bytes()).request,
        dry_run: true,
        rules: Some(Arc::new(Matcher::new(&drafted))),
    };
    let told = match app.intake.submit(tried).await {
        Ok(intake::Answer::DryRun(created, receipt)) => {
            let names = app.store.receipt_names(&call.caller.store, &receipt).await?;
            json!({ "ticket": created, "receipt": ReceiptView::new(&receipt, &names) })
        }
        Ok(intake::Answer::Invalid(problems)) => return Err(of_ticket(problems).into()),
        Ok(_) => return Err(Problem::internal("a dry run was answered as a call").into()),
        Err(Unanswered::Refused) => return Err(Problem::unavailable("the queue is full").into()),
        Err(Unanswered::NotWritten(error) | Unanswered::Unknown(error)) => return Err(error.into()),
    };
    Ok(json::ok(&told))
}

fn of_ticket(problems: Problems) -> Problem {
    let field = |problem: rota_core::problem::Problem| {
        (format!("ticket.{}", problem.field), problem.detail.to_string())
    };
    Problem::unfit(problems.into_iter().map(field).collect())
}

pub(super) fn may_draft(call: &Admitted, viewer: &Viewer<'_>) -> Result<(), Problem> {
    let actor = &call.caller.actor;
    let drafts = reach(actor, Section::RuleDrafts).to_change(actor, Subject::Store, viewer.teams());
    drafts.map_err(|barred| Refused::from(barred).into())
}
