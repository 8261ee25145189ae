//! What everything in the server shares.

use crate::activity::Activity;
use crate::clock::{Clock, Entropy};
use crate::due::{Scheduler, Stop, Stopper, stopping};
use crate::filing::keep_filing;
use crate::http::console::Files;
use crate::intake::{Intake, Limits};
use crate::keys::Keys;
use crate::ledger::keep_ledger;
use crate::mail::{Mailer, Smtp};
use crate::rejections::Rejections;
use crate::rounds::keep_working;
use crate::sign_in::SignIn;
use crate::site::Site;
use crate::store::Store;
use crate::stream::Streams;
use crate::telemetry::Metrics;
use crate::webhooks::{Deliverer, Webhooks};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

/// How often waiting tickets and timed work are counted for /metrics.
const COUNT: Duration = Duration::from_secs(5);
/// How long a piece of timed work under way has to end once the server stops; cut off, it is done by the next one.
const END_WORK: Duration = Duration::from_secs(1);

/// The server's parts, as handlers and chores reach them.
pub struct App {
    pub store: Arc<dyn Store>,
    pub keys: Arc<Keys>,
    pub sign_in: SignIn,
    pub activity: Activity,
    pub streams: Arc<Streams>,
    pub rejections: Arc<Rejections>,
    pub site: Site,
    pub webhooks: Arc<Webhooks>,
    /// Whether agents can be mailed.
    pub mails: bool,
    pub intake: Intake,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub metrics: Arc<Metrics>,
    pub console: Files,
    pub request_ids: crate::http::RequestIds,
    pub deadline: Duration,
    /// One replay at a time.
    pub replays: Arc<Semaphore>,
}

/// Where people and other systems meet the server.
pub struct Outside {
    pub site: Site,
    pub webhooks: Webhooks,
    /// Where mail goes; none is sent without it.
    pub smtp: Option<Smtp>,
    /// The console's files.
    pub console: Files,
}

/// What runs beside the requests.
pub struct Background {
    batcher: JoinHandle<()>,
    chores: JoinSet<()>,
    /// Timed work and refused calls' way into the store, which end by themselves once they are told to.
    timed: JoinSet<()>,
    stopper: Stopper,
}

impl App {
    pub fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        limits: Limits,
        outside: Outside,
    ) -> (Arc<Self>, Background) {
        let Outside { site, webhooks, smtp, console } = outside;
        let metrics = Arc::new(Metrics::default());
        let keys = Arc::new(Keys::new(store.clone(), clock.clone()));
        let (intake, batcher) = Intake::start(store.clone(), limits, metrics.clone());
        let mut chores = JoinSet::new();
        chores.spawn(keys.clone().keep_fresh());
        chores.spawn(keys.clone().keep_noting_use());
        chores.spawn(keep_counting(store.clone(), metrics.clone(), clock.clone()));
        chores.spawn(keep_filing(store.clone(), metrics.clone()));
        chores.spawn(keep_ledger(store.clone()));
        let rejections = Arc::new(Rejections::new(store.clone(), clock.clone(), metrics.clone()));
        let request_ids = crate::http::RequestIds::new(entropy.as_ref());
        let (stopper, stop) = stopping();
        let scheduler = Arc::new(Scheduler {
            store: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            metrics: metrics.clone(),
        });
        let mut timed = JoinSet::new();
        timed.spawn(scheduler.clone().keep_working(stop.clone()));
        timed.spawn(scheduler.keep_handing_out(stop.clone()));
        timed.spawn(rejections.clone().keep_writing(stop.clone()));
        let webhooks = Arc::new(webhooks);
        let mails = smtp.is_some();
        let sign_in = SignIn::new(store.clone(), clock.clone(), entropy.clone());
        let activity = Activity::new(store.clone(), clock.clone());
        let streams = Arc::new(Streams::new(store.clone(), clock.clone()));
        let deadline = limits.deadline;
        let app = Self {
            store,
            keys,
            sign_in,
            activity,
            streams,
            rejections,
            site,
            webhooks,
            mails,
            intake,
            clock,
            entropy,
            metrics,
            console,
            request_ids,
            deadline,
            replays: Arc::new(Semaphore::new(1)),
        };
        app.tell_events(smtp, &mut timed, &stop);
        (Arc::new(app), Background { batcher, chores, timed, stopper })
    }

    /// Has others told of events: by webhooks, and by mail where there is a server for it.
    fn tell_events(&self, smtp: Option<Smtp>, timed: &mut JoinSet<()>, stop: &Stop) {
        let deliverer = Deliverer {
            store: self.store.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            url: self.site.url.clone(),
            webhooks: self.webhooks.clone(),
            metrics: self.metrics.clone(),
            clients: Mutex::default(),
        };
        timed.spawn(keep_working(Arc::new(deliverer), self.entropy.clone(), stop.clone()));
        if let Some(smtp) = smtp {
            let mailer = Mailer {
                store: self.store.clone(),
                clock: self.clock.clone(),
                entropy: self.entropy.clone(),
                metrics: self.metrics.clone(),
                url: self.site.url.clone(),
                smtp,
            };
            timed.spawn(keep_working(Arc::new(mailer), self.entropy.clone(), stop.clone()));
        }
    }

    /// Answers what is queued and ends everything that runs beside the requests.
    pub async fn stop(&self, mut background: Background) {
        background.stopper.stop();
        self.intake.close();
        if let Err(error) = background.batcher.await {
            tracing::error!(%error, "the batcher ended early");
        }
        let ended = async { while background.timed.join_next().await.is_some() {} };
        if tokio::time::timeout(END_WORK, ended).await.is_err() {
            tracing::warn!("timed work was cut off; it is done once its lease is over");
        }
        background.timed.shutdown().await;
        background.chores.shutdown().await;
        match tokio::time::timeout(END_WORK, self.rejections.write()).await {
            Ok(Ok(())) => {}
            _ => tracing::warn!("the last refused calls were not written down"),
        }
        self.keys.note_use().await;
    }
}

async fn keep_counting(store: Arc<dyn Store>, metrics: Arc<Metrics>, clock: Arc<dyn Clock>) {
    let mut ticks = tokio::time::interval(COUNT);
    loop {
        ticks.tick().await;
        match store.waiting().await {
            Ok(pools) => metrics.waiting(&pools),
            Err(error) => tracing::warn!(%error, "waiting tickets could not be counted"),
        }
        match store.due_figures().await {
            Ok(figures) => metrics.due(figures),
            Err(error) => tracing::warn!(%error, "timed work could not be counted"),
        }
        match store.delivery_figures().await {
            Ok(figures) => metrics.deliveries(figures, clock.now()),
            Err(error) => tracing::warn!(%error, "what is to be delivered could not be counted"),
        }
    }
}
