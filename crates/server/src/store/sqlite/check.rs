//! `rota check`: everything that has to agree, compared by counting it again.

use super::fault::Fault;
use super::intake::take_routing;
use super::values::known;
use crate::store::types::Finding;
use rota_core::ids::StoreId;
use rota_core::intake::Routing;
use rusqlite::{Connection, params};

pub fn run(db: &Connection) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    file(db, &mut findings)?;
    let mut stores = db.prepare("SELECT store_id FROM stores ORDER BY store_id")?;
    let names = stores.query_map([], |row| row.get::<_, String>(0))?;
    for name in names {
        let store = known("stores.store_id", StoreId::new(&name?))?;
        let mut of_store =
            Store { db, store: &store, routing: take_routing(db, &store)?, findings: &mut findings };
        of_store.numbers()?;
        of_store.orphans()?;
        of_store.loads()?;
        of_store.waiting()?;
    }
    Ok(findings)
}

/// The file's own structure, and rows that point at nothing.
fn file(db: &Connection, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    let mut check = db.prepare("PRAGMA quick_check(20)")?;
    for line in check.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        if line != "ok" {
            findings.push(Finding { store: None, text: format!("damaged file: {line}") });
        }
    }
    let mut check = db.prepare("PRAGMA foreign_key_check")?;
    for row in check.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?)))?.take(20) {
        let (table, parent) = row?;
        findings.push(Finding {
            store: None,
            text: format!("orphan: a row of {table} points at no row of {parent}"),
        });
    }
    Ok(())
}

struct Store<'a> {
    db: &'a Connection,
    store: &'a StoreId,
    routing: Routing,
    findings: &'a mut Vec<Finding>,
}

impl Store<'_> {
    fn find(&mut self, text: String) {
        self.findings.push(Finding { store: Some(self.store.clone()), text });
    }

    fn count(&self, sql: &str) -> Result<i64, Fault> {
        Ok(self.db.query_row(sql, [self.store.as_str()], |row| row.get(0))?)
    }

    /// Tickets and outbox rows are numbered without gaps up to where the routing row says.
    fn numbers(&mut self) -> Result<(), Fault> {
        let Routing { next_ticket, next_event, .. } = self.routing;
        for (what, column, table, next) in
            [("tickets", "id", "tickets", next_ticket), ("outbox", "position", "outbox", next_event)]
        {
            let count = self.count(&format!("SELECT count(*) FROM {table} WHERE store_id = ?1"))?;
            let last =
                self.count(&format!("SELECT coalesce(max({column}), 0) FROM {table} WHERE store_id = ?1"))?;
            if count != last {
                self.find(format!("gap: {what} are numbered up to {last}, but there are {count}"));
            }
            if last != next - 1 {
                self.find(format!("gap: {what} end at {last}, but the next number is {next}"));
            }
        }
        Ok(())
    }

    /// Every entry of a timeline, the ticket's creation being the first, is told of in the outbox.
    fn orphans(&mut self) -> Result<(), Fault> {
        let created = self.count("SELECT count(*) FROM tickets WHERE store_id = ?1")?;
        let later = self.count("SELECT count(*) FROM timeline WHERE store_id = ?1")?;
        let told = self.count(
            "SELECT coalesce(sum(last_ticket - first_ticket + 1), 0) FROM outbox WHERE store_id = ?1",
        )?;
        if created + later != told {
            self.find(format!(
                "orphan: {} timeline entries, but the outbox tells of {told}",
                created + later
            ));
        }
        Ok(())
    }

    /// Open counts against the tickets themselves.
    fn loads(&mut self) -> Result<(), Fault> {
        let mut select = self.db.prepare(
            "SELECT a.id, coalesce(l.open, 0), coalesce(t.open, 0)
             FROM agents a
             LEFT JOIN agent_loads l ON l.store_id = a.store_id AND l.agent_id = a.id
             LEFT JOIN (SELECT agent_id, count(*) AS open FROM tickets
                        WHERE store_id = ?1 AND stage = 'open' AND agent_id IS NOT NULL GROUP BY agent_id) t
                    ON t.agent_id = a.id
             WHERE a.store_id = ?1 AND coalesce(l.open, 0) <> coalesce(t.open, 0)",
        )?;
        let rows = select.query_map(params![self.store.as_str()], |row| {
            Ok(format!(
                "open count: agent {} is counted with {} open tickets, but owns {}",
                row.get::<_, i64>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?
            ))
        })?;
        for text in rows.collect::<Result<Vec<_>, _>>()? {
            self.find(text);
        }
        Ok(())
    }

    fn waiting(&mut self) -> Result<(), Fault> {
        let mut select = self.db.prepare(
            "SELECT waiting_pool, count(*) FROM tickets WHERE store_id = ?1 AND waiting_pool IS NOT NULL
             GROUP BY waiting_pool",
        )?;
        let rows = select
            .query_map([self.store.as_str()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, u64>(1)?)))?;
        let counted: std::collections::BTreeMap<i64, u64> = rows.collect::<Result<_, _>>()?;
        let noted: std::collections::BTreeMap<i64, u64> = self
            .routing
            .pools
            .iter()
            .filter(|(_, state)| state.waiting > 0)
            .map(|(pool, state)| (pool.number(), state.waiting))
            .collect();
        if counted != noted {
            self.find(format!("waiting tickets per pool are noted as {noted:?}, but counted as {counted:?}"));
        }
        let both = self.count(
            "SELECT count(*) FROM tickets
             WHERE store_id = ?1 AND waiting_pool IS NOT NULL AND (agent_id IS NOT NULL OR stage <> 'open')",
        )?;
        if both > 0 {
            self.find(format!("{both} tickets wait although they are owned or not open"));
        }
        Ok(())
    }
}
