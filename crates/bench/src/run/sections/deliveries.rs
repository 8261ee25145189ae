//! How fast a backlog of events goes out to webhooks.

use std::{
    fs,
    time::{Duration, Instant},
};

use super::super::{
    commands::AT_ONCE,
    figures::{Goal, Results},
    measure::{Pace, median},
    receiver::Receiver,
    record,
    server::Server,
    site::{ORDINARY, Site},
    tools::Tools,
};

const ENDPOINTS: usize = 20;
const TICKETS: i64 = 10 * AT_ONCE;
/// A ticket is created, given to somebody, and becomes important.
const EVENTS: usize = 3 * TICKETS as usize;
/// How long all deliveries of a round may take.
const PATIENCE: Duration = Duration::from_secs(300);

pub fn measure(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let mut rates = Vec::new();
    for round in 1..=pace.rounds() {
        let site = Site::make(tools, &format!("deliveries-{round}"), &ORDINARY)?;
        let seconds = deliver(tools, &site)?.as_secs_f64();
        eprintln!("deliveries, round {round}/{}: {EVENTS} to each in {seconds:.2} s", pace.rounds());
        rates.push((EVENTS * ENDPOINTS) as f64 / seconds);
        site.check(tools)?;
    }
    let name = format!("deliveries a second to {ENDPOINTS} endpoints, with a backlog of {EVENTS} events");
    results.figure(name, median(rates), "", Some(Goal::Floor(2_000.0)));
    Ok(())
}

/// From the start of the server until every endpoint was told of everything: the endpoints are off while the events come.
fn deliver(tools: &Tools, site: &Site) -> anyhow::Result<Duration> {
    let receiver = Receiver::start(ENDPOINTS)?;
    let key = site.folder.join("webhook-key");
    fs::write(&key, [7; 32])?;
    let key = format!("--webhook-key-file={}", key.display());
    let reaching = [&*key, "--webhook-allow-private=127.0.0.0/8"];
    for url in receiver.urls() {
        site.command(tools, &[&["webhook", "add", &url], &reaching[..]].concat())?;
    }
    switch(tools, site, "false")?;
    make_events(tools, site)?;
    switch(tools, site, "true")?;
    let begun = Instant::now();
    let server = Server::rota(tools, site, &reaching)?;
    receiver.wait_for(EVENTS, begun + PATIENCE)?;
    let took = begun.elapsed();
    server.stop()?;
    Ok(took)
}

fn switch(tools: &Tools, site: &Site, active: &str) -> anyhow::Result<()> {
    for endpoint in 1..=ENDPOINTS {
        site.command(tools, &["webhook", "set", &endpoint.to_string(), "--active", active])?;
    }
    Ok(())
}

fn make_events(tools: &Tools, site: &Site) -> anyhow::Result<()> {
    let server = Server::rota(tools, site, &[])?;
    record::tickets(&server, site, TICKETS)?;
    record::changes(&server, &site.desk_token(tools)?, TICKETS)?;
    server.stop()
}
