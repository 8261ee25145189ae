//! Transactions outside intake: they run again where the database asks for it, and are told as they truly ended.

use super::fault::Fault;
use super::session::Session;
use super::{Database, migrate};
use crate::store::StoreError;
use tokio::time::Instant;

impl Database {
    /// A connection to a database that has this program's schema.
    pub(super) async fn session(&self) -> Result<Session, StoreError> {
        let session = super::connect::take(&self.pool).await?;
        let migrate = || migrate::run(&session, self.options.migrations, self.clock.now());
        self.migrated.get_or_try_init(migrate).await?;
        Ok(session)
    }

    /// Runs `work` in a transaction that is durable when this returns `Ok`. It may run more than once, each time from
    /// fresh reads.
    pub(super) async fn write<T>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, Fault> + Clone,
    ) -> Result<T, StoreError> {
        self.write_if(|_| true, work).await
    }

    /// The same, and nothing of it is kept unless `stays` says so of its result.
    pub(super) async fn write_if<T>(
        &self,
        stays: impl Fn(&T) -> bool,
        work: impl AsyncFnOnce(&Session) -> Result<T, Fault> + Clone,
    ) -> Result<T, StoreError> {
        let deadline = Instant::now() + self.options.deadline;
        loop {
            let session = self.session().await?;
            match attempt(&session, &stays, work.clone()).await {
                Err(fault) if fault.wants_another_run() && Instant::now() < deadline => {}
                ended => return Ok(ended?),
            }
        }
    }

    /// Runs `work` on one state of the database.
    pub(super) async fn read<T>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let session = self.session().await?;
        session.begin_reading().await?;
        let value = work(&session).await?;
        session.commit().await?;
        Ok(value)
    }

    /// Runs `work`, which is a single statement that reads.
    pub(super) async fn look<T>(
        &self,
        work: impl AsyncFnOnce(&Session) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let session = self.session().await?;
        session.begin_looking();
        let value = work(&session).await?;
        session.end_looking();
        Ok(value)
    }
}

async fn attempt<T>(
    session: &Session,
    stays: &impl Fn(&T) -> bool,
    work: impl AsyncFnOnce(&Session) -> Result<T, Fault>,
) -> Result<T, Fault> {
    session.begin_writing().await?;
    match work(session).await {
        Ok(value) if stays(&value) => {
            commit(session).await?;
            Ok(value)
        }
        Ok(value) => {
            session.rollback().await?;
            Ok(value)
        }
        Err(Fault::Store(error)) => {
            session.rollback().await?;
            Err(error.into())
        }
        // The connection is closed, which rolls back as well: it may lead to a server that takes no writes any more.
        Err(fault) => Err(fault),
    }
}

/// Commits. Outside intake an outcome that is in doubt is not looked up: whoever asked can see it, and may ask again. A
/// server that warns has committed, but was kept from waiting for its standbys.
pub async fn commit(session: &Session) -> Result<(), Fault> {
    match session.commit().await {
        Err(fault) if fault.may_have_committed() => {
            Err(StoreError::Unknown(StoreError::from(fault).to_string()).into())
        }
        Ok(()) if session.has_warned() => {
            let why = "the server warned while it committed, so a standby may not have it";
            Err(StoreError::Unknown(why.into()).into())
        }
        ended => ended,
    }
}
