//! Endpoints, who works them, what is still to be told, what was tried.

use super::Postgres;
use super::fault::Fault;
use super::session::Session;
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
use std::collections::{BTreeSet, HashMap, HashSet};
use tokio_postgres::Row;

/// The store's endpoints in their order.
pub async fn all(session: &Session, store: &StoreId) -> Result<Vec<WebhookRow>, Fault> {
    let select = format!("SELECT {WEBHOOK_COLUMNS} FROM webhooks WHERE store_id = $1 ORDER BY id");
    let rows = session.rows(&select, &[&store.as_str()]).await?;
    rows.iter().map(row).collect()
}

fn row(row: &Row) -> Result<WebhookRow, Fault> {
    let stored = StoredWebhook {
        id: row.try_get(0)?,
        url: row.try_get(1)?,
        kinds: row.try_get(2)?,
        format: row.try_get(3)?,
        active: row.try_get(4)?,
        disabled_why: row.try_get(5)?,
        generation: row.try_get(6)?,
        rotated_at: row.try_get(7)?,
        created_at: row.try_get(8)?,
        origin: row.try_get(9)?,
    };
    Ok(stored.row()?)
}

/// Writes how an endpoint is set. A new one is told of what comes after this event; one that is switched on again begins
/// to fail anew.
pub async fn put(session: &Session, store: &StoreId, row: &WebhookRow, last_event: i64) -> Result<(), Fault> {
    if row.active {
        let begin_anew = "
            UPDATE webhook_pending SET failures = 0, first_at = NULL WHERE store_id = $1 AND webhook_id = $2
            AND EXISTS (SELECT FROM webhooks WHERE store_id = $1 AND id = $2 AND NOT active)";
        session.execute(begin_anew, &[&store.as_str(), &row.id.0]).await?;
    }
    let upsert = "
        INSERT INTO webhooks AS w (store_id, id, url, kinds, format, active, disabled_why, generation, rotated_at, created_at,
                                   position, next_attempt, lease_until, origin)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, 0, $12)
        ON CONFLICT (store_id, id) DO UPDATE SET
            url = $3, kinds = $4, format = $5, active = $6, disabled_why = $7, generation = $8, rotated_at = $9,
            failing_since = CASE WHEN w.active = $6 THEN w.failing_since END";
    session
        .execute(
            upsert,
            &[
                &store.as_str(),
                &row.id.0,
                &row.url.as_str(),
                &kinds_to_text(&row.kinds),
                &row.format.name(),
                &row.active,
                &row.disabled_why,
                &row.generation,
                &row.rotated_at.map(ms),
                &ms(row.created_at),
                &last_event,
                &row.origin.name(),
            ],
        )
        .await?;
    Ok(())
}

/// The endpoint first: whoever ends a round waits for it, and then writes nothing.
pub async fn remove(session: &Session, store: &StoreId, id: WebhookId) -> Result<(), Fault> {
    let take = "SELECT FROM webhooks WHERE store_id = $1 AND id = $2 FOR UPDATE";
    session.rows(take, &[&store.as_str(), &id.0]).await?;
    for delete in [
        "DELETE FROM webhook_attempts WHERE store_id = $1 AND webhook_id = $2",
        "DELETE FROM webhook_pending WHERE store_id = $1 AND webhook_id = $2",
        "DELETE FROM webhooks WHERE store_id = $1 AND id = $2",
    ] {
        session.execute(delete, &[&store.as_str(), &id.0]).await?;
    }
    Ok(())
}

async fn with_work(
    session: &Session,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<(StoreId, WebhookId)>, Fault> {
    let select = "
        SELECT w.store_id, w.id FROM webhooks w
        WHERE w.active AND w.lease_until <= $1 AND (
            w.position < (SELECT max(r.next_event) - 1 FROM routing r WHERE r.store_id = w.store_id)
            OR EXISTS (SELECT FROM webhook_pending p
                       WHERE p.store_id = w.store_id AND p.webhook_id = w.id AND p.next_at <= $1))
        LIMIT $2";
    let rows = session.rows(select, &[&ms(now), &i64::from(limit)]).await?;
    rows.iter()
        .map(|row| {
            let store = known("webhooks.store_id", StoreId::new(row.try_get(0)?))?;
            Ok((store, WebhookId(row.try_get(1)?)))
        })
        .collect()
}

async fn hold(
    session: &Session,
    store: &StoreId,
    id: WebhookId,
    lease: &Lease,
    now: Timestamp,
) -> Result<Option<Endpoint>, Fault> {
    let update = format!(
        "UPDATE webhooks SET lease = $3, lease_until = $4
         WHERE store_id = $1 AND id = $2 AND active AND (lease = $3 OR lease_until <= $5)
         RETURNING {WEBHOOK_COLUMNS}, position, failing_since"
    );
    let until = ms(now).saturating_add(span_ms(lease.span));
    let found =
        session.row(&update, &[&store.as_str(), &id.0, &lease.name.as_str(), &until, &ms(now)]).await?;
    let Some(found) = found else { return Ok(None) };
    Ok(Some(Endpoint {
        store: store.clone(),
        row: row(&found)?,
        position: found.try_get(10)?,
        failing_since: time_or_null(found.try_get(11)?)?,
    }))
}

async fn due(
    session: &Session,
    store: &StoreId,
    id: WebhookId,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<Pending>, Fault> {
    let select = "
        SELECT position, part, ticket_id, failures, first_at, next_at FROM webhook_pending
        WHERE store_id = $1 AND webhook_id = $2 AND next_at <= $3 ORDER BY next_at LIMIT $4";
    let rows = session.rows(select, &[&store.as_str(), &id.0, &ms(now), &i64::from(limit)]).await?;
    rows.iter()
        .map(|row| {
            Ok(Pending {
                position: row.try_get(0)?,
                part: small("webhook_pending.part", row.try_get(1)?)?,
                ticket: row.try_get::<_, Option<i64>>(2)?.map(TicketId),
                failures: small("webhook_pending.failures", row.try_get(3)?)?,
                first_at: time_or_null(row.try_get(4)?)?,
                next_at: time_or_null(row.try_get(5)?)?,
            })
        })
        .collect()
}

async fn held(
    session: &Session,
    store: &StoreId,
    id: WebhookId,
    tickets: &[TicketId],
) -> Result<HashSet<TicketId>, Fault> {
    let select = "
        SELECT DISTINCT ticket_id FROM webhook_pending
        WHERE store_id = $1 AND webhook_id = $2 AND ticket_id = ANY($3)";
    let tickets: Vec<i64> = tickets.iter().map(|ticket| ticket.0).collect();
    let rows = session.rows(select, &[&store.as_str(), &id.0, &tickets]).await?;
    rows.iter().map(|row| Ok(TicketId(row.try_get(0)?))).collect()
}

async fn end_round(
    session: &Session,
    store: &StoreId,
    id: WebhookId,
    lease: &str,
    round: &Round,
    now: Timestamp,
) -> Result<bool, Fault> {
    let update = "
        UPDATE webhooks SET position = $4, failing_since = $5, next_attempt = next_attempt + $6
        WHERE store_id = $1 AND id = $2 AND lease = $3 RETURNING next_attempt";
    let (since, count) = (round.failing_since.map(ms), round.attempts.len() as i64);
    let next =
        session.row(update, &[&store.as_str(), &id.0, &lease, &round.position, &since, &count]).await?;
    let Some(next) = next else { return Ok(false) };
    append(session, store, id, next.try_get(0)?, &round.attempts).await?;
    let delete = "
        DELETE FROM webhook_pending p USING unnest($3, $4) AS d (position, part)
        WHERE p.store_id = $1 AND p.webhook_id = $2 AND p.position = d.position AND p.part = d.part";
    let (positions, parts): (Vec<i64>, Vec<i64>) =
        round.done.iter().map(|(position, part)| (*position, i64::from(*part))).unzip();
    session.execute(delete, &[&store.as_str(), &id.0, &positions, &parts]).await?;
    put_pending(session, store, id, &round.pending).await?;
    let released: Vec<i64> = round.released.iter().map(|ticket| ticket.0).collect();
    release(session, store, id, released, now).await?;
    Ok(true)
}

async fn put_pending(
    session: &Session,
    store: &StoreId,
    id: WebhookId,
    pending: &[Pending],
) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO webhook_pending (store_id, webhook_id, position, part, ticket_id, failures, first_at, next_at)
        SELECT $1, $2, position, part, ticket_id, failures, first_at, next_at
        FROM unnest($3, $4, $5, $6, $7, $8) AS n (position, part, ticket_id, failures, first_at, next_at)
        ON CONFLICT (store_id, webhook_id, position, part)
        DO UPDATE SET failures = excluded.failures, first_at = excluded.first_at, next_at = excluded.next_at";
    let column = |value: fn(&Pending) -> i64| pending.iter().map(value).collect::<Vec<i64>>();
    let option = |value: fn(&Pending) -> Option<i64>| pending.iter().map(value).collect::<Vec<_>>();
    session
        .execute(
            upsert,
            &[
                &store.as_str(),
                &id.0,
                &column(|one| one.position),
                &column(|one| one.part.into()),
                &option(|one| one.ticket.map(|ticket| ticket.0)),
                &column(|one| one.failures.into()),
                &option(|one| one.first_at.map(ms)),
                &option(|one| one.next_at.map(ms)),
            ],
        )
        .await?;
    Ok(())
}

/// Writes attempts whose numbers end before `next`.
async fn append(
    session: &Session,
    store: &StoreId,
    id: WebhookId,
    next: i64,
    attempts: &[Attempt],
) -> Result<(), Fault> {
    let insert = format!(
        "INSERT INTO webhook_attempts (store_id, webhook_id, id, {ATTEMPT_COLUMNS})
         SELECT $1, $2, $3 + n - 1, {ATTEMPT_COLUMNS}
         FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) WITH ORDINALITY AS a ({ATTEMPT_COLUMNS}, n)"
    );
    let first = next - attempts.len() as i64;
    let column = |value: fn(&Attempt) -> i64| attempts.iter().map(value).collect::<Vec<i64>>();
    let option = |value: fn(&Attempt) -> Option<i64>| attempts.iter().map(value).collect::<Vec<_>>();
    let kinds: Vec<&str> = attempts.iter().map(|one| one.kind.as_str()).collect();
    let outcomes: Vec<&str> = attempts.iter().map(|one| one.outcome.name()).collect();
    let errors: Vec<Option<&str>> = attempts.iter().map(|one| one.error.as_deref()).collect();
    let answers: Vec<Option<&str>> = attempts.iter().map(|one| one.answer.as_deref()).collect();
    session
        .execute(
            &insert,
            &[
                &store.as_str(),
                &id.0,
                &first,
                &column(|one| one.position),
                &column(|one| one.part.into()),
                &kinds,
                &option(|one| one.ticket.map(|ticket| ticket.0)),
                &column(|one| ms(one.at)),
                &column(|one| one.attempt.into()),
                &outcomes,
                &option(|one| one.status.map(i64::from)),
                &column(|one| i64::try_from(one.ms).unwrap_or(i64::MAX)),
                &errors,
                &answers,
            ],
        )
        .await?;
    Ok(())
}

/// The first pending event of each ticket is due, unless it waits for its time.
async fn release(
    session: &Session,
    store: &StoreId,
    id: WebhookId,
    tickets: Vec<i64>,
    now: Timestamp,
) -> Result<(), Fault> {
    let update = "
        UPDATE webhook_pending p SET next_at = $4
        FROM (SELECT DISTINCT ON (ticket_id) position, part FROM webhook_pending
              WHERE store_id = $1 AND webhook_id = $2 AND ticket_id = ANY($3)
              ORDER BY ticket_id, position, part) AS first
        WHERE p.store_id = $1 AND p.webhook_id = $2 AND p.position = first.position AND p.part = first.part
          AND p.next_at IS NULL";
    session.execute(update, &[&store.as_str(), &id.0, &tickets, &ms(now)]).await?;
    Ok(())
}

async fn resend(
    session: &Session,
    store: &StoreId,
    id: WebhookId,
    events: &[(i64, u8, Option<TicketId>)],
    now: Timestamp,
) -> Result<(), Fault> {
    let take = "SELECT FROM webhooks WHERE store_id = $1 AND id = $2 FOR NO KEY UPDATE";
    if session.row(take, &[&store.as_str(), &id.0]).await?.is_none() {
        return Ok(());
    }
    let insert = "
        INSERT INTO webhook_pending AS p (store_id, webhook_id, position, part, ticket_id, failures, next_at)
        SELECT $1, $2, position, part, ticket_id, 0, CASE WHEN ticket_id IS NULL THEN $6::bigint END
        FROM unnest($3, $4, $5) AS n (position, part, ticket_id)
        ON CONFLICT (store_id, webhook_id, position, part) DO UPDATE SET next_at = $6
        WHERE p.next_at IS NOT NULL";
    let positions: Vec<i64> = events.iter().map(|(position, ..)| *position).collect();
    let parts: Vec<i64> = events.iter().map(|(_, part, _)| i64::from(*part)).collect();
    let tickets: Vec<Option<i64>> = events.iter().map(|(.., ticket)| ticket.map(|id| id.0)).collect();
    session.execute(insert, &[&store.as_str(), &id.0, &positions, &parts, &tickets, &ms(now)]).await?;
    let tickets: Vec<i64> = tickets.into_iter().flatten().collect::<BTreeSet<i64>>().into_iter().collect();
    // One that fails and waits for its time comes after what was before it and is told again.
    let hold = "
        UPDATE webhook_pending SET next_at = NULL
        WHERE store_id = $1 AND webhook_id = $2 AND ticket_id = ANY($3)";
    session.execute(hold, &[&store.as_str(), &id.0, &tickets]).await?;
    release(session, store, id, tickets, now).await
}

async fn attempts(
    session: &Session,
    store: &StoreId,
    id: WebhookId,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<(i64, Attempt)>, Fault> {
    let select = format!(
        "SELECT {ATTEMPT_COLUMNS}, id FROM webhook_attempts
         WHERE store_id = $1 AND webhook_id = $2 AND id < $3 ORDER BY id DESC LIMIT $4"
    );
    let before = before.unwrap_or(i64::MAX);
    let rows = session.rows(&select, &[&store.as_str(), &id.0, &before, &i64::from(limit)]).await?;
    rows.iter()
        .map(|row| {
            let status: Option<i64> = row.try_get(7)?;
            let attempt = Attempt {
                position: row.try_get(0)?,
                part: small("webhook_attempts.part", row.try_get(1)?)?,
                kind: row.try_get(2)?,
                ticket: row.try_get::<_, Option<i64>>(3)?.map(TicketId),
                at: time(row.try_get(4)?)?,
                attempt: small("webhook_attempts.attempt", row.try_get(5)?)?,
                outcome: outcome(row.try_get(6)?)?,
                status: status.map(|status| small("webhook_attempts.status", status)).transpose()?,
                ms: small("webhook_attempts.ms", row.try_get(8)?)?,
                error: row.try_get(9)?,
                answer: row.try_get(10)?,
            };
            Ok((row.try_get(11)?, attempt))
        })
        .collect()
}

async fn states(session: &Session, store: &StoreId) -> Result<HashMap<WebhookId, WebhookState>, Fault> {
    let select = "
        SELECT w.id, w.failing_since, (SELECT count(*) FROM webhook_pending p
                                       WHERE p.store_id = w.store_id AND p.webhook_id = w.id)
        FROM webhooks w WHERE w.store_id = $1";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    rows.iter()
        .map(|row| {
            let pending = small("a count", row.try_get(2)?)?;
            let failing_since = time_or_null(row.try_get(1)?)?;
            Ok((WebhookId(row.try_get(0)?), WebhookState { pending, failing_since }))
        })
        .collect()
}

#[async_trait]
impl WebhookStore for Postgres {
    /// Any number of nodes work: what one held is free once its lease is over.
    async fn free_webhooks(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn has_webhooks(&self) -> Result<bool, StoreError> {
        let select = "SELECT FROM webhooks LIMIT 1";
        self.database.look(async |session| Ok(session.row(select, &[]).await?.is_some())).await
    }

    async fn webhooks_with_work(&self, limit: u32) -> Result<Vec<(StoreId, WebhookId)>, StoreError> {
        let now = self.database.clock.now();
        self.database.look(async |session| with_work(session, limit, now).await).await
    }

    async fn hold_webhook(
        &self,
        store: &StoreId,
        id: WebhookId,
        lease: &Lease,
    ) -> Result<Option<Endpoint>, StoreError> {
        let now = self.database.clock.now();
        self.database.write(async |session| hold(session, store, id, lease, now).await).await
    }

    async fn leave_webhook(&self, store: &StoreId, id: WebhookId, lease: &str) -> Result<(), StoreError> {
        let update = "UPDATE webhooks SET lease = NULL, lease_until = 0
                      WHERE store_id = $1 AND id = $2 AND lease = $3";
        self.database
            .write(async |session| {
                session.execute(update, &[&store.as_str(), &id.0, &lease]).await?;
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
        let now = self.database.clock.now();
        self.database.look(async |session| due(session, store, id, limit, now).await).await
    }

    async fn webhook_held(
        &self,
        store: &StoreId,
        id: WebhookId,
        tickets: &[TicketId],
    ) -> Result<HashSet<TicketId>, StoreError> {
        self.database.look(async |session| held(session, store, id, tickets).await).await
    }

    async fn end_round(
        &self,
        store: &StoreId,
        id: WebhookId,
        lease: &str,
        round: Round,
    ) -> Result<bool, StoreError> {
        let (round, now) = (&round, self.database.clock.now());
        self.database.write(async |session| end_round(session, store, id, lease, round, now).await).await
    }

    async fn note_attempt(
        &self,
        store: &StoreId,
        id: WebhookId,
        attempt: Attempt,
    ) -> Result<i64, StoreError> {
        let update = "UPDATE webhooks SET next_attempt = next_attempt + 1
                      WHERE store_id = $1 AND id = $2 RETURNING next_attempt";
        let attempts = &[attempt];
        self.database
            .write(async |session| {
                let row = session.row(update, &[&store.as_str(), &id.0]).await?;
                let next: i64 = row.ok_or(StoreError::NotFound)?.try_get(0)?;
                append(session, store, id, next, attempts).await?;
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
        let now = self.database.clock.now();
        self.database.write(async |session| resend(session, store, id, events, now).await).await
    }

    async fn webhook_attempts(
        &self,
        store: &StoreId,
        id: WebhookId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<(i64, Attempt)>, StoreError> {
        self.database.look(async |session| attempts(session, store, id, before, limit).await).await
    }

    async fn webhook_states(&self, store: &StoreId) -> Result<HashMap<WebhookId, WebhookState>, StoreError> {
        self.database.look(async |session| states(session, store).await).await
    }
}
