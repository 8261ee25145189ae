//! Who and what a store has that tickets can point to.

use anyhow::{Context, bail};
use rusqlite::{Connection, OptionalExtension, Row};

/// Enough for a spread; a store may have millions.
const CUSTOMERS: i64 = 200_000;

pub struct Roster {
    pub roster_version: i64,
    pub customers: Vec<String>,
    pub agents: Vec<i64>,
    pub teams: Vec<i64>,
    /// Those that nobody is in.
    pub empty_teams: Vec<i64>,
    pub labels: Vec<i64>,
    pub whatsapp: Vec<String>,
    pub email: Vec<String>,
}

impl Roster {
    pub fn read(connection: &Connection, store: &str) -> anyhow::Result<Self> {
        let roster_version = connection
            .query_row("SELECT roster_version FROM routing WHERE store_id = ?1", [store], |row| row.get(0))
            .optional()
            .context("this is not a database of Rota; make one with `rota apply FILE --database …`")?
            .with_context(|| format!("there is no store {store}; make it with `rota apply FILE`"))?;
        let query = Query { connection, store };
        let roster = Self {
            roster_version,
            customers: query.rows(&format!("id FROM customers WHERE store_id = ?1 LIMIT {CUSTOMERS}"))?,
            agents: query.rows("id FROM agents WHERE store_id = ?1 AND active = 1")?,
            teams: query.rows("id FROM teams WHERE store_id = ?1 AND active = 1")?,
            empty_teams: query.rows(
                "id FROM teams t WHERE store_id = ?1 AND active = 1 AND NOT EXISTS
                     (SELECT 1 FROM team_members m WHERE m.store_id = t.store_id AND m.team_id = t.id)",
            )?,
            labels: query.rows("id FROM labels WHERE store_id = ?1 AND active = 1")?,
            whatsapp: query.addresses("whatsapp")?,
            email: query.addresses("email")?,
        };
        if roster.customers.is_empty() || roster.agents.is_empty() {
            bail!(
                "store {store} needs at least one customer and one active agent; add them with `rota apply FILE`"
            );
        }
        Ok(roster)
    }

    /// Whose turn the `n`th one is.
    pub fn agent_at(&self, n: i64) -> i64 {
        self.agents[n.rem_euclid(self.agents.len() as i64) as usize]
    }
}

struct Query<'a> {
    connection: &'a Connection,
    store: &'a str,
}

impl Query<'_> {
    fn rows<T: rusqlite::types::FromSql>(&self, select: &str) -> rusqlite::Result<Vec<T>> {
        let first = |row: &Row| row.get(0);
        self.connection.prepare(&format!("SELECT {select}"))?.query_map([self.store], first)?.collect()
    }

    fn addresses(&self, channel: &str) -> rusqlite::Result<Vec<String>> {
        let of_channel = format!("channel = '{channel}' AND active = 1");
        self.rows(&format!("address FROM brand_addresses WHERE store_id = ?1 AND {of_channel}"))
    }
}
