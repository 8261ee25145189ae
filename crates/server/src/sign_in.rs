//! Signing in: passwords, invitations and sessions, and how often it may be tried.

mod attempts;
mod hashing;
mod secret;

use crate::clock::{Clock, Entropy};
use crate::store::sessions::{Invitation, SessionRow, SignedIn};
use crate::store::{Store, StoreError};
use attempts::{Attempts, Quota};
use hashing::Hashing;
use jiff::SignedDuration;
use rota_core::access::Actor;
use rota_core::address::email_key;
use rota_core::ids::{AgentId, StoreId};
use rota_core::password::Password;
use rota_core::session::{BROWSER_CHARS, Span, end_of_invitation};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

pub use hashing::Busy;
pub use secret::{InvitationToken, SessionToken};

/// Of one agent's mail address, whether there is such an agent or not: five tries, then one in ten seconds.
const OF_ACCOUNT: Quota = Quota { at_once: 5, every: SignedDuration::from_secs(10) };
/// From one client's address, behind which a whole office may sit.
const OF_CLIENT: Quota = Quota { at_once: 50, every: SignedDuration::from_secs(2) };

/// Why nobody was signed in.
#[derive(Debug)]
pub enum Refused {
    /// Wrong, or there is nobody whom it could be right for.
    Wrong,
    /// The rule that the new password breaks.
    Unfit(&'static str),
    /// Too many tries; how long to wait.
    TooMany(Duration),
    /// Too many others are at it.
    Busy,
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Busy> for Refused {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

/// Who asks to be signed in, as far as it matters besides what they know.
pub struct Visitor {
    pub client: IpAddr,
    /// What the browser calls itself.
    pub browser: String,
}

/// A session that has begun, and what its cookie holds.
pub struct Begun {
    pub signed_in: SignedIn,
    pub token: SessionToken,
}

/// Signs agents in.
pub struct SignIn {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    hashing: Hashing,
    of_account: Attempts<[u8; 32]>,
    of_client: Attempts<IpAddr>,
}

impl SignIn {
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        let (of_account, of_client) = (Attempts::new(OF_ACCOUNT), Attempts::new(OF_CLIENT));
        Self { store, clock, entropy, hashing: Hashing::default(), of_account, of_client }
    }

    /// By mail address and password. All that is wrong is refused alike, and after as much work.
    pub async fn by_password(
        &self,
        store: &StoreId,
        email: &str,
        password: &str,
        visitor: Visitor,
    ) -> Result<Begun, Refused> {
        let email_key = email_key(email);
        self.count_client(visitor.client)?;
        let account = Sha256::digest([store.as_str(), "\0", &email_key].concat()).into();
        self.of_account.count(account, self.clock.now()).map_err(Refused::TooMany)?;
        let stored = if is_storable(store.as_str()) && is_storable(&email_key) {
            self.store.password(store, &email_key).await?
        } else {
            None
        };
        let right = self.hashing.matches(password, stored.as_ref().map(|row| row.phc.clone())).await?;
        let Some(by) = stored.filter(|_| right) else { return Err(Refused::Wrong) };
        let (session, token) = self.new_session(store, by.agent, visitor);
        self.store.begin_session(store, by, session).await.map_err(gone)?;
        self.begun(store, token).await
    }

    /// By an invitation, which is used up: the agent has this password from now on and is signed out elsewhere.
    pub async fn by_invitation(
        &self,
        store: &StoreId,
        token: &str,
        password: &str,
        visitor: Visitor,
    ) -> Result<Begun, Refused> {
        self.count_client(visitor.client)?;
        let token = InvitationToken::read(token).filter(|_| is_storable(store.as_str()));
        let token = token.ok_or(Refused::Wrong)?;
        let invited = self.store.invitation(store, token.agent()).await?.ok_or(Refused::Wrong)?;
        let invitation = invited.invitation;
        if !token.opens(&invitation.secret_hash) || invitation.expires_at <= self.clock.now() {
            return Err(Refused::Wrong);
        }
        let password = Password::new(password, &invited.email).map_err(Refused::Unfit)?;
        let mut salt = [0; hashing::SALT_BYTES];
        self.entropy.fill(&mut salt);
        let phc = self.hashing.hash(password, salt).await?;
        let (session, token) = self.new_session(store, invitation.agent, visitor);
        let accepted = self.store.accept_invitation(store, invitation.secret_hash, phc, session);
        accepted.await.map_err(gone)?;
        self.begun(store, token).await
    }

    fn count_client(&self, client: IpAddr) -> Result<(), Refused> {
        self.of_client.count(network(client), self.clock.now()).map_err(Refused::TooMany)
    }

    fn new_session(&self, store: &StoreId, agent: AgentId, visitor: Visitor) -> (SessionRow, SessionToken) {
        let (token, secret_hash) = SessionToken::new(store.clone(), self.entropy.as_ref());
        let browser = visitor.browser.chars().take(BROWSER_CHARS).collect();
        let span = Span::beginning(self.clock.now());
        (SessionRow { id: token.id().clone(), agent, secret_hash, browser, span }, token)
    }

    async fn begun(&self, store: &StoreId, token: SessionToken) -> Result<Begun, Refused> {
        let signed_in = self.store.session(store, token.id()).await?.ok_or(Refused::Wrong)?;
        Ok(Begun { signed_in, token })
    }

    /// Makes the agent's one invitation; what is to be sent to the agent.
    pub async fn invite(
        &self,
        store: &StoreId,
        by: &Actor,
        agent: AgentId,
    ) -> Result<(Invitation, InvitationToken), StoreError> {
        let (invitation, token) = new_invitation(agent, self.clock.as_ref(), self.entropy.as_ref());
        self.store.invite(store, by, invitation.clone()).await?;
        Ok((invitation, token))
    }

    /// Whose session it is, if it is one and has not ended.
    pub async fn signed_in(&self, token: &SessionToken) -> Result<Option<SignedIn>, StoreError> {
        let found = self.store.session(token.store(), token.id()).await?;
        let now = self.clock.now();
        Ok(found.filter(|found| token.opens(&found.session.secret_hash) && found.session.span.is_live(now)))
    }

    /// Notes now and then that a session is in use. That it cannot be noted is no reason to refuse what is asked for.
    pub async fn note_use(&self, store: &StoreId, session: &SessionRow) {
        let now = self.clock.now();
        if !session.span.is_worth_noting(now) {
            return;
        }
        if let Err(error) = self.store.session_used(store, &session.id, now).await {
            tracing::warn!(%error, "a session's last use could not be written down");
        }
    }
}

/// An invitation and what opens it; that is shown once and never stored.
pub fn new_invitation(
    agent: AgentId,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> (Invitation, InvitationToken) {
    let (token, secret_hash) = InvitationToken::new(agent, entropy);
    let created_at = clock.now();
    let expires_at = end_of_invitation(created_at);
    (Invitation { agent, secret_hash, created_at, expires_at }, token)
}

/// What has U+0000 in it is in no database, and PostgreSQL does not even look for it.
fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

/// The password or the invitation was replaced a moment ago.
fn gone(error: StoreError) -> Refused {
    match error {
        StoreError::NotFound => Refused::Wrong,
        other => Refused::Store(other),
    }
}

/// A client of IPv6 has at least a /64 to itself (RFC 6177), so that is what is counted.
fn network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) >> 64 << 64).into()),
    }
}
