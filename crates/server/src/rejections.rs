//! Refused create calls on their way into the store, and keys that have too many of them. A refusal waits in a bounded
//! queue and is written beside intake, so that it costs its caller nothing.

use crate::clock::Clock;
use crate::due::Stop;
use crate::keys::LiveKey;
use crate::store::rejections::{Broken, KeptBody, MOST_OF_BODY, Rejection, RejectionRow};
use crate::store::{Store, StoreError};
use crate::telemetry::Metrics;
use rota_core::event::Kind;
use rota_core::ids::{KeyId, StoreId};
use rota_core::problem::Problems;
use rota_core::rejecting::{Rejecting, Window};
use rota_core::ticket::Channel;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often what waits is written down.
const WRITE: Duration = Duration::from_millis(500);
/// How long a database that has failed is left alone.
const AWAY: Duration = Duration::from_secs(1);
/// How many wait at most, of one store and of all.
const MOST_OF_STORE: usize = 256;
const MOST: usize = 1_024;
/// The most bytes of ignored fields' names that are kept of a call.
const MOST_OF_NAMES: usize = 1_024;

pub struct Rejections {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    queue: Mutex<Queue>,
    windows: Mutex<HashMap<KeyId, Window>>,
    /// Keys that are to be told of.
    untold: Mutex<Vec<(StoreId, Value)>>,
}

#[derive(Default)]
struct Queue {
    stores: HashMap<StoreId, Waiting>,
    length: usize,
}

#[derive(Default)]
struct Waiting {
    rejections: Vec<Rejection>,
    /// Found no room since the last one that did.
    dropped: i64,
}

/// A call that was refused.
pub struct Refused<'a> {
    pub status: u16,
    pub problems: Option<&'a Problems>,
    pub ignored: &'a [String],
    pub body: &'a [u8],
}

impl Rejections {
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, metrics: Arc<Metrics>) -> Self {
        Self {
            store,
            clock,
            metrics,
            queue: Mutex::default(),
            windows: Mutex::default(),
            untold: Mutex::default(),
        }
    }

    /// A create call of this key has succeeded.
    pub fn succeeded(&self, key: &LiveKey) {
        let now = self.clock.now();
        let mut windows = locked(&self.windows);
        match windows.get_mut(key.id()) {
            Some(window) => window.succeeded(now),
            None => windows.entry(key.id().clone()).or_default().succeeded(now),
        }
    }

    /// A create call of this key was refused.
    pub fn rejected(&self, key: &LiveKey, call: &Refused<'_>) {
        let now = self.clock.now();
        let fields = call.problems.into_iter().flat_map(Problems::iter).map(|problem| problem.field);
        let told = locked(&self.windows).entry(key.id().clone()).or_default().rejected(fields, now);
        if let Some(Rejecting { rejected, fields }) = told {
            let body = json!({ "keyId": key.id(), "rejected": rejected, "fields": fields });
            locked(&self.untold).push((key.store().clone(), body));
        }
        let named = Named::of(call.body);
        let rejection = Rejection {
            at: now,
            key: key.id().clone(),
            status: call.status,
            errors: broken(call),
            ignored: fitting(call.ignored),
            size: i64::try_from(call.body.len()).unwrap_or(i64::MAX),
            hash: Sha256::digest(call.body).into(),
            channel: named.channel(),
            dropped: 0,
            body: Some(KeptBody {
                bytes: call.body[..call.body.len().min(MOST_OF_BODY)].to_vec(),
                customer: named.customer(),
            }),
        };
        if !locked(&self.queue).push(key.store(), rejection) {
            self.metrics.rejections_dropped(1);
        }
    }

    /// Writes down what waits until it is told to stop.
    pub async fn keep_writing(self: Arc<Self>, stop: Stop) {
        let mut failed = false;
        while !stop.is_set() {
            let written = self.write().await;
            if let Err(error) = &written
                && !failed
            {
                // Once for as long as it lasts.
                tracing::warn!(%error, "refused calls could not be written down; trying on");
            }
            failed = written.is_err();
            stop.or_after(if failed { AWAY } else { WRITE }).await;
        }
    }

    /// Writes down what waits now. Where the database is away, what is left waits on.
    pub async fn write(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        locked(&self.windows).retain(|_, window| !window.is_past(now));
        let stores = locked(&self.queue).stores();
        for store in stores {
            let taken: Arc<[Rejection]> = locked(&self.queue).take(&store).into();
            match self.store.keep_rejections(&store, taken.clone()).await {
                Ok(()) => {}
                Err(error @ StoreError::Away(_)) => {
                    let dropped = locked(&self.queue).put_back(&store, taken.to_vec());
                    self.metrics.rejections_dropped(dropped);
                    return Err(error);
                }
                Err(error) => {
                    self.metrics.rejections_dropped(taken.len() as u64);
                    tracing::warn!(%store, %error, "refused calls were not written down");
                }
            }
        }
        self.tell().await
    }

    async fn tell(&self) -> Result<(), StoreError> {
        loop {
            let next = locked(&self.untold).pop();
            let Some((store, body)) = next else { return Ok(()) };
            match self.store.tell(&store, Kind::IntakeRejecting, &body).await {
                Ok(()) => {}
                Err(error @ StoreError::Away(_)) => {
                    locked(&self.untold).push((store, body));
                    return Err(error);
                }
                Err(error) => tracing::warn!(%store, %error, "intake.rejecting was not told"),
            }
        }
    }
}

impl Queue {
    /// Answers whether there was room.
    fn push(&mut self, store: &StoreId, mut rejection: Rejection) -> bool {
        let waiting = self.stores.entry(store.clone()).or_default();
        if self.length >= MOST || waiting.rejections.len() >= MOST_OF_STORE {
            waiting.dropped += 1;
            return false;
        }
        rejection.dropped = std::mem::take(&mut waiting.dropped);
        waiting.rejections.push(rejection);
        self.length += 1;
        true
    }

    /// The stores of which some wait.
    fn stores(&self) -> Vec<StoreId> {
        let waiting = self.stores.iter().filter(|(_, waiting)| !waiting.rejections.is_empty());
        waiting.map(|(store, _)| store.clone()).collect()
    }

    fn take(&mut self, store: &StoreId) -> Vec<Rejection> {
        let Some(waiting) = self.stores.get_mut(store) else { return Vec::new() };
        let taken = std::mem::take(&mut waiting.rejections);
        self.length -= taken.len();
        taken
    }

    /// Puts back what was taken, before what has come since. What there is no room for is dropped, the newest first; answers
    /// how many were.
    fn put_back(&mut self, store: &StoreId, mut taken: Vec<Rejection>) -> u64 {
        let newer = self.take(store);
        let waiting = self.stores.entry(store.clone()).or_default();
        taken.extend(newer);
        let room = MOST_OF_STORE.min(MOST.saturating_sub(self.length));
        let dropped = taken.len().saturating_sub(room);
        let lost: i64 = taken.drain(taken.len() - dropped..).map(|rejection| 1 + rejection.dropped).sum();
        waiting.dropped += lost;
        waiting.rejections = taken;
        self.length += waiting.rejections.len();
        dropped as u64
    }
}

/// What a body names, as far as it can be read.
#[derive(Default, Deserialize)]
struct Named {
    #[serde(default)]
    channel: Value,
    #[serde(default, rename = "bikCustomerId")]
    customer: Value,
}

impl Named {
    fn of(body: &[u8]) -> Self {
        serde_json::from_slice(body).unwrap_or_default()
    }

    fn channel(&self) -> Option<Channel> {
        self.channel.as_str().and_then(Channel::from_name)
    }

    fn customer(&self) -> Option<String> {
        // Not every database keeps U+0000.
        self.customer.as_str().filter(|id| !id.contains('\0')).map(str::to_owned)
    }
}

fn broken(call: &Refused<'_>) -> Vec<Broken> {
    match call.problems {
        Some(problems) => {
            let broken = problems.iter().map(|problem| Broken {
                field: problem.field.into(),
                detail: problem.detail.clone().into_owned(),
            });
            broken.collect()
        }
        None => {
            vec![Broken { field: "Idempotency-Key".into(), detail: "came before with another body".into() }]
        }
    }
}

/// The names as far as there is room for them.
fn fitting(names: &[String]) -> Vec<String> {
    let mut room = MOST_OF_NAMES;
    let fits = |name: &&String| match room.checked_sub(name.len()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    names.iter().filter(fits).cloned().collect()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A rejection as the API and the command line show it.
pub fn shown(row: &RejectionRow) -> Value {
    let RejectionRow { position, rejection } = row;
    json!({
        "position": position,
        "at": rejection.at,
        "keyId": rejection.key,
        "status": rejection.status,
        "errors": rejection.errors,
        "ignoredFields": rejection.ignored,
        "size": rejection.size,
        "sha256": hex(&rejection.hash),
        "channel": rejection.channel.map(Channel::name),
        "dropped": rejection.dropped,
        "body": rejection.body.as_ref().map(|body| String::from_utf8_lossy(&body.bytes)),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes everything");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn rejection(second: i64) -> Rejection {
        Rejection {
            at: Timestamp::from_second(second).unwrap(),
            key: KeyId::new("k").unwrap(),
            status: 400,
            errors: Vec::new(),
            ignored: Vec::new(),
            size: 0,
            hash: [0; 32],
            channel: None,
            dropped: 0,
            body: None,
        }
    }

    fn store(id: &str) -> StoreId {
        StoreId::new(id).unwrap()
    }

    #[test]
    fn what_finds_no_room_is_counted_with_the_next_that_does() {
        let mut queue = Queue::default();
        let pushed =
            (0..MOST_OF_STORE as i64 + 3).filter(|second| queue.push(&store("s"), rejection(*second)));
        assert_eq!(pushed.count(), MOST_OF_STORE);
        assert!(queue.push(&store("other"), rejection(0)), "one store leaves room for the others");
        assert_eq!(queue.take(&store("s")).len(), MOST_OF_STORE);
        assert!(queue.push(&store("s"), rejection(999)));
        assert_eq!(queue.take(&store("s"))[0].dropped, 3);
    }

    #[test]
    fn what_could_not_be_written_goes_before_what_came_since_and_the_newest_are_dropped() {
        let mut queue = Queue::default();
        (0..200).for_each(|second| assert!(queue.push(&store("s"), rejection(second))));
        let taken = queue.take(&store("s"));
        (200..300).for_each(|second| assert!(queue.push(&store("s"), rejection(second))));
        assert_eq!(queue.put_back(&store("s"), taken), 44);
        assert_eq!(queue.length, MOST_OF_STORE);
        let seconds: Vec<i64> = queue.take(&store("s")).iter().map(|one| one.at.as_second()).collect();
        assert_eq!(seconds, (0..256).collect::<Vec<_>>());
        assert!(queue.push(&store("s"), rejection(300)));
        assert_eq!(queue.take(&store("s"))[0].dropped, 44);
        assert_eq!(queue.length, 0);
    }

    #[test]
    fn a_body_names_its_channel_and_customer_where_it_can_be_read() {
        let named = Named::of(br#"{"channel":"WhatsApp","bikCustomerId":"c1","x":[1]}"#);
        assert_eq!((named.channel(), named.customer()), (Some(Channel::Whatsapp), Some("c1".into())));
        for body in [r#"{"channel":"FAX","bikCustomerId":5}"#, "{", "[]", ""] {
            let named = Named::of(body.as_bytes());
            assert_eq!((named.channel(), named.customer()), (None, None), "{body}");
        }
    }

    #[test]
    fn names_of_ignored_fields_are_kept_as_far_as_there_is_room() {
        let names = ["a".repeat(1_000), "b".repeat(30), "c".repeat(24)];
        assert_eq!(fitting(&names), [names[0].clone(), names[2].clone()]);
    }
}
