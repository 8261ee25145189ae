//! `rota check`: everything that has to agree, compared by counting it again.

use super::fault::Fault;
use super::intake::read_routing;
use super::provision::counter;
use super::session::Session;
use super::values::known;
use crate::store::counted::{Counted, WrongLoad};
use crate::store::events::FIRST;
use crate::store::ledger::MISCOUNTED;
use crate::store::lists::MISFILED;
use crate::store::types::Finding;
use rota_core::ids::StoreId;
use std::collections::BTreeMap;

pub async fn run(session: &Session) -> Result<Vec<Finding>, Fault> {
    let mut findings = orphans(session).await?;
    for row in session.rows("SELECT store_id FROM stores ORDER BY store_id", &[]).await? {
        let store = known("stores.store_id", StoreId::new(row.try_get(0)?))?;
        match read_routing(session, &store).await {
            Ok(routing) => {
                let counted = Store { session, store: &store }.counted().await?;
                findings.extend(counted.findings(&store, &routing));
            }
            Err(Fault::Store(error)) => findings.push(Finding::of_routing(store, error)),
            Err(fault) => return Err(fault),
        }
    }
    Ok(findings)
}

/// Where a ticket points without a foreign key, which would lock the row there with each ticket: table, where to, the
/// columns, and when it points at all. Intake has read those rows in the same transaction, and nobody removes any.
const TICKETS_POINT_AT: [[&str; 4]; 3] = [
    ["tickets", "customers", "child.store_id = parent.store_id AND child.customer_id = parent.id", "true"],
    [
        "tickets",
        "agents",
        "child.store_id = parent.store_id AND child.agent_id = parent.id",
        "child.agent_id IS NOT NULL",
    ],
    [
        "tickets",
        "teams",
        "child.store_id = parent.store_id AND child.team_id = parent.id",
        "child.team_id IS NOT NULL",
    ],
];

/// Rows that point at nothing. The server sees to it that there are none; a dump that was loaded without its
/// constraints, or a repair by hand, may have made some.
async fn orphans(session: &Session) -> Result<Vec<Finding>, Fault> {
    let keys = "
        SELECT conrelid::regclass::text, confrelid::regclass::text,
               (SELECT string_agg(format('child.%I = parent.%I', c.attname, p.attname), ' AND ')
                FROM unnest(conkey, confkey) AS pairs (child, parent)
                JOIN pg_attribute c ON c.attrelid = conrelid AND c.attnum = pairs.child
                JOIN pg_attribute p ON p.attrelid = confrelid AND p.attnum = pairs.parent),
               (SELECT string_agg(format('child.%I IS NOT NULL', c.attname), ' AND ')
                FROM unnest(conkey) AS key (child)
                JOIN pg_attribute c ON c.attrelid = conrelid AND c.attnum = key.child)
        FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
        ORDER BY 1, 2";
    let mut references: Vec<[String; 4]> = TICKETS_POINT_AT.map(|key| key.map(Into::into)).to_vec();
    for key in session.rows(keys, &[]).await? {
        references.push([key.try_get(0)?, key.try_get(1)?, key.try_get(2)?, key.try_get(3)?]);
    }
    let mut findings = Vec::new();
    for [table, parent, pairs, present] in references {
        let orphan = format!(
            "SELECT 1 FROM {table} child WHERE {present}
             AND NOT EXISTS (SELECT 1 FROM {parent} parent WHERE {pairs}) LIMIT 1"
        );
        if session.row(&orphan, &[]).await?.is_some() {
            let text = format!("orphan: a row of {table} points at no row of {parent}");
            findings.push(Finding { store: None, text });
        }
    }
    Ok(findings)
}

struct Store<'a> {
    session: &'a Session,
    store: &'a StoreId,
}

impl Store<'_> {
    async fn counted(&self) -> Result<Counted, Fault> {
        let (told_entries, waiting_wrongly) = (
            "SELECT count(*) FROM outbox JOIN timeline USING (store_id, ticket_id, sequence) WHERE store_id = $1",
            "SELECT count(*) FROM tickets
             WHERE store_id = $1 AND waiting_pool IS NOT NULL AND (agent_id IS NOT NULL OR stage <> 'open')",
        );
        let misfiled = MISFILED.replace("STORE", "$1").replace("SAME", "IS NOT DISTINCT FROM");
        Ok(Counted {
            tickets: self.number("SELECT count(*) FROM tickets WHERE store_id = $1").await?,
            last_ticket: self.number("SELECT coalesce(max(id), 0) FROM tickets WHERE store_id = $1").await?,
            later_entries: self.number("SELECT count(*) FROM timeline WHERE store_id = $1").await?,
            outbox: self
                .number("SELECT count(*) FROM outbox WHERE store_id = $1 AND sequence IS NOT NULL")
                .await?,
            told_entries: self.number(told_entries).await?,
            first_event: counter(self.session, self.store, FIRST).await?,
            first_missing_event: self.first_missing_event().await?,
            loads: self.loads().await?,
            waiting: self.waiting().await?,
            waiting_wrongly: self.number(waiting_wrongly).await?,
            misfiled: self.number(&misfiled).await?,
            miscounted: self.number(&MISCOUNTED.replace("STORE", "$1")).await?,
        })
    }

    async fn number(&self, sql: &str) -> Result<i64, Fault> {
        let row = known("a count", self.session.row(sql, &[&self.store.as_str()]).await?)?;
        Ok(row.try_get(0)?)
    }

    /// Creations in the order of the tickets' ids and the outbox, merged, count up from the first event that is kept.
    async fn first_missing_event(&self) -> Result<i64, Fault> {
        let first = counter(self.session, self.store, FIRST).await?;
        let select = "
            WITH events AS (SELECT event FROM tickets WHERE store_id = $1 AND event >= $2
                            UNION ALL SELECT position FROM outbox WHERE store_id = $1 AND position >= $2),
                 placed AS (SELECT event, $2 - 1 + row_number() OVER (ORDER BY event) AS place FROM events)
            SELECT coalesce(min(place) FILTER (WHERE event <> place), count(*) + $2) FROM placed";
        let row = known("a count", self.session.row(select, &[&self.store.as_str(), &first]).await?)?;
        Ok(row.try_get(0)?)
    }

    /// Open counts against the tickets themselves.
    async fn loads(&self) -> Result<Vec<WrongLoad>, Fault> {
        let select = "
            SELECT a.id, coalesce(l.open, 0), coalesce(t.open, 0)
            FROM agents a
            LEFT JOIN agent_loads l ON l.store_id = a.store_id AND l.agent_id = a.id
            LEFT JOIN (SELECT agent_id, count(*) AS open FROM tickets
                       WHERE store_id = $1 AND stage = 'open' AND agent_id IS NOT NULL GROUP BY agent_id) t
                   ON t.agent_id = a.id
            WHERE a.store_id = $1 AND coalesce(l.open, 0) <> coalesce(t.open, 0)
            ORDER BY a.id";
        let rows = self.session.rows(select, &[&self.store.as_str()]).await?;
        rows.iter()
            .map(|row| {
                Ok(WrongLoad { agent: row.try_get(0)?, noted: row.try_get(1)?, owned: row.try_get(2)? })
            })
            .collect()
    }

    async fn waiting(&self) -> Result<BTreeMap<i64, u64>, Fault> {
        let select = "
            SELECT waiting_pool, count(*) FROM tickets WHERE store_id = $1 AND waiting_pool IS NOT NULL
            GROUP BY waiting_pool";
        let rows = self.session.rows(select, &[&self.store.as_str()]).await?;
        rows.iter()
            .map(|row| {
                let count: i64 = row.try_get(1)?;
                Ok((row.try_get(0)?, known("a count", count.try_into().ok())?))
            })
            .collect()
    }
}
