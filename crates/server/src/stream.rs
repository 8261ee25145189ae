//! Live events, and who looks at which ticket, for whoever looks on: one reader of each store's events per node, however many look. What is recorded by another
//! node is heard of by the next look at the database.

use crate::clock::Clock;
use crate::events::Event;
use crate::store::types::TicketRow;
use crate::store::{Store, StoreError};
use rota_core::ids::{AgentId, StoreId};
use rota_core::roster::Roster;
use rota_core::viewing::{Activity, Viewers, changed, viewers};
use std::collections::{BTreeMap, HashMap};
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

/// What listeners are told of.
#[derive(Debug)]
pub enum News {
    Recorded(Records),
    /// Tickets that others look at than before, and the store's people at that moment.
    Viewing(Vec<Viewed>, Arc<Roster>),
}

/// Events that were recorded together, and the store's people at that moment.
#[derive(Debug)]
pub struct Records {
    pub events: Vec<Event>,
    pub roster: Arc<Roster>,
}

/// A ticket and who looks at it.
#[derive(Debug)]
pub struct Viewed {
    pub row: TicketRow,
    pub by: BTreeMap<AgentId, Activity>,
}

/// The stores that somebody listens to.
pub struct Streams {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
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
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, readers: Mutex::default(), ending: watch::Sender::new(false) }
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
        // How things are is seen before the reader begins: one that saw it later would take news for old.
        let seen = Seen { at: self.store.last_event(store).await?, viewers: self.viewers(store).await? };
        let reader = self.reader(store, seen);
        let news = reader.news.subscribe();
        // Subscribed first: what is recorded meanwhile comes twice rather than never.
        let from = self.store.last_event(store).await?;
        Ok(Listening { news, from, _reader: reader })
    }

    fn reader(self: &Arc<Self>, store: &StoreId, seen: Seen) -> Arc<Reader> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = readers.get(store).and_then(Weak::upgrade) {
            return reader;
        }
        readers.retain(|_, reader| reader.strong_count() > 0);
        let reader = Arc::new(Reader { news: Sender::new(BEHIND) });
        readers.insert(store.clone(), Arc::downgrade(&reader));
        let (streams, store, weak) = (self.clone(), store.clone(), Arc::downgrade(&reader));
        tokio::spawn(async move { streams.read(&store, &weak, seen).await });
        reader
    }

    /// Reads until nobody listens any more.
    async fn read(&self, store: &StoreId, reader: &Weak<Reader>, mut seen: Seen) {
        while !*self.ending.borrow() {
            let Some(news) = reader.upgrade().map(|reader| reader.news.clone()) else { return };
            match self.look(store, &mut seen).await {
                Ok(found) if found.is_empty() => {}
                Ok(found) => {
                    for one in found {
                        // Nobody listens any more: the next look ends it.
                        let _ = news.send(Arc::new(one));
                    }
                    continue;
                }
                Err(error) => tracing::debug!(%store, %error, "live events wait for the database"),
            }
            drop(news);
            let _ = tokio::time::timeout(LOOK, self.ended()).await;
        }
    }

    /// What has come since the last look.
    async fn look(&self, store: &StoreId, seen: &mut Seen) -> Result<Vec<News>, StoreError> {
        let mut news = Vec::new();
        news.extend(self.recorded(store, seen).await?.map(News::Recorded));
        news.extend(self.viewed(store, seen).await?);
        Ok(news)
    }

    async fn recorded(&self, store: &StoreId, seen: &mut Seen) -> Result<Option<Records>, StoreError> {
        if self.store.last_event(store).await? == seen.at {
            return Ok(None);
        }
        let recorded = self.store.events(store, seen.at, READ).await?;
        let Some(to) = recorded.last().map(|recorded| recorded.position) else { return Ok(None) };
        let roster = self.store.roster(store).await?;
        let events = recorded.into_iter().flat_map(Event::of).collect();
        seen.at = to;
        Ok(Some(Records { events, roster }))
    }

    async fn viewed(&self, store: &StoreId, seen: &mut Seen) -> Result<Option<News>, StoreError> {
        let viewers = self.viewers(store).await?;
        if viewers == seen.viewers {
            return Ok(None);
        }
        let mut viewed = Vec::new();
        for ticket in changed(&seen.viewers, &viewers) {
            let by = viewers.get(&ticket).cloned().unwrap_or_default();
            viewed.extend(self.store.ticket(store, ticket).await?.map(|row| Viewed { row, by }));
        }
        let roster = self.store.roster(store).await?;
        seen.viewers = viewers;
        Ok(Some(News::Viewing(viewed, roster)))
    }

    /// Who looks at which ticket now.
    pub async fn viewers(&self, store: &StoreId) -> Result<Viewers, StoreError> {
        Ok(viewers(&self.store.looks(store).await?, self.clock.now()))
    }
}

/// How far a reader is.
struct Seen {
    at: i64,
    viewers: Viewers,
}
