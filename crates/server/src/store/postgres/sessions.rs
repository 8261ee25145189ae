//! Invitations, passwords and sessions.

use super::Postgres;
use super::audit;
use super::fault::Fault;
use super::session::Session;
use super::values::{hash, known, ms, time};
use crate::settings;
use crate::store::StoreError;
use crate::store::sessions::{Invitation, Invited, PasswordRow, SessionRow, SessionStore, SignedIn};
use async_trait::async_trait;
use jiff::Timestamp;
use rota_core::access::{Actor, Role};
use rota_core::ids::{AgentId, SessionId, StoreId};
use rota_core::session::{MOST, Span, idle_since};
use tokio_postgres::Row;

const COLUMNS: &str =
    "s.id, s.agent_id, s.secret_hash, s.browser, s.created_at, s.last_seen_at, s.expires_at";

#[async_trait]
impl SessionStore for Postgres {
    async fn invite(&self, store: &StoreId, by: &Actor, invitation: Invitation) -> Result<(), StoreError> {
        self.database
            .write(async |session| {
                invite(session, store, &invitation).await?;
                let entry = settings::invitation_logged(&invitation);
                audit::append(session, store, by, entry.as_slice(), invitation.created_at).await
            })
            .await
    }

    async fn invitation(&self, store: &StoreId, agent: AgentId) -> Result<Option<Invited>, StoreError> {
        self.database.look(async |session| invitation(session, store, agent).await).await
    }

    async fn accept_invitation(
        &self,
        store: &StoreId,
        secret_hash: [u8; 32],
        phc: String,
        begun: SessionRow,
    ) -> Result<(), StoreError> {
        self.database.write(async |session| accept(session, store, &secret_hash, &phc, &begun).await).await
    }

    async fn password(&self, store: &StoreId, email_key: &str) -> Result<Option<PasswordRow>, StoreError> {
        self.database.look(async |session| password(session, store, email_key).await).await
    }

    async fn begin_session(
        &self,
        store: &StoreId,
        by: PasswordRow,
        begun: SessionRow,
    ) -> Result<(), StoreError> {
        self.database.write(async |session| begin(session, store, &by, &begun).await).await
    }

    async fn session(&self, store: &StoreId, id: &SessionId) -> Result<Option<SignedIn>, StoreError> {
        self.database.look(async |session| one(session, store, id).await).await
    }

    async fn session_used(&self, store: &StoreId, id: &SessionId, at: Timestamp) -> Result<(), StoreError> {
        let update =
            "UPDATE sessions SET last_seen_at = greatest(last_seen_at, $3) WHERE store_id = $1 AND id = $2";
        self.database
            .write(async |session| {
                session.execute(update, &[&store.as_str(), &id.as_str(), &ms(at)]).await?;
                Ok(())
            })
            .await
    }

    async fn sessions(&self, store: &StoreId, agent: AgentId) -> Result<Vec<SessionRow>, StoreError> {
        self.database.look(async |session| of_agent(session, store, agent).await).await
    }

    async fn end_session(&self, store: &StoreId, agent: AgentId, id: &SessionId) -> Result<(), StoreError> {
        let delete = "DELETE FROM sessions WHERE store_id = $1 AND id = $2 AND agent_id = $3";
        self.database
            .write(async |session| {
                match session.execute(delete, &[&store.as_str(), &id.as_str(), &agent.0]).await? {
                    0 => Err(StoreError::NotFound.into()),
                    _ => Ok(()),
                }
            })
            .await
    }

    async fn end_sessions_of(&self, store: &StoreId, by: &Actor, agent: AgentId) -> Result<(), StoreError> {
        let now = self.database.clock.now();
        self.database
            .write(async |session| {
                let ended = end_all(session, store, agent).await?;
                audit::append(session, store, by, settings::sign_out_logged(agent, ended).as_slice(), now)
                    .await
            })
            .await
    }

    async fn end_sessions(&self, store: &StoreId, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.database.write(async |session| end_past(session, store, now, limit).await).await
    }
}

async fn invite(session: &Session, store: &StoreId, invitation: &Invitation) -> Result<(), Fault> {
    let upsert = "
        INSERT INTO invitations (store_id, agent_id, secret_hash, created_at, expires_at)
        SELECT store_id, id, $3, $4, $5 FROM agents WHERE store_id = $1 AND id = $2 AND active
        ON CONFLICT (store_id, agent_id) DO UPDATE SET
            secret_hash = excluded.secret_hash, created_at = excluded.created_at, expires_at = excluded.expires_at";
    let Invitation { agent, secret_hash, created_at, expires_at } = invitation;
    let (from, to) = (ms(*created_at), ms(*expires_at));
    let written =
        session.execute(upsert, &[&store.as_str(), &agent.0, &secret_hash.as_slice(), &from, &to]).await?;
    if written == 0 { Err(StoreError::NotFound.into()) } else { Ok(()) }
}

async fn invitation(session: &Session, store: &StoreId, agent: AgentId) -> Result<Option<Invited>, Fault> {
    let select = "
        SELECT i.secret_hash, i.created_at, i.expires_at, a.email
        FROM invitations i JOIN agents a ON a.store_id = i.store_id AND a.id = i.agent_id
        WHERE i.store_id = $1 AND i.agent_id = $2 AND a.active";
    let Some(row) = session.row(select, &[&store.as_str(), &agent.0]).await? else { return Ok(None) };
    let invitation = Invitation {
        agent,
        secret_hash: hash(row.try_get(0)?)?,
        created_at: time(row.try_get(1)?)?,
        expires_at: time(row.try_get(2)?)?,
    };
    Ok(Some(Invited { invitation, email: row.try_get(3)? }))
}

async fn accept(
    session: &Session,
    store: &StoreId,
    secret_hash: &[u8; 32],
    phc: &str,
    begun: &SessionRow,
) -> Result<(), Fault> {
    let used = "DELETE FROM invitations WHERE store_id = $1 AND agent_id = $2 AND secret_hash = $3";
    let (id, agent) = (store.as_str(), begun.agent.0);
    if session.execute(used, &[&id, &agent, &secret_hash.as_slice()]).await? == 0 {
        return Err(StoreError::NotFound.into());
    }
    let upsert = "
        INSERT INTO passwords (store_id, agent_id, phc, changed_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (store_id, agent_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at";
    session.execute(upsert, &[&id, &agent, &phc, &ms(begun.span.created_at)]).await?;
    end_all(session, store, begun.agent).await?;
    insert(session, store, begun).await
}

async fn password(session: &Session, store: &StoreId, email_key: &str) -> Result<Option<PasswordRow>, Fault> {
    let select = "
        SELECT p.agent_id, p.phc FROM agents a JOIN passwords p ON p.store_id = a.store_id AND p.agent_id = a.id
        WHERE a.store_id = $1 AND a.email_key = $2 AND a.active";
    let Some(row) = session.row(select, &[&store.as_str(), &email_key]).await? else { return Ok(None) };
    Ok(Some(PasswordRow { agent: AgentId(row.try_get(0)?), phc: row.try_get(1)? }))
}

/// The password's row is locked, so that setting another one either comes before and is seen here, or comes after and ends
/// the session.
async fn begin(
    session: &Session,
    store: &StoreId,
    by: &PasswordRow,
    begun: &SessionRow,
) -> Result<(), Fault> {
    let select = "SELECT 1 FROM passwords WHERE store_id = $1 AND agent_id = $2 AND phc = $3 FOR SHARE";
    let (id, agent) = (store.as_str(), begun.agent.0);
    if session.row(select, &[&id, &by.agent.0, &by.phc.as_str()]).await?.is_none() {
        return Err(StoreError::NotFound.into());
    }
    insert(session, store, begun).await?;
    let oldest = "
        DELETE FROM sessions WHERE store_id = $1 AND id IN (
            SELECT id FROM sessions WHERE store_id = $1 AND agent_id = $2
            ORDER BY created_at DESC, id OFFSET $3)";
    session.execute(oldest, &[&id, &agent, &i64::from(MOST)]).await?;
    Ok(())
}

async fn insert(session: &Session, store: &StoreId, begun: &SessionRow) -> Result<(), Fault> {
    let insert = "
        INSERT INTO sessions (store_id, id, agent_id, secret_hash, browser, created_at, last_seen_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let SessionRow { id, agent, secret_hash, browser, span } = begun;
    session
        .execute(
            insert,
            &[
                &store.as_str(),
                &id.as_str(),
                &agent.0,
                &secret_hash.as_slice(),
                &browser.as_str(),
                &ms(span.created_at),
                &ms(span.last_seen_at),
                &ms(span.expires_at),
            ],
        )
        .await?;
    Ok(())
}

async fn one(session: &Session, store: &StoreId, id: &SessionId) -> Result<Option<SignedIn>, Fault> {
    let select = format!(
        "SELECT {COLUMNS}, a.name, a.email, a.role
         FROM sessions s JOIN agents a ON a.store_id = s.store_id AND a.id = s.agent_id
         WHERE s.store_id = $1 AND s.id = $2 AND a.active"
    );
    let Some(row) = session.row(&select, &[&store.as_str(), &id.as_str()]).await? else { return Ok(None) };
    Ok(Some(SignedIn {
        session: from_row(&row)?,
        name: row.try_get(7)?,
        email: row.try_get(8)?,
        role: known("agents.role", Role::from_name(row.try_get(9)?))?,
    }))
}

async fn of_agent(session: &Session, store: &StoreId, agent: AgentId) -> Result<Vec<SessionRow>, Fault> {
    let select = format!(
        "SELECT {COLUMNS} FROM sessions s WHERE s.store_id = $1 AND s.agent_id = $2 ORDER BY s.created_at DESC, s.id"
    );
    let rows = session.rows(&select, &[&store.as_str(), &agent.0]).await?;
    rows.iter().map(from_row).collect()
}

/// Reads [`COLUMNS`].
fn from_row(row: &Row) -> Result<SessionRow, Fault> {
    Ok(SessionRow {
        id: known("sessions.id", SessionId::new(row.try_get(0)?))?,
        agent: AgentId(row.try_get(1)?),
        secret_hash: hash(row.try_get(2)?)?,
        browser: row.try_get(3)?,
        span: Span {
            created_at: time(row.try_get(4)?)?,
            last_seen_at: time(row.try_get(5)?)?,
            expires_at: time(row.try_get(6)?)?,
        },
    })
}

/// Signs an agent out everywhere; how many sessions it were.
async fn end_all(session: &Session, store: &StoreId, agent: AgentId) -> Result<u64, Fault> {
    let delete = "DELETE FROM sessions WHERE store_id = $1 AND agent_id = $2";
    session.execute(delete, &[&store.as_str(), &agent.0]).await
}

/// The same, and takes the agent's invitation back: of somebody who is archived.
pub async fn shut_out(session: &Session, store: &StoreId, agent: AgentId) -> Result<(), Fault> {
    end_all(session, store, agent).await?;
    let delete = "DELETE FROM invitations WHERE store_id = $1 AND agent_id = $2";
    session.execute(delete, &[&store.as_str(), &agent.0]).await?;
    Ok(())
}

/// Removes sessions and invitations whose time is over, of each so many at most; answers how many it were.
pub async fn end_past(session: &Session, store: &StoreId, now: Timestamp, limit: u32) -> Result<u64, Fault> {
    let (id, now, idle, limit) = (store.as_str(), ms(now), ms(idle_since(now)), i64::from(limit));
    let sessions = "
        DELETE FROM sessions WHERE store_id = $1 AND id IN (
            SELECT id FROM sessions WHERE store_id = $1 AND (expires_at <= $2 OR last_seen_at <= $3)
            ORDER BY id LIMIT $4 FOR UPDATE)";
    let ended = session.execute(sessions, &[&id, &now, &idle, &limit]).await?;
    let invitations = "
        DELETE FROM invitations WHERE store_id = $1 AND agent_id IN (
            SELECT agent_id FROM invitations WHERE store_id = $1 AND expires_at <= $2
            ORDER BY agent_id LIMIT $3 FOR UPDATE)";
    Ok(ended + session.execute(invitations, &[&id, &now, &limit]).await?)
}
