//! The ceiling: the least that a server on this stack can do and still look like intake. Look up the
//! token, parse the body, count up, answer. Every change that makes it faster makes the bench stricter.

use std::{
    borrow::Cow,
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Context;
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
    serve::ListenerExt,
};
use http_body_util::BodyExt;
use serde::{Deserialize, Serialize};

use crate::{load::read_tokens, wire};

const STORE: &str = "p60HYv5wjgQaOrPdqT5NjbpkroD2";
const BUILT_IN_TOKEN: &str = "YmVuY2g6YmVuY2g=";

#[derive(clap::Args)]
pub struct Options {
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Tokens to accept, one a line; without it `YmVuY2g6YmVuY2g=` (bench:bench) is accepted
    #[arg(long)]
    token_file: Option<PathBuf>,
}

struct Shared {
    stores: HashMap<Vec<u8>, &'static str>,
    tickets: AtomicU64,
}

/// Serves until it is killed.
pub fn serve(options: &Options) -> anyhow::Result<()> {
    let tokens = match &options.token_file {
        Some(file) => read_tokens(file)?,
        None => vec![BUILT_IN_TOKEN.to_owned()],
    };
    let stores = tokens.into_iter().map(|token| (format!("Basic {token}").into_bytes(), STORE)).collect();
    let shared = Arc::new(Shared { stores, tickets: AtomicU64::new(1) });
    let app = Router::new().route(wire::TICKETS, post(create)).with_state(shared);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(accept(options.listen, app))
}

async fn accept(address: SocketAddr, app: Router) -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another with --listen"))?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Without it the load generator's figures show, it is no reason to drop the connection.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
}

async fn create(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let token = request.headers().get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let Some(store) = token.and_then(|token| shared.stores.get(token)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(body) = request.into_body().collect().await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let body = body.to_bytes();
    match serde_json::from_slice::<CreateTicket>(&body) {
        Ok(ticket) => ticket.answer(shared.tickets.fetch_add(1, Ordering::Relaxed), store),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// The contract's fields, each of its JSON type and no further judged. Only two are answered; the others
/// are there to be parsed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "parsing the fields is the work that is measured")]
struct CreateTicket<'a> {
    #[serde(borrow)]
    channel: Text<'a>,
    #[serde(borrow)]
    bik_customer_id: Text<'a>,
    label_ids: Option<Vec<i64>>,
    #[serde(borrow)]
    brand_email: Option<Text<'a>>,
    #[serde(borrow)]
    customer_email: Option<Text<'a>>,
    #[serde(borrow)]
    brand_phone_number: Option<Text<'a>>,
    #[serde(borrow)]
    customer_phone_number: Option<Text<'a>>,
    #[serde(borrow)]
    task_title: Option<Text<'a>>,
    #[serde(borrow)]
    assignment_type: Option<Text<'a>>,
    #[serde(borrow)]
    agent_mail: Option<Text<'a>>,
    team_id: Option<i64>,
    #[serde(borrow)]
    context: Option<Text<'a>>,
}

/// Borrows inside an `Option` too, where serde would copy a bare `Cow`.
#[derive(Deserialize, Serialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Serialize)]
struct Answer<'a> {
    status: u16,
    success: bool,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    ticket: Ticket<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ticket<'a> {
    id: u64,
    customer_id: &'a Text<'a>,
    store_id: &'a str,
    agent_id: i64,
    team_id: Option<i64>,
    channel_name: &'a Text<'a>,
}

impl CreateTicket<'_> {
    fn answer(&self, id: u64, store_id: &str) -> Response {
        let ticket = Ticket {
            id,
            customer_id: &self.bik_customer_id,
            store_id,
            agent_id: 17643,
            team_id: None,
            channel_name: &self.channel,
        };
        let answer = Answer { status: 200, success: true, data: Data { ticket } };
        let json = serde_json::to_vec(&answer).expect("strings and numbers serialize");
        ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response()
    }
}
