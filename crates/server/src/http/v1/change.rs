//! What all resources of people and settings have in common: conditions, ETags, pages, and how a change is answered.

use super::caller::Admitted;
use super::condition::{condition, tagged};
use super::json;
use super::parameters::Parameters;
use super::problem::Problem;
use super::repeat::{keep, replayed};
use crate::app::App;
use crate::settings::{self, Asked, Condition, Viewer};
use crate::store::types::CurrentSettings;
use crate::store::{Customers, DecideSettings, Provisioned, Refused};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rota_core::access::{Section, Subject};
use serde_json::{Value, json};

/// An answer that ends a call before its end.
pub struct Declined(Box<Response>);

impl From<Response> for Declined {
    fn from(response: Response) -> Self {
        Self(Box::new(response))
    }
}

impl<P: Into<Problem>> From<P> for Declined {
    fn from(problem: P) -> Self {
        problem.into().into_response().into()
    }
}

impl IntoResponse for Declined {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// What a handler of people and settings comes to.
pub type Answer = Result<Response, Declined>;

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotFound => Self::not_found(),
            Refused::Forbidden => Self::forbidden(),
            Refused::Unconditional => Self::unconditional(),
            Refused::Stale => Self::stale(),
            Refused::Unfit(fields) => Self::unfit(fields),
            Refused::TooManyTickets => {
                Self::new(StatusCode::CONFLICT, "too_many_tickets", refused.to_string())
            }
            Refused::File(problems) => Self::internal(problems.join("; ")),
        }
    }
}

/// A change of what has an ETag.
pub fn conditional(call: &Admitted) -> Asked {
    Asked { by: call.caller.actor.clone(), condition: condition(&call.headers), keep: None }
}

/// The making of something new, which may be repeated.
pub fn repeatable(call: &Admitted) -> Result<Asked, Problem> {
    Ok(Asked { by: call.caller.actor.clone(), condition: Condition::Any, keep: keep(call)? })
}

/// Makes a change and answers what it came to.
pub async fn changed(app: &App, call: &Admitted, decide: DecideSettings) -> Answer {
    let (value, _) = made(app, call, decide).await?;
    Ok(shown(StatusCode::OK, &value))
}

/// Makes something new, and says where it is.
pub async fn created(
    app: &App,
    call: &Admitted,
    decide: DecideSettings,
    address: impl Fn(&Value) -> String,
) -> Answer {
    let (value, is_repeated) = made(app, call, decide).await?;
    let mut response = shown(StatusCode::CREATED, &value);
    if let Ok(address) = HeaderValue::try_from(address(&value)) {
        response.headers_mut().insert(LOCATION, address);
    }
    Ok(if is_repeated { replayed(response) } else { response })
}

/// What a change came to, and whether that is what is kept of an earlier call.
pub async fn made(app: &App, call: &Admitted, decide: DecideSettings) -> Result<(Value, bool), Problem> {
    let change = settings::change(&*app.store, &call.caller.store, decide);
    let done = tokio::time::timeout(app.deadline, change).await;
    match done.map_err(|_| Problem::outcome_unknown("the deadline passed while it was changed"))?? {
        Provisioned::Changed(changed) => Ok((changed.answer, false)),
        Provisioned::Before(kept) => Ok((kept, true)),
        Provisioned::Refused(refused) => Err(refused.into()),
        Provisioned::KeyReused => Err(Problem::key_reused()),
    }
}

/// A representation with its ETag.
pub fn shown(status: StatusCode, value: &Value) -> Response {
    tagged(json::told(status, value), value)
}

/// A representation with members beside it that the ETag is not about.
pub fn shown_with(value: &Value, more: &[(&str, Value)]) -> Response {
    tagged(json::ok(&joined(value, more)), value)
}

/// The representation with further members.
pub fn joined(value: &Value, more: &[(&str, Value)]) -> Value {
    let mut whole = value.clone();
    for (name, value) in more {
        whole[*name] = value.clone();
    }
    whole
}

/// The store's people and settings.
pub async fn current(app: &App, call: &Admitted) -> Result<CurrentSettings, Problem> {
    let current = app.store.settings(&call.caller.store, Customers::None).await?;
    if current.store.is_some() { Ok(current) } else { Err(Problem::not_found()) }
}

/// Who looks; what they may see nothing of is not found.
pub fn viewer<'a>(
    call: &'a Admitted,
    current: &CurrentSettings,
    section: Section,
) -> Result<Viewer<'a>, Problem> {
    let viewer = Viewer::new(&call.caller.actor, current);
    if viewer.sees(section, Subject::Store) { Ok(viewer) } else { Err(Problem::not_found()) }
}

/// A page of rows in the order of their numbers.
pub fn page<T>(
    call: &Admitted,
    rows: &[T],
    number: impl Fn(&T) -> i64,
    show: impl Fn(&T) -> Value,
) -> Result<Response, Problem> {
    let parameters = Parameters::read(&call.uri, &["limit", "cursor"])?;
    let (limit, after) = (parameters.limit()?, parameters.cursor()?);
    let mut rest = rows.iter().filter(|row| after.is_none_or(|after| number(row) > after));
    let page: Vec<&T> = rest.by_ref().take(limit as usize).collect();
    let next = page.last().filter(|_| rest.next().is_some()).map(|last| number(last).to_string());
    Ok(json::ok(&json!({ "items": page.into_iter().map(show).collect::<Vec<_>>(), "next": next })))
}

/// A number in an address; what is none leads nowhere.
pub fn number(id: &str) -> Result<i64, Problem> {
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    id.parse().ok().filter(|_| plain).ok_or_else(Problem::not_found)
}
