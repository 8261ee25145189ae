//! Tickets that have words, in the order of their numbers, which the index of words does not know.
//!
//! How many tickets have a word that is not finished the planner guesses, and a word that nobody has would take it through
//! the whole store. So it is not asked for the order: words that few tickets have are read whole and put in order here; of
//! those that many have the newest tickets are looked at, and where these have too few of them, all is read after all.

use super::{Fault, Shelf, direction, matching, sql_limit};
use crate::store::postgres::parameter::Parameter;
use rota_core::ids::TicketId;
use rota_core::search::{Order, Pull, Words};
use tokio_postgres::Row;

/// As many tickets as are read whole and put in order.
pub const FEW: usize = 10_000;
/// As many tickets, side by side, as are looked at for words that many have.
const WINDOW: i64 = 20_000;

/// In any order, at most parameter 4 of them.
pub const ANY: &str = "SELECT ticket_id FROM listed WHERE store_id = $1 AND ticket_id > $2 AND ticket_id < $3
                       AND words @@ $5::text::tsquery LIMIT $4";

/// Those of a window, in order: along the numbers.
pub fn in_window(order: Order) -> String {
    let direction = direction(order);
    format!(
        "SELECT ticket_id FROM listed WHERE store_id = $1 AND ticket_id > $2 AND ticket_id < $3
             AND words @@ $5::text::tsquery ORDER BY ticket_id {direction} LIMIT $4"
    )
}

/// The first of all: read whole, then put in order.
pub fn of_all(order: Order) -> String {
    let direction = direction(order);
    format!(
        "WITH found AS MATERIALIZED (
             SELECT ticket_id FROM listed WHERE store_id = $1 AND ticket_id > $2 AND ticket_id < $3
                 AND words @@ $5::text::tsquery
         ) SELECT ticket_id FROM found ORDER BY ticket_id {direction} LIMIT $4"
    )
}

impl Shelf<'_> {
    pub(super) async fn worded(
        &self,
        pull: &Pull,
        words: &Words,
        above: i64,
        below: i64,
    ) -> Result<Vec<TicketId>, Fault> {
        let wanted = matching(self.store, words);
        let read = async |sql: &str, above: i64, below: i64, limit: usize| {
            let (store, limit) = (self.store.as_str(), sql_limit(limit));
            let parameters: [&dyn Parameter; 5] = [&store, &above, &below, &limit, &wanted];
            let rows = self.session.rows(sql, &parameters).await?;
            let id = |row: &Row| Ok(TicketId(row.try_get(0)?));
            rows.iter().map(id).collect::<Result<Vec<_>, Fault>>()
        };
        let mut some = read(ANY, above, below, FEW + 1).await?;
        if some.len() <= FEW {
            some.sort_unstable();
            if pull.order == Order::Down {
                some.reverse();
            }
            some.truncate(pull.limit);
            return Ok(some);
        }
        let window = match pull.order {
            Order::Up => (above, below.min(above.saturating_add(WINDOW))),
            // Nothing that is filed lies beyond the last ticket filed.
            Order::Down => (above.max(below.min(self.filed_to.0 + 1) - WINDOW), below),
        };
        let first = read(&in_window(pull.order), window.0, window.1, pull.limit).await?;
        if first.len() == pull.limit {
            return Ok(first);
        }
        read(&of_all(pull.order), above, below, pull.limit).await
    }
}
