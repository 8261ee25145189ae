//! One bare SQLite commit on this disk: the floor under a single caller's latency.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::latency::{Latencies, Percentiles};

#[derive(clap::Args)]
pub struct Options {
    /// A database file for this alone; it is made when it isn't there
    #[arg(long)]
    database: PathBuf,
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
}

#[derive(Serialize, Deserialize)]
pub struct Report {
    pub commits: usize,
    pub seconds: f64,
    #[serde(flatten)]
    pub latency: Percentiles,
}

/// Prints one JSON line.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let connection = open(&options.database).with_context(|| {
        format!("cannot use {}; name a file that is only for this", options.database.display())
    })?;
    let start = Instant::now();
    let latencies = commit_until(&connection, start + Duration::from_secs_f64(options.seconds))?;
    let seconds = start.elapsed().as_secs_f64();
    let report = Report { commits: latencies.count(), seconds, latency: latencies.percentiles() };
    println!("{}", serde_json::to_string(&report)?);
    Ok(())
}

fn open(database: &PathBuf) -> rusqlite::Result<Connection> {
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS bench_commits (id INTEGER PRIMARY KEY, note TEXT NOT NULL)",
    )?;
    Ok(connection)
}

fn commit_until(connection: &Connection, deadline: Instant) -> rusqlite::Result<Latencies> {
    let mut insert =
        connection.prepare("INSERT INTO bench_commits (note) VALUES ('one small row, one commit')")?;
    let mut latencies = Latencies::default();
    while Instant::now() < deadline {
        let start = Instant::now();
        insert.execute([])?;
        latencies.record(start.elapsed());
    }
    Ok(latencies)
}
