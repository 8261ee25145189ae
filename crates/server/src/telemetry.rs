//! Logs and metrics.

use crate::store::due::DueFigures;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use rota_core::due::Kind;
use rota_core::intake::Answer;
use rota_core::receipt::Route;
use rota_core::roster::Policy;
use rota_core::ticket::Outcome;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Sends log lines to stderr; `ROTA_LOG` filters them as in `ROTA_LOG=rota=debug`.
pub fn start_logging(format: LogFormat) {
    use tracing_subscriber::{EnvFilter, fmt};
    let filter = EnvFilter::try_from_env("ROTA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second call in one process keeps the first one's choice.
    let _ = match format {
        LogFormat::Text => lines.with_ansi(false).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    policy: PolicyLabel,
    outcome: OutcomeLabel,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DueLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct PolicyLabel(Route, Option<Policy>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct OutcomeLabel(Outcome);

impl EncodeLabelValue for PolicyLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.write_str(self.1.map_or(self.0.name(), Policy::name))
    }
}

impl EncodeLabelValue for OutcomeLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.write_str(self.0.name())
    }
}

/// What became of a try to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignInTry {
    SignedIn,
    /// By a wrong password or invitation.
    Refused,
    /// There were too many before.
    PutOff,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignInLabels {
    outcome: SignInTry,
}

impl EncodeLabelValue for SignInTry {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        encoder.write_str(match self {
            Self::SignedIn => "signed_in",
            Self::Refused => "refused",
            Self::PutOff => "put_off",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolLabels {
    store: String,
    pool: String,
}

/// What `/metrics` tells.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<RequestLabels, Counter>,
    batch_sizes: Histogram,
    commit_seconds: Histogram,
    queue_depth: Gauge,
    decisions: Family<DecisionLabels, Counter>,
    waiting: Family<PoolLabels, Gauge>,
    sign_ins: Family<SignInLabels, Counter>,
    due_late: Gauge,
    due_failing: Gauge,
    due_worked: Family<DueLabels, Counter>,
    rejections_dropped: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Mutex::default(),
            requests: Family::default(),
            batch_sizes: Histogram::new(exponential_buckets(1.0, 2.0, 13)),
            commit_seconds: Histogram::new(exponential_buckets(0.0001, 2.0, 18)),
            queue_depth: Gauge::default(),
            decisions: Family::default(),
            waiting: Family::default(),
            sign_ins: Family::default(),
            due_late: Gauge::default(),
            due_failing: Gauge::default(),
            due_worked: Family::default(),
            rejections_dropped: Counter::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&self) {
        let mut registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        registry.register("rota_requests", "Answered requests by HTTP status", self.requests.clone());
        registry.register("rota_intake_batch_size", "Calls that shared a commit", self.batch_sizes.clone());
        let commit = "Time from taking a batch to its durable commit";
        registry.register("rota_intake_commit_seconds", commit, self.commit_seconds.clone());
        registry.register("rota_intake_queue_depth", "Calls that wait for a batch", self.queue_depth.clone());
        let decided = "New tickets by policy and outcome";
        registry.register("rota_assignments", decided, self.decisions.clone());
        registry.register(
            "rota_waiting_tickets",
            "Tickets that wait for an agent, per pool",
            self.waiting.clone(),
        );
        registry.register("rota_sign_ins", "Tries to sign in by outcome", self.sign_ins.clone());
        for outcome in [SignInTry::SignedIn, SignInTry::Refused, SignInTry::PutOff] {
            // Shown from the start, so that the first failures are a rise.
            drop(self.sign_ins.get_or_create(&SignInLabels { outcome }));
        }
        let dropped = "Refused calls that were not kept, since too many came at once";
        registry.register("rota_rejections_dropped", dropped, self.rejections_dropped.clone());
        self.register_due(&mut registry);
    }

    /// What was never done yet counts 0, so that a first failure shows as a rise.
    fn register_due(&self, registry: &mut Registry) {
        registry.register("rota_due_late", "Timed work due for over a minute", self.due_late.clone());
        registry.register("rota_due_failing", "Timed work that failed last", self.due_failing.clone());
        registry.register("rota_due_worked", "Timed work by kind and outcome", self.due_worked.clone());
        for kind in Kind::ALL.map(Kind::name).into_iter().chain(["hand_out"]) {
            for outcome in ["done", "failed"] {
                drop(self.due_worked.get_or_create(&DueLabels { kind, outcome }));
            }
        }
    }

    pub fn sign_in(&self, outcome: SignInTry) {
        self.sign_ins.get_or_create(&SignInLabels { outcome }).inc();
    }

    pub fn rejections_dropped(&self, count: u64) {
        self.rejections_dropped.inc_by(count);
    }

    pub fn request(&self, status: u16) {
        self.requests.get_or_create(&RequestLabels { status }).inc();
    }

    pub fn batch(&self, calls: usize, took: Duration) {
        self.batch_sizes.observe(calls as f64);
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// Counts a decision on a new ticket.
    pub fn decided(&self, answer: &Answer) {
        if let Answer::Created(_, decided) = answer {
            let labels = DecisionLabels {
                policy: PolicyLabel(decided.route, decided.policy),
                outcome: OutcomeLabel(decided.outcome),
            };
            self.decisions.get_or_create(&labels).inc();
        }
    }

    /// Counts a piece of timed work.
    pub fn worked(&self, kind: &'static str, outcome: &'static str) {
        self.due_worked.get_or_create(&DueLabels { kind, outcome }).inc();
    }

    pub fn due(&self, figures: DueFigures) {
        self.due_late.set(i64::try_from(figures.late).unwrap_or(i64::MAX));
        self.due_failing.set(i64::try_from(figures.failing).unwrap_or(i64::MAX));
    }

    pub fn queued(&self, calls: usize) {
        self.queue_depth.set(i64::try_from(calls).unwrap_or(i64::MAX));
    }

    /// Replaces the waiting tickets per pool.
    pub fn waiting(&self, pools: &[crate::store::types::PoolWaiting]) {
        self.waiting.clear();
        for pool in pools {
            let labels = PoolLabels { store: pool.store.to_string(), pool: pool.pool.number().to_string() };
            self.waiting.get_or_create(&labels).set(i64::try_from(pool.waiting).unwrap_or(i64::MAX));
        }
    }

    /// The text form of OpenMetrics.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        let registry = self.registry.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        prometheus_client::encoding::text::encode(&mut text, &registry)?;
        Ok(text)
    }
}
