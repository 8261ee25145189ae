//! Endpoints, who works them, what is still to be told, what was tried.

use super::Sqlite;
use super::fault::Fault;
use super::values::{known, ms, span_ms, time, time_or_null};
use crate::store::StoreError;
use crate::store::due::Lease;
use crate::store::webhooks::{
    ATTEMPT_COLUMNS, Attempt, Endpoint, Pending, Round, StoredWebhook, WEBHOOK_COLUMNS, WebhookRow,
    WebhookState, WebhookStore, kinds_to_text, outcome, small,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::ids::{StoreId, TicketId, WebhookId};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{HashMap, HashSet};

/// The store's endpoints in their order.
pub fn all(db: &Connection, store: &StoreId) -> Result<Vec<WebhookRow>, Fault> {
    let select = format!("SELECT {WEBHOOK_COLUMNS} FROM webhooks WHERE store_id = ?1 ORDER BY id");
    let mut select = db.prepare_cached(&select)?;
    let rows = select.query_map([store.as_str()], stored)?;
    rows.map(|row| Ok(row?.row()?)).collect()
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredWebhook> {
    Ok(StoredWebhook {
        id: row.get(0)?,
        url: row.get(1)?,
        kinds: row.get(2)?,
        format: row.get(3)?,
        active: row.get(4)?,
        disabled_why: row.get(5)?,
        generation: row.get(6)?,
        rotated_at: row.get(7)?,
        created_at: row.get(8)?,
        origin: row.get(9)?,
    })
}

/// Writes how an endpoint is set. A new one is told of what comes after this event; one that is switched on again begins
/// to fail anew.
pub fn put(tx: &Connection, store: &StoreId, row: &WebhookRow, last_event: i64) -> Result<(), Fault> {
    if row.active {
        let begin_anew = "
            UPDATE webhook_pending SET failures = 0, first_at = NULL WHERE store_id = ?1 AND webhook_id = ?2
            AND EXISTS (SELECT 1 FROM webhooks WHERE store_id = ?1 AND id = ?2 AND NOT active)";
        tx.prepare_cached(begin_anew)?.execute(params![store.as_str(), row.id.0])?;
    }
    tx.prepare_cached(
        "INSERT INTO webhooks (store_id, id, url, kinds, format, active, disabled_why, generation, rotated_at, created_at,
                               position, next_attempt, lease_until, origin)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1, 0, ?12)
         ON CONFLICT (store_id, id) DO UPDATE SET
             url = ?3, kinds = ?4, format = ?5, active = ?6, disabled_why = ?7, generation = ?8, rotated_at = ?9,
             failing_since = CASE WHEN active = ?6 THEN failing_since END",
    )?
    .execute(params![
        store.as_str(),
        row.id.0,
        row.url,
        kinds_to_text(&row.kinds),
        row.format.name(),
        row.active,
        row.disabled_why,
        row.generation,
        row.rotated_at.map(ms),
        ms(row.created_at),
        last_event,
        row.origin.name(),
    ])?;
    Ok(())
}

pub fn remove(tx: &Connection, store: &StoreId, id: WebhookId) -> Result<(), Fault> {
    let key = params![store.as_str(), id.0];
    tx.execute("DELETE FROM webhook_attempts WHERE store_id = ?1 AND webhook_id = ?2", key)?;
    tx.execute("DELETE FROM webhook_pending WHERE store_id = ?1 AND webhook_id = ?2", key)?;
    tx.execute("DELETE FROM webhooks WHERE store_id = ?1 AND id = ?2", key)?;
    Ok(())
}

fn with_work(db: &Connection, limit: u32, now: Timestamp) -> Result<Vec<(StoreId, WebhookId)>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT w.store_id, w.id FROM webhooks w JOIN routing r ON r.store_id = w.store_id
         WHERE w.active AND w.lease_until <= ?1 AND (r.next_event - 1 > w.position OR EXISTS (
             SELECT 1 FROM webhook_pending p
             WHERE p.store_id = w.store_id AND p.webhook_id = w.id AND p.next_at <= ?1))
         LIMIT ?2",
    )?;
    let mut rows = select.query(params![ms(now), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let store = StoreId::new(&row.get::<_, String>(0)?);
        found.push((known("webhooks.store_id", store)?, WebhookId(row.get(1)?)));
    }
    Ok(found)
}

fn hold(
    tx: &Connection,
    store: &StoreId,
    id: WebhookId,
    lease: &Lease,
    now: Timestamp,
) -> Result<Option<Endpoint>, Fault> {
    let update = format!(
        "UPDATE webhooks SET lease = ?3, lease_until = ?4
         WHERE store_id = ?1 AND id = ?2 AND active AND (lease = ?3 OR lease_until <= ?5)
         RETURNING {WEBHOOK_COLUMNS}, position, failing_since"
    );
    let until = ms(now).saturating_add(span_ms(lease.span));
    let mut update = tx.prepare_cached(&update)?;
    let mut rows = update.query(params![store.as_str(), id.0, lease.name, until, ms(now)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Endpoint {
        store: store.clone(),
        row: stored(row)?.row()?,
        position: row.get(10)?,
        failing_since: time_or_null(row.get(11)?)?,
    }))
}

fn due(
    db: &Connection,
    store: &StoreId,
    id: WebhookId,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<Pending>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT position, part, ticket_id, failures, first_at, next_at FROM webhook_pending
         WHERE store_id = ?1 AND webhook_id = ?2 AND next_at <= ?3 ORDER BY next_at LIMIT ?4",
    )?;
    let mut rows = select.query(params![store.as_str(), id.0, ms(now), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Pending {
            position: row.get(0)?,
            part: row.get(1)?,
            ticket: row.get::<_, Option<i64>>(2)?.map(TicketId),
            failures: row.get(3)?,
            first_at: time_or_null(row.get(4)?)?,
            next_at: time_or_null(row.get(5)?)?,
        });
    }
    Ok(found)
}

fn held(
    db: &Connection,
    store: &StoreId,
    id: WebhookId,
    tickets: &[TicketId],
) -> Result<HashSet<TicketId>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT 1 FROM webhook_pending WHERE store_id = ?1 AND webhook_id = ?2 AND ticket_id = ?3 LIMIT 1",
    )?;
    let mut found = HashSet::new();
    for ticket in tickets {
        if select.exists(params![store.as_str(), id.0, ticket.0])? {
            found.insert(*ticket);
        }
    }
    Ok(found)
}

fn end_round(
    tx: &Connection,
    store: &StoreId,
    id: WebhookId,
    lease: &str,
    round: &Round,
    now: Timestamp,
) -> Result<bool, Fault> {
    let mut update = tx.prepare_cached(
        "UPDATE webhooks SET position = ?4, failing_since = ?5, next_attempt = next_attempt + ?6
         WHERE store_id = ?1 AND id = ?2 AND lease = ?3 RETURNING next_attempt",
    )?;
    let next: Option<i64> = update
        .query_row(
            params![
                store.as_str(),
                id.0,
                lease,
                round.position,
                round.failing_since.map(ms),
                round.attempts.len()
            ],
            |row| row.get(0),
        )
        .optional()?;
    let Some(next) = next else { return Ok(false) };
    append(tx, store, id, next, &round.attempts)?;
    let mut delete = tx.prepare_cached(
        "DELETE FROM webhook_pending WHERE store_id = ?1 AND webhook_id = ?2 AND position = ?3 AND part = ?4",
    )?;
    for (position, part) in &round.done {
        delete.execute(params![store.as_str(), id.0, position, part])?;
    }
    let mut upsert = tx.prepare_cached(
        "INSERT INTO webhook_pending (store_id, webhook_id, position, part, ticket_id, failures, first_at, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (store_id, webhook_id, position, part)
         DO UPDATE SET failures = ?6, first_at = ?7, next_at = ?8",
    )?;
    for one in &round.pending {
        upsert.execute(params![
            store.as_str(),
            id.0,
            one.position,
            one.part,
            one.ticket.map(|ticket| ticket.0),
            one.failures,
            one.first_at.map(ms),
            one.next_at.map(ms)
        ])?;
    }
    release(tx, store, id, round.released.iter().copied(), now)?;
    Ok(true)
}

/// Writes attempts whose numbers end before `next`.
fn append(
    tx: &Connection,
    store: &StoreId,
    id: WebhookId,
    next: i64,
    attempts: &[Attempt],
) -> Result<(), Fault> {
    let insert = format!(
        "INSERT INTO webhook_attempts (store_id, webhook_id, id, {ATTEMPT_COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    );
    let mut insert = tx.prepare_cached(&insert)?;
    for (before, one) in (1_i64..).zip(attempts.iter().rev()) {
        insert.execute(params![
            store.as_str(),
            id.0,
            next - before,
            one.position,
            one.part,
            one.kind,
            one.ticket.map(|ticket| ticket.0),
            ms(one.at),
            one.attempt,
            one.outcome.name(),
            one.status,
            one.ms,
            one.error,
            one.answer
        ])?;
    }
    Ok(())
}

/// The first pending event of each ticket is due, unless it waits for its time.
fn release(
    tx: &Connection,
    store: &StoreId,
    id: WebhookId,
    tickets: impl Iterator<Item = TicketId>,
    now: Timestamp,
) -> Result<(), Fault> {
    let mut update = tx.prepare_cached(
        "UPDATE webhook_pending SET next_at = ?4
         WHERE store_id = ?1 AND webhook_id = ?2 AND ticket_id = ?3 AND next_at IS NULL AND (position, part) IN (
             SELECT position, part FROM webhook_pending
             WHERE store_id = ?1 AND webhook_id = ?2 AND ticket_id = ?3 ORDER BY position, part LIMIT 1)",
    )?;
    for ticket in tickets {
        update.execute(params![store.as_str(), id.0, ticket.0, ms(now)])?;
    }
    Ok(())
}

fn resend(
    tx: &Connection,
    store: &StoreId,
    id: WebhookId,
    events: &[(i64, u8, Option<TicketId>)],
    now: Timestamp,
) -> Result<(), Fault> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO webhook_pending (store_id, webhook_id, position, part, ticket_id, failures, next_at)
         SELECT ?1, ?2, ?3, ?4, ?5, 0, CASE WHEN ?5 IS NULL THEN ?6 END
         FROM webhooks WHERE store_id = ?1 AND id = ?2
         ON CONFLICT (store_id, webhook_id, position, part) DO UPDATE SET next_at = ?6 WHERE next_at IS NOT NULL",
    )?;
    for (position, part, ticket) in events {
        let ticket = ticket.map(|ticket| ticket.0);
        insert.execute(params![store.as_str(), id.0, position, part, ticket, ms(now)])?;
    }
    let tickets: HashSet<TicketId> = events.iter().filter_map(|(.., ticket)| *ticket).collect();
    // One that fails and waits for its time comes after what was before it and is told again.
    let mut hold = tx.prepare_cached(
        "UPDATE webhook_pending SET next_at = NULL WHERE store_id = ?1 AND webhook_id = ?2 AND ticket_id = ?3",
    )?;
    for ticket in &tickets {
        hold.execute(params![store.as_str(), id.0, ticket.0])?;
    }
    release(tx, store, id, tickets.into_iter(), now)
}

fn attempts(
    db: &Connection,
    store: &StoreId,
    id: WebhookId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<(i64, Attempt)>, Fault> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {ATTEMPT_COLUMNS}, id FROM webhook_attempts
         WHERE store_id = ?1 AND webhook_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4"
    ))?;
    let before = before.unwrap_or(i64::MAX);
    let mut rows = select.query(params![store.as_str(), id.0, before, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let attempt = Attempt {
            position: row.get(0)?,
            part: row.get(1)?,
            kind: row.get(2)?,
            ticket: row.get::<_, Option<i64>>(3)?.map(TicketId),
            at: time(row.get(4)?)?,
            attempt: row.get(5)?,
            outcome: outcome(&row.get::<_, String>(6)?)?,
            status: row.get(7)?,
            ms: small("webhook_attempts.ms", row.get(8)?)?,
            error: row.get(9)?,
            answer: row.get(10)?,
        };
        found.push((row.get(11)?, attempt));
    }
    Ok(found)
}

fn states(db: &Connection, store: &StoreId) -> Result<HashMap<WebhookId, WebhookState>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT w.id, w.failing_since, (SELECT count(*) FROM webhook_pending p
                                        WHERE p.store_id = w.store_id AND p.webhook_id = w.id)
         FROM webhooks w WHERE w.store_id = ?1",
    )?;
    let mut rows = select.query([store.as_str()])?;
    let mut found = HashMap::new();
    while let Some(row) = rows.next()? {
        let pending = small("a count", row.get(2)?)?;
        let state = WebhookState { pending, failing_since: time_or_null(row.get(1)?)? };
        found.insert(WebhookId(row.get(0)?), state);
    }
    Ok(found)
}

#[async_trait]
impl WebhookStore for Sqlite {
    async fn free_webhooks(&self) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute("UPDATE webhooks SET lease = NULL, lease_until = 0 WHERE lease_until <> 0", [])?;
            Ok(())
        })
        .await
    }

    async fn has_webhooks(&self) -> Result<bool, StoreError> {
        self.read(|db| Ok(db.prepare_cached("SELECT 1 FROM webhooks")?.exists([])?)).await
    }

    async fn webhooks_with_work(&self, limit: u32) -> Result<Vec<(StoreId, WebhookId)>, StoreError> {
        let now = self.clock.now();
        self.read(move |db| with_work(db, limit, now)).await
    }

    async fn hold_webhook(
        &self,
        store: &StoreId,
        id: WebhookId,
        lease: &Lease,
    ) -> Result<Option<Endpoint>, StoreError> {
        let (store, lease, now) = (store.clone(), lease.clone(), self.clock.now());
        self.write(move |tx| hold(tx, &store, id, &lease, now)).await
    }

    async fn leave_webhook(&self, store: &StoreId, id: WebhookId, lease: &str) -> Result<(), StoreError> {
        let (store, lease) = (store.clone(), lease.to_owned());
        self.write(move |tx| {
            let update = "UPDATE webhooks SET lease = NULL, lease_until = 0
                          WHERE store_id = ?1 AND id = ?2 AND lease = ?3";
            tx.prepare_cached(update)?.execute(params![store.as_str(), id.0, lease])?;
            Ok(())
        })
        .await
    }

    async fn webhook_due(
        &self,
        store: &StoreId,
        id: WebhookId,
        limit: u32,
    ) -> Result<Vec<Pending>, StoreError> {
        let (store, now) = (store.clone(), self.clock.now());
        self.read(move |db| due(db, &store, id, limit, now)).await
    }

    async fn webhook_held(
        &self,
        store: &StoreId,
        id: WebhookId,
        tickets: &[TicketId],
    ) -> Result<HashSet<TicketId>, StoreError> {
        let (store, tickets) = (store.clone(), tickets.to_vec());
        self.read(move |db| held(db, &store, id, &tickets)).await
    }

    async fn end_round(
        &self,
        store: &StoreId,
        id: WebhookId,
        lease: &str,
        round: Round,
    ) -> Result<bool, StoreError> {
        let (store, lease, now) = (store.clone(), lease.to_owned(), self.clock.now());
        self.write(move |tx| end_round(tx, &store, id, &lease, &round, now)).await
    }

    async fn note_attempt(
        &self,
        store: &StoreId,
        id: WebhookId,
        attempt: Attempt,
    ) -> Result<i64, StoreError> {
        let store = store.clone();
        self.write(move |tx| {
            let update = "UPDATE webhooks SET next_attempt = next_attempt + 1
                          WHERE store_id = ?1 AND id = ?2 RETURNING next_attempt";
            let next: Option<i64> = tx
                .prepare_cached(update)?
                .query_row(params![store.as_str(), id.0], |row| row.get(0))
                .optional()?;
            let next = next.ok_or(StoreError::NotFound)?;
            append(tx, &store, id, next, &[attempt])?;
            Ok(next - 1)
        })
        .await
    }

    async fn resend(
        &self,
        store: &StoreId,
        id: WebhookId,
        events: &[(i64, u8, Option<TicketId>)],
    ) -> Result<(), StoreError> {
        let (store, events, now) = (store.clone(), events.to_vec(), self.clock.now());
        self.write(move |tx| resend(tx, &store, id, &events, now)).await
    }

    async fn webhook_attempts(
        &self,
        store: &StoreId,
        id: WebhookId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, Attempt)>, StoreError> {
        let store = store.clone();
        self.read(move |db| attempts(db, &store, id, before, limit)).await
    }

    async fn webhook_states(&self, store: &StoreId) -> Result<HashMap<WebhookId, WebhookState>, StoreError> {
        let store = store.clone();
        self.read(move |db| states(db, &store)).await
    }
}
