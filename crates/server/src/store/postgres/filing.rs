//! Filing what intake and commands have left: tickets into the lists, words into the search.
//!
//! A step holds the store's row of `listing` and so is alone; who finds it held leaves the store to its holder. Rows of
//! tickets, customers and marks are taken only where they are free, so that no command is waited for, and none waits for
//! long. A ticket that a command has at hand ends the step before it: what is filed has no holes.

use super::fault::Fault;
use super::session::Session;
use super::values::known;
use crate::store::StoreError;
use crate::store::lists::{AGAIN, Backlog, CUSTOMERS, GREATEST, STORES, TEXT, joined, scoped, ticket_words};
use rota_core::ids::StoreId;
use rota_core::search::words_of;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tokio_postgres::Row;

/// The most tickets of one step.
const TICKETS: i64 = 500;

/// Stores with something to file, after `last`, in the order of their ids.
pub async fn backlogs(session: &Session, last: &str) -> Result<Vec<StoreId>, Fault> {
    let select = "
        SELECT r.store_id FROM routing r LEFT JOIN listing l ON l.store_id = r.store_id
        WHERE r.store_id > $1 AND (l.store_id IS NULL OR l.tickets_to < r.next_ticket - 1 OR l.customers_to < $2
            OR EXISTS (SELECT FROM unlisted u WHERE u.store_id = r.store_id AND (u.kind = 'customer'
                       OR u.id::bigint <= l.tickets_to)))
        ORDER BY r.store_id LIMIT $3";
    let rows = session.rows(select, &[&last, &GREATEST, &(STORES as i64)]).await?;
    rows.iter().map(|row| Ok(known("routing.store_id", StoreId::new(row.try_get(0)?))?)).collect()
}

/// One step in one store; answers whether anything was filed.
pub async fn step(session: &Session, store: &StoreId) -> Result<bool, Fault> {
    let Some(backlog) = take(session, store).await? else { return Ok(false) };
    let tickets = new_tickets(session, &backlog).await?;
    let again = changed_tickets(session, &backlog).await?;
    let customers = customers(session, &backlog).await?;
    let tickets_to = file(session, &backlog, tickets).await?;
    let renewed = file_again(session, store, again).await?;
    let (named, customers_to) = name(session, &backlog, customers).await?;
    let is_moved = tickets_to > backlog.tickets_to || customers_to != backlog.customers_to;
    if is_moved {
        let update = "UPDATE listing SET tickets_to = $2, customers_to = $3 WHERE store_id = $1";
        session.execute(update, &[&store.as_str(), &tickets_to, &customers_to]).await?;
    }
    Ok(is_moved || renewed || named)
}

/// Takes the store's row; `None` where somebody else has it.
async fn take(session: &Session, store: &StoreId) -> Result<Option<Backlog>, Fault> {
    let id = store.as_str();
    let select = "SELECT tickets_to, customers_to FROM listing WHERE store_id = $1";
    if session.row(select, &[&id]).await?.is_none() {
        let insert = "INSERT INTO listing (store_id, tickets_to, customers_to) VALUES ($1, 0, '')
                      ON CONFLICT DO NOTHING";
        session.execute(insert, &[&id]).await?;
    }
    let row = session.row(&format!("{select} FOR UPDATE SKIP LOCKED"), &[&id]).await?;
    let read = |row: Row| {
        let (tickets_to, customers_to) = (row.try_get(0)?, row.try_get(1)?);
        Ok(Backlog { store: store.clone(), tickets_to, customers_to, has_row: true })
    };
    row.map(read).transpose()
}

/// A ticket's number and its words, in a row.
type Worded = (i64, String);
/// A ticket's number, title and context, and what was noted on it and said.
type Texts = (i64, Option<String>, Option<String>, Vec<String>);

async fn new_tickets(session: &Session, backlog: &Backlog) -> Result<Vec<Worded>, Fault> {
    let id = backlog.store.as_str();
    let select = "
        SELECT id, task_title, context FROM (
            SELECT id, task_title, context, coalesce(octet_length(context), 0) AS size,
                   sum(coalesce(octet_length(context), 0)) OVER (ORDER BY id) AS bytes
            FROM (SELECT * FROM tickets WHERE store_id = $1 AND id > $2 ORDER BY id LIMIT $3) AS t
        ) AS t WHERE bytes - size < $4 ORDER BY id";
    let rows = session.rows(select, &[&id, &backlog.tickets_to, &TICKETS, &TEXT]).await?;
    words(session, &backlog.store, &rows).await
}

/// Filed tickets that are marked, and the stamps of their marks.
async fn changed_tickets(session: &Session, backlog: &Backlog) -> Result<Vec<(Worded, i64)>, Fault> {
    let id = backlog.store.as_str();
    let select = "
        SELECT t.id, t.task_title, t.context, u.stamp FROM (
            SELECT id::bigint AS id, stamp FROM unlisted
            WHERE store_id = $1 AND kind = 'ticket' AND id::bigint <= $2 LIMIT $3
        ) AS u JOIN tickets t ON t.store_id = $1 AND t.id = u.id ORDER BY t.id";
    let rows = session.rows(select, &[&id, &backlog.tickets_to, &(AGAIN as i64)]).await?;
    let stamps = rows.iter().map(|row| row.try_get(3)).collect::<Result<Vec<i64>, _>>()?;
    Ok(words(session, &backlog.store, &rows).await?.into_iter().zip(stamps).collect())
}

/// The words of tickets whose number, title and context the rows have. They are cut where they hold nobody up.
async fn words(session: &Session, store: &StoreId, rows: &[Row]) -> Result<Vec<Worded>, Fault> {
    let ids = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
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
    let mut texts: Vec<Texts> = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.try_get(0)?;
        texts.push((id, row.try_get(1)?, row.try_get(2)?, said.remove(&id).unwrap_or_default()));
    }
    let store = store.clone();
    let cut = tokio::task::spawn_blocking(move || {
        let words = texts.iter().map(|(id, title, context, bodies)| {
            let words = ticket_words(title.as_deref(), context.as_deref(), bodies)?;
            Ok((*id, joined(&scoped(&store, words))))
        });
        words.collect::<Result<Vec<_>, StoreError>>()
    });
    let cut =
        cut.await.map_err(|error| StoreError::Backend(format!("cutting words ended early: {error}")))?;
    Ok(cut?)
}

/// Files the first of these that no command has at hand; answers the number of the last one filed.
async fn file(session: &Session, backlog: &Backlog, tickets: Vec<Worded>) -> Result<i64, Fault> {
    if tickets.is_empty() {
        return Ok(backlog.tickets_to);
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
    Ok(ids.last().copied().unwrap_or(backlog.tickets_to))
}

/// Gives filed tickets their new words, where nothing has changed meanwhile and nobody has them at hand.
async fn file_again(session: &Session, store: &StoreId, again: Vec<(Worded, i64)>) -> Result<bool, Fault> {
    if again.is_empty() {
        return Ok(false);
    }
    let id = store.as_str();
    let ids: Vec<i64> = again.iter().map(|((id, _), _)| *id).collect();
    // In the order in which a command takes them: the ticket's place in the lists, then the mark.
    let select = "SELECT ticket_id FROM listed WHERE store_id = $1 AND ticket_id = ANY($2)
                  FOR NO KEY UPDATE SKIP LOCKED";
    let free = session.rows(select, &[&id, &ids]).await?;
    let free = free.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<i64>, _>>()?;
    let again = again.into_iter().filter(|((id, _), _)| free.contains(id));
    let (worded, stamps): (BTreeMap<i64, String>, Vec<(String, i64)>) =
        again.map(|((id, words), stamp)| ((id, words), (id.to_string(), stamp))).unzip();
    let (marks, stamps): (Vec<String>, Vec<i64>) = stamps.into_iter().unzip();
    let select = "
        SELECT u.id::bigint FROM unlisted u JOIN unnest($2, $3) AS r (id, stamp) ON u.id = r.id AND u.stamp = r.stamp
        WHERE u.store_id = $1 AND u.kind = 'ticket' FOR UPDATE OF u SKIP LOCKED";
    let same = session.rows(select, &[&id, &marks, &stamps]).await?;
    let ids = same.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
    let words: Vec<&str> = ids.iter().map(|id| worded[id].as_str()).collect();
    let update = "
        UPDATE listed l SET words = array_to_tsvector(string_to_array(w.words, ' '))
        FROM unnest($2, $3) AS w (id, words) WHERE l.store_id = $1 AND l.ticket_id = w.id";
    session.execute(update, &[&id, &ids, &words]).await?;
    let marks: Vec<String> = ids.iter().map(ToString::to_string).collect();
    unmark(session, store, "ticket", &marks).await?;
    Ok(!ids.is_empty())
}

async fn unmark(session: &Session, store: &StoreId, kind: &str, ids: &Vec<String>) -> Result<(), Fault> {
    let delete = "DELETE FROM unlisted WHERE store_id = $1 AND kind = $2 AND id = ANY($3)";
    session.execute(delete, &[&store.as_str(), &kind, ids]).await?;
    Ok(())
}

/// Customers whose names are to be filed.
struct Customers {
    /// Of the first pass, in the order of their ids.
    pass: Vec<String>,
    /// Those that have changed.
    changed: Vec<String>,
}

async fn customers(session: &Session, backlog: &Backlog) -> Result<Customers, Fault> {
    let (store, most) = (backlog.store.as_str(), CUSTOMERS as i64);
    let texts = |rows: Vec<Row>| rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>();
    let pass = "SELECT id FROM customers WHERE store_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let pass = texts(session.rows(pass, &[&store, &backlog.customers_to.as_str(), &most]).await?)?;
    let changed = "SELECT id FROM unlisted WHERE store_id = $1 AND kind = 'customer' LIMIT $2";
    let changed = texts(session.rows(changed, &[&store, &most]).await?)?;
    Ok(Customers { pass, changed })
}

/// Makes the words of names those that they have now, for customers whom nobody is changing; answers whether there were any,
/// and how far the first pass has come.
async fn name(session: &Session, backlog: &Backlog, customers: Customers) -> Result<(bool, String), Fault> {
    let store = &backlog.store;
    let Customers { pass, changed } = customers;
    let all: Vec<&str> = pass.iter().chain(&changed).map(String::as_str).collect();
    let select =
        "SELECT id, first_name, last_name FROM customers WHERE store_id = $1 AND id = ANY($2) ORDER BY id
                  FOR NO KEY UPDATE SKIP LOCKED";
    let rows =
        if all.is_empty() { Vec::new() } else { session.rows(select, &[&store.as_str(), &all]).await? };
    let (mut ids, mut of, mut words) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        let (id, first, last): (String, Option<&str>, Option<&str>) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let name: BTreeSet<String> = words_of(first.into_iter().chain(last));
        of.extend(name.iter().map(|_| id.clone()));
        words.extend(name);
        ids.push(id);
    }
    if !ids.is_empty() {
        let delete = "DELETE FROM customer_words WHERE store_id = $1 AND customer_id = ANY($2)";
        session.execute(delete, &[&store.as_str(), &ids]).await?;
        let insert =
            "INSERT INTO customer_words (store_id, customer_id, word) SELECT $1, * FROM unnest($2, $3)";
        session.execute(insert, &[&store.as_str(), &of, &words]).await?;
        unmark(session, store, "customer", &ids).await?;
    }
    let free: HashSet<&String> = ids.iter().collect();
    let passed = pass.iter().take_while(|id| free.contains(id)).count();
    let is_over = passed == pass.len() && pass.len() < CUSTOMERS && backlog.customers_to.as_str() < GREATEST;
    let customers_to = match pass[..passed].last() {
        _ if is_over => GREATEST.to_owned(),
        Some(last) => last.clone(),
        None => backlog.customers_to.clone(),
    };
    Ok((!ids.is_empty(), customers_to))
}

/// Marks customers whose names are new.
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
        ON CONFLICT (store_id, kind, id) DO UPDATE SET stamp = u.stamp + 1";
    session.execute(upsert, &[&store.as_str(), &kind, &ids]).await?;
    Ok(())
}
