//! A load of commands on tickets, each of which records an event: while it goes on, something else is measured.

use std::{
    cell::RefCell,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::{Value, json};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
    time::sleep_until,
};

use super::{
    connection::{Connection, Credentials},
    measure::median,
    server::Server,
};

/// The most tickets of one call.
pub const AT_ONCE: i64 = 100;
const SENDERS: u32 = 8;
/// A ticket's priority is another each time, so that each command changes something.
const PRIORITIES: [&str; 4] = ["low", "high", "urgent", "normal"];

pub struct Commands {
    runtime: Runtime,
    job: Job,
    /// Events a second that were recorded, in each round.
    recorded: RefCell<Vec<f64>>,
}

#[derive(Clone)]
struct Job {
    url: String,
    token: String,
    /// How many times [`AT_ONCE`] tickets take turns.
    parts: i64,
    /// Between two calls of one sender.
    interval: Duration,
    /// Over all rounds, so that each goes on where the last one ended.
    calls: Arc<AtomicI64>,
}

/// Of one round.
#[derive(Default)]
struct Progress {
    events: AtomicI64,
    is_over: AtomicBool,
}

impl Commands {
    /// On the store's tickets up to that number, as many a second.
    pub fn new(server: &Server, token: &str, tickets: i64, rate: f64) -> anyhow::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let job = Job {
            url: server.url.clone(),
            token: token.to_owned(),
            parts: tickets / AT_ONCE,
            interval: Duration::from_secs_f64(f64::from(SENDERS) * AT_ONCE as f64 / rate),
            calls: Arc::default(),
        };
        Ok(Self { runtime, job, recorded: RefCell::default() })
    }

    /// Measures while the commands go on.
    pub fn beside<T>(&self, measure: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
        let progress = Arc::<Progress>::default();
        let mut senders = JoinSet::new();
        for number in 0..SENDERS {
            let sending = self.job.clone().keep_sending(number, progress.clone());
            senders.spawn_on(sending, self.runtime.handle());
        }
        let begun = Instant::now();
        let measured = measure()?;
        let rate = progress.events.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64();
        progress.is_over.store(true, Ordering::Relaxed);
        self.runtime.block_on(async {
            while let Some(sent) = senders.join_next().await {
                sent??;
            }
            anyhow::Ok(())
        })?;
        eprintln!("the commands beside it recorded {rate:.0} events/s");
        self.recorded.borrow_mut().push(rate);
        Ok(measured)
    }

    /// Events a second, the median over the rounds.
    pub fn recorded(&self) -> f64 {
        median(self.recorded.borrow().clone())
    }
}

impl Job {
    async fn keep_sending(self, number: u32, progress: Arc<Progress>) -> anyhow::Result<()> {
        let mut connection = Connection::open(&self.url, Credentials::Desk(&self.token)).await?;
        let mut due = Instant::now() + self.interval * number / SENDERS;
        while !progress.is_over.load(Ordering::Relaxed) {
            sleep_until(due.into()).await;
            due += self.interval;
            let call = self.calls.fetch_add(1, Ordering::Relaxed);
            let events = prioritize(&mut connection, call % self.parts, call / self.parts).await?;
            progress.events.fetch_add(events, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Gives [`AT_ONCE`] tickets the `pass`th priority: those of a part, counted from 0. Answers how many events that made.
pub async fn prioritize(connection: &mut Connection, part: i64, pass: i64) -> anyhow::Result<i64> {
    let priority = PRIORITIES[pass as usize % PRIORITIES.len()];
    let first = part * AT_ONCE + 1;
    let body = json!({
        "ticketIds": (first..first + AT_ONCE).collect::<Vec<_>>(),
        "command": "priority",
        "with": { "priority": priority },
    });
    let answer = connection.post("/v1/tickets/bulk", body.to_string()).await?;
    let answer: Value = serde_json::from_slice(answer.body())?;
    let results = answer["results"].as_array().with_context(|| format!("no results in {answer}"))?;
    Ok(results.iter().filter(|result| result["entry"].is_i64()).count() as i64)
}
