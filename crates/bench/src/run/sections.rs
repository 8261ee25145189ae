//! The parts of a run. Each starts what it needs on fresh databases and stops it again, so that both sides
//! of a comparison have the same past.

mod deliveries;
mod events;
mod lists;
mod postgres;
mod routing;
mod streams;

use clap::ValueEnum;

use super::{
    engine::Kind,
    figures::{Goal, Results},
    measure::{Contestant, Load, Pace, Series, median},
    server::Server,
    site::{ORDINARY, Past, Shape, Site},
    tools::Tools,
};

/// Callers at once where something other than their number is compared.
const CROWD: usize = 64;
const HUNDRED_STORES: Shape = Shape { stores: 100, ..ORDINARY };

/// How large what is measured against gets.
pub struct Scale {
    pub tickets: i64,
    /// The same for the lists.
    pub listed: i64,
    /// Seconds.
    pub long_transaction: f64,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Section {
    /// Against the ceiling at 1, 16, 64 and 256 connections; one caller against a bare commit; memory
    Ceiling,
    /// The same with an Idempotency-Key on each request
    Keys,
    /// One store against 100
    Stores,
    /// 10 agents against 500
    Agents,
    /// No rules and 10 agents against 50 rules and 500 agents
    Rules,
    /// How fast waiting tickets are handed out
    HandOut,
    /// An empty database against a big one; starting on the big one; its memory
    Rows,
    /// Every list and search of a big store against a small one's
    Lists,
    /// Intake beside 10,000 events a second
    Events,
    /// How fast 20 endpoints are told of events
    Deliveries,
    /// How soon 500 open streams hear of a ticket, and what they take of memory
    Streams,
    /// One commit per request against batches
    Batching,
    /// Against pgbench, which runs a transaction a call
    Naive,
    /// One node against two and three
    Nodes,
    /// With a transaction of somebody's that stays open, against without
    LongTransaction,
}

impl Section {
    pub fn is_about(self, kind: Kind) -> bool {
        match self {
            Self::Agents | Self::Batching => kind == Kind::Sqlite,
            Self::Naive | Self::Nodes | Self::LongTransaction => kind == Kind::Postgres,
            Self::Ceiling
            | Self::Keys
            | Self::Stores
            | Self::Rules
            | Self::HandOut
            | Self::Rows
            | Self::Lists
            | Self::Events
            | Self::Deliveries
            | Self::Streams => true,
        }
    }

    /// As `--only` takes it.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    pub fn measure(
        self,
        tools: &Tools,
        pace: &Pace,
        scale: &Scale,
        results: &mut Results,
    ) -> anyhow::Result<()> {
        match self {
            Self::Ceiling => ceiling(tools, pace, results),
            Self::Keys => keys(tools, pace, results),
            Self::Stores if tools.engine.kind() == Kind::Postgres => postgres::stores(tools, pace, results),
            Self::Stores => stores(tools, pace, results),
            Self::Agents => agents(tools, pace, results),
            Self::Rules => routing::rules(tools, pace, results),
            Self::HandOut => routing::hand_out(tools, pace, results),
            Self::Rows => rows(tools, pace, scale.tickets, results),
            Self::Lists => lists::measure(tools, pace, scale.listed, results),
            Self::Events => events::measure(tools, pace, results),
            Self::Deliveries => deliveries::measure(tools, pace, results),
            Self::Streams => streams::measure(tools, pace, results),
            Self::Batching => batching(tools, pace, results),
            Self::Naive => postgres::naive(tools, pace, results),
            Self::Nodes => postgres::nodes(tools, pace, results),
            Self::LongTransaction => postgres::long_transaction(tools, pace, scale.long_transaction, results),
        }
    }
}

fn ceiling(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let site = Site::make(tools, "ceiling", &ORDINARY)?;
    let (ceiling, rota) = (Server::ceiling(tools, &site)?, Server::rota(tools, &site, &[])?);
    let [crowd, throng] = ceiling_goals(tools.engine.kind());
    for (connections, goal) in [(1, None), (16, None), (CROWD, Some(crowd)), (256, Some(throng))] {
        let point = match connections {
            1 => "1 connection".to_owned(),
            many => format!("{many} connections"),
        };
        let load = |name, server| Contestant::load(name, &[server], &site, connections);
        let pair = [load("ceiling", &ceiling), load("rota", &rota)];
        let [base, own] = match (connections, tools.engine.kind()) {
            (1, Kind::Sqlite) => beside_commits(tools, pace, &point, pair, &site, results)?,
            _ => pace.measure(tools, &point, pair)?,
        };
        results.compare(&point, &base, &own, goal);
        let spread = own.median(|sample| sample.p99_us / sample.p50_us);
        results.figure(format!("p99 / p50, {point}"), spread, "", Some(Goal::Cap(10.0)));
    }
    memory(results, "after all loads", &rota)?;
    rota.stop()
}

/// At 64 and at 256 connections.
fn ceiling_goals(kind: Kind) -> [Goal; 2] {
    match kind {
        Kind::Sqlite => [Goal::FloorAndAim(0.30, 0.50), Goal::FloorAndAim(0.35, 0.55)],
        Kind::Postgres => [Goal::FloorAndAim(0.27, 0.40), Goal::FloorAndAim(0.33, 0.45)],
    }
}

/// The pair and, in the same rounds, the bare commit that a lone caller has to wait for.
fn beside_commits(
    tools: &Tools,
    pace: &Pace,
    point: &str,
    [base, own]: [Contestant; 2],
    site: &Site,
    results: &mut Results,
) -> anyhow::Result<[Series; 2]> {
    let [base, own, commit] = pace.measure(tools, point, [base, own, Contestant::Commit { site }])?;
    let commits = own.ratio(&commit, |sample| sample.p50_us);
    results.figure(format!("p50 / p50 of a bare commit, {point}"), commits, "", Some(Goal::Cap(2.0)));
    results.figure("p50 of a bare commit", commit.median(|sample| sample.p50_us) / 1000.0, "ms", None);
    Ok([base, own])
}

fn keys(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let site = Site::make(tools, "keys", &ORDINARY)?;
    let (ceiling, rota) = (Server::ceiling(tools, &site)?, Server::rota(tools, &site, &[])?);
    let load = |name, server| {
        Contestant::Load(Load {
            name,
            nodes: vec![server],
            site: &site,
            connections: CROWD,
            keys: true,
            rate: None,
        })
    };
    let contestants = [load("ceiling", &ceiling), load("rota", &rota)];
    let [base, own] = pace.measure(tools, "with Idempotency-Key", contestants)?;
    results.compare(format!("{CROWD} connections, Idempotency-Key"), &base, &own, None);
    rota.stop()
}

fn stores(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let one = Site::make(tools, "one-store", &ORDINARY)?;
    let many = Site::make(tools, "100-stores", &HUNDRED_STORES)?;
    let duel = Duel { point: "100 stores", sides: [("1 store", &one), ("100 stores", &many)] };
    duel.fight(tools, pace, [&[], &[]], Some(Goal::Floor(0.85)), results).map(drop)
}

fn agents(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let few = Site::make(tools, "10-agents", &ORDINARY)?;
    let many = Site::make(tools, "500-agents", &Shape { agents: 500, ..ORDINARY })?;
    let duel = Duel { point: "500 agents", sides: [("10 agents", &few), ("500 agents", &many)] };
    duel.fight(tools, pace, [&[], &[]], None, results).map(drop)
}

fn batching(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let single = Site::make(tools, "single", &ORDINARY)?;
    let batched = Site::make(tools, "batched", &ORDINARY)?;
    let sides = [("one commit a request", &single), ("batched", &batched)];
    let arguments = [&["--max-batch", "1"][..], &[]];
    Duel { point: "batching", sides }.fight(tools, pace, arguments, Some(Goal::Floor(4.0)), results).map(drop)
}

fn rows(tools: &Tools, pace: &Pace, tickets: i64, results: &mut Results) -> anyhow::Result<()> {
    let empty = Site::make(tools, "empty", &ORDINARY)?;
    let big = Site::filled(tools, "big", &Past { shape: ORDINARY, tickets, open: None, customers: 0 })?;
    let starts =
        (0..pace.rounds()).map(|_| start_and_stop(tools, &big)).collect::<anyhow::Result<Vec<_>>>()?;
    let name = format!("start to listening, {tickets} tickets");
    results.figure(name, median(starts), "s", Some(Goal::Cap(0.5)));
    let point = format!("{tickets} tickets there");
    let duel = Duel { point: &point, sides: [("empty", &empty), ("big", &big)] };
    let [_, on_big] = duel.fight(tools, pace, [&[], &[]], Some(Goal::Floor(0.85)), results)?;
    memory(results, &point, &on_big)?;
    on_big.stop()?;
    big.check(tools)
}

fn start_and_stop(tools: &Tools, site: &Site) -> anyhow::Result<f64> {
    let server = Server::rota(tools, site, &[])?;
    let seconds = server.started_in.as_secs_f64();
    server.stop()?;
    Ok(seconds)
}

fn memory(results: &mut Results, when: &str, server: &Server) -> anyhow::Result<()> {
    let memory = server.memory()?;
    results.figure(
        format!("resident memory at its peak, {when}"),
        memory.peak,
        "MiB",
        Some(Goal::Cap(150.0)),
    );
    results.figure(format!("resident memory, {when}"), memory.now, "MiB", None);
    Ok(())
}

/// Two real servers on two databases, with the crowd on each in turn.
struct Duel<'a> {
    point: &'a str,
    sides: [(&'static str, &'a Site); 2],
}

impl Duel<'_> {
    /// The servers, still running; the first side is the baseline.
    fn fight(
        &self,
        tools: &Tools,
        pace: &Pace,
        arguments: [&[&str]; 2],
        goal: Option<Goal>,
        results: &mut Results,
    ) -> anyhow::Result<[Server; 2]> {
        let [(base_name, base_site), (own_name, own_site)] = self.sides;
        let servers =
            [Server::rota(tools, base_site, arguments[0])?, Server::rota(tools, own_site, arguments[1])?];
        let contestants = [
            Contestant::load(base_name, &[&servers[0]], base_site, CROWD),
            Contestant::load(own_name, &[&servers[1]], own_site, CROWD),
        ];
        let [base, own] = pace.measure(tools, self.point, contestants)?;
        results.compare(format!("{CROWD} connections, {}", self.point), &base, &own, goal);
        Ok(servers)
    }
}
