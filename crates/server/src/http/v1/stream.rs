//! `/v1/stream`: live events as server-sent events (WHATWG HTML, section 9.2). A client that comes back says with
//! `Last-Event-ID` what it had last, and is told what it missed, or to load everything anew.

use super::caller::{Admitted, Caller, admit};
use super::problem::Problem;
use super::session::cookie;
use super::viewing::others;
use crate::app::App;
use crate::events::Event;
use crate::store::StoreError;
use crate::stream::{Listening, News, Records, Viewed};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use rota_core::access::{self, Act, Actor, Role};
use rota_core::event::Kind;
use rota_core::ids::TeamId;
use rota_core::roster::Roster;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};

/// How often a line is sent where nothing happens, so that nobody on the way takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often it is looked whether the caller may still listen, and as whom.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// The most events that are told to a client that comes back; one that missed more loads everything anew.
const MOST_MISSED: i64 = 5_000;
/// Events of the past that are read at a time, and held for a client that does not take them.
const READ: u32 = 100;

pub async fn show(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    match open(&app, call).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn open(app: &Arc<App>, call: Admitted) -> Result<Response, Problem> {
    let last = last_event(&call.headers)?;
    let listening = app.streams.listen(&call.caller.store).await?;
    let listener = Listener::new(app.clone(), call, listening, last).await?;
    let body = stream::unfold(listener, |mut listener| async move {
        let chunk = listener.next().await?;
        Some((Ok::<_, Infallible>(chunk), listener))
    });
    let mut response = Response::new(Body::from_stream(body));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// The position and part of the event that the client had last.
fn last_event(headers: &HeaderMap) -> Result<Option<(i64, u8)>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let wrong = || Problem::field("Last-Event-ID", "is the id of an event of this stream");
    let text = value.to_str().map_err(|_| wrong())?;
    let (position, part) = text.strip_prefix("evt_").and_then(|id| id.split_once('_')).ok_or_else(wrong)?;
    let position = position.parse().ok().filter(|position| *position >= 0).ok_or_else(wrong)?;
    Ok(Some((position, part.parse().map_err(|_| wrong())?)))
}

/// What it goes by which tickets somebody sees.
#[derive(PartialEq, Eq)]
struct Sight {
    role: Option<Role>,
    teams: Vec<TeamId>,
}

impl Sight {
    fn of(actor: &Actor, roster: &Roster) -> Self {
        let Actor::Agent { id, role } = actor else { return Self { role: None, teams: Vec::new() } };
        let own = roster.teams().iter().filter(|team| team.members.contains(id));
        Self { role: Some(*role), teams: own.map(|team| team.id).collect() }
    }
}

/// One client.
struct Listener {
    app: Arc<App>,
    caller: Caller,
    sight: Sight,
    headers: HeaderMap,
    listening: Listening,
    /// What was told last.
    at: (i64, u8),
    /// After which position it catches up from the database; `None` once it has.
    behind: Option<i64>,
    ready: Option<String>,
    beat_at: Instant,
    look_at: Instant,
    is_over: bool,
}

impl Listener {
    async fn new(
        app: Arc<App>,
        call: Admitted,
        listening: Listening,
        last: Option<(i64, u8)>,
    ) -> Result<Self, Problem> {
        let now = Instant::now();
        let Admitted { caller, headers, .. } = call;
        let at = last.unwrap_or((listening.from, u8::MAX));
        let sight = Sight::of(&caller.actor, &*app.store.roster(&caller.store).await?);
        let mut listener = Self {
            app,
            caller,
            sight,
            headers,
            listening,
            at,
            behind: None,
            ready: None,
            beat_at: now + HEARTBEAT,
            look_at: now + LOOK_AGAIN,
            is_over: false,
        };
        if last.is_some() {
            listener.go_on(listener.listening.from).await?;
        }
        let ready = listener.ready.take().unwrap_or_default();
        listener.ready = Some(format!("retry: 2000\n\n{ready}"));
        Ok(listener)
    }

    /// Goes on behind what was told last, up to `to` and further, or has everything loaded anew where that was too long ago.
    async fn go_on(&mut self, to: i64) -> Result<(), StoreError> {
        let had = self.at.0;
        // Of what is not kept any more nobody can say what it was.
        let kept = if had < to { self.app.store.first_event(&self.caller.store).await? } else { to };
        if had > to || to - had > MOST_MISSED || had + 1 < kept {
            self.at = (to, u8::MAX);
            self.ready = Some(told("reload", None, &json!({ "type": "reload" })));
        } else {
            // The last position again: of its two events perhaps only one was told.
            self.behind = Some(had - 1);
        }
        Ok(())
    }

    /// What to send next; `None` ends the stream.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(ready) = self.ready.take().filter(|ready| !ready.is_empty()) {
                self.beat_at = Instant::now() + HEARTBEAT;
                return Some(Bytes::from(ready));
            }
            if self.is_over {
                return None;
            }
            // Before anything is told: somebody who does not read for long may have been signed out meanwhile.
            if Instant::now() >= self.look_at {
                self.look_at = Instant::now() + LOOK_AGAIN;
                self.look_again().await;
                continue;
            }
            match self.behind {
                Some(after) => self.catch_up(after).await,
                None => self.wait().await,
            }
        }
    }

    async fn wait(&mut self) {
        let streams = self.app.streams.clone();
        let until = self.beat_at.min(self.look_at);
        tokio::select! {
            news = timeout_at(until, self.listening.news.recv()) => match news {
                Ok(Ok(news)) => self.ready = Some(self.told(&news)),
                Ok(Err(RecvError::Lagged(_))) => self.resume().await,
                Ok(Err(RecvError::Closed)) => self.is_over = true,
                Err(_) if Instant::now() >= self.beat_at => self.ready = Some(":\n\n".into()),
                Err(_) => {}
            },
            () = streams.ended() => self.is_over = true,
        }
    }

    /// A slow client has lost news: what was recorded is told from the database.
    async fn resume(&mut self) {
        let last = self.app.store.last_event(&self.caller.store).await;
        let resumed = match last {
            Ok(to) => self.go_on(to).await,
            Err(error) => Err(error),
        };
        if let Err(error) = resumed {
            self.fail(&error);
        }
    }

    async fn catch_up(&mut self, after: i64) {
        match self.recorded_after(after).await {
            Ok(Some((to, records))) => {
                self.ready = Some(self.recorded(&records));
                self.behind = Some(to);
            }
            Ok(None) => self.behind = None,
            Err(error) => self.fail(&error),
        }
    }

    /// Whether the caller is still let in, and as whom.
    async fn look_again(&mut self) {
        let actor = match cookie::read(&self.headers) {
            Some(token) if self.caller.actor.agent().is_some() => {
                match self.app.sign_in.signed_in(&token).await {
                    Ok(found) => {
                        found.map(|found| Actor::Agent { id: found.session.agent, role: found.role })
                    }
                    Err(error) => return self.fail(&error),
                }
            }
            _ => {
                let Actor::Key(key) = &self.caller.actor else { return };
                self.app.keys.is_live(key).then(|| self.caller.actor.clone())
            }
        };
        let Some(actor) = actor else {
            self.ready = Some(told("ended", None, &json!({ "type": "ended" })));
            self.is_over = true;
            return;
        };
        let sight = match self.app.store.roster(&self.caller.store).await {
            Ok(roster) => Sight::of(&actor, &roster),
            Err(error) => return self.fail(&error),
        };
        // Other tickets are seen than before, and nobody told of those.
        if sight != self.sight {
            self.ready = Some(told("reload", None, &json!({ "type": "reload" })));
        }
        (self.caller.actor, self.sight) = (actor, sight);
    }

    /// Where the database is away the client comes back, and is told what it missed.
    fn fail(&mut self, error: &StoreError) {
        tracing::debug!(%error, "a stream ends");
        self.is_over = true;
    }

    /// What was recorded right after a position, and up to which.
    async fn recorded_after(&self, after: i64) -> Result<Option<(i64, Records)>, StoreError> {
        let store = &self.caller.store;
        let recorded = self.app.store.events(store, after, READ).await?;
        let Some(to) = recorded.last().map(|recorded| recorded.position) else { return Ok(None) };
        let roster = self.app.store.roster(store).await?;
        let events = recorded.into_iter().flat_map(Event::of).collect();
        Ok(Some((to, Records { events, roster })))
    }

    fn told(&mut self, news: &News) -> String {
        match news {
            News::Recorded(records) => self.recorded(records),
            News::Viewing(viewed, roster) => self.viewing(viewed, roster),
        }
    }

    /// Who else looks at tickets that this client may see. It has no id: who comes back asks how it is by then.
    fn viewing(&self, viewed: &[Viewed], roster: &Roster) -> String {
        let actor = &self.caller.actor;
        let seen = viewed.iter().filter(|viewed| may_see(actor, &viewed.row.ticket, roster));
        seen.map(|Viewed { row, by }| {
            let data = json!({ "ticketId": row.ticket.id, "agents": others(by, actor, roster) });
            told("viewing", None, &json!({ "type": "viewing", "data": data }))
        })
        .collect()
    }

    /// The events of it that this client has not been told of and may see.
    fn recorded(&mut self, news: &Records) -> String {
        let mut text = String::new();
        for event in news.events.iter().filter(|event| (event.position, event.part) > self.at) {
            if sees(&self.caller.actor, event, &news.roster) {
                let payload = event.shown(&self.caller.store, &self.app.site.url);
                text += &told(event.kind.name(), Some(&event.id()), &payload);
            } else if saw(&self.caller.actor, event, &news.roster) {
                let gone = json!({ "type": "ticket.gone", "data": { "ticketId": event.ticket_id() } });
                text += &told("ticket.gone", Some(&event.id()), &gone);
            }
        }
        if let Some(last) = news.events.last() {
            self.at = self.at.max((last.position, last.part));
        }
        text
    }
}

/// Whether it may be told (desk 3).
fn sees(actor: &Actor, event: &Event, roster: &Roster) -> bool {
    let is_lead = !matches!(actor, Actor::Agent { role: Role::Agent | Role::TeamManager, .. });
    match (&event.ticket, event.kind) {
        (Some(row), _) => may_see(actor, &row.ticket, roster),
        (None, Kind::IntakeRejecting | Kind::WebhookDisabled) => is_lead,
        (None, _) => true,
    }
}

/// Whether the ticket was seen before the change that hides it.
fn saw(actor: &Actor, event: &Event, roster: &Roster) -> bool {
    event.before.as_ref().is_some_and(|before| may_see(actor, before, roster))
}

fn may_see(actor: &Actor, ticket: &rota_core::life::Ticket, roster: &Roster) -> bool {
    access::to_ticket(actor, ticket, Act::See, roster, roster.desk().agents_see_all).is_ok()
}

fn told(name: &str, id: Option<&str>, payload: &serde_json::Value) -> String {
    let id = id.map_or_else(String::new, |id| format!("id: {id}\n"));
    format!("{id}event: {name}\ndata: {payload}\n\n")
}
