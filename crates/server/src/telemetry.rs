//! Logs and metrics.

use crate::store::due::DueFigures;
use crate::store::mail::{Backlog, DeliveryFigures};
use jiff::Timestamp;
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
use std::sync::atomic::{AtomicU64, Ordering};
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

/// Where events are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Destination {
    Webhook,
    Mail,
}

impl Destination {
    const ALL: [Self; 2] = [Self::Webhook, Self::Mail];

    fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Mail => "mail",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AttemptLabels {
    to: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DestinationLabels {
    to: &'static str,
}

/// What `/metrics` tells.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<RequestLabels, Counter>,
    calls: AtomicU64,
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
    attempts: Family<AttemptLabels, Counter>,
    pending: Family<DestinationLabels, Gauge>,
    failing_for: Family<DestinationLabels, Gauge>,
    webhooks_disabled: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Mutex::default(),
            requests: Family::default(),
            calls: AtomicU64::default(),
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
            attempts: Family::default(),
            pending: Family::default(),
            failing_for: Family::default(),
            webhooks_disabled: Gauge::default(),
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
        self.register_deliveries(&mut registry);
    }

    fn register_deliveries(&self, registry: &mut Registry) {
        let attempts = "Webhook requests and mails by outcome";
        registry.register("rota_delivery_attempts", attempts, self.attempts.clone());
        let pending = "Events that could not be delivered yet, or wait behind such a one";
        registry.register("rota_delivery_pending", pending, self.pending.clone());
        let failing = "Seconds since the first failure of what has failed longest";
        registry.register("rota_delivery_failing_seconds", failing, self.failing_for.clone());
        let disabled =
            "Endpoints that were switched off because nothing could be delivered, or that wanted no more";
        registry.register("rota_webhooks_disabled", disabled, self.webhooks_disabled.clone());
        for to in Destination::ALL.map(Destination::name) {
            for outcome in ["delivered", "failed", "given_up"] {
                drop(self.attempts.get_or_create(&AttemptLabels { to, outcome }));
            }
        }
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
        self.calls.fetch_add(calls as u64, Ordering::Relaxed);
        self.batch_sizes.observe(calls as f64);
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// How many calls were in batches since the start.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
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

    /// Counts an attempt to deliver.
    pub fn delivered(&self, to: Destination, outcome: &'static str) {
        self.attempts.get_or_create(&AttemptLabels { to: to.name(), outcome }).inc();
    }

    pub fn deliveries(&self, figures: DeliveryFigures, now: Timestamp) {
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for (to, of) in [(Destination::Webhook, figures.webhooks), (Destination::Mail, figures.mail)] {
            let (labels, Backlog { pending, failing_since }) = (DestinationLabels { to: to.name() }, of);
            self.pending.get_or_create(&labels).set(count(pending));
            let seconds = failing_since.map_or(0, |since| now.duration_since(since).as_secs());
            self.failing_for.get_or_create(&labels).set(seconds);
        }
        self.webhooks_disabled.set(count(figures.webhooks_disabled));
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
