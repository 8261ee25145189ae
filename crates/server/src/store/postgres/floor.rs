//! How a store's people and pools stand.

use super::fault::Fault;
use super::intake::read_routing;
use super::roster::Rosters;
use super::session::Session;
use super::shift::loads;
use super::values::time;
use crate::store::types::FloorRow;
use rota_core::floor::Oldest;
use rota_core::ids::{StoreId, TicketId};
use rota_core::ticket::Pool;

pub async fn read(session: &Session, rosters: &Rosters, store: &StoreId) -> Result<FloorRow, Fault> {
    let routing = read_routing(session, store).await?;
    let roster = rosters.get(session, store, routing.roster_version).await?;
    let waiting = routing.pools.iter().filter(|(_, state)| state.waiting > 0);
    let waiting: Vec<i64> = waiting.map(|(pool, _)| pool.number()).collect();
    let select = "
        SELECT w.pool, t.id, t.created_at FROM unnest($2) AS w (pool),
        LATERAL (SELECT id, created_at FROM tickets
                 WHERE store_id = $1 AND waiting_pool = w.pool ORDER BY id LIMIT 1) AS t";
    let rows = session.rows(select, &[&store.as_str(), &waiting]).await?;
    let oldest = rows.iter().map(|row| {
        let oldest = Oldest { ticket: TicketId(row.try_get(1)?), since: time(row.try_get(2)?)? };
        Ok::<_, Fault>((Pool::from_number(row.try_get(0)?), oldest))
    });
    let oldest = oldest.collect::<Result<_, _>>()?;
    Ok(FloorRow { roster, pools: routing.pools, loads: loads(session, store).await?, oldest })
}
