//! What agents have before them, in memory: a SQLite database is served by one process, and what lasts for seconds is worth
//! no commit, for which intake would wait.

use super::Sqlite;
use super::fault::Fault;
use crate::store::StoreError;
use crate::store::viewing::ViewingStore;
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::ids::{SessionId, StoreId};
use rota_core::viewing::Look;
use rusqlite::Connection;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub struct Looks(Mutex<HashMap<StoreId, BTreeMap<SessionId, Look>>>);

#[async_trait]
impl ViewingStore for Sqlite {
    async fn look_at(
        &self,
        store: &StoreId,
        session: &SessionId,
        look: Option<Look>,
    ) -> Result<(), StoreError> {
        self.looks.put(store, session, look, self.clock.now());
        Ok(())
    }

    async fn looks(&self, store: &StoreId) -> Result<Vec<Look>, StoreError> {
        let looks = self.looks.of(store);
        if looks.is_empty() {
            return Ok(Vec::new());
        }
        let store = store.clone();
        self.read(move |db| of_sessions(db, &store, looks)).await
    }
}

impl Looks {
    /// What is past its time goes with it, so that there are never more than sessions that looked lately.
    fn put(&self, store: &StoreId, session: &SessionId, look: Option<Look>, now: Timestamp) {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = stores.entry(store.clone()).or_default();
        looks.retain(|_, look| now < look.until);
        match look {
            Some(look) => drop(looks.insert(session.clone(), look)),
            None => drop(looks.remove(session)),
        }
        stores.retain(|_, looks| !looks.is_empty());
    }

    fn of(&self, store: &StoreId) -> Vec<(SessionId, Look)> {
        let stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = stores.get(store).into_iter().flatten();
        looks.map(|(session, look)| (session.clone(), look.clone())).collect()
    }
}

/// Without those of sessions that have ended.
fn of_sessions(
    db: &Connection,
    store: &StoreId,
    mut looks: Vec<(SessionId, Look)>,
) -> Result<Vec<Look>, Fault> {
    let mut select = db.prepare_cached("SELECT 1 FROM sessions WHERE store_id = ?1 AND id = ?2")?;
    let mut live = Vec::new();
    for (session, look) in looks.drain(..) {
        if select.exists([store.as_str(), session.as_str()])? {
            live.push(look);
        }
    }
    Ok(live)
}
