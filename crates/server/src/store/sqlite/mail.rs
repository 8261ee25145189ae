//! Mail to agents: what they chose, how far events were looked at, what is still to be sent.

use super::Sqlite;
use super::fault::Fault;
use super::values::{known, ms, span_ms, time, time_or_null};
use crate::store::StoreError;
use crate::store::due::Lease;
use crate::store::mail::{
    Backlog, DeliveryFigures, MailRound, MailStore, MailedAgent, PendingMail, StoredAgent, WAIT_WITH_FAILED,
    choice, choice_to_text,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::ids::{AgentId, StoreId};
use rota_core::mail::Choice;
use rusqlite::{Connection, OptionalExtension, params};

fn with_mail(db: &Connection, limit: u32, now: Timestamp) -> Result<Vec<StoreId>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT r.store_id FROM routing r LEFT JOIN mailing m ON m.store_id = r.store_id
         WHERE coalesce(m.lease_until, 0) <= ?1 AND (
             m.store_id IS NULL OR m.position < r.next_event - 1
             OR EXISTS (SELECT 1 FROM mail_pending p WHERE p.store_id = r.store_id AND p.next_at <= ?1))
         LIMIT ?2",
    )?;
    let mut rows = select.query(params![ms(now), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(known("routing.store_id", StoreId::new(&row.get::<_, String>(0)?))?);
    }
    Ok(found)
}

fn hold(tx: &Connection, store: &StoreId, lease: &Lease, now: Timestamp) -> Result<Option<i64>, Fault> {
    let mut upsert = tx.prepare_cached(
        "INSERT INTO mailing (store_id, position, lease, lease_until)
         SELECT store_id, next_event - 1, ?2, ?3 FROM routing WHERE store_id = ?1
         ON CONFLICT (store_id) DO UPDATE SET lease = ?2, lease_until = ?3
         WHERE lease = ?2 OR lease_until <= ?4
         RETURNING position",
    )?;
    let until = ms(now).saturating_add(span_ms(lease.span));
    let key = params![store.as_str(), lease.name, until, ms(now)];
    Ok(upsert.query_row(key, |row| row.get(0)).optional()?)
}

/// Whether the store's mail is held under that lease.
fn is_held(tx: &Connection, store: &StoreId, lease: &str) -> Result<bool, Fault> {
    let mut select = tx.prepare_cached("SELECT 1 FROM mailing WHERE store_id = ?1 AND lease = ?2")?;
    Ok(select.exists(params![store.as_str(), lease])?)
}

fn agents(db: &Connection, store: &StoreId) -> Result<Vec<MailedAgent>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT a.id, a.role,
                (SELECT json_group_array(m.team_id) FROM team_members m
                 WHERE m.store_id = a.store_id AND m.agent_id = a.id),
                c.choice, c.mailed_at, a.name, a.email
         FROM agents a LEFT JOIN agent_mail c ON c.store_id = a.store_id AND c.agent_id = a.id
         WHERE a.store_id = ?1 AND a.active ORDER BY a.id",
    )?;
    let rows = select.query_map([store.as_str()], |row| {
        Ok(StoredAgent {
            id: row.get(0)?,
            role: row.get(1)?,
            teams: row.get(2)?,
            choice: row.get(3)?,
            mailed_at: row.get(4)?,
            name: row.get(5)?,
            email: row.get(6)?,
        })
    })?;
    rows.map(|row| Ok(row?.agent()?)).collect()
}

fn put_pending(tx: &Connection, store: &StoreId, mails: &[PendingMail]) -> Result<(), Fault> {
    let mut upsert = tx.prepare_cached(
        "INSERT INTO mail_pending (store_id, position, part, agent_id, failures, first_at, next_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (store_id, position, part, agent_id)
         DO UPDATE SET failures = ?5, first_at = ?6, next_at = ?7",
    )?;
    for one in mails {
        let (first_at, next_at) = (one.first_at.map(ms), ms(one.next_at));
        let place = (one.position, one.part, one.agent.0);
        upsert.execute(params![
            store.as_str(),
            place.0,
            place.1,
            place.2,
            one.failures,
            first_at,
            next_at
        ])?;
    }
    Ok(())
}

fn due(db: &Connection, store: &StoreId, limit: u32, now: Timestamp) -> Result<Vec<PendingMail>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT position, part, agent_id, failures, first_at, next_at FROM mail_pending
         WHERE store_id = ?1 AND agent_id IN (
             SELECT agent_id FROM mail_pending WHERE store_id = ?1 AND next_at <= ?2)
         ORDER BY position, part, agent_id LIMIT ?3",
    )?;
    let mut rows = select.query(params![store.as_str(), ms(now), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(PendingMail {
            position: row.get(0)?,
            part: row.get(1)?,
            agent: AgentId(row.get(2)?),
            failures: row.get(3)?,
            first_at: time_or_null(row.get(4)?)?,
            next_at: time(row.get(5)?)?,
        });
    }
    Ok(found)
}

fn end_round(tx: &Connection, store: &StoreId, lease: &str, round: &MailRound) -> Result<bool, Fault> {
    if !is_held(tx, store, lease)? {
        return Ok(false);
    }
    let mut delete = tx.prepare_cached(
        "DELETE FROM mail_pending WHERE store_id = ?1 AND position = ?2 AND part = ?3 AND agent_id = ?4",
    )?;
    for (position, part, agent) in &round.done {
        delete.execute(params![store.as_str(), position, part, agent.0])?;
    }
    put_pending(tx, store, &round.pending)?;
    let mut wait = tx.prepare_cached(
        "UPDATE mail_pending SET next_at = ?3 WHERE store_id = ?1 AND agent_id = ?2 AND next_at < ?3",
    )?;
    for (agent, until) in &round.waiting {
        wait.execute(params![store.as_str(), agent.0, ms(*until)])?;
    }
    let mut upsert = tx.prepare_cached(
        "INSERT INTO agent_mail (store_id, agent_id, mailed_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (store_id, agent_id) DO UPDATE SET mailed_at = ?3",
    )?;
    for (agent, at) in &round.mailed {
        upsert.execute(params![store.as_str(), agent.0, ms(*at)])?;
    }
    Ok(true)
}

fn choose(tx: &Connection, store: &StoreId, agent: AgentId, choice: Option<&Choice>) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO agent_mail (store_id, agent_id, choice)
        SELECT store_id, id, ?3 FROM agents WHERE store_id = ?1 AND id = ?2 AND active
        ON CONFLICT (store_id, agent_id) DO UPDATE SET choice = ?3";
    match tx.execute(upsert, params![store.as_str(), agent.0, choice.map(choice_to_text)])? {
        0 => Err(StoreError::NotFound.into()),
        _ => Ok(()),
    }
}

fn figures(db: &Connection) -> Result<DeliveryFigures, Fault> {
    let backlog = |of: &str| -> Result<Backlog, Fault> {
        let select = format!("SELECT count(*), min(first_at) FROM {of}");
        let found = db
            .prepare_cached(&select)?
            .query_row([], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)))?;
        Ok(Backlog { pending: found.0, failing_since: time_or_null(found.1)? })
    };
    let disabled = "SELECT count(*) FROM webhooks WHERE NOT active AND disabled_why IS NOT NULL";
    Ok(DeliveryFigures {
        webhooks: backlog("webhook_pending")?,
        mail: backlog("mail_pending")?,
        webhooks_disabled: db.prepare_cached(disabled)?.query_row([], |row| row.get(0))?,
    })
}

#[async_trait]
impl MailStore for Sqlite {
    async fn free_mail(&self) -> Result<(), StoreError> {
        self.write(|tx| {
            tx.execute("UPDATE mailing SET lease = NULL, lease_until = 0 WHERE lease_until <> 0", [])?;
            Ok(())
        })
        .await
    }

    async fn stores_with_mail(&self, limit: u32) -> Result<Vec<StoreId>, StoreError> {
        let now = self.clock.now();
        self.read(move |db| with_mail(db, limit, now)).await
    }

    async fn hold_mail(&self, store: &StoreId, lease: &Lease) -> Result<Option<i64>, StoreError> {
        let (store, lease, now) = (store.clone(), lease.clone(), self.clock.now());
        self.write(move |tx| hold(tx, &store, &lease, now)).await
    }

    async fn leave_mail(&self, store: &StoreId, lease: &str) -> Result<(), StoreError> {
        let (store, lease) = (store.clone(), lease.to_owned());
        self.write(move |tx| {
            let update =
                "UPDATE mailing SET lease = NULL, lease_until = 0 WHERE store_id = ?1 AND lease = ?2";
            tx.prepare_cached(update)?.execute(params![store.as_str(), lease])?;
            Ok(())
        })
        .await
    }

    async fn mailed_agents(&self, store: &StoreId) -> Result<Vec<MailedAgent>, StoreError> {
        let store = store.clone();
        self.read(move |db| agents(db, &store)).await
    }

    async fn plan_mail(
        &self,
        store: &StoreId,
        lease: &str,
        position: i64,
        mails: &[PendingMail],
    ) -> Result<bool, StoreError> {
        let (store, lease, mails) = (store.clone(), lease.to_owned(), mails.to_vec());
        self.write(move |tx| {
            let update = "UPDATE mailing SET position = ?3 WHERE store_id = ?1 AND lease = ?2";
            if tx.prepare_cached(update)?.execute(params![store.as_str(), lease, position])? == 0 {
                return Ok(false);
            }
            put_pending(tx, &store, &mails)?;
            tx.prepare_cached(WAIT_WITH_FAILED)?.execute([store.as_str()])?;
            Ok(true)
        })
        .await
    }

    async fn mail_due(&self, store: &StoreId, limit: u32) -> Result<Vec<PendingMail>, StoreError> {
        let (store, now) = (store.clone(), self.clock.now());
        self.read(move |db| due(db, &store, limit, now)).await
    }

    async fn end_mail_round(
        &self,
        store: &StoreId,
        lease: &str,
        round: &MailRound,
    ) -> Result<bool, StoreError> {
        let (store, lease, round) = (store.clone(), lease.to_owned(), round.clone());
        self.write(move |tx| end_round(tx, &store, &lease, &round)).await
    }

    async fn mail_choice(&self, store: &StoreId, agent: AgentId) -> Result<Option<Choice>, StoreError> {
        let store = store.clone();
        self.read(move |db| {
            let select = "SELECT choice FROM agent_mail WHERE store_id = ?1 AND agent_id = ?2";
            let found: Option<Option<String>> = db
                .prepare_cached(select)?
                .query_row(params![store.as_str(), agent.0], |row| row.get(0))
                .optional()?;
            Ok(choice(found.flatten().as_deref())?)
        })
        .await
    }

    async fn choose_mail(
        &self,
        store: &StoreId,
        agent: AgentId,
        choice: Option<&Choice>,
    ) -> Result<(), StoreError> {
        let (store, choice) = (store.clone(), choice.cloned());
        self.write(move |tx| choose(tx, &store, agent, choice.as_ref())).await
    }

    async fn delivery_figures(&self) -> Result<DeliveryFigures, StoreError> {
        self.read(figures).await
    }
}
