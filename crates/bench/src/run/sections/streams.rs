//! How soon many live streams hear of what happens, and how much memory they take.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::Context;
use hyper::header::SET_COOKIE;
use serde_json::json;
use tokio::time::{Interval, interval};

use super::super::{
    connection::{Connection, Credentials},
    figures::{Goal, Results},
    listeners::Listeners,
    measure::Pace,
    server::Server,
    site::{CUSTOMER_BASE, CUSTOMERS, ORDINARY, Shape, Site, store_id},
    tools::Tools,
};
use crate::latency::Latencies;

const STREAMS: usize = 500;
/// Each is signed in once, and has ten streams open.
const SHAPE: Shape = Shape { agents: 50, ..ORDINARY };
/// Between two tickets.
const STEP: Duration = Duration::from_millis(100);
/// How long after a round everybody may hear of its last ticket.
const PATIENCE: Duration = Duration::from_secs(10);

pub fn measure(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let site = Site::make(tools, "streams", &SHAPE)?;
    site.command(tools, &["settings", "set", "--agents-see-all", "true"])?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sessions = runtime.block_on(sign_all_in(tools, &site))?;
    // Another server than the one that hashed passwords, which takes memory.
    let server = Server::rota(tools, &site, &[])?;
    let (without, latencies) = runtime.block_on(listen(&server, &site, &sessions, pace))?;
    let memory = server.memory()?.peak - without;
    let heard = latencies.percentiles();
    for (name, microseconds, goal) in [
        ("p50", heard.p50_us, None),
        ("p99", heard.p99_us, Some(Goal::Cap(1_000.0))),
        ("the longest", heard.max_us, None),
    ] {
        let name = format!("from a ticket's answer to its event, {STREAMS} streams, {name}");
        results.figure(name, microseconds / 1_000.0, "ms", goal);
    }
    let name = format!("resident memory at its peak with {STREAMS} streams, more than without");
    results.figure(name, memory, "MiB", Some(Goal::Cap(200.0)));
    server.stop()
}

/// The cookies of all agents.
async fn sign_all_in(tools: &Tools, site: &Site) -> anyhow::Result<Vec<String>> {
    let server = Server::rota(tools, site, &[])?;
    let mut connection = Connection::open(&server.url, Credentials::None).await?;
    let mut sessions = Vec::new();
    for agent in 0..SHAPE.agents {
        let link = site.command(tools, &["agent", "invite", &format!("agent{agent}@bench.example")])?;
        let (_, token) = link.trim_end().rsplit_once('#').context("an invitation has a token")?;
        let body = json!({ "storeId": store_id(0), "token": token, "password": "streams of the bench" });
        let answer = connection.post("/v1/session/invitation", body.to_string()).await?;
        let cookie = answer.headers().get(SET_COOKIE).context("who signs in is given a cookie")?.to_str()?;
        sessions.push(cookie.split(';').next().unwrap_or_default().to_owned());
    }
    server.stop()?;
    Ok(sessions)
}

/// Resident memory in MiB before any stream was open, after as many tickets as a round has; and what all rounds heard.
async fn listen(
    server: &Server,
    site: &Site,
    sessions: &[String],
    pace: &Pace,
) -> anyhow::Result<(f64, Latencies)> {
    let mut poster = Connection::open(&server.url, Credentials::Intake(&site.intake_token()?)).await?;
    let mut steps = interval(STEP);
    create_steadily(&mut poster, &mut steps, pace.span()).await?;
    let without = server.memory()?.now;
    let mut listeners = Listeners::open(&server.url, sessions, STREAMS).await?;
    let mut latencies = Latencies::default();
    for round in 1..=pace.rounds() {
        let created = create_steadily(&mut poster, &mut steps, pace.span()).await?;
        let heard = listeners.heard_of(&created, Instant::now() + PATIENCE).await?;
        eprintln!("streams, round {round}/{}: heard {} times", pace.rounds(), heard.count());
        latencies.merge(heard);
    }
    Ok((without, latencies))
}

/// Creates tickets one after the other; each one's number, and when its creation was answered.
async fn create_steadily(
    poster: &mut Connection,
    steps: &mut Interval,
    span: Duration,
) -> anyhow::Result<HashMap<i64, Instant>> {
    let mut created = HashMap::new();
    let until = Instant::now() + span;
    while Instant::now() < until {
        steps.tick().await;
        let customer = CUSTOMER_BASE + created.len() as u64 % CUSTOMERS;
        created.insert(poster.create_ticket(customer).await?, Instant::now());
    }
    Ok(created)
}
