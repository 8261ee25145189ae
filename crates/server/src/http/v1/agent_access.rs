//! How an agent gets in, in the hands of admins: invitations, and where the agent is signed in.

use super::caller::{Admitted, Caller, admit};
use super::json::{ok, told};
use super::problem::Problem;
use super::session::{SessionsView, not_kept};
use crate::app::App;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use rota_core::access::{Extent, Section, reach};
use rota_core::ids::AgentId;
use serde_json::json;
use std::sync::Arc;

/// Makes the agent's invitation and answers its link. A repeat makes another one.
pub async fn invite(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let invited = async {
        let agent = governed(&app, &call.caller, &id).await?;
        let (invitation, token) = app.sign_in.invite(&call.caller.store, &call.caller.actor, agent).await?;
        let link = app.site.url.invitation(&call.caller.store, &token.to_string());
        let body = json!({ "link": link, "expiresAt": invitation.expires_at });
        Ok::<_, Problem>(not_kept(told(StatusCode::CREATED, &body)))
    };
    invited.await.unwrap_or_else(Problem::into_response)
}

/// Where the agent is signed in.
pub async fn sessions(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let listed = async {
        let agent = governed(&app, &call.caller, &id).await?;
        let sessions = app.store.sessions(&call.caller.store, agent).await?;
        Ok::<_, Problem>(ok(&SessionsView::new(&sessions, current(&call), app.clock.now())))
    };
    listed.await.unwrap_or_else(Problem::into_response)
}

fn current(call: &Admitted) -> Option<&rota_core::ids::SessionId> {
    call.session.as_ref().map(|signed_in| &signed_in.session.id)
}

/// Signs the agent out everywhere.
pub async fn end_sessions(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    let ended = async {
        let agent = governed(&app, &call.caller, &id).await?;
        app.store.end_sessions_of(&call.caller.store, &call.caller.actor, agent).await?;
        Ok::<_, Problem>(StatusCode::NO_CONTENT.into_response())
    };
    ended.await.unwrap_or_else(Problem::into_response)
}

/// The active agent of the address, if the caller may change people: whoever invites somebody can be that somebody.
async fn governed(app: &App, caller: &Caller, id: &str) -> Result<AgentId, Problem> {
    let id = id.parse().map(AgentId).map_err(|_| Problem::not_found())?;
    let roster = app.store.roster(&caller.store).await?;
    let agent = roster.agent(id).ok_or_else(Problem::not_found)?;
    match reach(&caller.actor, Section::People).changes {
        Extent::All => Ok(agent.id),
        Extent::None | Extent::Own | Extent::Teams => Err(Problem::forbidden()),
    }
}
