//! What one is mailed about.

use super::super::caller::{Admitted, admit};
use super::super::json::{self, ok};
use super::super::problem::Problem;
use crate::app::App;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use rota_core::mail::{Choice, Occasion, usual};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Each occasion, and whether it is mailed.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Occasions {
    assigned: bool,
    mentioned: bool,
    waiting_too_long: bool,
}

/// What is chosen; null is the usual again.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    mail: Option<Occasions>,
}

#[derive(Serialize)]
struct NotificationsView {
    mail: Occasions,
    /// Whether it was chosen, and is not the usual of the role.
    chosen: bool,
    /// Whether this server sends mail at all.
    sent: bool,
}

impl Occasions {
    fn of(choice: &Choice) -> Self {
        let has = |occasion| choice.contains(&occasion);
        Self {
            assigned: has(Occasion::Assigned),
            mentioned: has(Occasion::Mentioned),
            waiting_too_long: has(Occasion::WaitingTooLong),
        }
    }

    fn choice(&self) -> Choice {
        let all = [
            (self.assigned, Occasion::Assigned),
            (self.mentioned, Occasion::Mentioned),
            (self.waiting_too_long, Occasion::WaitingTooLong),
        ];
        all.into_iter().filter_map(|(chosen, occasion)| chosen.then_some(occasion)).collect()
    }
}

/// What one is mailed about now.
pub async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let shown = async {
        let agent = call.own()?.session.agent;
        let choice = app.store.mail_choice(&call.caller.store, agent).await?;
        told(&app, &call, choice)
    };
    shown.await.unwrap_or_else(Problem::into_response)
}

pub async fn choose(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let chosen = async {
        let agent = call.own()?.session.agent;
        let Chosen { mail } = json::read(&call.headers, &call.body)?;
        let choice = mail.map(|mail| mail.choice());
        app.store.choose_mail(&call.caller.store, agent, choice.as_ref()).await?;
        told(&app, &call, choice)
    };
    chosen.await.unwrap_or_else(Problem::into_response)
}

fn told(app: &App, call: &Admitted, choice: Option<Choice>) -> Result<Response, Problem> {
    let chosen = choice.is_some();
    let choice = choice.map_or_else(|| call.own().map(|signed_in| usual(signed_in.role)), Ok)?;
    Ok(ok(&NotificationsView { mail: Occasions::of(&choice), chosen, sent: app.mails }))
}
