//! The lists and the search as the server's own chore would have filed them in the end, in bulk: millions of tickets
//! would keep the chore busy for an hour, and a measurement with it.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use anyhow::Context;
use rota_core::{
    ids::{StoreId, TicketId},
    search::{Scope, Unowned, Worded, part},
};
use rusqlite::{Connection, Row, Statement, Transaction, params};

use super::past::Ticket;

/// From so many tickets on the indexes are made at the end.
const MANY: i64 = 200_000;

pub struct Lists {
    store: String,
    scope: Scope,
    customers: HashMap<String, Customer>,
    /// Statements that make the indexes again.
    indexes: Vec<String>,
    /// Where the rows for PostgreSQL go, as `COPY` reads them.
    copied: Option<Copied>,
}

/// What a customer's tickets are found by: the names, and the address in its compared form.
struct Customer {
    names: [Option<String>; 2],
    email_key: Option<String>,
}

/// The tables of the lists that have files of their own, in the folder that was asked for.
pub const COPIED: [&str; 2] = ["listed", "listing"];

struct Copied {
    listed: BufWriter<File>,
    listing: BufWriter<File>,
}

impl Copied {
    fn new(folder: &Path) -> anyhow::Result<Self> {
        let file = |table: &str| {
            let path = folder.join(table);
            let file = File::create(&path).with_context(|| format!("cannot make {}", path.display()))?;
            anyhow::Ok(BufWriter::with_capacity(1 << 20, file))
        };
        let [listed, listing] = COPIED;
        Ok(Self { listed: file(listed)?, listing: file(listing)? })
    }
}

impl Lists {
    /// With `copied` the rows for PostgreSQL are written there too.
    pub fn new(
        connection: &Connection,
        store: &str,
        tickets: i64,
        copied: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let filed =
            "SELECT coalesce((SELECT tickets_to FROM listing WHERE store_id = ?1), 0) = next_ticket - 1
                     FROM routing WHERE store_id = ?1";
        let is_filed: bool = connection.query_row(filed, [store], |row| row.get(0))?;
        anyhow::ensure!(is_filed, "some of the store's tickets are in no list yet; serve it until they are");
        let indexes = if tickets >= MANY { take_indexes(connection)? } else { Vec::new() };
        Ok(Self {
            store: store.to_owned(),
            scope: Scope::of(&StoreId::new(store).context("that is no store's id")?),
            customers: customers(connection, store)?,
            indexes,
            copied: copied.map(Copied::new).transpose()?,
        })
    }

    pub fn begin<'t>(&'t mut self, transaction: &'t Transaction<'t>) -> rusqlite::Result<Listing<'t>> {
        Ok(Listing {
            row: transaction.prepare(
                "INSERT INTO listed (store_id, ticket_id, stage, unowned, agent_id, team_id, customer_id, channel,
                                     priority, created_at, last_event, quiet_since)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?10)",
            )?,
            words: transaction.prepare("INSERT INTO ticket_words (rowid, words) VALUES (?1, ?2)")?,
            transaction,
            lists: self,
        })
    }

    /// Makes the indexes.
    pub fn finish(mut self, connection: &mut Connection) -> anyhow::Result<()> {
        let transaction = connection.transaction()?;
        if let Some(copied) = &mut self.copied {
            let last = "SELECT tickets_to FROM listing WHERE store_id = ?1";
            let last: i64 = transaction.query_row(last, [&self.store], |row| row.get(0))?;
            writeln!(copied.listing, "{}\t{last}", self.store)?;
            copied.listing.flush()?;
            copied.listed.flush()?;
        }
        for index in &self.indexes {
            eprintln!("{}", index.split(" ON ").next().unwrap_or_default());
            transaction.execute_batch(index)?;
        }
        Ok(transaction.commit()?)
    }
}

fn customers(connection: &Connection, store: &str) -> rusqlite::Result<HashMap<String, Customer>> {
    let mut select = connection
        .prepare("SELECT id, first_name, last_name, email_key FROM customers WHERE store_id = ?1")?;
    let customer = |row: &Row| {
        let names = [row.get(1)?, row.get(2)?];
        Ok((row.get(0)?, Customer { names, email_key: row.get(3)? }))
    };
    select.query_map([store], customer)?.collect()
}

/// Removes the indexes of the lists; answers the statements that make them.
fn take_indexes(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let select = "SELECT name, sql FROM sqlite_schema
                  WHERE type = 'index' AND tbl_name = 'listed' AND sql IS NOT NULL";
    let mut select = connection.prepare(select)?;
    let indexes: Vec<(String, String)> =
        select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (name, _) in &indexes {
        connection.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    Ok(indexes.into_iter().map(|(_, sql)| sql).collect())
}

/// The lists within one batch.
pub struct Listing<'t> {
    lists: &'t mut Lists,
    transaction: &'t Transaction<'t>,
    row: Statement<'t>,
    words: Statement<'t>,
}

impl Listing<'_> {
    pub fn list(&mut self, id: i64, last_event: i64, ticket: &Ticket) -> anyhow::Result<()> {
        let agent = ticket.state.agent().map(|agent| agent.0);
        self.row.execute(params![
            self.lists.store,
            id,
            ticket.state.kind().name(),
            Unowned::of(&ticket.state).map(Unowned::name),
            agent,
            ticket.team_id,
            ticket.customer_id,
            ticket.channel,
            ticket.priority.rank(),
            ticket.created_at,
            last_event,
        ])?;
        let worded = self.worded(ticket);
        let doc = self.transaction.last_insert_rowid();
        let entries = worded.entries(&self.lists.scope).collect::<Vec<_>>().join(" ");
        self.words.execute(params![doc, entries])?;
        self.copy(id, last_event, ticket, &worded)
    }

    fn worded(&self, ticket: &Ticket) -> Worded {
        let customer = self.lists.customers.get(ticket.customer_id);
        let names = customer.iter().flat_map(|customer| customer.names.iter().flatten());
        let email_key = customer.and_then(|customer| customer.email_key.as_deref());
        Worded::new(ticket.texts(), names.map(String::as_str), email_key)
    }

    /// A line for `COPY listed FROM`, in the order of the columns of PostgreSQL's schema.
    fn copy(&mut self, id: i64, last_event: i64, ticket: &Ticket, worded: &Worded) -> anyhow::Result<()> {
        let Lists { store, scope, copied: Some(Copied { listed: copied, .. }), .. } = &mut *self.lists else {
            return Ok(());
        };
        let or_null = |id: Option<i64>| id.map_or_else(|| "\\N".to_owned(), |id| id.to_string());
        let agent = or_null(ticket.state.agent().map(|agent| agent.0));
        let (team, stage, rank) =
            (or_null(ticket.team_id), ticket.state.kind().name(), ticket.priority.rank());
        let unowned = Unowned::of(&ticket.state).map_or("\\N", Unowned::name);
        let (customer, channel, created) = (ticket.customer_id, ticket.channel, ticket.created_at);
        write!(
            copied,
            "{store}\t{id}\t{stage}\t{unowned}\t{agent}\t{team}\t{customer}\t{channel}\t{rank}\t{created}\t{last_event}\t{created}\t"
        )?;
        for entry in worded.entries(&scope.within(&part(TicketId(id)))) {
            write!(copied, "'{entry}' ")?;
        }
        Ok(writeln!(copied)?)
    }

    /// All tickets up to this one are in the lists.
    pub fn finish(self, last: i64) -> rusqlite::Result<()> {
        let upsert = "INSERT INTO listing (store_id, tickets_to) VALUES (?1, ?2)
                      ON CONFLICT (store_id) DO UPDATE SET tickets_to = excluded.tickets_to";
        self.transaction.execute(upsert, params![self.lists.store, last]).map(drop)
    }
}
