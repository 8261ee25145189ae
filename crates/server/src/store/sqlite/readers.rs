//! Connections that only read. Each use takes one and gives it back; none is ever waited for.

use super::connect::Place;
use super::fault::Fault;
use crate::store::StoreError;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};

/// How many idle connections are kept.
const KEPT: usize = 4;

pub struct Readers {
    place: Place,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    pub fn new(place: Place) -> Self {
        Self { place, idle: Arc::default() }
    }

    pub fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| self.place.reader(), Ok)
    }

    /// Runs `work` on a thread for blocking work, in one consistent view of the database.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let db = self.take()?;
        let idle = self.idle.clone();
        let done = tokio::task::spawn_blocking(move || {
            let value = one_view(&db, work)?;
            let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < KEPT {
                idle.push(db);
            }
            Ok(value)
        });
        done.await.map_err(|error| StoreError::Backend(format!("reading ended early: {error}")))?
    }
}

fn one_view<T>(db: &Connection, work: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, StoreError> {
    let view = db.unchecked_transaction().map_err(Fault::from)?;
    let value = work(&view)?;
    view.commit().map_err(Fault::from)?;
    Ok(value)
}
