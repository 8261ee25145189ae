//! API keys as the HTTP front knows them: a copy of the stored ones, refreshed all the time, so that a request
//! asks the database only for a key that was never seen (contract 1, Authentication).

mod secret;

use crate::clock::{Clock, Entropy};
use crate::store::types::ApiKey;
use crate::store::{Store, StoreError};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};
use rota_core::ids::{KeyId, StoreId};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

pub use secret::{Token, generate, letters};

/// The scope that the endpoints under /integrations need.
pub const INTAKE: Scope = Scope { name: "intake", schemes: &["Basic"] };
/// The scope that the endpoints under /v1 need: it sees and works its store (desk 3).
pub const DESK: Scope = Scope { name: "desk", schemes: &["Basic", "Bearer"] };
/// The names of all scopes a key may have.
pub const SCOPES: [&str; 2] = [INTAKE.name, DESK.name];

/// What a key may be used for, and how it is presented there.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    pub name: &'static str,
    /// The Authorization header's schemes.
    schemes: &'static [&'static str],
}

/// How often changed keys are read; a revoked key stops within 2 s.
const REFRESH: Duration = Duration::from_millis(500);
/// How often the time of last use is written down.
const NOTE_USE: Duration = Duration::from_secs(5);
/// Changes are read again this long after they were made: clocks of several writers differ.
const OVERLAP: SignedDuration = SignedDuration::from_secs(60);
/// Look-ups of keys nobody has seen, a second: enough for new keys, too few to guess with or to load the database.
const LOOKUPS: NonZeroU32 = NonZeroU32::new(50).expect("not zero");

/// A key in use.
pub struct LiveKey {
    key: ApiKey,
    limiter: Option<DefaultDirectRateLimiter>,
    /// Milliseconds; 0 while it was not used since it was last written down.
    used: AtomicI64,
}

impl LiveKey {
    fn new(key: ApiKey) -> Self {
        let quota = key.rate.and_then(NonZeroU32::new).map(Quota::per_second);
        Self { key, limiter: quota.map(RateLimiter::direct), used: AtomicI64::new(0) }
    }

    pub fn id(&self) -> &KeyId {
        &self.key.id
    }

    pub fn store(&self) -> &StoreId {
        &self.key.store
    }

    /// Whether the key may make one more request now.
    pub fn within_rate(&self) -> bool {
        self.limiter.as_ref().is_none_or(|limiter| limiter.check().is_ok())
    }

    fn admits(&self, token: &Token, scope: &str, now: Timestamp) -> bool {
        let scoped = self.key.scopes.iter().any(|known| known == scope);
        token.matches(&self.key.secret_hash) && self.is_live(now) && scoped
    }

    fn is_live(&self, now: Timestamp) -> bool {
        self.key.revoked_at.is_none() && self.key.expires_at.is_none_or(|end| now < end)
    }
}

/// All keys that are known, by their ids.
pub struct Keys {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    live: RwLock<HashMap<Box<str>, Arc<LiveKey>>>,
    lookups: DefaultDirectRateLimiter,
}

impl Keys {
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            live: RwLock::default(),
            lookups: RateLimiter::direct(Quota::per_second(LOOKUPS)),
        }
    }

    /// The key that the Authorization header names, if it may do what `scope` allows. A database that is away
    /// refuses nobody for good: that is an error of its own.
    pub async fn authenticate(
        &self,
        header: Option<&str>,
        scope: Scope,
    ) -> Result<Option<Arc<LiveKey>>, StoreError> {
        let token = header.and_then(|header| Token::from_header(header, scope.schemes));
        let Some(token) = token else { return Ok(None) };
        let key = match self.known(token.key()) {
            Some(key) => key,
            None => match self.look_up(token.key()).await? {
                Some(key) => key,
                None => return Ok(None),
            },
        };
        let now = self.clock.now();
        if !key.admits(&token, scope.name, now) {
            return Ok(None);
        }
        key.used.store(now.as_millisecond(), Ordering::Relaxed);
        Ok(Some(key))
    }

    fn known(&self, id: &str) -> Option<Arc<LiveKey>> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// A key that was made a moment ago works at once; guessing does not reach the database.
    async fn look_up(&self, id: &str) -> Result<Option<Arc<LiveKey>>, StoreError> {
        let Some(id) = KeyId::new(id) else { return Ok(None) };
        if self.lookups.check().is_err() {
            return Ok(None);
        }
        let found = self.store.key(&id).await?;
        Ok(found.map(|key| self.put(key)))
    }

    /// Whether a key that was let in is still neither revoked nor past its time.
    pub fn is_live(&self, id: &KeyId) -> bool {
        let live = self.live.read().unwrap_or_else(PoisonError::into_inner);
        live.get(id.as_str()).is_some_and(|known| known.is_live(self.clock.now()))
    }

    /// A changed key keeps its use, and its limiter as long as its rate is the same.
    fn put(&self, key: ApiKey) -> Arc<LiveKey> {
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = live.get(key.id.as_str()).filter(|known| same(&known.key, &key)) {
            return known.clone();
        }
        let id: Box<str> = key.id.as_str().into();
        let key = Arc::new(LiveKey::new(key));
        live.insert(id, key.clone());
        key
    }

    /// Reads changes for as long as the server runs.
    pub async fn keep_fresh(self: Arc<Self>) {
        let mut since = Timestamp::UNIX_EPOCH;
        let mut ticks = tokio::time::interval(REFRESH);
        loop {
            ticks.tick().await;
            let begun = self.clock.now();
            match self.store.keys_changed_since(since).await {
                Ok(changed) => {
                    changed.into_iter().for_each(|key| drop(self.put(key)));
                    since = begun.saturating_sub(OVERLAP).unwrap_or(Timestamp::UNIX_EPOCH);
                }
                Err(error) => tracing::warn!(%error, "keys could not be refreshed"),
            }
        }
    }

    /// Writes down when keys were used, for as long as the server runs.
    pub async fn keep_noting_use(self: Arc<Self>) {
        // Nothing is used yet when it starts.
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + NOTE_USE, NOTE_USE);
        loop {
            ticks.tick().await;
            self.note_use().await;
        }
    }

    /// Writes down when keys were used since the last time.
    pub async fn note_use(&self) {
        let keys: Vec<Arc<LiveKey>> =
            self.live.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        let used: Vec<_> = keys
            .iter()
            .filter_map(|key| {
                let at = Timestamp::from_millisecond(key.used.swap(0, Ordering::Relaxed)).ok()?;
                (at > Timestamp::UNIX_EPOCH).then(|| (key.store().clone(), key.id().clone(), at))
            })
            .collect();
        if used.is_empty() {
            return;
        }
        if let Err(error) = self.store.keys_used(used).await {
            tracing::warn!(%error, "the keys' last use could not be written down");
        }
    }
}

/// Whether nothing changed that a request depends on.
fn same(a: &ApiKey, b: &ApiKey) -> bool {
    a.secret_hash == b.secret_hash
        && a.scopes == b.scopes
        && a.rate == b.rate
        && a.expires_at == b.expires_at
        && a.revoked_at == b.revoked_at
}

/// Makes a new key and its token; the token is shown once and never stored.
pub fn new_key(
    store: StoreId,
    name: String,
    scopes: Vec<String>,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> (ApiKey, String) {
    let generated = generate(entropy);
    let key = ApiKey {
        store,
        id: generated.id,
        name,
        secret_hash: generated.secret_hash,
        scopes,
        rate: None,
        created_at: clock.now(),
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    };
    (key, generated.token)
}
