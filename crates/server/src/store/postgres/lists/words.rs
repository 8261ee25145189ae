//! Tickets that have words, in the order of their numbers, which the index of words does not know.
//!
//! How many tickets have a word that is not finished the planner guesses, so it is not asked for the order. The nearest
//! numbers are gone through one by one: of what many have there is enough. Of the others the index is asked, about a part of
//! the numbers at a time, whose words begin alike ([`Scope::within`](rota_core::search::Scope::within)): so however many
//! there are, no more is read than of some parts.

use super::{Fault, Shelf, direction, matching, sql_limit};
use crate::store::postgres::parameter::Parameter;
use rota_core::ids::TicketId;
use rota_core::search::{Order, PART, Pull, part};
use tokio_postgres::Row;

/// As many numbers, side by side, are gone through.
const NEAR: i64 = 1_000;
/// The most parts that the index is asked about at once; the first time one, then [`GROWTH`] times as many each time.
const PARTS: usize = 512;
/// Parts that had too few tickets for a page have few in others too, where a word is spread evenly: so many times as many
/// parts have some pages at most, and to read these takes less time than to ask again.
const GROWTH: usize = 8;

/// Along the numbers: a condition that IS TRUE is none of an index's. The query is made once, not for each ticket.
pub fn near(order: Order) -> String {
    let direction = direction(order);
    format!(
        "SELECT ticket_id FROM listed WHERE store_id = $1 AND ticket_id > $2 AND ticket_id < $3
             AND (words @@ (SELECT array_to_string($5, ' | ')::tsquery)) IS TRUE ORDER BY ticket_id {direction} LIMIT $4"
    )
}

/// By the index of words alone, one part after the other, then put in order. Of a query that comes out of a row the planner
/// takes few tickets to be found, whatever it is; many parts in one query look to it like the whole table.
pub fn of_parts(order: Order) -> String {
    let direction = direction(order);
    format!(
        "WITH found AS MATERIALIZED (
             SELECT l.store_id, l.ticket_id FROM unnest($5) AS q (wanted)
             CROSS JOIN LATERAL (SELECT store_id, ticket_id FROM listed WHERE words @@ q.wanted::tsquery) AS l
         ) SELECT ticket_id FROM found WHERE store_id = $1 AND ticket_id > $2 AND ticket_id < $3
         ORDER BY ticket_id {direction} LIMIT $4"
    )
}

/// The parts that numbers between these are in, in this order.
fn parts(above: i64, below: i64, order: Order) -> Vec<i64> {
    let parts = (above + 1) / PART..=(below - 1) / PART;
    match order {
        Order::Up => parts.collect(),
        Order::Down => parts.rev().collect(),
    }
}

impl Shelf<'_> {
    pub(super) async fn worded(&self, pull: &Pull, above: i64, below: i64) -> Result<Vec<TicketId>, Fault> {
        // Nothing that is filed lies beyond the last ticket filed.
        let below = below.min(self.filed_to.0 + 1);
        if below - above < 2 {
            return Ok(Vec::new());
        }
        let (first, others) = match pull.order {
            Order::Up => ((above, below.min(above + NEAR + 1)), (above + NEAR, below)),
            Order::Down => ((above.max(below - NEAR - 1), below), (above, below - NEAR)),
        };
        let near = near(pull.order);
        let mut found =
            self.wanted(pull, &near, first, &parts(first.0, first.1, pull.order), pull.limit).await?;
        let parts = if others.0 + 1 < others.1 { parts(others.0, others.1, pull.order) } else { Vec::new() };
        let (of_parts, mut parts, mut count) = (of_parts(pull.order), &*parts, 1);
        while found.len() < pull.limit && !parts.is_empty() {
            let (some, rest) = parts.split_at(count.min(parts.len()));
            found.extend(self.wanted(pull, &of_parts, others, some, pull.limit - found.len()).await?);
            (parts, count) = (rest, PARTS.min(count * GROWTH));
        }
        Ok(found)
    }

    async fn wanted(
        &self,
        pull: &Pull,
        statement: &str,
        (above, below): (i64, i64),
        parts: &[i64],
        limit: usize,
    ) -> Result<Vec<TicketId>, Fault> {
        let of = |number: &i64| matching(self.store, &pull.lane, &part(TicketId(number * PART)));
        let wanted: Vec<String> = parts.iter().map(of).collect();
        let (store, limit) = (self.store.as_str(), sql_limit(limit));
        let rows = self
            .session
            .rows(statement, &[&store, &above, &below, &limit, &wanted as &dyn Parameter])
            .await?;
        rows.iter().map(|row: &Row| Ok(TicketId(row.try_get(0)?))).collect()
    }
}
