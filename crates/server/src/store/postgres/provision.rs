//! People and settings: what is there now, and the changes that were decided.

use super::fault::Fault;
use super::intake::{Taken, take_generation, take_routing, write_routing};
use super::people::{agents, remember, remember_team};
use super::session::Session;
use super::tickets::stages;
use super::values::{corrupt, from_json, known, leave_to_text, ms, span_ms, to_json};
use super::{audit, customers, due, events, keys, moving, people, records, sessions, webhooks};
use crate::store::types::{
    AgentRow, BrandRow, Change, CurrentSettings, CustomerSet, LabelRow, MOST_MOVED, Origin, SettingsChange,
    StoreRow, TeamRow,
};
use crate::store::{Changed, Customers, DecideSettings, Decided, Provisioned, Refused, StoreError};
use jiff::Timestamp;
use rota_core::address::email_key;
use rota_core::availability::AwayReason;
use rota_core::due::{Kind, later};
use rota_core::ids::{AgentId, LabelId, StoreId, TeamId};
use rota_core::roster::Policy;
use rota_core::rules::Rule;
use rota_core::stages::Stages;
use rota_core::ticket::Channel;
use std::collections::HashMap;
use std::time::Duration;

/// Customers written in one statement.
const CUSTOMERS: usize = 1_000;

/// What would change now.
pub async fn decide(session: &Session, store: &StoreId, ask: &DecideSettings) -> Result<Provisioned, Fault> {
    let current = current(session, store, &ask.customers).await?;
    Ok(match (ask.decide)(&current) {
        Err(refused) => Provisioned::Refused(refused),
        Ok(Decided { changes, answer, moves, .. }) => {
            let moved = moving::tickets(session, store, &moves).await?;
            if moved.len() > MOST_MOVED {
                Provisioned::Refused(Refused::TooManyTickets)
            } else {
                Provisioned::Changed(Changed { changes, answer, unfinished: false })
            }
        }
    })
}

/// Changes it.
pub async fn run(
    session: &Session,
    store: &StoreId,
    ask: &DecideSettings,
    now: Timestamp,
) -> Result<Provisioned, Fault> {
    take_settings(session, store).await?;
    if let Some(keep) = &ask.keep
        && let Some(kept) = records::kept(session, store, keep, now).await?
    {
        return Ok(kept.provisioned()?);
    }
    let decided = match (ask.decide)(&current(session, store, &ask.customers).await?) {
        Ok(decided) => decided,
        Err(refused) => return Ok(Provisioned::Refused(refused)),
    };
    let moved = moving::tickets(session, store, &decided.moves).await?;
    if moved.len() > MOST_MOVED {
        return Ok(Provisioned::Refused(Refused::TooManyTickets));
    }
    let mut unfinished = false;
    if !(decided.changes.is_empty() && moved.is_empty()) {
        let taken = write(session, store, &decided.changes, now).await?;
        audit::append(session, store, &ask.by, &decided.audit, now).await?;
        unfinished = moving::follow(session, store, &ask.by, &moved, taken, now).await?;
    }
    if let Some(keep) = &ask.keep {
        records::keep(session, store, keep, &decided.kept.to_string(), now).await?;
    }
    Ok(Provisioned::Changed(Changed { changes: decided.changes, answer: decided.answer, unfinished }))
}

/// Nobody else changes the store's settings or customers until the transaction ends. Customers are always locked
/// before the routing row, which is held for as short as can be. Of two that make the same store, one waits here for
/// the other: a routing row alone is no store.
pub async fn take_settings(session: &Session, store: &StoreId) -> Result<(), Fault> {
    customers::take(session, store).await?;
    let insert =
        "INSERT INTO routing (store_id, roster_version, next_ticket, next_event, pools) SELECT $1, 0, 1, 1, '[]'
         WHERE NOT EXISTS (SELECT FROM routing WHERE store_id = $1)";
    session.execute(insert, &[&store.as_str()]).await?;
    take_routing(session, store).await?;
    Ok(())
}

/// All that a decision is given.
pub async fn current(
    session: &Session,
    store: &StoreId,
    which: &Customers,
) -> Result<CurrentSettings, Fault> {
    if !people::store_exists(session, store).await? {
        return Ok(CurrentSettings::default());
    }
    let counters =
        session.rows("SELECT kind, next FROM counters WHERE store_id = $1", &[&store.as_str()]).await?;
    let counters = counters.iter().map(|row| Ok::<_, Fault>((row.try_get(0)?, row.try_get(1)?)));
    let mut counters: HashMap<String, i64> = counters.collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    match which {
        Customers::None => {}
        Customers::All => found = customers::all(session, store).await?,
        Customers::Found(keys) => {
            for key in keys {
                found.extend(customers::find(session, store, key, CustomerSet::ALL).await?);
            }
            let next = counters.get("customer").copied().unwrap_or(1);
            counters.insert("customer".into(), customers::free_number(session, store, next).await?);
        }
    }
    Ok(CurrentSettings {
        store: Some(store_row(session, store).await?),
        stages: stages(session, store).await?,
        agents: agents(session, store).await?,
        teams: teams(session, store).await?,
        labels: labels(session, store).await?,
        rules: rules(session, store).await?,
        brands: brands(session, store).await?,
        keys: keys::all(session, Some(store)).await?,
        webhooks: webhooks::all(session, store).await?,
        customers: found,
        counters,
    })
}

/// The store's own settings.
pub async fn store_row(session: &Session, store: &StoreId) -> Result<StoreRow, Fault> {
    let select = "
        SELECT name, timezone, policy, dedupe_window_ms, reopen_within_ms, close_after_ms, agents_see_all,
               keep_audit_ms, routing, keep_rejected, waiting_too_long_ms, mail_content
        FROM stores WHERE store_id = $1";
    let row = session.row(select, &[&store.as_str()]).await?.ok_or(StoreError::NotFound)?;
    let span = |ms: i64| known("a span of stores", ms.try_into().ok()).map(Duration::from_millis);
    Ok(StoreRow {
        name: row.try_get(0)?,
        timezone: row.try_get(1)?,
        policy: known("stores.policy", Policy::from_name(row.try_get(2)?))?,
        dedupe_window: span(row.try_get(3)?)?,
        reopen_within: span(row.try_get(4)?)?,
        close_after: row.try_get::<_, Option<i64>>(5)?.map(span).transpose()?,
        agents_see_all: row.try_get(6)?,
        keep_audit: span(row.try_get(7)?)?,
        routing: from_json("stores.routing", row.try_get(8)?)?,
        keep_rejected_values: row.try_get(9)?,
        waiting_too_long: row.try_get::<_, Option<i64>>(10)?.map(span).transpose()?,
        mail_content: row.try_get(11)?,
    })
}

async fn teams(session: &Session, store: &StoreId) -> Result<Vec<TeamRow>, Fault> {
    let select = "SELECT id, name, policy, hours, active, origin,
                         ARRAY(SELECT agent_id FROM team_members m
                               WHERE m.store_id = t.store_id AND m.team_id = t.id ORDER BY agent_id)
                  FROM teams t WHERE store_id = $1 ORDER BY id";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    rows.iter()
        .map(|row| {
            let policy: Option<&str> = row.try_get(2)?;
            let hours: Option<&str> = row.try_get(3)?;
            let members: Vec<i64> = row.try_get(6)?;
            Ok(TeamRow {
                id: TeamId(row.try_get(0)?),
                name: row.try_get(1)?,
                policy: policy.map(|name| known("teams.policy", Policy::from_name(name))).transpose()?,
                hours: hours.map(serde_json::from_str).transpose().map_err(|e| corrupt("teams.hours", e))?,
                members: members.into_iter().map(AgentId).collect(),
                active: row.try_get(4)?,
                origin: Origin::from_name(row.try_get(5)?),
            })
        })
        .collect()
}

/// In the order in which they are looked at.
pub async fn rules(session: &Session, store: &StoreId) -> Result<Vec<Rule>, Fault> {
    let select = "SELECT body FROM rules WHERE store_id = $1 ORDER BY place";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    rows.iter().map(|row| Ok(from_json("rules.body", row.try_get(0)?)?)).collect()
}

async fn labels(session: &Session, store: &StoreId) -> Result<Vec<LabelRow>, Fault> {
    let select = "SELECT id, name, active, origin FROM labels WHERE store_id = $1 ORDER BY id";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    rows.iter()
        .map(|row| {
            let origin = Origin::from_name(row.try_get(3)?);
            Ok(LabelRow {
                id: LabelId(row.try_get(0)?),
                name: row.try_get(1)?,
                active: row.try_get(2)?,
                origin,
            })
        })
        .collect()
}

async fn brands(session: &Session, store: &StoreId) -> Result<Vec<BrandRow>, Fault> {
    let select = "SELECT channel, address, active, origin FROM brand_addresses WHERE store_id = $1
                  ORDER BY channel, address";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    rows.iter()
        .map(|row| {
            Ok(BrandRow {
                channel: known("brand_addresses.channel", Channel::from_name(row.try_get(0)?))?,
                address: row.try_get(1)?,
                active: row.try_get(2)?,
                origin: Origin::from_name(row.try_get(3)?),
            })
        })
        .collect()
}

/// Every change raises the roster's version once, so that all nodes heed it at their next batch. Answers the routing row
/// as it was written.
async fn write(
    session: &Session,
    store: &StoreId,
    changes: &[Change],
    now: Timestamp,
) -> Result<Taken, Fault> {
    for change in changes {
        if let SettingsChange::Store(row) = &change.what {
            put_store(session, store, row, now).await?;
        }
    }
    let mut taken = take_generation(session, store).await?;
    taken.routing.roster_version += 1;
    for change in changes {
        match &change.what {
            SettingsChange::Store(_) | SettingsChange::Customer(_) => {}
            SettingsChange::Stages(stages) => put_stages(session, store, stages).await?,
            SettingsChange::Agent(row) => {
                put_agent(session, store, row).await?;
                remember(session, store, row.id, taken.routing.roster_version, now).await?;
            }
            SettingsChange::Rules(rules) => put_rules(session, store, rules).await?,
            SettingsChange::Team(row) => {
                put_team(session, store, row).await?;
                remember_team(session, store, row, taken.routing.roster_version, now).await?;
            }
            SettingsChange::Label(row) => put_label(session, store, row).await?,
            SettingsChange::Brand(row) => put_brand(session, store, row).await?,
            SettingsChange::Webhook(row) => {
                webhooks::put(session, store, row, taken.routing.next_event - 1).await?;
            }
            SettingsChange::WebhookGone(id) => webhooks::remove(session, store, *id).await?,
            SettingsChange::Key(key) => keys::put(session, store, key, now).await?,
            SettingsChange::WholeCustomer(row) => customers::write_whole(session, store, row).await?,
            SettingsChange::Due { kind, subject, after } => {
                due::put(session, store, *kind, *subject, later(now, *after)).await?;
            }
            SettingsChange::Tell { kind, body } => {
                events::append(session, store, taken.routing.next_event, *kind, body, now).await?;
                taken.routing.next_event += 1;
            }
            SettingsChange::Counter { kind, next } => put_counter(session, store, kind, *next).await?,
        }
    }
    let customers = changes.iter().filter_map(|change| match &change.what {
        SettingsChange::Customer(row) => Some(row.as_ref()),
        _ => None,
    });
    for rows in customers.collect::<Vec<_>>().chunks(CUSTOMERS) {
        customers::write(session, store, rows).await?;
    }
    write_routing(session, store, &taken.routing).await?;
    Ok(taken)
}

/// The whole list in its order.
async fn put_stages(session: &Session, store: &StoreId, stages: &Stages) -> Result<(), Fault> {
    session.execute("DELETE FROM stages WHERE store_id = $1", &[&store.as_str()]).await?;
    let ids: Vec<i64> = stages.iter().map(|stage| stage.id.0).collect();
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    let kinds: Vec<&str> = stages.iter().map(|stage| stage.kind.name()).collect();
    let insert = "
        INSERT INTO stages (store_id, id, name, kind, place)
        SELECT $1, id, name, kind, place FROM unnest($2, $3, $4) WITH ORDINALITY AS s (id, name, kind, place)";
    session.execute(insert, &[&store.as_str(), &ids, &names, &kinds]).await?;
    Ok(())
}

/// All of them, in their order.
async fn put_rules(session: &Session, store: &StoreId, rules: &[Rule]) -> Result<(), Fault> {
    session.execute("DELETE FROM rules WHERE store_id = $1", &[&store.as_str()]).await?;
    let ids: Vec<i64> = rules.iter().map(|rule| rule.id.0).collect();
    let bodies: Vec<String> = rules.iter().map(to_json).collect();
    let insert = "
        INSERT INTO rules (store_id, id, place, body)
        SELECT $1, id, place, body FROM unnest($2, $3) WITH ORDINALITY AS r (id, body, place)";
    session.execute(insert, &[&store.as_str(), &ids, &bodies]).await?;
    Ok(())
}

/// A store is made with its counter of customers, which is the lock on them.
async fn put_store(session: &Session, store: &StoreId, row: &StoreRow, now: Timestamp) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO stores (store_id, name, timezone, policy, dedupe_window_ms, created_at, reopen_within_ms,
                            close_after_ms, agents_see_all, keep_audit_ms, routing,
                            keep_rejected, waiting_too_long_ms, mail_content)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (store_id) DO UPDATE SET
            name = $2, timezone = $3, policy = $4, dedupe_window_ms = $5, reopen_within_ms = $7,
            close_after_ms = $8, agents_see_all = $9, keep_audit_ms = $10, routing = $11,
            keep_rejected = $12, waiting_too_long_ms = $13, mail_content = $14";
    session
        .execute(
            upsert,
            &[
                &store.as_str(),
                &row.name.as_str(),
                &row.timezone.as_str(),
                &row.policy.name(),
                &span_ms(row.dedupe_window),
                &ms(now),
                &span_ms(row.reopen_within),
                &row.close_after.map(span_ms),
                &row.agents_see_all,
                &span_ms(row.keep_audit),
                &to_json(&row.routing),
                &row.keep_rejected_values,
                &row.waiting_too_long.map(span_ms),
                &row.mail_content,
            ],
        )
        .await?;
    due::stand(session, store, now).await?;
    put_counter(session, store, "customer", 1).await
}

async fn put_agent(session: &Session, store: &StoreId, row: &AgentRow) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO agents (store_id, id, email, email_key, name, role, online, max_open, active, origin, away_reason,
                            away_until, leave)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (store_id, id) DO UPDATE SET
            email = $3, email_key = $4, name = $5, role = $6, online = $7, max_open = $8, active = $9,
            away_reason = $11, away_until = $12, leave = $13";
    session
        .execute(
            upsert,
            &[
                &store.as_str(),
                &row.id.0,
                &row.email.as_str(),
                &email_key(&row.email),
                &row.name.as_str(),
                &row.role.as_str(),
                &row.online,
                &row.max_open.map(i64::from),
                &row.active,
                &row.origin.name(),
                &row.away_reason.as_ref().map(AwayReason::as_str),
                &row.away_until.map(ms),
                &leave_to_text(&row.leave),
            ],
        )
        .await?;
    if !row.active {
        sessions::shut_out(session, store, row.id).await?;
    }
    match row.away_until {
        Some(until) => due::put(session, store, Kind::AwayEnd, row.id.0, until).await,
        None => Ok(()),
    }
}

async fn put_team(session: &Session, store: &StoreId, row: &TeamRow) -> Result<(), Fault> {
    let hours = row.hours.as_ref().map(serde_json::to_string).transpose().map_err(|e| corrupt("hours", e))?;
    let upsert = "
        INSERT INTO teams (store_id, id, name, name_key, policy, hours, active, origin)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (store_id, id) DO UPDATE SET name = $3, name_key = $4, policy = $5, hours = $6, active = $7";
    let (id, team) = (store.as_str(), row.id.0);
    session
        .execute(
            upsert,
            &[
                &id,
                &team,
                &row.name.as_str(),
                &row.name.to_lowercase(),
                &row.policy.map(Policy::name),
                &hours,
                &row.active,
                &row.origin.name(),
            ],
        )
        .await?;
    let gone = "DELETE FROM team_members WHERE store_id = $1 AND team_id = $2";
    session.execute(gone, &[&id, &team]).await?;
    let members: Vec<i64> = row.members.iter().map(|agent| agent.0).collect();
    let insert = "INSERT INTO team_members (store_id, team_id, agent_id) SELECT $1, $2, unnest($3)";
    session.execute(insert, &[&id, &team, &members]).await?;
    Ok(())
}

async fn put_label(session: &Session, store: &StoreId, row: &LabelRow) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO labels (store_id, id, name, name_key, active, origin) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (store_id, id) DO UPDATE SET name = $3, name_key = $4, active = $5";
    let (name, name_key) = (row.name.as_str(), row.name.to_lowercase());
    session
        .execute(upsert, &[&store.as_str(), &row.id.0, &name, &name_key, &row.active, &row.origin.name()])
        .await?;
    Ok(())
}

async fn put_brand(session: &Session, store: &StoreId, row: &BrandRow) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO brand_addresses (store_id, channel, address, active, origin) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (store_id, channel, address) DO UPDATE SET active = $4";
    let (channel, address) = (row.channel.name(), row.address.as_str());
    session.execute(upsert, &[&store.as_str(), &channel, &address, &row.active, &row.origin.name()]).await?;
    Ok(())
}

/// Sets the next number of a kind, never backwards.
pub async fn put_counter(session: &Session, store: &StoreId, kind: &str, next: i64) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO counters (store_id, kind, next) VALUES ($1, $2, $3)
        ON CONFLICT (store_id, kind) DO UPDATE SET next = greatest(counters.next, $3)";
    session.execute(upsert, &[&store.as_str(), &kind, &next]).await?;
    Ok(())
}

/// Takes this many numbers of a kind for good; answers the one after them. Until the transaction ends nobody else takes any.
pub async fn take_numbers(
    session: &Session,
    store: &StoreId,
    kind: &str,
    count: usize,
) -> Result<i64, Fault> {
    let upsert = "
        INSERT INTO counters (store_id, kind, next) VALUES ($1, $2, 1 + $3)
        ON CONFLICT (store_id, kind) DO UPDATE SET next = counters.next + $3
        RETURNING next";
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let row = session.row(upsert, &[&store.as_str(), &kind, &count]).await?;
    Ok(known("counters.next", row)?.try_get(0)?)
}

pub async fn counter(session: &Session, store: &StoreId, kind: &str) -> Result<i64, Fault> {
    let select = "SELECT next FROM counters WHERE store_id = $1 AND kind = $2";
    match session.row(select, &[&store.as_str(), &kind]).await? {
        Some(row) => Ok(row.try_get(0)?),
        None => Ok(1),
    }
}
