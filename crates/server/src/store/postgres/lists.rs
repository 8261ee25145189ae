//! Lists of tickets: what a page asks for, each question by the index that answers it.
//!
//! A lane compares its own columns and the number as one row, behind the store, and is ordered by all of them. That is the
//! same as comparing the number alone; but every other index would have to be read for the whole store and then sorted, so
//! whatever the planner thinks of the sizes, it takes this one. The store is no part of that row: a comparison that begins
//! with it looks just as cheap by any index.

mod meant;
mod words;

use super::fault::Fault;
use super::filing;
use super::parameter::Parameter;
use super::session::Session;
use super::tickets::{read_ticket, select_these};
use super::values::{StoredTicket, TICKET_COLUMNS, known, ms};
use crate::store::StoreError;
use crate::store::lists::{COUNTED, counting};
use crate::store::types::{Count, Found};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::ids::{LabelId, StoreId, TicketId};
use rota_core::roster::Roster;
use rota_core::search::{
    Ask, Candidate, Facts, Filter, Identity, Lane, Listed, Listing, Order, Page, Pull, Scope, Step, Told,
    Words,
};
use rota_core::ticket::Channel;
use tokio_postgres::Row;

/// A page with its tickets.
pub async fn page(
    session: &Session,
    store: &StoreId,
    roster: &Roster,
    by: &Actor,
    listing: &Listing,
    now: Timestamp,
) -> Result<Found, Fault> {
    let shelf = Shelf { session, store, roster, filed_to: filed_to(session, store).await? };
    let Listed { tickets, next } = shelf.run(Page::new(listing, by, roster, shelf.filed_to, now)).await?;
    let ids: Vec<i64> = tickets.iter().map(|ticket| ticket.0).collect();
    let up_to_date = listing.query.is_none() || filing::all_is_filed(session, store).await?;
    Ok(Found { tickets: select_these(session, store, &roster.desk().stages, &ids).await?, next, up_to_date })
}

/// How many tickets a filter shows.
pub async fn count(
    session: &Session,
    store: &StoreId,
    roster: &Roster,
    by: &Actor,
    filter: &Filter,
    now: Timestamp,
) -> Result<Count, Fault> {
    let shelf = Shelf { session, store, roster, filed_to: filed_to(session, store).await? };
    let listing = counting(filter);
    let page = Page::new(&listing, by, roster, shelf.filed_to, now).within(COUNTED);
    Ok(Count::of(&shelf.run(page).await?))
}

async fn filed_to(session: &Session, store: &StoreId) -> Result<TicketId, Fault> {
    let select = "SELECT tickets_to FROM listing WHERE store_id = $1";
    let row = session.row(select, &[&store.as_str()]).await?;
    Ok(TicketId(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(0)))
}

/// One store's lists, in one view of the database.
struct Shelf<'a> {
    session: &'a Session,
    store: &'a StoreId,
    roster: &'a Roster,
    filed_to: TicketId,
}

impl Shelf<'_> {
    async fn run(&self, mut page: Page<'_>) -> Result<Listed, Fault> {
        loop {
            match page.step() {
                Step::Ask(ask) => page.told(self.answer(ask).await?),
                Step::Done(listed) => return Ok(listed),
                Step::Behind => return Err(StoreError::Behind.into()),
            }
        }
    }

    async fn answer(&self, ask: Ask) -> Result<Told, Fault> {
        Ok(match ask {
            Ask::Customers(query, most) => {
                Told::Customers(meant::customers(self.session, self.store, &query, most).await?)
            }
            Ask::Ages { from, past } => {
                let first = match from {
                    Some(from) => self.created(ms(from)).await?,
                    None => None,
                };
                let past = match past {
                    Some(past) => self.created(ms(past) + 1).await?,
                    None => None,
                };
                Told::Ages { first, past }
            }
            Ask::Numbers(pulls) => {
                Told::Numbers(try_join_all(pulls.iter().map(|pull| self.pull(pull))).await?)
            }
            Ask::Changes { before, limit } => {
                let (before, limit) = (before.unwrap_or(i64::MAX), sql_limit(limit));
                let rows = self.session.rows(CHANGES, &[&self.store.as_str(), &before, &limit]).await?;
                let read = |row: &Row| Ok((row.try_get(0)?, TicketId(row.try_get(1)?)));
                Told::Changes(rows.iter().map(read).collect::<Result<_, Fault>>()?)
            }
            Ask::Tickets { ids, facts } => Told::Tickets(self.candidates(&ids, &facts).await?),
        })
    }

    async fn created(&self, from: i64) -> Result<Option<TicketId>, Fault> {
        let row = self.session.row(CREATED, &[&self.store.as_str(), &from]).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.map(TicketId))
    }

    async fn pull(&self, pull: &Pull) -> Result<Vec<TicketId>, Fault> {
        let above = pull.span.above.map_or(0, |above| above.0);
        let above = if pull.lane == Lane::Tail { above.max(self.filed_to.0) } else { above };
        let below = pull.span.below.map_or(i64::MAX, |below| below.0);
        if matches!(pull.lane, Lane::Words(_) | Lane::Named(_) | Lane::Mailed(_)) {
            return self.worded(pull, above, below).await;
        }
        let (store, limit) = (self.store.as_str(), sql_limit(pull.limit));
        let columns = columns(&pull.lane);
        let fixed: [&dyn Parameter; 4] = [&store, &above, &below, &limit];
        let columns = columns.iter().map(|value| &**value as &dyn Parameter);
        let all: Vec<&dyn Parameter> = fixed.into_iter().chain(columns).collect();
        let rows = self.session.rows(&lane_sql(&pull.lane, pull.order), &all).await?;
        rows.iter().map(|row| Ok(TicketId(row.try_get(0)?))).collect()
    }

    async fn candidates(&self, ids: &[TicketId], facts: &Facts) -> Result<Vec<Candidate>, Fault> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let words = facts.words.clone().map(|words| matching(self.store, &Lane::Words(words), PART));
        let mentioned = facts.mentioned.map(|agent| agent.0);
        let sql = candidates_sql(facts.labels, facts.customers);
        let of = self.session.rows(&sql, &[&self.store.as_str(), &ids, &mentioned, &words]).await?;
        of.iter().map(|row| self.candidate(row, facts.customers)).collect()
    }

    fn candidate(&self, row: &Row, with_customer: bool) -> Result<Candidate, Fault> {
        let stored = read_ticket(row)?;
        let StoredTicket { last_event, event, .. } = stored;
        let channel = known("tickets.channel", Channel::from_name(&stored.channel))?;
        let labels: Vec<i64> = row.try_get(23)?;
        let customer = if with_customer {
            Some(Identity {
                first_name: row.try_get(26)?,
                last_name: row.try_get(27)?,
                phone: row.try_get(28)?,
                email_key: row.try_get(29)?,
                partner_id: row.try_get(30)?,
            })
        } else {
            None
        };
        Ok(Candidate {
            channel,
            changed: last_event.unwrap_or(event),
            mentioned: row.try_get(24)?,
            worded: row.try_get(25)?,
            customer,
            ticket: stored.ticket(&self.roster.desk().stages, labels.into_iter().map(LabelId).collect())?,
        })
    }
}

fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

const CREATED: &str = "SELECT ticket_id FROM listed WHERE store_id = $1 AND created_at >= $2
                       ORDER BY created_at LIMIT 1";
const CHANGES: &str = "SELECT last_event, ticket_id FROM listed WHERE store_id = $1 AND last_event < $2
                       ORDER BY last_event DESC LIMIT $3";

/// What the indexes of nobody's open tickets have.
const UNOWNED: &str = "AND unowned IS NOT NULL";

/// Tickets by their numbers, with the facts that are asked for. Each fact is looked up for its ticket: EXISTS could be answered
/// from a list of all that there are.
fn candidates_sql(labels: bool, customers: bool) -> String {
    let labels = if labels {
        "ARRAY(SELECT label_id FROM ticket_labels l WHERE l.store_id = t.store_id AND l.ticket_id = t.id)"
    } else {
        "'{}'::bigint[]"
    };
    let (columns, join) = if customers {
        (
            ", c.first_name, c.last_name, c.phone, c.email_key, c.partner_customer_id",
            "LEFT JOIN customers c ON c.store_id = t.store_id AND c.id = t.customer_id",
        )
    } else {
        ("", "")
    };
    let parted = rota_core::search::PART;
    format!(
        "SELECT {TICKET_COLUMNS}, {labels},
                coalesce((SELECT true FROM mentions m WHERE m.store_id = $1 AND m.agent_id = $3::bigint
                              AND m.ticket_id = t.id), false),
                coalesce((SELECT w.words @@ replace($4::text, '{PART}', lpad(to_hex(w.ticket_id / {parted}), 6, '0'))::tsquery
                              FROM listed w WHERE w.store_id = $1 AND w.ticket_id = t.id), false){columns}
         FROM tickets t {join} WHERE t.store_id = $1 AND t.id = ANY($2)"
    )
}

/// The numbers of a lane's tickets between parameters 2 and 3, at most 4 of them; 5 and 6 are the lane's own.
fn lane_sql(lane: &Lane, order: Order) -> String {
    match lane {
        Lane::Tail => ranged("tickets", &["store_id", "id"], "", order),
        Lane::All => ranged("listed", &["store_id", "ticket_id"], "", order),
        Lane::Stage(_) => ranged("listed", &["store_id", "stage", "ticket_id"], "", order),
        Lane::Agent(None, _) => unset("agent_id", "stage", "", order),
        Lane::Team(None, _) => unset("team_id", "stage", "", order),
        Lane::Unowned(_) => ranged("listed", &["store_id", "unowned", "ticket_id"], UNOWNED, order),
        Lane::TeamUnowned(Some(_), _) => {
            ranged("listed", &["store_id", "team_id", "unowned", "ticket_id"], UNOWNED, order)
        }
        Lane::TeamUnowned(None, _) => unset("team_id", "unowned", UNOWNED, order),
        Lane::Agent(Some(_), _) => {
            ranged("listed", &["store_id", "agent_id", "stage", "ticket_id"], "", order)
        }
        Lane::Team(Some(_), _) => ranged("listed", &["store_id", "team_id", "stage", "ticket_id"], "", order),
        Lane::Channel(..) => ranged("listed", &["store_id", "channel", "stage", "ticket_id"], "", order),
        Lane::Priority(..) => {
            ranged("listed", &["store_id", "priority", "stage", "ticket_id"], "AND priority <> 1", order)
        }
        Lane::Label(_) => ranged("ticket_labels", &["store_id", "label_id", "ticket_id"], "", order),
        Lane::Mentioned(_) => ranged("mentions", &["store_id", "agent_id", "ticket_id"], "", order),
        Lane::Customers(_) => {
            let direction = direction(order);
            let one = ranged("listed", &["store_id", "customer_id", "ticket_id"], "", order);
            let one = one.replace("$5", "c.id");
            format!(
                "SELECT l.ticket_id FROM unnest($5) AS c (id) CROSS JOIN LATERAL ({one}) AS l
                 ORDER BY l.ticket_id {direction} LIMIT $4"
            )
        }
        Lane::Words(_) | Lane::Named(_) | Lane::Mailed(_) => words::near(order),
    }
}

/// A range of an index with these columns: the store, the lane's own, the number.
fn ranged(table: &str, columns: &[&str], further: &str, order: Order) -> String {
    let direction = direction(order);
    let columns = &columns[1..];
    let own: String = (5..columns.len() + 4).map(|at| format!("${at}, ")).collect();
    let ordered: Vec<String> = columns.iter().map(|column| format!("{column} {direction}")).collect();
    let (row, ordered) = (columns.join(", "), ordered.join(", "));
    let id = columns[columns.len() - 1];
    format!(
        "SELECT {id} FROM {table} WHERE store_id = $1 AND ({row}) > ({own}$2) AND ({row}) < ({own}$3) {further}
         ORDER BY {ordered} LIMIT $4"
    )
}

/// The same where the first of the lane's two columns is not set, which a comparison of rows cannot say.
fn unset(column: &str, other: &str, further: &str, order: Order) -> String {
    let direction = direction(order);
    format!(
        "SELECT ticket_id FROM listed WHERE store_id = $1 AND {column} IS NULL
             AND ({other}, ticket_id) > ($5, $2) AND ({other}, ticket_id) < ($5, $3) {further}
         ORDER BY {column} {direction}, {other} {direction}, ticket_id {direction} LIMIT $4"
    )
}

fn direction(order: Order) -> &'static str {
    match order {
        Order::Up => "ASC",
        Order::Down => "DESC",
    }
}

/// The values of a lane's own parameters.
fn columns(lane: &Lane) -> Vec<Box<dyn Parameter + Send>> {
    match lane {
        Lane::Tail | Lane::All => vec![],
        // What is wanted depends on the numbers.
        Lane::Words(_) | Lane::Named(_) | Lane::Mailed(_) => vec![],
        Lane::Stage(kind) | Lane::Agent(None, kind) | Lane::Team(None, kind) => vec![Box::new(kind.name())],
        Lane::Agent(Some(agent), kind) => vec![Box::new(agent.0), Box::new(kind.name())],
        Lane::Team(Some(team), kind) => vec![Box::new(team.0), Box::new(kind.name())],
        Lane::Unowned(unowned) | Lane::TeamUnowned(None, unowned) => vec![Box::new(unowned.name())],
        Lane::TeamUnowned(Some(team), unowned) => vec![Box::new(team.0), Box::new(unowned.name())],
        Lane::Channel(channel, kind) => vec![Box::new(channel.name()), Box::new(kind.name())],
        Lane::Priority(priority, kind) => vec![Box::new(priority.rank()), Box::new(kind.name())],
        Lane::Customers(customers) => {
            vec![Box::new(customers.iter().map(ToString::to_string).collect::<Vec<String>>())]
        }
        Lane::Label(label) => vec![Box::new(label.0)],
        Lane::Mentioned(agent) => vec![Box::new(agent.0)],
    }
}

/// Stands for the name of a part of the tickets until it is known.
const PART: &str = "§";

/// A query of the index about a part: whole words, and how the last one begins. Words have no quotes in them.
fn matching(store: &StoreId, lane: &Lane, part: &str) -> String {
    let wanted = Scope::of(store).within(part).wanted(lane);
    wanted.map_or_else(String::new, |Words { whole, last }| {
        let whole: String = whole.iter().map(|word| format!("'{word}' & ")).collect();
        format!("{whole}'{last}':*")
    })
}

#[cfg(test)]
mod tests;
