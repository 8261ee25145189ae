//! Filing what intake and commands have left: tickets into the lists, words into the search.
//!
//! A step holds the store's row of `listing` and so is alone; who finds it held leaves the store to its holder. Rows of
//! tickets, customers and marks are taken only where they are free, so that no command is waited for, and none waits for
//! long. A ticket that a command has at hand ends the step before it: what is filed has no holes.

use super::fault::Fault;
use super::session::Session;
use super::values::known;
use crate::store::StoreError;
use crate::store::lists::{AGAIN, Backlog, CUSTOMERS, STORES, TEXT, Texts};
use rota_core::ids::{StoreId, TicketId};
use rota_core::search::{Scope, part};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tokio_postgres::Row;

/// The most tickets of one step.
const TICKETS: i64 = 500;

/// Stores in which something is to be filed.
const UNFILED: &str = "FROM routing r LEFT JOIN listing l ON l.store_id = r.store_id
                    WHERE (l.store_id IS NULL OR l.tickets_to < r.next_ticket - 1
                        OR EXISTS (SELECT FROM unlisted u WHERE u.store_id = r.store_id
                                   AND (u.kind = 'customer' OR u.id::bigint <= l.tickets_to)))";

/// Whether all of a store is filed.
pub async fn all_is_filed(session: &Session, store: &StoreId) -> Result<bool, Fault> {
    let row =
        session.row(&format!("SELECT r.store_id {UNFILED} AND r.store_id = $1"), &[&store.as_str()]).await?;
    Ok(row.is_none())
}

/// Stores with something to file, after `last`, in the order of their ids.
pub async fn backlogs(session: &Session, last: &str) -> Result<Vec<StoreId>, Fault> {
    let select = format!("SELECT r.store_id {UNFILED} AND r.store_id > $1 ORDER BY r.store_id LIMIT $2");
    let rows = session.rows(&select, &[&last, &(STORES as i64)]).await?;
    rows.iter().map(|row| Ok(known("routing.store_id", StoreId::new(row.try_get(0)?))?)).collect()
}

/// One step in one store; answers how many tickets and customers were filed. Marks are read before the texts: what is written after them
/// keeps its mark.
pub async fn step(session: &Session, store: &StoreId) -> Result<u64, Fault> {
    let Some(backlog) = take(session, store).await? else { return Ok(0) };
    let again = changed_tickets(session, &backlog).await?;
    let customers = changed_customers(session, store, AGAIN - again.len()).await?;
    let tickets = new_tickets(session, &backlog).await?;
    let filed = file(session, &backlog, tickets).await?;
    let reworded = file_again(session, store, again).await?;
    let renamed = file_customers(session, store, customers).await?;
    if let Some(tickets_to) = filed.last() {
        let update = "UPDATE listing SET tickets_to = $2 WHERE store_id = $1";
        session.execute(update, &[&store.as_str(), tickets_to]).await?;
    }
    Ok((filed.len() + reworded + renamed) as u64)
}

/// Takes the store's row; `None` where somebody else has it.
async fn take(session: &Session, store: &StoreId) -> Result<Option<Backlog>, Fault> {
    let id = store.as_str();
    let select = "SELECT tickets_to FROM listing WHERE store_id = $1";
    if session.row(select, &[&id]).await?.is_none() {
        let insert = "INSERT INTO listing (store_id, tickets_to) VALUES ($1, 0) ON CONFLICT DO NOTHING";
        session.execute(insert, &[&id]).await?;
    }
    let row = session.row(&format!("{select} FOR UPDATE SKIP LOCKED"), &[&id]).await?;
    let read = |row: Row| Ok(Backlog { store: store.clone(), tickets_to: row.try_get(0)?, has_row: true });
    row.map(read).transpose()
}

/// A ticket's number and its words, in a row.
type Worded = (i64, String);
async fn new_tickets(session: &Session, backlog: &Backlog) -> Result<Vec<Worded>, Fault> {
    let id = backlog.store.as_str();
    let select = "
        SELECT id FROM (
            SELECT id, coalesce(octet_length(context), 0) AS size,
                   sum(coalesce(octet_length(context), 0)) OVER (ORDER BY id) AS bytes
            FROM (SELECT * FROM tickets WHERE store_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS t
        ) AS t WHERE bytes - size < $4 ORDER BY id";
    let rows = session.rows(select, &[&id, &backlog.tickets_to, &TICKETS, &TEXT]).await?;
    words(session, &backlog.store, rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?).await
}

/// Filed tickets that are marked, and the stamps of their marks.
async fn changed_tickets(session: &Session, backlog: &Backlog) -> Result<Vec<(Worded, i64)>, Fault> {
    let id = backlog.store.as_str();
    let select = "
        SELECT id::bigint, stamp FROM unlisted
        WHERE store_id = $1 AND kind = 'ticket' AND id::bigint <= $2 LIMIT $3";
    let rows = session.rows(select, &[&id, &backlog.tickets_to, &(AGAIN as i64)]).await?;
    let marked = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let mut stamps = marked.collect::<Result<BTreeMap<i64, i64>, Fault>>()?;
    let words = words(session, &backlog.store, stamps.keys().copied().collect()).await?;
    let words = words.into_iter().filter_map(|words| stamps.remove(&words.0).map(|stamp| (words, stamp)));
    Ok(words.collect())
}

/// A customer whose tickets get new words.
struct Changed {
    id: String,
    stamp: i64,
    /// Some of them, in the order of their numbers, and whether they are the last ones.
    tickets: Vec<Worded>,
    ended: bool,
}

/// Customers with at most so many tickets together.
async fn changed_customers(session: &Session, store: &StoreId, most: usize) -> Result<Vec<Changed>, Fault> {
    let select = "SELECT id, stamp, past FROM unlisted WHERE store_id = $1 AND kind = 'customer' LIMIT $2";
    let of_customer = "
        SELECT ticket_id FROM listed
        WHERE store_id = $1 AND (customer_id, ticket_id) > ($2, $3) AND (customer_id, ticket_id) <= ($2, $5)
        ORDER BY customer_id, ticket_id LIMIT $4";
    let id = store.as_str();
    let (mut changed, mut left) = (Vec::new(), most);
    for row in session.rows(select, &[&id, &(CUSTOMERS as i64)]).await? {
        let (customer, stamp, past): (String, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let of = session.rows(of_customer, &[&id, &customer, &past, &(left as i64), &i64::MAX]).await?;
        let tickets = of.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
        let ended = tickets.len() < left;
        left -= tickets.len();
        changed.push(Changed { id: customer, stamp, tickets: words(session, store, tickets).await?, ended });
        if left == 0 {
            break;
        }
    }
    Ok(changed)
}

/// The words of tickets, in the order of their numbers. They are cut where they hold nobody up.
async fn words(session: &Session, store: &StoreId, ids: Vec<i64>) -> Result<Vec<Worded>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let select = "
        SELECT ticket_id, body FROM (
            SELECT ticket_id, sequence, body, octet_length(body) AS size,
                   sum(octet_length(body)) OVER (PARTITION BY ticket_id ORDER BY sequence) AS bytes
            FROM timeline WHERE store_id = $1 AND ticket_id = ANY($2) AND kind IN ('noted', 'message')
        ) AS said WHERE bytes - size < $3 ORDER BY ticket_id, sequence";
    let mut said: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for row in session.rows(select, &[&store.as_str(), &ids, &TEXT]).await? {
        said.entry(row.try_get(0)?).or_default().push(row.try_get(1)?);
    }
    let select = "
        SELECT t.id, t.task_title, t.context, c.first_name, c.last_name, c.email_key
        FROM tickets t LEFT JOIN customers c ON c.store_id = t.store_id AND c.id = t.customer_id
        WHERE t.store_id = $1 AND t.id = ANY($2) ORDER BY t.id";
    let mut texts: Vec<(i64, Texts)> = Vec::with_capacity(ids.len());
    for row in session.rows(select, &[&store.as_str(), &ids]).await? {
        let id = row.try_get(0)?;
        let own = Texts {
            title: row.try_get(1)?,
            context: row.try_get(2)?,
            names: [row.try_get(3)?, row.try_get(4)?],
            email_key: row.try_get(5)?,
            bodies: said.remove(&id).unwrap_or_default(),
        };
        texts.push((id, own));
    }
    let scope = Scope::of(store);
    let cut = tokio::task::spawn_blocking(move || {
        let words =
            texts.iter().map(|(id, texts)| Ok((*id, texts.entries(&scope.within(&part(TicketId(*id))))?)));
        words.collect::<Result<Vec<_>, StoreError>>()
    });
    let cut =
        cut.await.map_err(|error| StoreError::Backend(format!("cutting words ended early: {error}")))?;
    Ok(cut?)
}

/// Files the first of these that no command has at hand; answers which, in the order of their numbers.
async fn file(session: &Session, backlog: &Backlog, tickets: Vec<Worded>) -> Result<Vec<i64>, Fault> {
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let store = backlog.store.as_str();
    let ids: Vec<i64> = tickets.iter().map(|(id, _)| *id).collect();
    let select = "SELECT id FROM tickets WHERE store_id = $1 AND id = ANY($2) ORDER BY id
                  FOR NO KEY UPDATE SKIP LOCKED";
    let free = session.rows(select, &[&store, &ids]).await?;
    let free = free.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<i64>, _>>()?;
    let (ids, words): (Vec<i64>, Vec<String>) =
        tickets.into_iter().take_while(|(id, _)| free.contains(id)).unzip();
    let insert = "
        INSERT INTO listed (store_id, ticket_id, stage, unowned, agent_id, team_id, customer_id, channel, priority,
                            created_at, last_event, quiet_since, words)
        SELECT store_id, t.id, stage,
               CASE WHEN stage = 'open' AND agent_id IS NULL
                    THEN CASE WHEN waiting_pool IS NULL THEN 'unclaimed' ELSE 'waiting' END END,
               agent_id, team_id, customer_id, channel, coalesce(priority, 1), created_at,
               coalesce(last_event, event), greatest(heard_at, coalesce(opened_at, created_at)),
               array_to_tsvector(string_to_array(w.words, ' '))
        FROM unnest($2, $3) AS w (id, words) JOIN tickets t ON t.store_id = $1 AND t.id = w.id";
    session.execute(insert, &[&store, &ids, &words]).await?;
    Ok(ids)
}

/// Gives filed tickets their new words, where nothing has changed meanwhile and nobody has them at hand.
async fn file_again(session: &Session, store: &StoreId, again: Vec<(Worded, i64)>) -> Result<usize, Fault> {
    if again.is_empty() {
        return Ok(0);
    }
    let ids: Vec<i64> = again.iter().map(|((id, _), _)| *id).collect();
    // In the order in which a command takes them: the ticket's place in the lists, then the mark.
    let free = free(session, store, &ids).await?;
    let again = again.into_iter().filter(|((id, _), _)| free.contains(id));
    let (worded, stamps): (BTreeMap<i64, String>, Vec<(String, i64)>) =
        again.map(|((id, words), stamp)| ((id, words), (id.to_string(), stamp))).unzip();
    let (marks, stamps): (Vec<String>, Vec<i64>) = stamps.into_iter().unzip();
    let marks = same(session, store, "ticket", &marks, &stamps).await?;
    let words = worded.iter().filter(|(id, _)| marks.contains(&id.to_string()));
    reword(session, store, words.map(|(id, words)| (*id, words.as_str())).unzip()).await?;
    unmark(session, store, "ticket", &marks).await?;
    Ok(marks.len())
}

/// Those of filed tickets that nobody has at hand; they are held.
async fn free(session: &Session, store: &StoreId, ids: &Vec<i64>) -> Result<HashSet<i64>, Fault> {
    let select = "SELECT ticket_id FROM listed WHERE store_id = $1 AND ticket_id = ANY($2)
                  FOR NO KEY UPDATE SKIP LOCKED";
    let free = session.rows(select, &[&store.as_str(), ids]).await?;
    Ok(free.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// The marks that are what they were when they were read; they are held.
async fn same(
    session: &Session,
    store: &StoreId,
    kind: &str,
    ids: &Vec<String>,
    stamps: &Vec<i64>,
) -> Result<Vec<String>, Fault> {
    let select = "
        SELECT u.id FROM unlisted u JOIN unnest($3, $4) AS r (id, stamp) ON u.id = r.id AND u.stamp = r.stamp
        WHERE u.store_id = $1 AND u.kind = $2 FOR UPDATE OF u SKIP LOCKED";
    let same = session.rows(select, &[&store.as_str(), &kind, ids, stamps]).await?;
    Ok(same.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

async fn reword(
    session: &Session,
    store: &StoreId,
    (ids, words): (Vec<i64>, Vec<&str>),
) -> Result<(), Fault> {
    let update = "
        UPDATE listed l SET words = array_to_tsvector(string_to_array(w.words, ' '))
        FROM unnest($2, $3) AS w (id, words) WHERE l.store_id = $1 AND l.ticket_id = w.id";
    session.execute(update, &[&store.as_str(), &ids, &words]).await?;
    Ok(())
}

async fn unmark(session: &Session, store: &StoreId, kind: &str, ids: &Vec<String>) -> Result<(), Fault> {
    let delete = "DELETE FROM unlisted WHERE store_id = $1 AND kind = $2 AND id = ANY($3)";
    session.execute(delete, &[&store.as_str(), &kind, ids]).await?;
    Ok(())
}

/// Gives tickets of changed customers their new words, of each up to the first that somebody has at hand. A ticket whose own
/// texts have changed meanwhile keeps its mark. Answers how many customers went on.
async fn file_customers(session: &Session, store: &StoreId, customers: Vec<Changed>) -> Result<usize, Fault> {
    if customers.is_empty() {
        return Ok(0);
    }
    let tickets = customers.iter().flat_map(|customer| customer.tickets.iter().map(|(id, _)| *id));
    let free = free(session, store, &tickets.collect()).await?;
    let (ids, stamps) = customers.iter().map(|customer| (customer.id.clone(), customer.stamp)).unzip();
    let same = same(session, store, "customer", &ids, &stamps).await?;
    let (mut words, mut ended, mut on, mut past) = ((vec![], vec![]), vec![], vec![], vec![]);
    for customer in customers.iter().filter(|customer| same.contains(&customer.id)) {
        let done: Vec<_> = customer.tickets.iter().take_while(|(id, _)| free.contains(id)).collect();
        words.extend(done.iter().map(|(id, words)| (*id, words.as_str())));
        if customer.ended && done.len() == customer.tickets.len() {
            ended.push(customer.id.clone());
        } else if let Some((last, _)) = done.last() {
            on.push(customer.id.as_str());
            past.push(*last);
        }
    }
    reword(session, store, words).await?;
    unmark(session, store, "customer", &ended).await?;
    let update = "
        UPDATE unlisted u SET past = r.past FROM unnest($2, $3) AS r (id, past)
        WHERE u.store_id = $1 AND u.kind = 'customer' AND u.id = r.id";
    session.execute(update, &[&store.as_str(), &on, &past]).await?;
    Ok(ended.len() + on.len())
}

/// Marks customers whose names or addresses may be new.
pub async fn mark_customers(session: &Session, store: &StoreId, ids: &Vec<&str>) -> Result<(), Fault> {
    mark(session, store, "customer", ids.iter().map(|id| (*id).to_owned()).collect()).await
}

/// Marks tickets whose words have changed.
pub async fn mark_tickets(session: &Session, store: &StoreId, ids: &BTreeSet<i64>) -> Result<(), Fault> {
    mark(session, store, "ticket", ids.iter().map(ToString::to_string).collect()).await
}

async fn mark(session: &Session, store: &StoreId, kind: &str, ids: Vec<String>) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO unlisted AS u (store_id, kind, id) SELECT $1, $2, unnest($3)
        ON CONFLICT (store_id, kind, id) DO UPDATE SET stamp = u.stamp + 1, past = 0";
    session.execute(upsert, &[&store.as_str(), &kind, &ids]).await?;
    Ok(())
}
