//! `rota check`: everything that has to agree, compared by counting it again.

use super::fault::Fault;
use super::provision::counter;
use super::routing;
use super::values::known;
use crate::store::counted::{Counted, WrongLoad};
use crate::store::events::FIRST;
use crate::store::ledger::MISCOUNTED;
use crate::store::lists::MISFILED;
use crate::store::types::Finding;
use rota_core::ids::StoreId;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

pub fn run(db: &Connection) -> Result<Vec<Finding>, Fault> {
    let mut findings = structure(db)?;
    findings.extend(orphans(db)?);
    let mut stores = db.prepare("SELECT store_id FROM stores ORDER BY store_id")?;
    let names = stores.query_map([], |row| row.get::<_, String>(0))?;
    for name in names {
        let store = known("stores.store_id", StoreId::new(&name?))?;
        match routing::take(&mut db.prepare_cached(routing::TAKE)?, &store) {
            Ok(routing) => findings.extend(Store { db, store: &store }.counted()?.findings(&store, &routing)),
            Err(Fault::Store(error)) => findings.push(Finding::of_routing(store, error)),
            Err(fault) => return Err(fault),
        }
    }
    Ok(findings)
}

/// The file's own structure.
pub fn structure(db: &Connection) -> Result<Vec<Finding>, Fault> {
    let mut check = db.prepare("PRAGMA quick_check(20)")?;
    let lines = check.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let damages = lines.into_iter().filter(|line| line != "ok");
    Ok(damages.map(|line| Finding { store: None, text: format!("damaged file: {line}") }).collect())
}

/// Rows that point at nothing.
fn orphans(db: &Connection) -> Result<Vec<Finding>, Fault> {
    let mut check = db.prepare("PRAGMA foreign_key_check")?;
    let rows = check.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?)))?;
    rows.take(20)
        .map(|row| {
            let (table, parent) = row?;
            let text = format!("orphan: a row of {table} points at no row of {parent}");
            Ok(Finding { store: None, text })
        })
        .collect()
}

struct Store<'a> {
    db: &'a Connection,
    store: &'a StoreId,
}

impl Store<'_> {
    fn counted(&self) -> Result<Counted, Fault> {
        Ok(Counted {
            tickets: self.count("SELECT count(*) FROM tickets WHERE store_id = ?1")?,
            last_ticket: self.count("SELECT coalesce(max(id), 0) FROM tickets WHERE store_id = ?1")?,
            later_entries: self.count("SELECT count(*) FROM timeline WHERE store_id = ?1")?,
            outbox: self.count("SELECT count(*) FROM outbox WHERE store_id = ?1 AND sequence IS NOT NULL")?,
            told_entries: self.count(
                "SELECT count(*) FROM outbox JOIN timeline USING (store_id, ticket_id, sequence)
                 WHERE store_id = ?1",
            )?,
            first_event: counter(self.db, self.store, FIRST)?,
            first_missing_event: self.first_missing_event()?,
            loads: self.loads()?,
            waiting: self.waiting()?,
            waiting_wrongly: self.count(
                "SELECT count(*) FROM tickets
                 WHERE store_id = ?1 AND waiting_pool IS NOT NULL AND (agent_id IS NOT NULL OR stage <> 'open')",
            )?,
            misfiled: self.count(&MISFILED.replace("STORE", "?1").replace("SAME", "IS"))?,
            miscounted: self.count(&MISCOUNTED.replace("STORE", "?1"))?,
        })
    }

    fn count(&self, sql: &str) -> Result<i64, Fault> {
        Ok(self.db.query_row(sql, [self.store.as_str()], |row| row.get(0))?)
    }

    /// Creations in the order of the tickets' ids and the outbox, merged, count up from the first event that is kept.
    fn first_missing_event(&self) -> Result<i64, Fault> {
        let first = counter(self.db, self.store, FIRST)?;
        let mut created =
            self.db.prepare("SELECT event FROM tickets WHERE store_id = ?1 AND event >= ?2 ORDER BY id")?;
        let mut later = self.db.prepare(
            "SELECT position FROM outbox WHERE store_id = ?1 AND position >= ?2 ORDER BY position",
        )?;
        let of_store = params![self.store.as_str(), first];
        let mut created = created.query_map(of_store, |row| row.get::<_, i64>(0))?;
        let mut later = later.query_map(of_store, |row| row.get::<_, i64>(0))?;
        let mut heads = [created.next().transpose()?, later.next().transpose()?];
        for event in first.. {
            if heads[0] == Some(event) {
                heads[0] = created.next().transpose()?;
            } else if heads[1] == Some(event) {
                heads[1] = later.next().transpose()?;
            } else {
                return Ok(event);
            }
        }
        unreachable!("a store has fewer events than there are numbers")
    }

    /// Open counts against the tickets themselves.
    fn loads(&self) -> Result<Vec<WrongLoad>, Fault> {
        let mut select = self.db.prepare(
            "SELECT a.id, coalesce(l.open, 0), coalesce(t.open, 0)
             FROM agents a
             LEFT JOIN agent_loads l ON l.store_id = a.store_id AND l.agent_id = a.id
             LEFT JOIN (SELECT agent_id, count(*) AS open FROM tickets
                        WHERE store_id = ?1 AND stage = 'open' AND agent_id IS NOT NULL GROUP BY agent_id) t
                    ON t.agent_id = a.id
             WHERE a.store_id = ?1 AND coalesce(l.open, 0) <> coalesce(t.open, 0)
             ORDER BY a.id",
        )?;
        let rows = select.query_map([self.store.as_str()], |row| {
            Ok(WrongLoad { agent: row.get(0)?, noted: row.get(1)?, owned: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn waiting(&self) -> Result<BTreeMap<i64, u64>, Fault> {
        let mut select = self.db.prepare(
            "SELECT waiting_pool, count(*) FROM tickets WHERE store_id = ?1 AND waiting_pool IS NOT NULL
             GROUP BY waiting_pool",
        )?;
        let rows = select.query_map([self.store.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
