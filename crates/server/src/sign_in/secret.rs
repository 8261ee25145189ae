//! What is shown once and stored as a hash: the tokens of invitations and of sessions.

use crate::clock::Entropy;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rota_core::ids::{AgentId, SessionId, StoreId};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// Of an invitation: `AGENT.SECRET`, the secret 256 random bits in base64url.
pub struct InvitationToken {
    agent: AgentId,
    secret: String,
}

impl InvitationToken {
    /// A new one, with the hash to store.
    pub fn new(agent: AgentId, entropy: &dyn Entropy) -> (Self, [u8; 32]) {
        let secret = random::<32>(entropy);
        let hash = hash(&secret);
        (Self { agent, secret }, hash)
    }

    pub fn read(text: &str) -> Option<Self> {
        let (agent, secret) = text.split_once('.')?;
        Some(Self { agent: AgentId(agent.parse().ok()?), secret: secret.to_owned() })
    }

    pub fn agent(&self) -> AgentId {
        self.agent
    }

    pub fn opens(&self, stored: &[u8; 32]) -> bool {
        matches(&self.secret, stored)
    }
}

impl fmt::Display for InvitationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.agent, self.secret)
    }
}

/// Of a session: `STORE.ID.SECRET`, the store's id in base64url, the secret 256 random bits.
pub struct SessionToken {
    store: StoreId,
    id: SessionId,
    secret: String,
}

impl SessionToken {
    /// A new one, with the hash to store.
    pub fn new(store: StoreId, entropy: &dyn Entropy) -> (Self, [u8; 32]) {
        let id = SessionId::new(&random::<12>(entropy)).expect("sixteen characters are an id");
        let secret = random::<32>(entropy);
        let hash = hash(&secret);
        (Self { store, id, secret }, hash)
    }

    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let store = String::from_utf8(BASE64.decode(parts.next()?).ok()?).ok()?;
        let (store, id) = (StoreId::new(&store)?, SessionId::new(parts.next()?)?);
        Some(Self { store, id, secret: parts.next()?.to_owned() })
    }

    pub fn store(&self) -> &StoreId {
        &self.store
    }

    pub fn id(&self) -> &SessionId {
        &self.id
    }

    pub fn opens(&self, stored: &[u8; 32]) -> bool {
        matches(&self.secret, stored)
    }
}

impl fmt::Display for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", BASE64.encode(self.store.as_str()), self.id, self.secret)
    }
}

fn random<const BYTES: usize>(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; BYTES];
    entropy.fill(&mut bytes);
    BASE64.encode(bytes)
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// In constant time, as far as the secret goes.
fn matches(secret: &str, stored: &[u8; 32]) -> bool {
    hash(secret).ct_eq(stored).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn a_token_reads_back_and_opens_its_own_hash_only() {
        let store = StoreId::new("shop é.1").unwrap();
        let (token, hash) = SessionToken::new(store.clone(), &SystemEntropy);
        let (_, other) = SessionToken::new(store.clone(), &SystemEntropy);
        let read = SessionToken::read(&token.to_string()).unwrap();
        assert_eq!((read.store(), read.id()), (&store, token.id()));
        assert!(read.opens(&hash) && !read.opens(&other));

        let (token, hash) = InvitationToken::new(AgentId(17), &SystemEntropy);
        let read = InvitationToken::read(&token.to_string()).unwrap();
        assert_eq!(read.agent(), AgentId(17));
        assert!(read.opens(&hash) && !read.opens(&other));
    }

    #[test]
    fn what_has_not_a_tokens_form_is_none() {
        for bad in ["", ".", "..", "c2hvcA", "c2hvcA.id", "!.id.s", ".id.s", "c2hvcA..s"] {
            assert!(SessionToken::read(bad).is_none(), "{bad}");
        }
        for bad in ["", "17", "x.y", ".y"] {
            assert!(InvitationToken::read(bad).is_none(), "{bad}");
        }
    }
}
