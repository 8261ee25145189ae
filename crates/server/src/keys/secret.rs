//! The secret half of a key: `AUTH_TOKEN` is `base64(KEY:SECRET)` (RFC 7617).

use crate::clock::Entropy;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use rota_core::ids::KeyId;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Tokens are taken with or without padding; they are made with it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The longest token that is looked at: far more than any key has.
const MAX_TOKEN: usize = 1024;
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// What a caller presents.
pub struct Token {
    decoded: String,
    colon: usize,
}

impl Token {
    /// Reads `SCHEME TOKEN` of one of these schemes, in any case; `None` when it is malformed.
    pub fn from_header(header: &str, schemes: &[&str]) -> Option<Self> {
        let (scheme, token) = header.split_once(' ')?;
        let token = token.trim_matches(' ');
        let known = schemes.iter().any(|known| scheme.eq_ignore_ascii_case(known));
        if !known || token.len() > MAX_TOKEN {
            return None;
        }
        let decoded = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
        let colon = decoded.find(':')?;
        Some(Self { decoded, colon })
    }

    pub fn key(&self) -> &str {
        &self.decoded[..self.colon]
    }

    /// In constant time, as far as the secret goes.
    pub fn matches(&self, secret_hash: &[u8; 32]) -> bool {
        let hash: [u8; 32] = Sha256::digest(&self.decoded.as_bytes()[self.colon + 1..]).into();
        hash.ct_eq(secret_hash).into()
    }
}

pub struct Generated {
    pub id: KeyId,
    pub secret_hash: [u8; 32],
    /// Shown once.
    pub token: String,
}

/// 80 random bits as 16 letters and digits, none of which looks like another.
pub fn letters(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}

/// A key of 80 random bits with a secret of 256.
pub fn generate(entropy: &dyn Entropy) -> Generated {
    let id = letters(entropy);
    let mut secret = [0; 32];
    entropy.fill(&mut secret);
    let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    Generated {
        secret_hash: Sha256::digest(secret.as_bytes()).into(),
        token: BASE64.encode(format!("{id}:{secret}")),
        id: KeyId::new(&id).expect("sixteen letters and digits are a key id"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn a_generated_token_opens_its_own_key_only() {
        let (mine, other) = (generate(&SystemEntropy), generate(&SystemEntropy));
        for header in
            [format!("Basic {}", mine.token), format!("bASIC  {}", mine.token.trim_end_matches('='))]
        {
            let token = Token::from_header(&header, &["Basic"]).unwrap();
            assert_eq!(token.key(), mine.id.as_str());
            assert!(token.matches(&mine.secret_hash));
            assert!(!token.matches(&other.secret_hash));
        }
    }

    #[test]
    fn what_is_no_basic_token_is_refused() {
        for bad in
            ["", "Basic", "Basic ", "Bearer YTpi", "Basic YWI=", "Basic !!!", "Basic YTpi YTpi", "YTpi"]
        {
            assert!(Token::from_header(bad, &["Basic"]).is_none(), "{bad}");
        }
    }
}
