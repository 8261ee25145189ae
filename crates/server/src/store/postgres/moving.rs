//! What follows a change of settings in the same transaction: tickets of who was archived move, and what waits is handed
//! out to who can take it now.

use super::fault::Fault;
use super::intake::Taken;
use super::session::Session;
use super::{roster, shift};
use crate::store::StoreError;
use crate::store::types::{Holder, MOST_MOVED, Move};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::ids::{StoreId, TicketId};
use rota_core::roster::Roster;

/// The open tickets that have to move, each with its move; one more than may move at most.
pub async fn tickets(
    session: &Session,
    store: &StoreId,
    moves: &[Move],
) -> Result<Vec<(TicketId, Move)>, Fault> {
    let mut found = Vec::new();
    for one in moves {
        let (column, holder) = match one.of {
            Holder::Agent(agent) | Holder::Untouched(agent) => ("agent_id", agent.0),
            Holder::Team(team) => ("team_id", team.0),
        };
        // What is not in the lists yet is little, and stands at the tickets' end.
        let select = format!(
            "SELECT ticket_id FROM listed WHERE store_id = $1 AND {column} = $2 AND stage = 'open'
             UNION
             SELECT id FROM tickets
             WHERE store_id = $1 AND {column} = $2 AND stage = 'open'
               AND id > coalesce((SELECT tickets_to FROM listing WHERE store_id = $1), 0)
             ORDER BY 1 LIMIT $3"
        );
        let limit = i64::try_from(MOST_MOVED + 1 - found.len().min(MOST_MOVED)).unwrap_or(i64::MAX);
        for row in session.rows(&select, &[&store.as_str(), &holder, &limit]).await? {
            found.push((TicketId(row.try_get(0)?), *one));
        }
    }
    Ok(found)
}

/// Moves the tickets and hands out; answers whether there may be more to hand out.
pub async fn follow(
    session: &Session,
    store: &StoreId,
    by: &Actor,
    moved: &[(TicketId, Move)],
    taken: Taken,
    now: Timestamp,
) -> Result<bool, Fault> {
    let Taken { routing, generation } = taken;
    if moved.is_empty() && routing.pools.values().all(|pool| pool.waiting == 0) {
        return Ok(false);
    }
    // Not the kept one of this version: the transaction may yet be undone, and the version be another's.
    let roster = Roster::new(roster::read(session, store, routing.roster_version).await?);
    let taken = Taken { routing, generation };
    let refused = shift::follow(session, store, &roster, taken, by, moved, now).await?;
    refused.map_err(|refusal| StoreError::Conflict(refusal.to_string()).into())
}
