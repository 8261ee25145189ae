//! Mail to agents: what they chose, how far events were looked at, what is still to be sent.

use super::Postgres;
use super::fault::Fault;
use super::session::Session;
use super::values::{known, ms, span_ms, time, time_or_null};
use crate::store::StoreError;
use crate::store::due::Lease;
use crate::store::mail::{
    Backlog, DeliveryFigures, MailRound, MailStore, MailedAgent, PendingMail, StoredAgent, WAIT_WITH_FAILED,
    choice, choice_to_text,
};
use crate::store::webhooks::small;
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::ids::{AgentId, StoreId};
use rota_core::mail::Choice;

async fn with_mail(session: &Session, limit: u32, now: Timestamp) -> Result<Vec<StoreId>, Fault> {
    let select = "
        SELECT s.store_id FROM stores s LEFT JOIN mailing m ON m.store_id = s.store_id
        WHERE coalesce(m.lease_until, 0) <= $1 AND (
            m.store_id IS NULL
            OR m.position < (SELECT max(r.next_event) - 1 FROM routing r WHERE r.store_id = s.store_id)
            OR EXISTS (SELECT FROM mail_pending p WHERE p.store_id = s.store_id AND p.next_at <= $1))
        LIMIT $2";
    let rows = session.rows(select, &[&ms(now), &i64::from(limit)]).await?;
    rows.iter().map(|row| Ok(known("stores.store_id", StoreId::new(row.try_get(0)?))?)).collect()
}

async fn hold(
    session: &Session,
    store: &StoreId,
    lease: &Lease,
    now: Timestamp,
) -> Result<Option<i64>, Fault> {
    let upsert = "
        INSERT INTO mailing AS m (store_id, position, lease, lease_until)
        SELECT store_id, max(next_event) - 1, $2, $3 FROM routing WHERE store_id = $1 GROUP BY store_id
        ON CONFLICT (store_id) DO UPDATE SET lease = $2, lease_until = $3
        WHERE m.lease = $2 OR m.lease_until <= $4
        RETURNING position";
    let until = ms(now).saturating_add(span_ms(lease.span));
    let key = (store.as_str(), lease.name.as_str());
    let row = session.row(upsert, &[&key.0, &key.1, &until, &ms(now)]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

async fn agents(session: &Session, store: &StoreId) -> Result<Vec<MailedAgent>, Fault> {
    let select = "
        SELECT a.id, a.role,
               (SELECT coalesce(json_agg(m.team_id), '[]')::text FROM team_members m
                WHERE m.store_id = a.store_id AND m.agent_id = a.id),
               c.choice, c.mailed_at, a.name, a.email
        FROM agents a LEFT JOIN agent_mail c ON c.store_id = a.store_id AND c.agent_id = a.id
        WHERE a.store_id = $1 AND a.active ORDER BY a.id";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    rows.iter()
        .map(|row| {
            let stored = StoredAgent {
                id: row.try_get(0)?,
                role: row.try_get(1)?,
                teams: row.try_get(2)?,
                choice: row.try_get(3)?,
                mailed_at: row.try_get(4)?,
                name: row.try_get(5)?,
                email: row.try_get(6)?,
            };
            Ok(stored.agent()?)
        })
        .collect()
}

async fn put_pending(session: &Session, store: &StoreId, mails: &[PendingMail]) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO mail_pending (store_id, position, part, agent_id, failures, first_at, next_at)
        SELECT $1, position, part, agent_id, failures, first_at, next_at
        FROM unnest($2, $3, $4, $5, $6, $7) AS n (position, part, agent_id, failures, first_at, next_at)
        ON CONFLICT (store_id, position, part, agent_id)
        DO UPDATE SET failures = excluded.failures, first_at = excluded.first_at, next_at = excluded.next_at";
    let column = |value: fn(&PendingMail) -> i64| mails.iter().map(value).collect::<Vec<i64>>();
    let first_at: Vec<Option<i64>> = mails.iter().map(|one| one.first_at.map(ms)).collect();
    session
        .execute(
            upsert,
            &[
                &store.as_str(),
                &column(|one| one.position),
                &column(|one| one.part.into()),
                &column(|one| one.agent.0),
                &column(|one| one.failures.into()),
                &first_at,
                &column(|one| ms(one.next_at)),
            ],
        )
        .await?;
    Ok(())
}

async fn due(
    session: &Session,
    store: &StoreId,
    limit: u32,
    now: Timestamp,
) -> Result<Vec<PendingMail>, Fault> {
    let select = "
        SELECT position, part, agent_id, failures, first_at, next_at FROM mail_pending
        WHERE store_id = $1 AND agent_id IN (
            SELECT agent_id FROM mail_pending WHERE store_id = $1 AND next_at <= $2)
        ORDER BY position, part, agent_id LIMIT $3";
    let rows = session.rows(select, &[&store.as_str(), &ms(now), &i64::from(limit)]).await?;
    rows.iter()
        .map(|row| {
            Ok(PendingMail {
                position: row.try_get(0)?,
                part: small("mail_pending.part", row.try_get(1)?)?,
                agent: AgentId(row.try_get(2)?),
                failures: small("mail_pending.failures", row.try_get(3)?)?,
                first_at: time_or_null(row.try_get(4)?)?,
                next_at: time(row.try_get(5)?)?,
            })
        })
        .collect()
}

async fn end_round(
    session: &Session,
    store: &StoreId,
    lease: &str,
    round: &MailRound,
) -> Result<bool, Fault> {
    let take = "SELECT FROM mailing WHERE store_id = $1 AND lease = $2 FOR UPDATE";
    if session.row(take, &[&store.as_str(), &lease]).await?.is_none() {
        return Ok(false);
    }
    let delete = "
        DELETE FROM mail_pending p USING unnest($2, $3, $4) AS d (position, part, agent_id)
        WHERE p.store_id = $1 AND p.position = d.position AND p.part = d.part AND p.agent_id = d.agent_id";
    let positions: Vec<i64> = round.done.iter().map(|(position, ..)| *position).collect();
    let parts: Vec<i64> = round.done.iter().map(|(_, part, _)| i64::from(*part)).collect();
    let agents: Vec<i64> = round.done.iter().map(|(.., agent)| agent.0).collect();
    session.execute(delete, &[&store.as_str(), &positions, &parts, &agents]).await?;
    put_pending(session, store, &round.pending).await?;
    let wait = "
        UPDATE mail_pending p SET next_at = n.until FROM unnest($2, $3) AS n (agent_id, until)
        WHERE p.store_id = $1 AND p.agent_id = n.agent_id AND p.next_at < n.until";
    let (agents, times): (Vec<i64>, Vec<i64>) =
        round.waiting.iter().map(|(agent, until)| (agent.0, ms(*until))).unzip();
    session.execute(wait, &[&store.as_str(), &agents, &times]).await?;
    let upsert = "
        INSERT INTO agent_mail (store_id, agent_id, mailed_at)
        SELECT $1, agent_id, at FROM unnest($2, $3) AS n (agent_id, at)
        ON CONFLICT (store_id, agent_id) DO UPDATE SET mailed_at = excluded.mailed_at";
    let (agents, times): (Vec<i64>, Vec<i64>) =
        round.mailed.iter().map(|(agent, at)| (agent.0, ms(*at))).unzip();
    session.execute(upsert, &[&store.as_str(), &agents, &times]).await?;
    Ok(true)
}

async fn figures(session: &Session) -> Result<DeliveryFigures, Fault> {
    let select = "
        SELECT (SELECT count(*) FROM webhook_pending), (SELECT min(first_at) FROM webhook_pending),
               (SELECT count(*) FROM mail_pending), (SELECT min(first_at) FROM mail_pending),
               (SELECT count(*) FROM webhooks WHERE NOT active AND disabled_why IS NOT NULL)";
    let row = session.row(select, &[]).await?.ok_or(StoreError::NotFound)?;
    let backlog = |pending: i64, since: Option<i64>| -> Result<Backlog, Fault> {
        Ok(Backlog { pending: small("a count", pending)?, failing_since: time_or_null(since)? })
    };
    Ok(DeliveryFigures {
        webhooks: backlog(row.try_get(0)?, row.try_get(1)?)?,
        mail: backlog(row.try_get(2)?, row.try_get(3)?)?,
        webhooks_disabled: small("a count", row.try_get(4)?)?,
    })
}

#[async_trait]
impl MailStore for Postgres {
    /// Any number of nodes work: what one held is free once its lease is over.
    async fn free_mail(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn stores_with_mail(&self, limit: u32) -> Result<Vec<StoreId>, StoreError> {
        let now = self.database.clock.now();
        self.database.look(async |session| with_mail(session, limit, now).await).await
    }

    async fn hold_mail(&self, store: &StoreId, lease: &Lease) -> Result<Option<i64>, StoreError> {
        let now = self.database.clock.now();
        self.database.write(async |session| hold(session, store, lease, now).await).await
    }

    async fn leave_mail(&self, store: &StoreId, lease: &str) -> Result<(), StoreError> {
        let update = "UPDATE mailing SET lease = NULL, lease_until = 0 WHERE store_id = $1 AND lease = $2";
        self.database
            .write(async |session| {
                session.execute(update, &[&store.as_str(), &lease]).await?;
                Ok(())
            })
            .await
    }

    async fn mailed_agents(&self, store: &StoreId) -> Result<Vec<MailedAgent>, StoreError> {
        self.database.look(async |session| agents(session, store).await).await
    }

    async fn plan_mail(
        &self,
        store: &StoreId,
        lease: &str,
        position: i64,
        mails: &[PendingMail],
    ) -> Result<bool, StoreError> {
        let update = "UPDATE mailing SET position = $3 WHERE store_id = $1 AND lease = $2 RETURNING position";
        self.database
            .write(async |session| {
                if session.row(update, &[&store.as_str(), &lease, &position]).await?.is_none() {
                    return Ok(false);
                }
                put_pending(session, store, mails).await?;
                session.execute(WAIT_WITH_FAILED, &[&store.as_str()]).await?;
                Ok(true)
            })
            .await
    }

    async fn mail_due(&self, store: &StoreId, limit: u32) -> Result<Vec<PendingMail>, StoreError> {
        let now = self.database.clock.now();
        self.database.look(async |session| due(session, store, limit, now).await).await
    }

    async fn end_mail_round(
        &self,
        store: &StoreId,
        lease: &str,
        round: &MailRound,
    ) -> Result<bool, StoreError> {
        self.database.write(async |session| end_round(session, store, lease, round).await).await
    }

    async fn mail_choice(&self, store: &StoreId, agent: AgentId) -> Result<Option<Choice>, StoreError> {
        let select = "SELECT choice FROM agent_mail WHERE store_id = $1 AND agent_id = $2";
        self.database
            .look(async |session| {
                let row = session.row(select, &[&store.as_str(), &agent.0]).await?;
                let found: Option<Option<&str>> = row.as_ref().map(|row| row.try_get(0)).transpose()?;
                Ok(choice(found.flatten())?)
            })
            .await
    }

    async fn choose_mail(
        &self,
        store: &StoreId,
        agent: AgentId,
        choice: Option<&Choice>,
    ) -> Result<(), StoreError> {
        let upsert = "
            INSERT INTO agent_mail (store_id, agent_id, choice)
            SELECT store_id, id, $3 FROM agents WHERE store_id = $1 AND id = $2 AND active
            ON CONFLICT (store_id, agent_id) DO UPDATE SET choice = excluded.choice
            RETURNING agent_id";
        let text = choice.map(choice_to_text);
        self.database
            .write(async |session| {
                let row = session.row(upsert, &[&store.as_str(), &agent.0, &text]).await?;
                row.map(drop).ok_or_else(|| StoreError::NotFound.into())
            })
            .await
    }

    async fn delivery_figures(&self) -> Result<DeliveryFigures, StoreError> {
        self.database.look(async |session| figures(session).await).await
    }
}
