//! A closed-loop load generator: every connection keeps exactly one request in flight.

mod caller;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use hyper::Uri;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::latency::{Latencies, Percentiles};
use caller::Caller;
pub use caller::exchange;

#[derive(clap::Args)]
pub struct Options {
    /// Where the server listens, e.g. http://127.0.0.1:7070; connections are spread over several evenly
    #[arg(long, required = true)]
    url: Vec<Uri>,
    /// Tokens as `rota key create` prints them, one a line; connections are spread over them evenly
    #[arg(long)]
    token_file: PathBuf,
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Time that counts
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Time before it that does not
    #[arg(long, default_value_t = 1.0)]
    warmup: f64,
    /// The lowest customer id
    #[arg(long, default_value_t = 5233549)]
    customer_base: u64,
    /// How many customers, counting up from the base, take turns
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    customers: u64,
    /// Send an Idempotency-Key with each request: this prefix, the connection and a number.
    /// Choose another prefix for each run on the same store, or the answers are replays
    #[arg(long, value_name = "PREFIX")]
    idempotency_keys: Option<String>,
    /// Calls a second over all connections; without it each connection calls again once it is answered. A latency then
    /// begins when the call was due, so that waiting for the answer before counts
    #[arg(long)]
    rate: Option<f64>,
    /// Threads of the generator; as many as there are processors or connections unless set
    #[arg(long)]
    threads: Option<usize>,
}

/// What one run found; latencies are of answers with 200 inside the counted time.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    pub requests: usize,
    pub errors: usize,
    pub seconds: f64,
    pub rps: f64,
    #[serde(flatten)]
    pub latency: Percentiles,
}

/// The part of a run that counts.
#[derive(Clone, Copy)]
struct Window {
    opens: Instant,
    closes: Instant,
}

#[derive(Default)]
struct Tally {
    latencies: Latencies,
    errors: usize,
    first_error: Option<String>,
}

/// Prints one JSON line.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let tally = runtime.worker_threads(threads(options)?).enable_all().build()?.block_on(drive(options))?;
    if let Some(error) = &tally.first_error {
        eprintln!("{} requests failed; the first: {error}", tally.errors);
    }
    println!("{}", serde_json::to_string(&report(tally, options.seconds))?);
    Ok(())
}

/// A second thread with nothing to do would only make a lone connection's task wander.
fn threads(options: &Options) -> std::io::Result<usize> {
    let processors = std::thread::available_parallelism()?.get();
    Ok(options.threads.unwrap_or(processors.min(options.connections)).max(1))
}

/// The tokens of a file, one a line; blank lines do not count.
pub fn read_tokens(file: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read {}; write one token a line into it", file.display()))?;
    let tokens: Vec<_> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if tokens.is_empty() {
        bail!("{} has no token; write one a line into it, as `rota key create` prints them", file.display());
    }
    Ok(tokens)
}

async fn drive(options: &Options) -> anyhow::Result<Tally> {
    let callers = callers(options)?;
    let opens = Instant::now() + Duration::from_secs_f64(options.warmup);
    let window = Window { opens, closes: opens + Duration::from_secs_f64(options.seconds) };
    let mut tasks: JoinSet<Tally> =
        callers.into_iter().map(|caller| caller.call_until_closed(window)).collect();
    let mut total = Tally::default();
    while let Some(tally) = tasks.join_next().await {
        total.add(tally?);
    }
    Ok(total)
}

fn callers(options: &Options) -> anyhow::Result<Vec<Caller>> {
    let tokens = read_tokens(&options.token_file)?;
    let addresses = options.url.iter().map(Uri::authority).collect::<Option<Vec<_>>>();
    let addresses = addresses.context("--url has no host; write it as http://127.0.0.1:7070")?;
    let bodies: Arc<[_]> = caller::bodies(options.customer_base, options.customers).into();
    let caller = |number: usize| {
        let token = &tokens[number % tokens.len()];
        let keys = options.idempotency_keys.as_ref().map(|prefix| format!("{prefix}-{number}"));
        let address = addresses[number % addresses.len()].as_str();
        let caller = Caller::new(address, token, bodies.clone(), number, keys)?;
        Ok(match options.rate {
            Some(rate) => caller.at_times(options.connections as f64 / rate, number as f64 / rate),
            None => caller,
        })
    };
    (0..options.connections).map(caller).collect()
}

fn report(tally: Tally, seconds: f64) -> Report {
    let requests = tally.latencies.count();
    let rps = (requests as f64 / seconds).round();
    Report { requests, errors: tally.errors, seconds, rps, latency: tally.latencies.percentiles() }
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.latencies.merge(other.latencies);
        self.errors += other.errors;
        self.first_error = self.first_error.take().or(other.first_error);
    }

    fn fail(&mut self, error: String) {
        self.errors += 1;
        self.first_error.get_or_insert(error);
    }
}
