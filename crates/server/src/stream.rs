//! Live events for whoever looks on: one reader of each store's events per node, however many look. What is recorded by another
//! node is heard of by the next look at the database.

use crate::events::Event;
use crate::store::{Store, StoreError};
use rota_core::ids::StoreId;
use rota_core::roster::Roster;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::broadcast::{Receiver, Sender};
use tokio::sync::watch;

/// How often a store's events are looked for while somebody listens.
const LOOK: Duration = Duration::from_millis(250);
/// Events read at a time.
const READ: u32 = 500;
/// How many batches of events a slow listener may be behind: then it has to catch up from the database.
const BEHIND: usize = 64;

/// Events that were recorded together, and the store's people at that moment.
#[derive(Debug)]
pub struct News {
    pub events: Vec<Event>,
    pub roster: Arc<Roster>,
    /// The position up to which it tells.
    pub to: i64,
}

/// The stores that somebody listens to.
pub struct Streams {
    store: Arc<dyn Store>,
    readers: Mutex<HashMap<StoreId, Weak<Reader>>>,
    ending: watch::Sender<bool>,
}

/// Reads one store's events while somebody holds it.
pub struct Reader {
    news: Sender<Arc<News>>,
}

/// A place among the listeners of a store; from `from` on nothing is missed.
pub struct Listening {
    pub news: Receiver<Arc<News>>,
    pub from: i64,
    // Held, so that the reader goes on.
    _reader: Arc<Reader>,
}

impl Streams {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store, readers: Mutex::default(), ending: watch::Sender::new(false) }
    }

    /// Ends every stream: the server stops.
    pub fn end(&self) {
        self.ending.send_replace(true);
    }

    /// Ready once streams end.
    pub async fn ended(&self) {
        // It cannot be closed while `self` is there.
        let _ = self.ending.subscribe().wait_for(|ending| *ending).await;
    }

    /// Listens to what comes after the position that is answered, or before it.
    pub async fn listen(self: &Arc<Self>, store: &StoreId) -> Result<Listening, StoreError> {
        let reader = self.reader(store);
        let news = reader.news.subscribe();
        // Subscribed first: what is recorded meanwhile comes twice rather than never.
        let from = self.store.last_event(store).await?;
        Ok(Listening { news, from, _reader: reader })
    }

    fn reader(self: &Arc<Self>, store: &StoreId) -> Arc<Reader> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = readers.get(store).and_then(Weak::upgrade) {
            return reader;
        }
        readers.retain(|_, reader| reader.strong_count() > 0);
        let reader = Arc::new(Reader { news: Sender::new(BEHIND) });
        readers.insert(store.clone(), Arc::downgrade(&reader));
        let (streams, store, weak) = (self.clone(), store.clone(), Arc::downgrade(&reader));
        tokio::spawn(async move { streams.read(&store, &weak).await });
        reader
    }

    /// Reads until nobody listens any more.
    async fn read(&self, store: &StoreId, reader: &Weak<Reader>) {
        let mut at = None;
        while !*self.ending.borrow() {
            let Some(news) = reader.upgrade().map(|reader| reader.news.clone()) else { return };
            match self.look(store, at).await {
                Ok((to, Some(found))) => {
                    at = Some(to);
                    // Nobody listens any more: the next look ends it.
                    let _ = news.send(Arc::new(found));
                    continue;
                }
                Ok((to, None)) => at = Some(to),
                Err(error) => tracing::debug!(%store, %error, "live events wait for the database"),
            }
            drop(news);
            let _ = tokio::time::timeout(LOOK, self.ended()).await;
        }
    }

    /// What has come after `at`, and how far that is; at first only how far it is.
    async fn look(&self, store: &StoreId, at: Option<i64>) -> Result<(i64, Option<News>), StoreError> {
        let Some(at) = at else { return Ok((self.store.last_event(store).await?, None)) };
        if self.store.last_event(store).await? == at {
            return Ok((at, None));
        }
        let recorded = self.store.events(store, at, READ).await?;
        let Some(to) = recorded.last().map(|recorded| recorded.position) else { return Ok((at, None)) };
        let roster = self.store.roster(store).await?;
        let events = recorded.into_iter().flat_map(Event::of).collect();
        Ok((to, Some(News { events, roster, to })))
    }
}
