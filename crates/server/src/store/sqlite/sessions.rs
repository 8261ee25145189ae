//! Invitations, passwords and sessions.

use super::Sqlite;
use super::audit;
use super::fault::Fault;
use super::values::{hash, known, ms, time};
use crate::settings;
use crate::store::StoreError;
use crate::store::sessions::{Invitation, Invited, PasswordRow, SessionRow, SessionStore, SignedIn};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::access::{Actor, Role};
use rota_core::ids::{AgentId, SessionId, StoreId};
use rota_core::session::{MOST, Span, idle_since};
use rusqlite::{Connection, OptionalExtension, Row, params};

const COLUMNS: &str =
    "s.id, s.agent_id, s.secret_hash, s.browser, s.created_at, s.last_seen_at, s.expires_at";

#[async_trait]
impl SessionStore for Sqlite {
    async fn invite(&self, store: &StoreId, by: &Actor, invitation: Invitation) -> Result<(), StoreError> {
        let (store, by) = (store.clone(), by.clone());
        self.write(move |tx| {
            invite(tx, &store, &invitation)?;
            let entry = settings::invitation_logged(&invitation);
            audit::append(tx, &store, &by, entry.as_slice(), invitation.created_at)
        })
        .await
    }

    async fn invitation(&self, store: &StoreId, agent: AgentId) -> Result<Option<Invited>, StoreError> {
        let store = store.clone();
        self.read(move |db| invitation(db, &store, agent)).await
    }

    async fn accept_invitation(
        &self,
        store: &StoreId,
        secret_hash: [u8; 32],
        phc: String,
        session: SessionRow,
    ) -> Result<(), StoreError> {
        let store = store.clone();
        self.write(move |tx| accept(tx, &store, &secret_hash, &phc, &session)).await
    }

    async fn password(&self, store: &StoreId, email_key: &str) -> Result<Option<PasswordRow>, StoreError> {
        let (store, email_key) = (store.clone(), email_key.to_owned());
        self.read(move |db| password(db, &store, &email_key)).await
    }

    async fn begin_session(
        &self,
        store: &StoreId,
        by: PasswordRow,
        session: SessionRow,
    ) -> Result<(), StoreError> {
        let store = store.clone();
        self.write(move |tx| begin(tx, &store, &by, &session)).await
    }

    async fn session(&self, store: &StoreId, id: &SessionId) -> Result<Option<SignedIn>, StoreError> {
        let (store, id) = (store.clone(), id.clone());
        self.read(move |db| one(db, &store, &id)).await
    }

    async fn session_used(&self, store: &StoreId, id: &SessionId, at: Timestamp) -> Result<(), StoreError> {
        let (store, id) = (store.clone(), id.clone());
        self.write(move |tx| {
            let update =
                "UPDATE sessions SET last_seen_at = max(last_seen_at, ?3) WHERE store_id = ?1 AND id = ?2";
            tx.execute(update, params![store.as_str(), id.as_str(), ms(at)])?;
            Ok(())
        })
        .await
    }

    async fn sessions(&self, store: &StoreId, agent: AgentId) -> Result<Vec<SessionRow>, StoreError> {
        let store = store.clone();
        self.read(move |db| of_agent(db, &store, agent)).await
    }

    async fn end_session(&self, store: &StoreId, agent: AgentId, id: &SessionId) -> Result<(), StoreError> {
        let (store, id) = (store.clone(), id.clone());
        self.write(move |tx| {
            let delete = "DELETE FROM sessions WHERE store_id = ?1 AND id = ?2 AND agent_id = ?3";
            match tx.execute(delete, params![store.as_str(), id.as_str(), agent.0])? {
                0 => Err(StoreError::NotFound.into()),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn end_sessions_of(&self, store: &StoreId, by: &Actor, agent: AgentId) -> Result<(), StoreError> {
        let (store, by, now) = (store.clone(), by.clone(), self.clock.now());
        self.write(move |tx| {
            let ended = end_all(tx, &store, agent)?;
            audit::append(tx, &store, &by, settings::sign_out_logged(agent, ended).as_slice(), now)
        })
        .await
    }

    async fn end_sessions(&self, store: &StoreId, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let store = store.clone();
        self.write(move |tx| end_past(tx, &store, now, limit)).await
    }
}

fn invite(tx: &Connection, store: &StoreId, invitation: &Invitation) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO invitations (store_id, agent_id, secret_hash, created_at, expires_at)
        SELECT store_id, id, ?3, ?4, ?5 FROM agents WHERE store_id = ?1 AND id = ?2 AND active
        ON CONFLICT (store_id, agent_id) DO UPDATE SET
            secret_hash = excluded.secret_hash, created_at = excluded.created_at, expires_at = excluded.expires_at";
    let Invitation { agent, secret_hash, created_at, expires_at } = invitation;
    let row = params![store.as_str(), agent.0, secret_hash.as_slice(), ms(*created_at), ms(*expires_at)];
    match tx.execute(upsert, row)? {
        0 => Err(StoreError::NotFound.into()),
        _ => Ok(()),
    }
}

fn invitation(db: &Connection, store: &StoreId, agent: AgentId) -> Result<Option<Invited>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT i.secret_hash, i.created_at, i.expires_at, a.email
         FROM invitations i JOIN agents a ON a.store_id = i.store_id AND a.id = i.agent_id
         WHERE i.store_id = ?1 AND i.agent_id = ?2 AND a.active",
    )?;
    let mut rows = select.query(params![store.as_str(), agent.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let invitation = Invitation {
        agent,
        secret_hash: hash(row.get(0)?)?,
        created_at: time(row.get(1)?)?,
        expires_at: time(row.get(2)?)?,
    };
    Ok(Some(Invited { invitation, email: row.get(3)? }))
}

fn accept(
    tx: &Connection,
    store: &StoreId,
    secret_hash: &[u8; 32],
    phc: &str,
    session: &SessionRow,
) -> Result<(), Fault> {
    let used = "DELETE FROM invitations WHERE store_id = ?1 AND agent_id = ?2 AND secret_hash = ?3";
    if tx.execute(used, params![store.as_str(), session.agent.0, secret_hash.as_slice()])? == 0 {
        return Err(StoreError::NotFound.into());
    }
    let upsert = "
        INSERT INTO passwords (store_id, agent_id, phc, changed_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (store_id, agent_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at";
    tx.execute(upsert, params![store.as_str(), session.agent.0, phc, ms(session.span.created_at)])?;
    end_all(tx, store, session.agent)?;
    insert(tx, store, session)
}

fn password(db: &Connection, store: &StoreId, email_key: &str) -> Result<Option<PasswordRow>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT p.agent_id, p.phc FROM agents a JOIN passwords p ON p.store_id = a.store_id AND p.agent_id = a.id
         WHERE a.store_id = ?1 AND a.email_key = ?2 AND a.active",
    )?;
    let row = |row: &Row<'_>| Ok(PasswordRow { agent: AgentId(row.get(0)?), phc: row.get(1)? });
    Ok(select.query_row(params![store.as_str(), email_key], row).optional()?)
}

fn begin(tx: &Connection, store: &StoreId, by: &PasswordRow, session: &SessionRow) -> Result<(), Fault> {
    let mut select =
        tx.prepare_cached("SELECT 1 FROM passwords WHERE store_id = ?1 AND agent_id = ?2 AND phc = ?3")?;
    if !select.exists(params![store.as_str(), by.agent.0, by.phc])? {
        return Err(StoreError::NotFound.into());
    }
    insert(tx, store, session)?;
    let oldest = "
        DELETE FROM sessions WHERE store_id = ?1 AND id IN (
            SELECT id FROM sessions WHERE store_id = ?1 AND agent_id = ?2
            ORDER BY created_at DESC, id LIMIT -1 OFFSET ?3)";
    tx.execute(oldest, params![store.as_str(), session.agent.0, MOST])?;
    Ok(())
}

fn insert(tx: &Connection, store: &StoreId, session: &SessionRow) -> Result<(), Fault> {
    let insert = "
        INSERT INTO sessions (store_id, id, agent_id, secret_hash, browser, created_at, last_seen_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let SessionRow { id, agent, secret_hash, browser, span } = session;
    tx.execute(
        insert,
        params![
            store.as_str(),
            id.as_str(),
            agent.0,
            secret_hash.as_slice(),
            browser,
            ms(span.created_at),
            ms(span.last_seen_at),
            ms(span.expires_at),
        ],
    )?;
    Ok(())
}

fn one(db: &Connection, store: &StoreId, id: &SessionId) -> Result<Option<SignedIn>, Fault> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS}, a.name, a.email, a.role
         FROM sessions s JOIN agents a ON a.store_id = s.store_id AND a.id = s.agent_id
         WHERE s.store_id = ?1 AND s.id = ?2 AND a.active"
    ))?;
    let mut rows = select.query(params![store.as_str(), id.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let role: String = row.get(9)?;
    Ok(Some(SignedIn {
        session: from_row(row)?,
        name: row.get(7)?,
        email: row.get(8)?,
        role: known("agents.role", Role::from_name(&role))?,
    }))
}

fn of_agent(db: &Connection, store: &StoreId, agent: AgentId) -> Result<Vec<SessionRow>, Fault> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM sessions s WHERE s.store_id = ?1 AND s.agent_id = ?2 ORDER BY s.created_at DESC, s.id"
    ))?;
    let mut rows = select.query(params![store.as_str(), agent.0])?;
    let mut sessions = Vec::new();
    while let Some(row) = rows.next()? {
        sessions.push(from_row(row)?);
    }
    Ok(sessions)
}

/// Reads [`COLUMNS`].
fn from_row(row: &Row<'_>) -> Result<SessionRow, Fault> {
    let id: String = row.get(0)?;
    Ok(SessionRow {
        id: known("sessions.id", SessionId::new(&id))?,
        agent: AgentId(row.get(1)?),
        secret_hash: hash(row.get(2)?)?,
        browser: row.get(3)?,
        span: Span {
            created_at: time(row.get(4)?)?,
            last_seen_at: time(row.get(5)?)?,
            expires_at: time(row.get(6)?)?,
        },
    })
}

/// Signs an agent out everywhere; how many sessions it were.
fn end_all(tx: &Connection, store: &StoreId, agent: AgentId) -> Result<u64, Fault> {
    let delete = "DELETE FROM sessions WHERE store_id = ?1 AND agent_id = ?2";
    Ok(tx.execute(delete, params![store.as_str(), agent.0])? as u64)
}

/// The same, and takes the agent's invitation back: of somebody who is archived.
pub fn shut_out(tx: &Connection, store: &StoreId, agent: AgentId) -> Result<(), Fault> {
    end_all(tx, store, agent)?;
    let delete = "DELETE FROM invitations WHERE store_id = ?1 AND agent_id = ?2";
    tx.execute(delete, params![store.as_str(), agent.0])?;
    Ok(())
}

/// Removes sessions and invitations whose time is over, of each so many at most; answers how many it were.
pub fn end_past(tx: &Connection, store: &StoreId, now: Timestamp, limit: u32) -> Result<u64, Fault> {
    let sessions = "
        DELETE FROM sessions WHERE store_id = ?1 AND id IN (
            SELECT id FROM sessions WHERE store_id = ?1 AND (expires_at <= ?2 OR last_seen_at <= ?3) LIMIT ?4)";
    let ended = tx.execute(sessions, params![store.as_str(), ms(now), ms(idle_since(now)), limit])?;
    let invitations = "
        DELETE FROM invitations WHERE store_id = ?1 AND agent_id IN (
            SELECT agent_id FROM invitations WHERE store_id = ?1 AND expires_at <= ?2 LIMIT ?3)";
    Ok((ended + tx.execute(invitations, params![store.as_str(), ms(now), limit])?) as u64)
}
