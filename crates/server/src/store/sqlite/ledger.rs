//! Counting decisions into the ledger, and reading it.
//!
//! A reader counts; the writer adds what that came to, unless somebody else has counted the same meanwhile.

use super::fault::Fault;
use super::values::{from_json, known, time_or_null, to_json};
use crate::store::StoreError;
use crate::store::ledger::{EVENTS, Event, GIVING, LedgerRow, Portion, STORES, Uncounted, rosters};
use jiff::civil::Date;
use rota_core::ids::{AgentId, StoreId, TeamId};
use rota_core::ledger::{Counted, Figures, Rosters, Share, Spread, Stretch, Way};
use rota_core::ticket::Pool;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A portion, and what it comes to.
pub type Step = (Portion, Counted);

/// What is to be counted next.
pub struct Steps {
    pub steps: Vec<Step>,
    /// The store behind which the next steps go on; the empty text where they begin with the first.
    pub next: String,
    /// Whether there is more to count right away.
    pub more: bool,
}

/// Of some stores after `last`, in the order of their ids.
pub fn read(db: &Connection, last: &str) -> Result<Steps, Fault> {
    let uncounted = uncounted(db, last)?;
    let (stores, mut left) = (uncounted.len(), EVENTS);
    let mut steps: Vec<Step> = Vec::with_capacity(stores);
    let mut more = false;
    for of in uncounted {
        let portion = portion(db, of, left)?;
        left -= portion.size().min(left);
        more |= portion.events_to < portion.of.next_event - 1;
        let counted = portion.count(stretches(db, &portion.of.store)?, &members(db, &portion)?)?;
        steps.push((portion, counted));
        if left == 0 {
            break;
        }
    }
    let is_cut = steps.len() < stores || stores == STORES;
    let last = steps.last().filter(|_| is_cut);
    let next = last.map_or_else(String::new, |(portion, _)| portion.of.store.as_str().into());
    Ok(Steps { more: more || is_cut, next, steps })
}

fn uncounted(db: &Connection, last: &str) -> Result<Vec<Uncounted>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT r.store_id, s.timezone, coalesce(l.events_to, 0), coalesce(l.tickets_to, 0), r.next_event
         FROM routing r JOIN stores s ON s.store_id = r.store_id LEFT JOIN ledger l ON l.store_id = r.store_id
         WHERE r.store_id > ?1 AND r.next_event - 1 > coalesce(l.events_to, 0) ORDER BY r.store_id LIMIT ?2",
    )?;
    let mut rows = select.query(params![last, STORES])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Uncounted {
            store: known("routing.store_id", StoreId::new(&row.get::<_, String>(0)?))?,
            zone: Uncounted::zone(&row.get::<_, String>(1)?)?,
            events_to: row.get(2)?,
            tickets_to: row.get(3)?,
            next_event: row.get(4)?,
        });
    }
    Ok(found)
}

fn portion(db: &Connection, of: Uncounted, limit: usize) -> Result<Portion, Fault> {
    let store = of.store.as_str();
    let mut select = db.prepare_cached(
        "SELECT event, id, created_at, receipt FROM tickets WHERE store_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
    )?;
    let mut rows = select.query(params![store, of.tickets_to, limit])?;
    let mut created = Vec::new();
    while let Some(row) = rows.next()? {
        let receipt = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
        created.push(Event::created(row.get(0)?, row.get(1)?, row.get(2)?, receipt)?);
    }
    let mut select = db.prepare_cached(&format!(
        "SELECT o.position, t.at, CASE WHEN t.kind IN {GIVING} THEN t.body END,
                CASE WHEN t.kind IN {GIVING} THEN t.receipt END
         FROM outbox o CROSS JOIN timeline t USING (store_id, ticket_id, sequence)
         WHERE o.store_id = ?1 AND o.position > ?2 ORDER BY o.position LIMIT ?3"
    ))?;
    let mut rows = select.query(params![store, of.events_to, limit])?;
    let mut later = Vec::new();
    while let Some(row) = rows.next()? {
        let (body, receipt): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
        later.push(Event::later(row.get(0)?, row.get(1)?, body.as_deref(), receipt.as_deref())?);
    }
    Ok(Portion::new(of, created, later, limit))
}

fn stretches(db: &Connection, store: &StoreId) -> Result<BTreeMap<Pool, Stretch>, Fault> {
    let mut select = db.prepare_cached("SELECT pool, stretch FROM ledger_stretches WHERE store_id = ?1")?;
    let mut rows = select.query([store.as_str()])?;
    let mut stretches = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let stretch = from_json("ledger_stretches.stretch", &row.get::<_, String>(1)?)?;
        stretches.insert(Pool::from_number(row.get(0)?), stretch);
    }
    Ok(stretches)
}

fn members(db: &Connection, portion: &Portion) -> Result<Rosters, Fault> {
    let (store, asked) = (portion.of.store.as_str(), portion.asks_for());
    let mut active = HashMap::new();
    let mut teams = HashMap::new();
    let mut agents = db.prepare_cached(
        "SELECT a.id FROM agents a WHERE a.store_id = ?1 AND (
             SELECT h.active FROM agent_history h
             WHERE h.store_id = ?1 AND h.agent_id = a.id AND h.roster_version <= ?2
             ORDER BY h.roster_version DESC LIMIT 1)
         ORDER BY a.id",
    )?;
    let mut team = db.prepare_cached(
        "SELECT members FROM team_history WHERE store_id = ?1 AND team_id = ?2 AND roster_version <= ?3
         ORDER BY roster_version DESC LIMIT 1",
    )?;
    for version in asked.iter().map(|(_, version)| *version).collect::<BTreeSet<_>>() {
        let ids = agents.query_map(params![store, version], |row| Ok(AgentId(row.get(0)?)))?;
        active.insert(version, ids.collect::<Result<Vec<_>, _>>()?);
    }
    for (pool, version) in &asked {
        let Pool::Team(id) = pool else { continue };
        let found: Option<String> =
            team.query_row(params![store, id.0, version], |row| row.get(0)).optional()?;
        let found = found.map(|json| from_json::<Vec<AgentId>>("team_history.members", &json)).transpose()?;
        teams.extend(found.map(|members| ((TeamId(id.0), *version), members)));
    }
    Ok(rosters(&asked, &active, &teams))
}

/// Adds the steps; what somebody else has counted meanwhile is left out.
pub fn write(tx: &Connection, steps: &[Step]) -> Result<(), Fault> {
    for (portion, counted) in steps {
        let store = &portion.of.store;
        tx.prepare_cached("INSERT INTO ledger VALUES (?1, 0, 0, NULL) ON CONFLICT DO NOTHING")?
            .execute([store.as_str()])?;
        let moved = tx
            .prepare_cached(
                "UPDATE ledger SET events_to = ?3, tickets_to = ?4, counted_at = coalesce(?5, counted_at)
                 WHERE store_id = ?1 AND events_to = ?2",
            )?
            .execute(params![
                store.as_str(),
                portion.of.events_to,
                portion.events_to,
                portion.tickets_to,
                portion.counted_at
            ])?;
        if moved == 0 {
            continue;
        }
        add(tx, store, counted)?;
    }
    Ok(())
}

fn add(tx: &Connection, store: &StoreId, counted: &Counted) -> Result<(), Fault> {
    let store = store.as_str();
    tx.prepare_cached("DELETE FROM ledger_stretches WHERE store_id = ?1")?.execute([store])?;
    let mut insert = tx.prepare_cached("INSERT INTO ledger_stretches VALUES (?1, ?2, ?3)")?;
    for (pool, stretch) in &counted.stretches {
        insert.execute(params![store, pool.number(), to_json(stretch)])?;
    }
    let mut upsert = tx.prepare_cached(
        "INSERT INTO ledger_pools AS p VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
         ON CONFLICT (store_id, pool, day) DO UPDATE SET
             turns = p.turns + excluded.turns, uncounted = p.uncounted + excluded.uncounted,
             worst = max(p.worst, excluded.worst), broken = p.broken + excluded.broken,
             broken_at = coalesce(excluded.broken_at, p.broken_at), decisions = p.decisions + excluded.decisions,
             spread_least = coalesce(min(p.spread_least, excluded.spread_least), p.spread_least, excluded.spread_least),
             spread_most = coalesce(max(p.spread_most, excluded.spread_most), p.spread_most, excluded.spread_most),
             spread_sum = p.spread_sum + excluded.spread_sum",
    )?;
    for ((pool, day), figures) in &counted.figures {
        let Figures { turns, uncounted, worst, broken, broken_at, spread } = figures;
        let bound = |figure: u32| (spread.decisions > 0).then_some(figure);
        upsert.execute(params![
            store,
            pool.number(),
            day.to_string(),
            turns,
            uncounted,
            worst,
            broken,
            broken_at,
            spread.decisions,
            bound(spread.least),
            bound(spread.most),
            spread.sum
        ])?;
    }
    add_shares(tx, store, counted)
}

fn add_shares(tx: &Connection, store: &str, counted: &Counted) -> Result<(), Fault> {
    let mut upsert = tx.prepare_cached(
        "INSERT INTO ledger_shares AS s VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (store_id, pool, day, agent_id) DO UPDATE SET
             received = s.received + excluded.received, entitled = s.entitled + excluded.entitled,
             missed = s.missed + excluded.missed, asked = s.asked + excluded.asked,
             by_rule = s.by_rule + excluded.by_rule, sticky = s.sticky + excluded.sticky,
             by_load = s.by_load + excluded.by_load, claimed = s.claimed + excluded.claimed,
             assigned = s.assigned + excluded.assigned, passed = s.passed + excluded.passed",
    )?;
    for ((pool, day, agent), share) in &counted.shares {
        let [asked, by_rule, sticky, by_load, claimed, assigned, passed] = share.outside;
        upsert.execute(params![
            store,
            pool.number(),
            day.to_string(),
            agent.0,
            share.received,
            share.entitled,
            share.missed,
            asked,
            by_rule,
            sticky,
            by_load,
            claimed,
            assigned,
            passed
        ])?;
    }
    Ok(())
}

pub fn show(db: &Connection, store: &StoreId, pool: Pool, from: Date, to: Date) -> Result<LedgerRow, Fault> {
    let mut select = db.prepare_cached(
        "SELECT r.next_event - 1, coalesce(l.events_to, 0), l.counted_at
         FROM routing r LEFT JOIN ledger l ON l.store_id = r.store_id WHERE r.store_id = ?1",
    )?;
    let found =
        select.query_row([store.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let (last_event, events_to, up_to) = found.ok_or(StoreError::NotFound)?;
    let of = params![store.as_str(), pool.number(), from.to_string(), to.to_string()];
    let mut select = db.prepare_cached(
        "SELECT agent_id, sum(received), sum(entitled), sum(missed), sum(asked), sum(by_rule), sum(sticky), sum(by_load),
                sum(claimed), sum(assigned), sum(passed)
         FROM ledger_shares WHERE store_id = ?1 AND pool = ?2 AND day BETWEEN ?3 AND ?4
         GROUP BY agent_id ORDER BY agent_id",
    )?;
    let shares = select.query_map(of, share)?.collect::<Result<_, _>>()?;
    let mut select = db.prepare_cached(
        "SELECT coalesce(sum(turns), 0), coalesce(sum(uncounted), 0), coalesce(max(worst), 0.0), coalesce(sum(broken), 0),
                max(broken_at), coalesce(sum(decisions), 0), coalesce(min(spread_least), 0),
                coalesce(max(spread_most), 0), coalesce(sum(spread_sum), 0)
         FROM ledger_pools WHERE store_id = ?1 AND pool = ?2 AND day BETWEEN ?3 AND ?4",
    )?;
    let figures = select.query_row(of, figures)?;
    Ok(LedgerRow { shares, figures, up_to: time_or_null(up_to)?, events_to, last_event })
}

fn share(row: &Row<'_>) -> rusqlite::Result<(AgentId, Share)> {
    let mut outside = [0; Way::COUNT];
    for (place, way) in outside.iter_mut().enumerate() {
        *way = row.get(4 + place)?;
    }
    let share = Share { received: row.get(1)?, entitled: row.get(2)?, missed: row.get(3)?, outside };
    Ok((AgentId(row.get(0)?), share))
}

fn figures(row: &Row<'_>) -> rusqlite::Result<Figures> {
    Ok(Figures {
        turns: row.get(0)?,
        uncounted: row.get(1)?,
        worst: row.get(2)?,
        broken: row.get(3)?,
        broken_at: row.get(4)?,
        spread: Spread { decisions: row.get(5)?, least: row.get(6)?, most: row.get(7)?, sum: row.get(8)? },
    })
}
