//! `/v1/views`: the lists that people come back to, with how many tickets each has. The standard ones are every store's;
//! others are somebody's own, or shared by all.

use super::caller::{Admitted, Caller, admit};
use super::condition::{condition, tagged};
use super::json::{self, ok, told};
use super::problem::Problem;
use super::repeat::{keep, replayed};
use crate::app::App;
use crate::settings::Condition;
use crate::store::types::{Count, Keep};
use crate::store::views::{
    DecideView, ViewChange, ViewChanged, ViewRefusal, ViewRow, filter as read_filter, filter_text,
};
use axum::extract::{Path, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rota_core::access::Actor;
use rota_core::ids::ViewId;
use rota_core::problem::Problems;
use rota_core::search::{Filter, Sort};
use rota_core::text::Name;
use rota_core::view::{NotOfAView, StandardView, View, ViewOwner};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The most views of one owner: each is counted when they are listed.
pub const MOST: usize = 25;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Body {
    name: Option<String>,
    filter: Option<String>,
    sort: Option<String>,
    shared: Option<bool>,
}

/// A body without what is wrong in it; `None` is what it leaves out.
#[derive(Clone)]
struct Asked {
    name: Option<Name>,
    filter: Option<Filter>,
    sort: Option<Sort>,
    shared: Option<bool>,
}

pub async fn list(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    listed(&app, &call.caller).await.unwrap_or_else(Problem::into_response)
}

pub async fn add(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    added(&app, &call).await.unwrap_or_else(Problem::into_response)
}

pub async fn show(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    shown(&app, &call.caller, &id).await.unwrap_or_else(Problem::into_response)
}

pub async fn set(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    changed(&app, &call, &id).await.unwrap_or_else(Problem::into_response)
}

pub async fn remove(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    removed(&app, &call, &id).await.unwrap_or_else(Problem::into_response)
}

async fn listed(app: &App, caller: &Caller) -> Result<Response, Problem> {
    let by = &caller.actor;
    let standard: Vec<_> = StandardView::ALL.into_iter().filter(|view| view.is_for(by)).collect();
    let mut saved = app.store.views(&caller.store).await?;
    saved.retain(|row| row.view.is_seen_by(by));
    let filters = standard.iter().map(|view| view.filter());
    let filters: Vec<_> = filters.chain(saved.iter().map(|row| row.view.filter.clone())).collect();
    let counts = counted(app, caller, &filters).await?;
    let views = standard.into_iter().map(of_standard).chain(saved.iter().map(of_saved));
    let items: Vec<_> = views.zip(counts).map(|(view, count)| with_count(view, count)).collect();
    Ok(ok(&json!({ "items": items, "next": null })))
}

pub async fn counted(app: &App, caller: &Caller, filters: &[Filter]) -> Result<Vec<Count>, Problem> {
    let counts = tokio::time::timeout(app.deadline, app.store.counts(&caller.store, &caller.actor, filters));
    Ok(counts.await.map_err(|_| Problem::unavailable("the deadline passed while tickets were counted"))??)
}

fn of_standard(view: StandardView) -> Value {
    json!({
        "id": view.name(),
        "name": view.title(),
        "standard": true,
        "shared": true,
        "filter": filter_text(&view.filter()),
        "sort": view.sort().name(),
    })
}

fn of_saved(row: &ViewRow) -> Value {
    json!({
        "id": row.id.to_string(),
        "name": row.view.name.as_str(),
        "standard": false,
        "shared": row.view.owner == ViewOwner::Shared,
        "filter": filter_text(&row.view.filter),
        "sort": row.view.sort().name(),
    })
}

fn with_count(mut view: Value, count: Count) -> Value {
    view["tickets"] = json!({ "count": count.count, "more": count.more });
    view
}

async fn shown(app: &App, caller: &Caller, id: &str) -> Result<Response, Problem> {
    let (view, filter) = match StandardView::from_name(id).filter(|view| view.is_for(&caller.actor)) {
        Some(standard) => (of_standard(standard), standard.filter()),
        None => {
            let row = seen(app, caller, number(id)?).await?;
            (of_saved(&row), row.view.filter)
        }
    };
    let count = counted(app, caller, &[filter]).await?;
    let count = *count.first().ok_or_else(|| Problem::internal("a filter without a count"))?;
    Ok(tagged(ok(&with_count(view.clone(), count)), &view))
}

async fn seen(app: &App, caller: &Caller, id: ViewId) -> Result<ViewRow, Problem> {
    let views = app.store.views(&caller.store).await?;
    let found = views.into_iter().find(|row| row.id == id && row.view.is_seen_by(&caller.actor));
    found.ok_or_else(Problem::not_found)
}

async fn added(app: &App, call: &Admitted) -> Result<Response, Problem> {
    let keep = keep(call)?;
    let asked = read(json::read(&call.headers, &call.body)?)?;
    let name = asked.name.ok_or_else(|| Problem::field("name", "is required"))?;
    let owner = owner(&call.caller.actor, asked.shared.unwrap_or(false));
    let owner =
        owner.ok_or_else(|| Problem::field("shared", "is true for a key: it has no views of its own"))?;
    let (filter, sort) = (asked.filter.unwrap_or_default(), asked.sort.unwrap_or(Sort::Newest));
    let view = View::new(name, owner, filter, sort).map_err(unsorted)?;
    let by = call.caller.actor.clone();
    let decide: DecideView = Box::new(move |views| {
        if !view.is_changed_by(&by) {
            return Err(ViewRefusal::Forbidden);
        }
        let full = views.iter().filter(|row| row.view.owner == view.owner).count() >= MOST;
        if full { Err(ViewRefusal::Full) } else { Ok(ViewChange::New(view.clone())) }
    });
    let (id, repeated) = change(app, call, decide, keep).await?;
    let view = of_saved(&seen(app, &call.caller, id).await?);
    let mut response = tagged(told(StatusCode::CREATED, &view), &view);
    if let Ok(address) = HeaderValue::try_from(format!("/v1/views/{id}")) {
        response.headers_mut().insert(LOCATION, address);
    }
    Ok(if repeated { replayed(response) } else { response })
}

async fn changed(app: &App, call: &Admitted, id: &str) -> Result<Response, Problem> {
    let id = changeable(call, id)?;
    let asked = read(json::read(&call.headers, &call.body)?)?;
    let (by, seen_as) = (call.caller.actor.clone(), condition(&call.headers));
    let decide: DecideView = Box::new(move |views| {
        let row = found(views, id, &by, &seen_as)?;
        let asked = asked.clone();
        let shared = asked.shared.unwrap_or(row.view.owner == ViewOwner::Shared);
        let owner = owner(&by, shared).ok_or(ViewRefusal::Forbidden)?;
        let filter = asked.filter.unwrap_or_else(|| row.view.filter.clone());
        let name = asked.name.unwrap_or_else(|| row.view.name.clone());
        let sort = asked.sort.unwrap_or(row.view.sort());
        let view = View::new(name, owner, filter, sort).map_err(|_| ViewRefusal::Forbidden)?;
        let moves = view.owner != row.view.owner;
        let full = views.iter().filter(|row| row.view.owner == view.owner).count() >= MOST;
        match view.is_changed_by(&by) {
            false => Err(ViewRefusal::Forbidden),
            true if moves && full => Err(ViewRefusal::Full),
            true => Ok(ViewChange::Set(id, view)),
        }
    });
    change(app, call, decide, None).await?;
    let view = of_saved(&seen(app, &call.caller, id).await?);
    Ok(tagged(ok(&view), &view))
}

async fn removed(app: &App, call: &Admitted, id: &str) -> Result<Response, Problem> {
    let id = changeable(call, id)?;
    let (by, seen_as) = (call.caller.actor.clone(), condition(&call.headers));
    let decide: DecideView =
        Box::new(move |views| found(views, id, &by, &seen_as).map(|row| ViewChange::Remove(row.id)));
    change(app, call, decide, None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The view, where the caller may change it and has seen it as it is.
fn found<'v>(
    views: &'v [ViewRow],
    id: ViewId,
    by: &Actor,
    seen_as: &Condition,
) -> Result<&'v ViewRow, ViewRefusal> {
    let row =
        views.iter().find(|row| row.id == id && row.view.is_seen_by(by)).ok_or(ViewRefusal::NotFound)?;
    if !row.view.is_changed_by(by) {
        return Err(ViewRefusal::Forbidden);
    }
    if seen_as.fits(&of_saved(row)) { Ok(row) } else { Err(ViewRefusal::Stale) }
}

/// The number of a view that is to be changed, on a condition.
fn changeable(call: &Admitted, id: &str) -> Result<ViewId, Problem> {
    if StandardView::from_name(id).is_some_and(|view| view.is_for(&call.caller.actor)) {
        return Err(Problem::forbidden());
    }
    let id = number(id)?;
    match condition(&call.headers) {
        Condition::Missing => Err(Problem::unconditional()),
        Condition::Any | Condition::Matches(_) => Ok(id),
    }
}

async fn change(
    app: &App,
    call: &Admitted,
    decide: DecideView,
    keep: Option<Keep>,
) -> Result<(ViewId, bool), Problem> {
    let change = tokio::time::timeout(app.deadline, app.store.change_view(&call.caller.store, decide, keep));
    match change
        .await
        .map_err(|_| Problem::outcome_unknown("the deadline passed while a view was changed"))??
    {
        ViewChanged::Now(id) => Ok((id, false)),
        ViewChanged::Before(id) => Ok((id, true)),
        ViewChanged::KeyReused => Err(Problem::key_reused()),
        ViewChanged::Refused(refusal) => Err(match refusal {
            ViewRefusal::NotFound => Problem::not_found(),
            ViewRefusal::Forbidden => Problem::forbidden(),
            ViewRefusal::Stale => Problem::stale(),
            ViewRefusal::Full => Problem::unfit(vec![(
                "shared".into(),
                format!("there are {MOST} such views already, the most"),
            )]),
        }),
    }
}

fn owner(by: &Actor, shared: bool) -> Option<ViewOwner> {
    if shared { Some(ViewOwner::Shared) } else { by.agent().map(ViewOwner::Agent) }
}

fn read(body: Body) -> Result<Asked, Problem> {
    let mut problems = Problems::default();
    let name = body.name.and_then(|text| match Name::new(&text) {
        Ok(name) => Some(name),
        Err(unfit) => {
            problems.add("name", unfit.to_string());
            None
        }
    });
    let filter = body.filter.and_then(|text| match read_filter(&text) {
        Ok(filter) => Some(filter),
        Err(broken) => {
            let told = broken.iter().map(|problem| format!("{}: {}", problem.field, problem.detail));
            problems.add("filter", told.collect::<Vec<_>>().join("; "));
            None
        }
    });
    let sort = body.sort.and_then(|name| {
        let sort = Sort::ALL.into_iter().find(|sort| sort.name() == name && *sort != Sort::Match);
        if sort.is_none() {
            problems.add("sort", NotOfAView.to_string());
        }
        sort
    });
    if problems.is_empty() {
        Ok(Asked { name, filter, sort, shared: body.shared })
    } else {
        Err(problems.into())
    }
}

fn unsorted(wrong: NotOfAView) -> Problem {
    Problem::field("sort", wrong.to_string())
}

/// A view's number in an address; what is none leads nowhere.
fn number(id: &str) -> Result<ViewId, Problem> {
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    id.parse().ok().filter(|_| plain).map(ViewId).ok_or_else(Problem::not_found)
}
