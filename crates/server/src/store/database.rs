//! Which database a URL names, and opening it.

use super::postgres::{Address, Options, Postgres};
use super::sqlite::{Place, Sqlite};
use super::{Role, Store, StoreError};
use crate::clock::Clock;
use std::sync::Arc;

/// A database that a URL names.
#[derive(Debug, Clone)]
pub enum Database {
    Sqlite(Place),
    Postgres(Box<Address>),
}

impl Database {
    /// Reads `sqlite:FILE` or `postgresql://…`; the error says what a URL looks like.
    pub fn parse(url: &str) -> Result<Self, String> {
        if Address::is_meant(url) {
            let address =
                Address::parse(url).map_err(|why| format!("the database URL cannot be read: {why}"))?;
            return Ok(Self::Postgres(Box::new(address)));
        }
        match url.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(Place::file(path))),
            _ => Err(format!(
                "\"{url}\" is not a database this release can use; write sqlite:FILE, such as sqlite:rota.db, \
                 or postgresql://USER@HOST/DATABASE"
            )),
        }
    }

    /// Opens the database; makes and migrates it where needed.
    pub async fn open(
        &self,
        role: Role,
        options: Options,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<dyn Store>, StoreError> {
        Ok(match self {
            Self::Sqlite(place) => Arc::new(Sqlite::open(place, role, clock)?),
            Self::Postgres(address) => Arc::new(Postgres::open(address, role, options, clock).await?),
        })
    }
}
