//! The server inside the test's own process, so that its database can stand on a VFS of the test's own.

use rota::app::App;
use rota::clock::{Clock, SystemClock, SystemEntropy};
use rota::config::Settings;
use rota::server;
use rota::store::Role;
use rota::store::sqlite::{Place, Sqlite};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

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
        let store = Arc::new(Sqlite::open(place, Role::Server, clock.clone()).expect("the database opens"));
        let runtime = Runtime::new().expect("a runtime starts");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = runtime.spawn(async move {
            let (entropy, site) = (Arc::new(SystemEntropy), settings.site(address));
            let (app, background) =
                App::start(store, clock, entropy, settings.limits(), site, settings.webhooks());
            let stopped = async { drop(stopped.await) };
            server::serve(listener, app.clone(), None, settings.connections(), stopped).await;
            app.stop(background).await;
        });
        Self { address, stop: Some(stop), serving: Some(serving), runtime }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
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
