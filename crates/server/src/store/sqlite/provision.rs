//! People and settings: what is there now, and the changes that were decided.

use super::fault::Fault;
use super::people::{agents, remember, remember_team};
use super::tickets::stages;
use super::values::{corrupt, from_json, known, leave_to_text, ms, span_ms, to_json};
use super::{audit, customers, due, events, keys, moving, people, records, routing, sessions, webhooks};
use crate::store::types::{
    AgentRow, BrandRow, Change, CurrentSettings, CustomerSet, LabelRow, MOST_MOVED, Origin, SettingsChange,
    StoreRow, TeamRow,
};
use crate::store::{Changed, Customers, DecideSettings, Provisioned, Refused, StoreError};
use jiff::Timestamp;
use rota_core::address::email_key;
use rota_core::availability::AwayReason;
use rota_core::due::{Kind, later};
use rota_core::ids::{AgentId, LabelId, StoreId, TeamId};
use rota_core::intake::Routing;
use rota_core::roster::Policy;
use rota_core::rules::Rule;
use rota_core::stages::Stages;
use rota_core::ticket::Channel;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::time::Duration;

pub fn run(
    tx: &Connection,
    store: &StoreId,
    ask: DecideSettings,
    dry_run: bool,
    now: Timestamp,
) -> Result<Provisioned, Fault> {
    if let Some(keep) = ask.keep.as_ref().filter(|_| !dry_run)
        && let Some(kept) = records::kept(tx, store, keep, now)?
    {
        return Ok(kept.provisioned()?);
    }
    let decided = match (ask.decide)(&current(tx, store, &ask.customers)?) {
        Ok(decided) => decided,
        Err(refused) => return Ok(Provisioned::Refused(refused)),
    };
    let moved = moving::tickets(tx, store, &decided.moves)?;
    if moved.len() > MOST_MOVED {
        return Ok(Provisioned::Refused(Refused::TooManyTickets));
    }
    let mut unfinished = false;
    let changes_nothing = decided.changes.is_empty() && moved.is_empty();
    if !dry_run && !changes_nothing {
        let routing = write(tx, store, &decided.changes, now)?;
        audit::append(tx, store, &ask.by, &decided.audit, now)?;
        unfinished = moving::follow(tx, store, &ask.by, &moved, routing, now)?;
    }
    if let Some(keep) = ask.keep.filter(|_| !dry_run) {
        records::keep(tx, store, &keep, &decided.kept.to_string(), now)?;
    }
    Ok(Provisioned::Changed(Changed { changes: decided.changes, answer: decided.answer, unfinished }))
}

/// All that a decision is given.
pub fn current(db: &Connection, store: &StoreId, which: &Customers) -> Result<CurrentSettings, Fault> {
    if !people::store_exists(db, store)? {
        return Ok(CurrentSettings::default());
    }
    let mut counters = db.prepare_cached("SELECT kind, next FROM counters WHERE store_id = ?1")?;
    let counters = counters.query_map([store.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut counters: HashMap<String, i64> = counters.collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    match which {
        Customers::None => {}
        Customers::All => found = customers::all(db, store)?,
        Customers::Found(keys) => {
            for key in keys {
                found.extend(customers::find(db, store, key, CustomerSet::ALL)?);
            }
            counters.insert("customer".into(), customers::free_number(db, store)?);
        }
    }
    Ok(CurrentSettings {
        store: Some(store_row(db, store)?),
        stages: stages(db, store)?,
        agents: agents(db, store)?,
        teams: teams(db, store)?,
        labels: labels(db, store)?,
        rules: rules(db, store)?,
        brands: brands(db, store)?,
        keys: keys::all(db, Some(store))?,
        webhooks: webhooks::all(db, store)?,
        customers: found,
        counters,
    })
}

/// The store's own settings.
pub fn store_row(db: &Connection, store: &StoreId) -> Result<StoreRow, Fault> {
    let mut select = db.prepare_cached(
        "SELECT name, timezone, policy, dedupe_window_ms, reopen_within_ms, close_after_ms, agents_see_all,
                keep_audit_ms, routing, keep_rejected, waiting_too_long_ms, mail_content
         FROM stores WHERE store_id = ?1",
    )?;
    let mut rows = select.query([store.as_str()])?;
    let row = rows.next()?.ok_or_else(|| Fault::from(StoreError::NotFound))?;
    let policy: String = row.get(2)?;
    Ok(StoreRow {
        name: row.get(0)?,
        timezone: row.get(1)?,
        policy: known("stores.policy", Policy::from_name(&policy))?,
        dedupe_window: Duration::from_millis(row.get(3)?),
        reopen_within: Duration::from_millis(row.get(4)?),
        close_after: row.get::<_, Option<u64>>(5)?.map(Duration::from_millis),
        agents_see_all: row.get(6)?,
        keep_audit: Duration::from_millis(row.get(7)?),
        routing: from_json("stores.routing", &row.get::<_, String>(8)?)?,
        keep_rejected_values: row.get(9)?,
        waiting_too_long: row.get::<_, Option<u64>>(10)?.map(Duration::from_millis),
        mail_content: row.get(11)?,
    })
}

fn teams(db: &Connection, store: &StoreId) -> Result<Vec<TeamRow>, Fault> {
    let mut members = db.prepare_cached(
        "SELECT agent_id FROM team_members WHERE store_id = ?1 AND team_id = ?2 ORDER BY agent_id",
    )?;
    let mut select = db.prepare_cached(
        "SELECT id, name, policy, hours, active, origin FROM teams WHERE store_id = ?1 ORDER BY id",
    )?;
    let mut rows = select.query([store.as_str()])?;
    let mut teams = Vec::new();
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let policy: Option<String> = row.get(2)?;
        let hours: Option<String> = row.get(3)?;
        let in_team = members.query_map(params![store.as_str(), id], |row| Ok(AgentId(row.get(0)?)))?;
        teams.push(TeamRow {
            id: TeamId(id),
            name: row.get(1)?,
            policy: policy.map(|name| known("teams.policy", Policy::from_name(&name))).transpose()?,
            hours: hours
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|e| corrupt("teams.hours", e))?,
            members: in_team.collect::<Result<_, _>>()?,
            active: row.get(4)?,
            origin: Origin::from_name(&row.get::<_, String>(5)?),
        });
    }
    Ok(teams)
}

/// In the order in which they are looked at.
pub fn rules(db: &Connection, store: &StoreId) -> Result<Vec<Rule>, Fault> {
    let mut select = db.prepare_cached("SELECT body FROM rules WHERE store_id = ?1 ORDER BY place")?;
    let mut rows = select.query([store.as_str()])?;
    let mut rules = Vec::new();
    while let Some(row) = rows.next()? {
        rules.push(from_json("rules.body", &row.get::<_, String>(0)?)?);
    }
    Ok(rules)
}

fn labels(db: &Connection, store: &StoreId) -> Result<Vec<LabelRow>, Fault> {
    let mut select =
        db.prepare_cached("SELECT id, name, active, origin FROM labels WHERE store_id = ?1 ORDER BY id")?;
    let rows = select.query_map([store.as_str()], |row| {
        let origin = Origin::from_name(&row.get::<_, String>(3)?);
        Ok(LabelRow { id: LabelId(row.get(0)?), name: row.get(1)?, active: row.get(2)?, origin })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn brands(db: &Connection, store: &StoreId) -> Result<Vec<BrandRow>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT channel, address, active, origin FROM brand_addresses WHERE store_id = ?1 ORDER BY channel, address",
    )?;
    let mut rows = select.query([store.as_str()])?;
    let mut brands = Vec::new();
    while let Some(row) = rows.next()? {
        let channel: String = row.get(0)?;
        brands.push(BrandRow {
            channel: known("brand_addresses.channel", Channel::from_name(&channel))?,
            address: row.get(1)?,
            active: row.get(2)?,
            origin: Origin::from_name(&row.get::<_, String>(3)?),
        });
    }
    Ok(brands)
}

/// Every change raises the roster's version once, so that all nodes heed it at their next batch. Answers the routing row
/// as it was written.
fn write(tx: &Connection, store: &StoreId, changes: &[Change], now: Timestamp) -> Result<Routing, Fault> {
    for change in changes {
        if let SettingsChange::Store(row) = &change.what {
            put_store(tx, store, row, now)?;
        }
    }
    let mut routing = routing::take(&mut tx.prepare_cached(routing::TAKE)?, store)?;
    routing.roster_version += 1;
    for change in changes {
        match &change.what {
            SettingsChange::Store(_) => {}
            SettingsChange::Stages(stages) => put_stages(tx, store, stages)?,
            SettingsChange::Agent(row) => {
                put_agent(tx, store, row)?;
                remember(tx, store, row.id, routing.roster_version, now)?;
            }
            SettingsChange::Rules(rules) => put_rules(tx, store, rules)?,
            SettingsChange::Team(row) => {
                put_team(tx, store, row)?;
                remember_team(tx, store, row, routing.roster_version, now)?;
            }
            SettingsChange::Label(row) => put_label(tx, store, row)?,
            SettingsChange::Brand(row) => put_brand(tx, store, row)?,
            SettingsChange::Webhook(row) => webhooks::put(tx, store, row, routing.next_event - 1)?,
            SettingsChange::WebhookGone(id) => webhooks::remove(tx, store, *id)?,
            SettingsChange::Key(key) => keys::put(tx, store, key, now)?,
            SettingsChange::Customer(row) => customers::write(tx, store, row)?,
            SettingsChange::WholeCustomer(row) => customers::write_whole(tx, store, row)?,
            SettingsChange::Due { kind, subject, after } => {
                due::put(tx, store, *kind, *subject, later(now, *after))?;
            }
            SettingsChange::Tell { kind, body } => {
                events::append(tx, store, routing.next_event, *kind, None, body, now)?;
                routing.next_event += 1;
            }
            SettingsChange::Counter { kind, next } => put_counter(tx, store, kind, *next)?,
        }
    }
    routing::write(&mut tx.prepare_cached(routing::WRITE)?, store, &routing)?;
    Ok(routing)
}

/// The whole list in its order.
fn put_stages(tx: &Connection, store: &StoreId, stages: &Stages) -> Result<(), Fault> {
    tx.execute("DELETE FROM stages WHERE store_id = ?1", [store.as_str()])?;
    let mut insert = tx
        .prepare_cached("INSERT INTO stages (store_id, id, name, kind, place) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (stage, place) in stages.iter().zip(1_i64..) {
        insert.execute(params![store.as_str(), stage.id.0, stage.name.as_str(), stage.kind.name(), place])?;
    }
    Ok(())
}

/// All of them, in their order.
fn put_rules(tx: &Connection, store: &StoreId, rules: &[Rule]) -> Result<(), Fault> {
    tx.execute("DELETE FROM rules WHERE store_id = ?1", [store.as_str()])?;
    let mut insert =
        tx.prepare_cached("INSERT INTO rules (store_id, id, place, body) VALUES (?1, ?2, ?3, ?4)")?;
    for (rule, place) in rules.iter().zip(1_i64..) {
        insert.execute(params![store.as_str(), rule.id.0, place, to_json(rule)])?;
    }
    Ok(())
}

fn put_store(tx: &Connection, store: &StoreId, row: &StoreRow, now: Timestamp) -> Result<(), Fault> {
    tx.execute(
        "INSERT INTO stores (store_id, name, timezone, policy, dedupe_window_ms, created_at, reopen_within_ms,
                             close_after_ms, agents_see_all, keep_audit_ms, routing,
                             keep_rejected, waiting_too_long_ms, mail_content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (store_id) DO UPDATE SET
             name = ?2, timezone = ?3, policy = ?4, dedupe_window_ms = ?5, reopen_within_ms = ?7,
             close_after_ms = ?8, agents_see_all = ?9, keep_audit_ms = ?10, routing = ?11,
             keep_rejected = ?12, waiting_too_long_ms = ?13, mail_content = ?14",
        params![
            store.as_str(),
            row.name,
            row.timezone,
            row.policy.name(),
            span_ms(row.dedupe_window),
            ms(now),
            span_ms(row.reopen_within),
            row.close_after.map(span_ms),
            row.agents_see_all,
            span_ms(row.keep_audit),
            to_json(&row.routing),
            row.keep_rejected_values,
            row.waiting_too_long.map(span_ms),
            row.mail_content,
        ],
    )?;
    tx.execute(
        "INSERT INTO routing (store_id, roster_version, next_ticket, next_event, pools) VALUES (?1, 0, 1, 1, '[]')
         ON CONFLICT (store_id) DO NOTHING",
        [store.as_str()],
    )?;
    due::stand(tx, store, now)
}

fn put_agent(tx: &Connection, store: &StoreId, row: &AgentRow) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO agents (store_id, id, email, email_key, name, role, online, max_open, active, origin, away_reason,
                             away_until, leave)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (store_id, id) DO UPDATE SET
             email = ?3, email_key = ?4, name = ?5, role = ?6, online = ?7, max_open = ?8, active = ?9,
             away_reason = ?11, away_until = ?12, leave = ?13",
    )?
    .execute(params![
        store.as_str(),
        row.id.0,
        row.email,
        email_key(&row.email),
        row.name,
        row.role,
        row.online,
        row.max_open,
        row.active,
        row.origin.name(),
        row.away_reason.as_ref().map(AwayReason::as_str),
        row.away_until.map(ms),
        leave_to_text(&row.leave),
    ])?;
    if !row.active {
        sessions::shut_out(tx, store, row.id)?;
    }
    match row.away_until {
        Some(until) => due::put(tx, store, Kind::AwayEnd, row.id.0, until),
        None => Ok(()),
    }
}

fn put_team(tx: &Connection, store: &StoreId, row: &TeamRow) -> Result<(), Fault> {
    let hours = row.hours.as_ref().map(serde_json::to_string).transpose().map_err(|e| corrupt("hours", e))?;
    tx.prepare_cached(
        "INSERT INTO teams (store_id, id, name, name_key, policy, hours, active, origin)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (store_id, id) DO UPDATE SET name = ?3, name_key = ?4, policy = ?5, hours = ?6, active = ?7",
    )?
    .execute(params![
        store.as_str(),
        row.id.0,
        row.name,
        row.name.to_lowercase(),
        row.policy.map(Policy::name),
        hours,
        row.active,
        row.origin.name(),
    ])?;
    let gone = "DELETE FROM team_members WHERE store_id = ?1 AND team_id = ?2";
    tx.execute(gone, params![store.as_str(), row.id.0])?;
    let mut member =
        tx.prepare_cached("INSERT INTO team_members (store_id, team_id, agent_id) VALUES (?1, ?2, ?3)")?;
    for agent in &row.members {
        member.execute(params![store.as_str(), row.id.0, agent.0])?;
    }
    Ok(())
}

fn put_label(tx: &Connection, store: &StoreId, row: &LabelRow) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO labels (store_id, id, name, name_key, active, origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (store_id, id) DO UPDATE SET name = ?3, name_key = ?4, active = ?5",
    )?
    .execute(params![
        store.as_str(),
        row.id.0,
        row.name,
        row.name.to_lowercase(),
        row.active,
        row.origin.name(),
    ])?;
    Ok(())
}

fn put_brand(tx: &Connection, store: &StoreId, row: &BrandRow) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO brand_addresses (store_id, channel, address, active, origin) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (store_id, channel, address) DO UPDATE SET active = ?4",
    )?
    .execute(params![store.as_str(), row.channel.name(), row.address, row.active, row.origin.name()])?;
    Ok(())
}

/// Sets the next number of a kind, never backwards.
pub fn put_counter(tx: &Connection, store: &StoreId, kind: &str, next: i64) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO counters (store_id, kind, next) VALUES (?1, ?2, ?3)
         ON CONFLICT (store_id, kind) DO UPDATE SET next = max(next, ?3)",
    )?
    .execute(params![store.as_str(), kind, next])?;
    Ok(())
}

pub fn counter(tx: &Connection, store: &StoreId, kind: &str) -> Result<i64, Fault> {
    let mut select = tx.prepare_cached("SELECT next FROM counters WHERE store_id = ?1 AND kind = ?2")?;
    let next: Option<i64> = select.query_row([store.as_str(), kind], |row| row.get(0)).optional()?;
    Ok(next.unwrap_or(1))
}
