//! Telling other systems of events (desk 7): what every part of it shares. Deciding is the core's
//! ([`rota_core::webhook`]); who works which endpoint is the store's ([`crate::store::webhooks`]).

mod client;
mod delivery;
mod key;
mod network;
mod payload;
mod resend;
mod url;

use crate::clock::{Clock, Entropy};
use crate::site::PublicUrl;
use crate::store::StoreError;
use crate::store::webhooks::{Attempt, WebhookRow, WebhookStore};
use client::{Client, Tls};
use jiff::Timestamp;
use key::Master;
use rota_core::ids::{StoreId, WebhookId};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use tokio::net::lookup_host;
use tokio::sync::Semaphore;

pub use delivery::Deliverer;
pub use key::{KeySource, NoKey};
pub use network::{Cidr, Network};
pub use payload::{event_id, mark};
pub use resend::{Asked as AskedAgain, TooMany, between, one};
pub use url::HookUrl;

/// Names that are looked up at a time.
const LOOK_UPS: usize = 32;

/// How endpoints are reached, and with which key their secrets are made.
pub struct Webhooks {
    pub key: KeySource,
    pub network: Network,
    tls: OnceLock<Result<Tls, String>>,
    look_ups: Arc<Semaphore>,
    /// The key, once it was read.
    master: OnceLock<Master>,
}

impl Webhooks {
    pub fn new(key: KeySource, network: Network) -> Self {
        let (tls, look_ups) = (OnceLock::new(), Arc::new(Semaphore::new(LOOK_UPS)));
        Self { key, network, tls, look_ups, master: OnceLock::new() }
    }

    /// The key is made where it may be and no store has an endpoint yet, whose secret came from another.
    pub async fn ready(&self, database: &dyn WebhookStore, entropy: &dyn Entropy) -> Result<(), NotReady> {
        if self.master.get().is_none() {
            let master = self.key.read_or_make(!database.has_webhooks().await?, entropy)?;
            let _ = self.master.set(master);
        }
        Ok(())
    }

    /// The secret of a generation, as its endpoint's owner is shown it.
    pub fn secret(&self, store: &StoreId, id: WebhookId, generation: i64) -> Result<String, NoKey> {
        Ok(self.master()?.shown(store, id, generation))
    }

    fn master(&self) -> Result<&Master, NoKey> {
        if let Some(master) = self.master.get() {
            return Ok(master);
        }
        let master = self.key.read()?;
        Ok(self.master.get_or_init(|| master))
    }

    /// The addresses of a host. A look-up takes a thread, also after whoever asked has given up.
    async fn look_up(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        let permit = self.look_ups.clone().acquire_owned().await.map_err(io::Error::other)?;
        let looking = tokio::spawn(async move {
            let found = lookup_host((host.as_str(), port)).await.map(Vec::from_iter);
            drop(permit);
            found
        });
        looking.await.map_err(io::Error::other)?
    }

    fn client(self: &Arc<Self>, url: &str) -> Result<Client, String> {
        let url: HookUrl = url.parse()?;
        let tls = self.tls.get_or_init(Tls::new).clone();
        Ok(Client::new(self.clone(), url, tls))
    }
}

/// Why no endpoint can be made.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    #[error(transparent)]
    NoKey(#[from] NoKey),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sends an endpoint a test, and notes what came of it.
pub async fn test(
    webhooks: &Arc<Webhooks>,
    database: &dyn WebhookStore,
    (store, row): (&StoreId, &WebhookRow),
    (clock, entropy): (&dyn Clock, &dyn Entropy),
) -> Result<(i64, Attempt), TestError> {
    let mut random = [0; 8];
    entropy.fill(&mut random);
    let message = payload::test(store, row.format, clock.now(), u64::from_le_bytes(random));
    let client = webhooks.client(&row.url).map_err(TestError::Url)?;
    let tried = delivery::attempt(&client, webhooks.master()?, (store, row), &message, clock).await;
    let attempt = tried.noted(&message, 1);
    let id = database.note_attempt(store, row.id, attempt.clone()).await?;
    Ok((id, attempt))
}

/// Why no test was sent.
#[derive(Debug, thiserror::Error)]
pub enum TestError {
    #[error("{0}")]
    Url(String),
    #[error(transparent)]
    NoKey(#[from] NoKey),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What links in payloads begin with, and when it is now.
pub struct Told<'a> {
    pub url: &'a PublicUrl,
    pub now: Timestamp,
}
