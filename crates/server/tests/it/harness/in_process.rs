//! The server inside the test's own process, so that its database can stand on a VFS of the test's own.

use super::{Connection, Request, until};
use jiff::{SignedDuration, Timestamp};
use rota::app::{App, Outside};
use rota::clock::{Clock, SystemClock, SystemEntropy};
use rota::config::Settings;
use rota::http::console::Files;
use rota::server;
use rota::store::Role;
use rota::store::sqlite::{Place, Sqlite};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The machine's clock, some way ahead.
#[derive(Default)]
pub struct AheadClock(AtomicI64);

impl AheadClock {
    pub fn travel(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_millis()).expect("a span"), Ordering::SeqCst);
    }
}

impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + SignedDuration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// It ends as on SIGTERM when it is dropped.
pub struct InProcess {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
    runtime: Runtime,
}

impl InProcess {
    /// Serves with the default settings.
    pub fn start(place: &Place) -> Self {
        Self::with(place, Settings::default(), Arc::new(SystemClock))
    }

    /// Serves by this clock.
    pub fn with(place: &Place, settings: Settings, clock: Arc<dyn Clock>) -> Self {
        Self::serve(place, settings, clock, |_| None)
    }

    /// Serves this console.
    pub fn with_console(place: &Place, console: Files) -> Self {
        Self::serve(place, Settings::default(), Arc::new(SystemClock), console)
    }

    fn serve(place: &Place, settings: Settings, clock: Arc<dyn Clock>, console: Files) -> Self {
        let store = Arc::new(Sqlite::open(place, Role::Server, clock.clone()).expect("the database opens"));
        let runtime = Runtime::new().expect("a runtime starts");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = runtime.spawn(async move {
            let (entropy, site) = (Arc::new(SystemEntropy), settings.site(address));
            let smtp = settings.smtp(&site).expect("mail can be sent");
            let outside = Outside { site, webhooks: settings.webhooks(), smtp, console };
            let (app, background) = App::start(store, clock, entropy, settings.limits(), outside);
            let stopped = async { drop(stopped.await) };
            server::serve(listener, app.clone(), None, settings.connections(), stopped).await;
            app.stop(background).await;
        });
        Self { address, stop: Some(stop), serving: Some(serving), runtime }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until a metric is that.
    #[track_caller]
    pub fn metric(&self, name: &str, value: &str) {
        self.figure(name, |figure| figure == value);
    }

    /// Waits until a counter has come that far; what is tried again by itself goes on counting.
    #[track_caller]
    pub fn counted(&self, name: &str, least: u64) {
        self.figure(name, |figure| figure.parse::<u64>().is_ok_and(|count| count >= least));
    }

    #[track_caller]
    fn figure(&self, name: &str, is: impl Fn(&str) -> bool) {
        until(Duration::from_secs(30), || {
            let text = Connection::open(self.address).call(&Request::get("/metrics")).text().to_owned();
            let is_so = |line: &str| line.strip_prefix(name).is_some_and(|rest| is(rest.trim()));
            text.lines().any(is_so).then_some(())
        });
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take() {
            let ended = self.runtime.block_on(serving);
            assert!(ended.is_ok() || std::thread::panicking(), "the server ends well");
        }
    }
}
