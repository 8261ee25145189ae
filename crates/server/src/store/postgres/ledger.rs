//! Counting decisions into the ledger, and reading it.
//!
//! A step holds the store's row of `ledger` and so is alone; who finds it held leaves the store to its holder. It takes no
//! other row that anybody waits for. Nor does it wait for the disk: what a crash takes back is sums and how far they go
//! together, and is counted again.

use super::fault::Fault;
use super::session::Session;
use super::values::{from_json, known, time_or_null, to_json};
use crate::store::StoreError;
use crate::store::ledger::{EVENTS, Event, GIVING, LedgerRow, Portion, STORES, Uncounted, rosters};
use jiff::civil::Date;
use rota_core::ids::{AgentId, StoreId, TeamId};
use rota_core::ledger::{Counted, Figures, Rosters, Share, Spread, Stretch, Way};
use rota_core::ticket::Pool;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tokio_postgres::Row;

/// Stores with decisions to count, after `last`, in the order of their ids.
pub async fn uncounted(session: &Session, last: &str) -> Result<Vec<StoreId>, Fault> {
    let select = "
        SELECT r.store_id FROM routing r LEFT JOIN ledger l ON l.store_id = r.store_id
        WHERE r.store_id > $1 AND r.next_event - 1 > coalesce(l.events_to, 0) ORDER BY r.store_id LIMIT $2";
    let rows = session.rows(select, &[&last, &(STORES as i64)]).await?;
    rows.iter().map(|row| Ok(known("routing.store_id", StoreId::new(row.try_get(0)?))?)).collect()
}

/// One step in one store; answers whether there is more to count in it.
pub async fn step(session: &Session, store: &StoreId) -> Result<bool, Fault> {
    session.run("SET LOCAL synchronous_commit = off").await?;
    let Some(of) = take(session, store).await? else { return Ok(false) };
    let portion = portion(session, of).await?;
    let rosters = members(session, &portion).await?;
    let before = stretches(session, store).await?;
    let stored: Vec<Pool> = before.keys().copied().collect();
    let counted = portion.count(before, &rosters)?;
    keep_stretches(session, store, &stored, &counted).await?;
    add_figures(session, store, &counted).await?;
    add_shares(session, store, &counted).await?;
    let Portion { of, events_to, tickets_to, counted_at, .. } = &portion;
    let update = "UPDATE ledger SET events_to = $2, tickets_to = $3, counted_at = coalesce($4, counted_at)
                  WHERE store_id = $1";
    session.execute(update, &[&store.as_str(), events_to, tickets_to, counted_at]).await?;
    Ok(*events_to < of.next_event - 1)
}

/// Takes the store's row; `None` where somebody else has it, or has counted everything meanwhile.
async fn take(session: &Session, store: &StoreId) -> Result<Option<Uncounted>, Fault> {
    let id = store.as_str();
    let select = "SELECT events_to, tickets_to FROM ledger WHERE store_id = $1 FOR UPDATE SKIP LOCKED";
    let mut row = session.row(select, &[&id]).await?;
    if row.is_none() {
        let insert = "INSERT INTO ledger (store_id, events_to, tickets_to) SELECT $1, 0, 0
                      WHERE NOT EXISTS (SELECT FROM ledger WHERE store_id = $1) ON CONFLICT DO NOTHING";
        if session.execute(insert, &[&id]).await? > 0 {
            row = session.row(select, &[&id]).await?;
        }
    }
    let Some(row) = row else { return Ok(None) };
    // What came later than this is left to the next step: the statements after this one see more than it does.
    let select = "SELECT r.next_event, s.timezone FROM routing r JOIN stores s ON s.store_id = r.store_id
                  WHERE r.store_id = $1 ORDER BY r.generation DESC LIMIT 1";
    let Some(until) = session.row(select, &[&id]).await? else { return Ok(None) };
    let of = Uncounted {
        store: store.clone(),
        zone: Uncounted::zone(until.try_get(1)?)?,
        events_to: row.try_get(0)?,
        tickets_to: row.try_get(1)?,
        next_event: until.try_get(0)?,
    };
    Ok(Some(of).filter(|of| of.events_to < of.next_event - 1))
}

/// The receipts are read where that holds nobody up.
async fn portion(session: &Session, of: Uncounted) -> Result<Portion, Fault> {
    let (store, limit) = (of.store.as_str(), EVENTS as i64);
    let select = "SELECT event, id, created_at, receipt FROM tickets
                  WHERE store_id = $1 AND id > $2 AND event < $3 ORDER BY id LIMIT $4";
    let created = session.rows(select, &[&store, &of.tickets_to, &of.next_event, &limit]).await?;
    let select = format!(
        "SELECT o.position, t.at, CASE WHEN t.kind IN {GIVING} THEN t.body END,
                CASE WHEN t.kind IN {GIVING} THEN t.receipt END
         FROM outbox o JOIN timeline t USING (store_id, ticket_id, sequence)
         WHERE o.store_id = $1 AND o.position > $2 AND o.position < $3 ORDER BY o.position LIMIT $4"
    );
    let later = session.rows(&select, &[&store, &of.events_to, &of.next_event, &limit]).await?;
    let read = tokio::task::spawn_blocking(move || {
        let created = created.iter().map(|row| {
            Ok(Event::created(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?)?)
        });
        let later = later
            .iter()
            .map(|row| Ok(Event::later(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?)?));
        let created = created.collect::<Result<Vec<_>, Fault>>()?;
        Ok(Portion::new(of, created, later.collect::<Result<Vec<_>, Fault>>()?, EVENTS))
    });
    let ended = |error| StoreError::Backend(format!("reading receipts ended early: {error}"));
    read.await.map_err(ended)?
}

async fn stretches(session: &Session, store: &StoreId) -> Result<BTreeMap<Pool, Stretch>, Fault> {
    let select = "SELECT pool, stretch FROM ledger_stretches WHERE store_id = $1";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    let read = |row: &Row| {
        let stretch = from_json("ledger_stretches.stretch", row.try_get(1)?)?;
        Ok((Pool::from_number(row.try_get(0)?), stretch))
    };
    rows.iter().map(read).collect()
}

async fn members(session: &Session, portion: &Portion) -> Result<Rosters, Fault> {
    let (store, asked) = (portion.of.store.as_str(), portion.asks_for());
    if asked.is_empty() {
        return Ok(Rosters::new());
    }
    let versions: BTreeSet<i64> = asked.iter().map(|(_, version)| *version).collect();
    let versions: Vec<i64> = versions.into_iter().collect();
    let select = "
        SELECT w.version, a.id FROM unnest($2) AS w (version) CROSS JOIN agents a
        CROSS JOIN LATERAL (SELECT active FROM agent_history h
                            WHERE h.store_id = $1 AND h.agent_id = a.id AND h.roster_version <= w.version
                            ORDER BY h.roster_version DESC LIMIT 1) AS was
        WHERE a.store_id = $1 AND was.active ORDER BY w.version, a.id";
    let mut active: HashMap<i64, Vec<AgentId>> = HashMap::new();
    for row in session.rows(select, &[&store, &versions]).await? {
        active.entry(row.try_get(0)?).or_default().push(AgentId(row.try_get(1)?));
    }
    let of_teams = asked.iter().filter(|(pool, _)| *pool != Pool::Store);
    let (ids, versions): (Vec<i64>, Vec<i64>) =
        of_teams.map(|(pool, version)| (pool.number(), *version)).unzip();
    let select = "
        SELECT w.team, w.version, was.members FROM unnest($2, $3) AS w (team, version)
        CROSS JOIN LATERAL (SELECT members FROM team_history
                            WHERE store_id = $1 AND team_id = w.team AND roster_version <= w.version
                            ORDER BY roster_version DESC LIMIT 1) AS was";
    let mut teams = HashMap::new();
    let rows =
        if ids.is_empty() { Vec::new() } else { session.rows(select, &[&store, &ids, &versions]).await? };
    for row in rows {
        let members: Vec<AgentId> = from_json("team_history.members", row.try_get(2)?)?;
        teams.insert((TeamId(row.try_get(0)?), row.try_get(1)?), members);
    }
    Ok(rosters(&asked, &active, &teams))
}

/// Keeps the stretches that the pools are in now, in place of those that were stored for these pools.
async fn keep_stretches(
    session: &Session,
    store: &StoreId,
    stored: &[Pool],
    counted: &Counted,
) -> Result<(), Fault> {
    let over = stored.iter().filter(|pool| !counted.stretches.contains_key(pool));
    let over: Vec<i64> = over.map(|pool| pool.number()).collect();
    if !over.is_empty() {
        let delete = "DELETE FROM ledger_stretches WHERE store_id = $1 AND pool = ANY ($2)";
        session.execute(delete, &[&store.as_str(), &over]).await?;
    }
    if counted.stretches.is_empty() {
        return Ok(());
    }
    let (pools, stretches): (Vec<i64>, Vec<String>) =
        counted.stretches.iter().map(|(pool, stretch)| (pool.number(), to_json(stretch))).unzip();
    let upsert = "INSERT INTO ledger_stretches (store_id, pool, stretch) SELECT $1, * FROM unnest($2, $3)
                  ON CONFLICT (store_id, pool) DO UPDATE SET stretch = excluded.stretch";
    session.execute(upsert, &[&store.as_str(), &pools, &stretches]).await?;
    Ok(())
}

async fn add_figures(session: &Session, store: &StoreId, counted: &Counted) -> Result<(), Fault> {
    if counted.figures.is_empty() {
        return Ok(());
    }
    let (mut pools, mut days, mut worst) = (Vec::new(), Vec::new(), Vec::new());
    let (mut sums, mut bounds) = ([const { Vec::new() }; 5], [const { Vec::new() }; 3]);
    for ((pool, day), figures) in &counted.figures {
        let Figures { turns, uncounted, broken, broken_at, spread, .. } = figures;
        pools.push(pool.number());
        days.push(day.to_string());
        worst.push(figures.worst);
        for (column, sum) in sums.iter_mut().zip([*turns, *uncounted, *broken, spread.decisions, spread.sum])
        {
            column.push(sum.cast_signed());
        }
        let bound = |figure: u32| (spread.decisions > 0).then_some(i64::from(figure));
        for (column, bound) in bounds.iter_mut().zip([*broken_at, bound(spread.least), bound(spread.most)]) {
            column.push(bound);
        }
    }
    let upsert = "
        INSERT INTO ledger_pools AS p (store_id, pool, day, worst, turns, uncounted, broken, decisions, spread_sum,
                                       broken_at, spread_least, spread_most)
        SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (store_id, pool, day) DO UPDATE SET
            worst = greatest(p.worst, excluded.worst), turns = p.turns + excluded.turns,
            uncounted = p.uncounted + excluded.uncounted, broken = p.broken + excluded.broken,
            decisions = p.decisions + excluded.decisions, spread_sum = p.spread_sum + excluded.spread_sum,
            broken_at = coalesce(excluded.broken_at, p.broken_at),
            spread_least = least(p.spread_least, excluded.spread_least),
            spread_most = greatest(p.spread_most, excluded.spread_most)";
    let [turns, uncounted, broken, decisions, sum] = &sums;
    let [broken_at, least, most] = &bounds;
    session
        .execute(
            upsert,
            &[
                &store.as_str(),
                &pools,
                &days,
                &worst,
                turns,
                uncounted,
                broken,
                decisions,
                sum,
                broken_at,
                least,
                most,
            ],
        )
        .await?;
    Ok(())
}

async fn add_shares(session: &Session, store: &StoreId, counted: &Counted) -> Result<(), Fault> {
    if counted.shares.is_empty() {
        return Ok(());
    }
    let (mut pools, mut days, mut agents) = (Vec::new(), Vec::new(), Vec::new());
    let (mut received, mut entitled, mut missed) = (Vec::new(), Vec::new(), Vec::new());
    let mut outside = [const { Vec::new() }; Way::COUNT];
    for ((pool, day, agent), share) in &counted.shares {
        pools.push(pool.number());
        days.push(day.to_string());
        agents.push(agent.0);
        received.push(share.received.cast_signed());
        entitled.push(share.entitled);
        missed.push(share.missed.cast_signed());
        for (column, count) in outside.iter_mut().zip(share.outside) {
            column.push(count.cast_signed());
        }
    }
    let upsert = "
        INSERT INTO ledger_shares AS s (store_id, pool, day, agent_id, received, entitled, missed, asked, by_rule, sticky,
                                        by_load, claimed, assigned, passed)
        SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (store_id, pool, day, agent_id) DO UPDATE SET
            received = s.received + excluded.received, entitled = s.entitled + excluded.entitled,
            missed = s.missed + excluded.missed, asked = s.asked + excluded.asked,
            by_rule = s.by_rule + excluded.by_rule, sticky = s.sticky + excluded.sticky,
            by_load = s.by_load + excluded.by_load, claimed = s.claimed + excluded.claimed,
            assigned = s.assigned + excluded.assigned, passed = s.passed + excluded.passed";
    let [asked, by_rule, sticky, by_load, claimed, assigned, passed] = &outside;
    session
        .execute(
            upsert,
            &[
                &store.as_str(),
                &pools,
                &days,
                &agents,
                &received,
                &entitled,
                &missed,
                asked,
                by_rule,
                sticky,
                by_load,
                claimed,
                assigned,
                passed,
            ],
        )
        .await?;
    Ok(())
}

pub async fn show(
    session: &Session,
    store: &StoreId,
    pool: Pool,
    from: Date,
    to: Date,
) -> Result<LedgerRow, Fault> {
    let select = "
        SELECT r.next_event - 1, coalesce(l.events_to, 0), l.counted_at
        FROM routing r LEFT JOIN ledger l ON l.store_id = r.store_id
        WHERE r.store_id = $1 ORDER BY r.generation DESC LIMIT 1";
    let found = session.row(select, &[&store.as_str()]).await?.ok_or(StoreError::NotFound)?;
    let (from, to) = (from.to_string(), to.to_string());
    let select = "
        SELECT agent_id, sum(received)::bigint, sum(entitled), sum(missed)::bigint, sum(asked)::bigint,
               sum(by_rule)::bigint, sum(sticky)::bigint, sum(by_load)::bigint, sum(claimed)::bigint,
               sum(assigned)::bigint, sum(passed)::bigint
        FROM ledger_shares WHERE store_id = $1 AND pool = $2 AND day BETWEEN $3 AND $4
        GROUP BY agent_id ORDER BY agent_id";
    let of = session.rows(select, &[&store.as_str(), &pool.number(), &from, &to]).await?;
    let select = "
        SELECT coalesce(sum(turns), 0)::bigint, coalesce(sum(uncounted), 0)::bigint, coalesce(max(worst), 0.0),
               coalesce(sum(broken), 0)::bigint, max(broken_at), coalesce(sum(decisions), 0)::bigint,
               coalesce(min(spread_least), 0), coalesce(max(spread_most), 0), coalesce(sum(spread_sum), 0)::bigint
        FROM ledger_pools WHERE store_id = $1 AND pool = $2 AND day BETWEEN $3 AND $4";
    let sums = session.row(select, &[&store.as_str(), &pool.number(), &from, &to]).await?;
    Ok(LedgerRow {
        shares: of.iter().map(share).collect::<Result<_, _>>()?,
        figures: sums.as_ref().map(figures).transpose()?.unwrap_or_default(),
        up_to: time_or_null(found.try_get(2)?)?,
        events_to: found.try_get(1)?,
        last_event: found.try_get(0)?,
    })
}

fn share(row: &Row) -> Result<(AgentId, Share), Fault> {
    let mut outside = [0; Way::COUNT];
    for (place, way) in outside.iter_mut().enumerate() {
        *way = count(row, 4 + place)?;
    }
    let share =
        Share { received: count(row, 1)?, entitled: row.try_get(2)?, missed: count(row, 3)?, outside };
    Ok((AgentId(row.try_get(0)?), share))
}

fn figures(row: &Row) -> Result<Figures, Fault> {
    let bound = |place| Ok::<_, Fault>(known("ledger_pools.spread", u32::try_from(count(row, place)?).ok())?);
    Ok(Figures {
        turns: count(row, 0)?,
        uncounted: count(row, 1)?,
        worst: row.try_get(2)?,
        broken: count(row, 3)?,
        broken_at: row.try_get(4)?,
        spread: Spread { decisions: count(row, 5)?, least: bound(6)?, most: bound(7)?, sum: count(row, 8)? },
    })
}

fn count(row: &Row, place: usize) -> Result<u64, Fault> {
    Ok(known("a count of the ledger", u64::try_from(row.try_get::<_, i64>(place)?).ok())?)
}
