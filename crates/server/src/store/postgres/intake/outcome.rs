//! A commit that was sent and not answered: whether it was made.

use super::Intake;
use super::routing::{take_routing, write_routing};
use crate::store::StoreError;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::session::Session;
use rota_core::ids::StoreId;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Between two attempts to reach the database.
const PAUSE: Duration = Duration::from_millis(50);

/// A ticket that the batch would have written, with the batch's own number.
pub struct Written {
    pub store: StoreId,
    pub ticket: i64,
    pub batch: i64,
}

/// Asks the present primary until it answers, at most to the deadline. Taking the store's routing row waits out a
/// backend that is still committing; writing to it and committing makes durable, also on synchronous standbys, what
/// was found.
pub async fn look_up(intake: &Intake, written: &Written) -> Result<bool, StoreError> {
    let deadline = Instant::now() + intake.database.options.deadline;
    let mut last = StoreError::Away("the database did not answer within the deadline".into());
    loop {
        let attempt = async {
            let session = intake.database.session().await?;
            look_once(&session, written).await
        };
        match timeout_at(deadline, attempt).await {
            Err(_) => return Err(last),
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(fault)) => last = fault.into(),
        }
        if timeout_at(deadline, sleep(PAUSE)).await.is_err() {
            return Err(last);
        }
    }
}

async fn look_once(session: &Session, written: &Written) -> Result<bool, Fault> {
    let Written { store, ticket, batch } = written;
    session.begin_writing().await?;
    let routing = take_routing(session, store).await?;
    let select = "SELECT 1 FROM tickets WHERE store_id = $1 AND id = $2 AND batch = $3";
    let found = session.row(select, &[&store.as_str(), ticket, batch]).await?.is_some();
    write_routing(session, store, &routing).await?;
    session.commit().await?;
    match session.has_warned() {
        true => Err(StoreError::Away("the server warned while it committed".into()).into()),
        false => Ok(found),
    }
}
