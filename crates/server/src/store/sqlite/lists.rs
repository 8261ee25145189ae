//! Lists of tickets: what a page asks for, each question by the index that answers it.
//!
//! The planner has no statistics, so every statement names its index: an index that does not fit is an error.

mod meant;

use super::fault::Fault;
use super::filing;
use super::tickets::{labels, read_ticket, select_these};
use super::values::{StoredTicket, TICKET_COLUMNS, known, ms};
use crate::store::StoreError;
use crate::store::lists::{COUNTED, GREATEST, counting};
use crate::store::types::{Count, Found};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::ids::{CustomerId, StoreId, TicketId};
use rota_core::roster::Roster;
use rota_core::search::{
    Ask, Candidate, Facts, Filter, Identity, Lane, Listed, Listing, Order, Page, Pull, Scope, Step, Told,
    Words,
};
use rota_core::ticket::{Channel, Stage as Kind};
use rusqlite::types::{ToSql, Value};
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use std::collections::BTreeSet;

/// A page with its tickets.
pub fn page(
    db: &Connection,
    store: &StoreId,
    roster: &Roster,
    by: &Actor,
    listing: &Listing,
    now: Timestamp,
) -> Result<Found, Fault> {
    let shelf = Shelf { db, store, roster, filed_to: filed_to(db, store)? };
    let Listed { tickets, next } = shelf.run(Page::new(listing, by, roster, shelf.filed_to, now))?;
    let ids: Vec<i64> = tickets.iter().map(|ticket| ticket.0).collect();
    let up_to_date = listing.query.is_none() || filing::all_is_filed(db, store)?;
    Ok(Found { tickets: select_these(db, store, &roster.desk().stages, &ids)?, next, up_to_date })
}

/// How many tickets a filter shows.
pub fn count(
    db: &Connection,
    store: &StoreId,
    roster: &Roster,
    by: &Actor,
    filter: &Filter,
    now: Timestamp,
) -> Result<Count, Fault> {
    let shelf = Shelf { db, store, roster, filed_to: filed_to(db, store)? };
    let listing = counting(filter);
    let page = Page::new(&listing, by, roster, shelf.filed_to, now).within(COUNTED);
    Ok(Count::of(&shelf.run(page)?))
}

fn filed_to(db: &Connection, store: &StoreId) -> Result<TicketId, Fault> {
    let mut select = db.prepare_cached("SELECT tickets_to FROM listing WHERE store_id = ?1")?;
    let to: Option<i64> = select.query_row([store.as_str()], |row| row.get(0)).optional()?;
    Ok(TicketId(to.unwrap_or(0)))
}

/// One store's lists, in one view of the database.
struct Shelf<'a> {
    db: &'a Connection,
    store: &'a StoreId,
    roster: &'a Roster,
    filed_to: TicketId,
}

impl Shelf<'_> {
    fn run(&self, mut page: Page<'_>) -> Result<Listed, Fault> {
        loop {
            match page.step() {
                Step::Ask(ask) => page.told(self.answer(ask)?),
                Step::Done(listed) => return Ok(listed),
                Step::Behind => return Err(StoreError::Behind.into()),
            }
        }
    }

    fn answer(&self, ask: Ask) -> Result<Told, Fault> {
        Ok(match ask {
            Ask::Customers(query, most) => {
                Told::Customers(meant::customers(self.db, self.store, &query, most)?)
            }
            Ask::Ages { from, past } => {
                let first = from.map(|from| self.created(ms(from))).transpose()?.flatten();
                let past = past.map(|past| self.created(ms(past) + 1)).transpose()?.flatten();
                Told::Ages { first, past }
            }
            Ask::Numbers(pulls) => {
                Told::Numbers(pulls.iter().map(|pull| self.pull(pull)).collect::<Result<_, _>>()?)
            }
            Ask::Changes { before, limit } => Told::Changes(self.changes(before, limit)?),
            Ask::Tickets { ids, facts } => {
                let found = ids.iter().map(|id| self.candidate(*id, &facts));
                Told::Tickets(found.filter_map(Result::transpose).collect::<Result<_, _>>()?)
            }
        })
    }

    fn created(&self, from: i64) -> Result<Option<TicketId>, Fault> {
        let mut select = self.db.prepare_cached(CREATED)?;
        let found = select.query_row(params![self.store.as_str(), from], |row| Ok(TicketId(row.get(0)?)));
        Ok(found.optional()?)
    }

    fn changes(&self, before: Option<i64>, limit: usize) -> Result<Vec<(i64, TicketId)>, Fault> {
        let mut select = self.db.prepare_cached(CHANGES)?;
        let of = params![self.store.as_str(), before.unwrap_or(i64::MAX), limit];
        let rows = select.query_map(of, |row| Ok((row.get(0)?, TicketId(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn pull(&self, pull: &Pull) -> Result<Vec<TicketId>, Fault> {
        if let Lane::Customers(customers) = &pull.lane {
            let each = customers
                .iter()
                .map(|customer| self.numbers(&lane_sql(&pull.lane, pull.order), pull, &[&customer.as_str()]));
            let mut all = each.collect::<Result<Vec<_>, _>>()?.concat();
            all.sort_unstable();
            if pull.order == Order::Down {
                all.reverse();
            }
            all.truncate(pull.limit);
            return Ok(all);
        }
        let sql = lane_sql(&pull.lane, pull.order);
        let agent_or_team = |id: Option<i64>| id.map_or(Value::Null, Value::Integer);
        let kind = |kind: Kind| Value::Text(kind.name().into());
        let columns: Vec<Value> = match &pull.lane {
            Lane::Tail | Lane::All | Lane::Customers(_) => vec![],
            Lane::Stage(of) => vec![kind(*of)],
            Lane::Agent(agent, of) => vec![agent_or_team(agent.map(|agent| agent.0)), kind(*of)],
            Lane::Team(team, of) => vec![agent_or_team(team.map(|team| team.0)), kind(*of)],
            Lane::Unowned(unowned) => vec![Value::Text(unowned.name().into())],
            Lane::TeamUnowned(team, unowned) => {
                vec![agent_or_team(team.map(|team| team.0)), Value::Text(unowned.name().into())]
            }
            Lane::Channel(channel, of) => vec![Value::Text(channel.name().into()), kind(*of)],
            Lane::Priority(priority, of) => vec![Value::Integer(priority.rank()), kind(*of)],
            Lane::Words(_) | Lane::Named(_) | Lane::Mailed(_) => vec![Value::Text(self.matching(&pull.lane))],
            Lane::Label(label) => vec![Value::Integer(label.0)],
            Lane::Mentioned(agent) => vec![Value::Integer(agent.0)],
        };
        let columns: Vec<&dyn ToSql> = columns.iter().map(|value| value as &dyn ToSql).collect();
        self.numbers(&sql, pull, &columns)
    }

    fn numbers(&self, sql: &str, pull: &Pull, columns: &[&dyn ToSql]) -> Result<Vec<TicketId>, Fault> {
        let above = pull.span.above.map_or(0, |above| above.0);
        let above = if pull.lane == Lane::Tail { above.max(self.filed_to.0) } else { above };
        let below = pull.span.below.map_or(i64::MAX, |below| below.0);
        let (store, limit) = (self.store.as_str(), pull.limit);
        let fixed: [&dyn ToSql; 4] = [&store, &above, &below, &limit];
        let mut select = self.db.prepare_cached(sql)?;
        let all = params_from_iter(fixed.into_iter().chain(columns.iter().copied()));
        let rows = select.query_map(all, |row| Ok(TicketId(row.get(0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn candidate(&self, id: TicketId, facts: &Facts) -> Result<Option<Candidate>, Fault> {
        let (db, store) = (self.db, self.store);
        let mut select = db.prepare_cached(&format!(
            "SELECT {TICKET_COLUMNS} FROM tickets t WHERE t.store_id = ?1 AND t.id = ?2"
        ))?;
        let stored = select.query_row(params![store.as_str(), id.0], read_ticket).optional()?;
        let Some(stored) = stored else { return Ok(None) };
        let StoredTicket { last_event, event, .. } = stored;
        let channel = known("tickets.channel", Channel::from_name(&stored.channel))?;
        let labels = if facts.labels { labels(db, store, id)? } else { BTreeSet::new() };
        let ticket = stored.ticket(&self.roster.desk().stages, labels)?;
        let mentioned = facts.mentioned.map(|agent| self.exists(MENTION, &[&agent.0, &id.0])).transpose()?;
        let customer = match facts.customers {
            true => self.identity(&ticket.customer)?,
            false => None,
        };
        let worded = facts.words.clone().map(|words| {
            let wanted = self.matching(&Lane::Words(words));
            self.exists(WORDED, &[&id.0, &wanted])
        });
        Ok(Some(Candidate {
            channel,
            changed: last_event.unwrap_or(event),
            mentioned: mentioned.unwrap_or(false),
            customer,
            worded: worded.transpose()?.unwrap_or(false),
            ticket,
        }))
    }

    /// A query of the index: whole words, and how the last one begins. Words have no quotes in them.
    fn matching(&self, lane: &Lane) -> String {
        let wanted = Scope::of(self.store).wanted(lane);
        wanted.map_or_else(String::new, |Words { whole, last }| {
            let whole: String = whole.iter().map(|word| format!("\"{word}\" AND ")).collect();
            format!("{whole}\"{last}\" *")
        })
    }

    fn exists(&self, sql: &str, more: &[&dyn ToSql]) -> Result<bool, Fault> {
        let store = self.store.as_str();
        let all = std::iter::once(&store as &dyn ToSql).chain(more.iter().copied());
        Ok(self.db.prepare_cached(sql)?.exists(params_from_iter(all))?)
    }

    fn identity(&self, customer: &CustomerId) -> Result<Option<Identity>, Fault> {
        let mut select = self.db.prepare_cached(
            "SELECT first_name, last_name, phone, email_key, partner_customer_id FROM customers
             WHERE store_id = ?1 AND id = ?2",
        )?;
        let found = select.query_row([self.store.as_str(), customer.as_str()], |row| {
            Ok(Identity {
                first_name: row.get(0)?,
                last_name: row.get(1)?,
                phone: row.get(2)?,
                email_key: row.get(3)?,
                partner_id: row.get(4)?,
            })
        });
        Ok(found.optional()?)
    }
}

const CREATED: &str = "SELECT ticket_id FROM listed INDEXED BY listed_by_age
                       WHERE store_id = ?1 AND created_at >= ?2 ORDER BY created_at LIMIT 1";
const CHANGES: &str = "SELECT last_event, ticket_id FROM listed INDEXED BY listed_by_change
                       WHERE store_id = ?1 AND last_event < ?2 ORDER BY last_event DESC LIMIT ?3";
const MENTION: &str = "SELECT 1 FROM mentions WHERE store_id = ?1 AND agent_id = ?2 AND ticket_id = ?3";
const WORDED: &str = "SELECT 1 FROM ticket_words
                      WHERE rowid = (SELECT doc FROM listed WHERE store_id = ?1 AND ticket_id = ?2)
                          AND ticket_words MATCH ?3";

/// The numbers of a lane's tickets between parameters 2 and 3, at most 4 of them; 5 and 6 are the lane's own.
fn lane_sql(lane: &Lane, order: Order) -> String {
    let (id, table, condition) = match lane {
        Lane::Tail => ("id", "tickets", ""),
        Lane::All => ("ticket_id", "listed INDEXED BY sqlite_autoindex_listed_1", ""),
        Lane::Stage(_) => ("ticket_id", "listed INDEXED BY listed_by_stage", "stage = ?5"),
        Lane::Agent(..) => {
            ("ticket_id", "listed INDEXED BY listed_by_agent", "agent_id IS ?5 AND stage = ?6")
        }
        Lane::Team(..) => ("ticket_id", "listed INDEXED BY listed_by_team", "team_id IS ?5 AND stage = ?6"),
        Lane::Unowned(_) => {
            ("ticket_id", "listed INDEXED BY listed_by_unowned", "unowned IS NOT NULL AND unowned = ?5")
        }
        Lane::TeamUnowned(..) => {
            let condition = "unowned IS NOT NULL AND team_id IS ?5 AND unowned = ?6";
            ("ticket_id", "listed INDEXED BY listed_by_team_unowned", condition)
        }
        Lane::Channel(..) => {
            ("ticket_id", "listed INDEXED BY listed_by_channel", "channel = ?5 AND stage = ?6")
        }
        Lane::Priority(..) => {
            let condition = "priority <> 1 AND priority = ?5 AND stage = ?6";
            ("ticket_id", "listed INDEXED BY listed_by_priority", condition)
        }
        Lane::Customers(_) => ("ticket_id", "listed INDEXED BY listed_by_customer", "customer_id = ?5"),
        Lane::Label(_) => ("ticket_id", "ticket_labels INDEXED BY ticket_labels_by_label", "label_id = ?5"),
        Lane::Mentioned(_) => ("ticket_id", "mentions", "agent_id = ?5"),
        Lane::Words(_) | Lane::Named(_) | Lane::Mailed(_) => return words_sql(order),
    };
    let condition = if condition.is_empty() { String::new() } else { format!(" AND {condition}") };
    let direction = direction(order);
    format!(
        "SELECT {id} FROM {table} WHERE store_id = ?1{condition} AND {id} > ?2 AND {id} < ?3
         ORDER BY {id} {direction} LIMIT ?4"
    )
}

/// The index has the tickets in the order of their places in the lists, which within a store is that of their numbers.
fn words_sql(order: Order) -> String {
    let direction = direction(order);
    format!(
        "SELECT l.ticket_id FROM ticket_words w CROSS JOIN listed l ON l.doc = w.rowid
         WHERE w.ticket_words MATCH ?5 AND l.store_id = ?1
             AND w.rowid > coalesce((SELECT doc FROM listed WHERE store_id = ?1 AND ticket_id <= ?2
                                     ORDER BY ticket_id DESC LIMIT 1), 0)
             AND w.rowid < coalesce((SELECT doc FROM listed WHERE store_id = ?1 AND ticket_id >= ?3
                                     ORDER BY ticket_id LIMIT 1), 9223372036854775807)
         ORDER BY w.rowid {direction} LIMIT ?4"
    )
}

fn direction(order: Order) -> &'static str {
    match order {
        Order::Up => "ASC",
        Order::Down => "DESC",
    }
}

#[cfg(test)]
mod tests;
