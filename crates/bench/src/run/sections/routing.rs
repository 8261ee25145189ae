//! What routing costs, and how fast what waits is handed out.

use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;

use super::{
    super::{
        figures::{Goal, Results},
        measure::{Contestant, Pace, median},
        server::Server,
        site::{ORDINARY, Shape, Site},
        tools::Tools,
    },
    CROWD, Duel,
};

/// Tickets that wait before they are handed out.
const WAITING: usize = 10_000;
const TAKERS: Shape = Shape { agents: 50, ..ORDINARY };
/// How long waiting for the tickets may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Rules of every kind, none of which matches: all are looked at for each ticket.
pub fn rules(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let plain = Site::make(tools, "no-rules", &ORDINARY)?;
    let ruled = Site::make(tools, "50-rules", &Shape { agents: 500, rules: 50, ..ORDINARY })?;
    let duel = Duel {
        point: "50 rules and 500 agents",
        sides: [("no rules, 10 agents", &plain), ("50 rules, 500 agents", &ruled)],
    };
    duel.fight(tools, pace, [&[], &[]], Some(Goal::Floor(0.8)), results).map(drop)
}

/// It is a holiday while the tickets come; then it is none.
pub fn hand_out(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let mut rates = Vec::new();
    for round in 1..=pace.rounds() {
        let site = Site::make(tools, &format!("hand-out-{round}"), &TAKERS)?;
        let holiday = format!("{}=Today", today(tools, &site)?);
        settings(tools, &site, &["--holiday", &holiday])?;
        let server = Server::rota(tools, &site, &[])?;
        while waiting(tools, &site)? < WAITING {
            let load = Contestant::load("waiting", &[&server], &site, CROWD);
            Pace::new(1, 0.5, 0.0).measure(tools, "tickets that wait", [load])?;
        }
        let before = waiting(tools, &site)?;
        let begun = Instant::now();
        settings(tools, &site, &["--no-holidays"])?;
        while waiting(tools, &site)? > 0 {
            anyhow::ensure!(begun.elapsed() < PATIENCE, "tickets still wait after {PATIENCE:?}");
        }
        let seconds = begun.elapsed().as_secs_f64();
        eprintln!("hand-out, round {round}/{}: {before} tickets in {seconds:.2} s", pace.rounds());
        rates.push(before as f64 / seconds);
        server.stop()?;
        site.check(tools)?;
    }
    let name = format!("handing out {WAITING} and more waiting tickets to {} agents", TAKERS.agents);
    results.figure(name, median(rates), "tickets/s", Some(Goal::Floor(2_000.0)));
    Ok(())
}

fn settings(tools: &Tools, site: &Site, change: &[&str]) -> anyhow::Result<()> {
    site.command(tools, &[&["settings", "set"], change].concat()).map(drop)
}

/// How many tickets wait in the store's pool.
fn waiting(tools: &Tools, site: &Site) -> anyhow::Result<usize> {
    let waiting = floor(tools, site)?["pools"][0]["waiting"].as_u64();
    Ok(usize::try_from(waiting.context("the floor tells how many wait")?)?)
}

/// The store's day: its time zone is UTC.
fn today(tools: &Tools, site: &Site) -> anyhow::Result<String> {
    let floor = floor(tools, site)?;
    let at = floor["at"].as_str().context("the floor tells the time")?;
    Ok(at.chars().take("2026-12-25".len()).collect())
}

fn floor(tools: &Tools, site: &Site) -> anyhow::Result<Value> {
    Ok(serde_json::from_str(&site.command(tools, &["floor", "--json"])?)?)
}
