//! What agents have before them: a row a session, which goes with the session.

use super::Postgres;
use super::values::{known, ms, time};
use crate::store::StoreError;
use crate::store::viewing::ViewingStore;
use async_trait::async_trait;
use rota_core::ids::{AgentId, SessionId, StoreId, TicketId};
use rota_core::viewing::{Activity, Look};
use tokio_postgres::Row;

const PUT: &str = "
    INSERT INTO viewing (store_id, session_id, agent_id, ticket_id, activity, until)
    SELECT store_id, id, agent_id, $3, $4, $5 FROM sessions WHERE store_id = $1 AND id = $2
    ON CONFLICT (store_id, session_id) DO UPDATE SET
        ticket_id = excluded.ticket_id, activity = excluded.activity, until = excluded.until";
const REMOVE: &str = "DELETE FROM viewing WHERE store_id = $1 AND session_id = $2";

#[async_trait]
impl ViewingStore for Postgres {
    async fn look_at(
        &self,
        store: &StoreId,
        session: &SessionId,
        look: Option<Look>,
    ) -> Result<(), StoreError> {
        let (store, id) = (store.as_str(), session.as_str());
        self.database
            .write(async |session| {
                // Lost in a crash it would be told again: nobody waits for a disk or a standby.
                session.run("SET LOCAL synchronous_commit = off").await?;
                match &look {
                    Some(Look { ticket, activity, until, .. }) => {
                        session.execute(PUT, &[&store, &id, &ticket.0, &activity.name(), &ms(*until)]).await
                    }
                    None => session.execute(REMOVE, &[&store, &id]).await,
                }
            })
            .await?;
        Ok(())
    }

    async fn looks(&self, store: &StoreId) -> Result<Vec<Look>, StoreError> {
        let select = "SELECT agent_id, ticket_id, activity, until FROM viewing WHERE store_id = $1";
        let rows = self.database.look(async |session| session.rows(select, &[&store.as_str()]).await).await?;
        let look = |row: &Row| {
            Ok(Look {
                agent: AgentId(row.try_get(0)?),
                ticket: TicketId(row.try_get(1)?),
                activity: known("viewing.activity", Activity::from_name(row.try_get(2)?))?,
                until: time(row.try_get(3)?)?,
            })
        };
        rows.iter().map(look).collect::<Result<_, super::fault::Fault>>().map_err(StoreError::from)
    }
}
