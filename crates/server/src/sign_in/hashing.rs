//! Passwords and their hashes: argon2id, beside the threads that answer, and only some at a time.

use argon2::password_hash::{PasswordHash, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use rota_core::password::{Password, normal_form};
use std::sync::Arc;
use tokio::sync::Semaphore;

pub const SALT_BYTES: usize = 16;
/// Memory in KiB, rounds and lanes, as OWASP's Password Storage Cheat Sheet has them.
const MEMORY: u32 = 19 * 1024;
const ROUNDS: u32 = 2;
const LANES: u32 = 1;
/// Each takes [`MEMORY`] and a processor.
const AT_ONCE: usize = 2;
/// More are turned away: they would wait longer than their callers.
const WAITING: usize = 64;
/// Nobody's: what a password is compared with where there is none, so that this takes as long.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IG5vYm9keSEhIQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Too many are at it already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

pub struct Hashing {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), places: Arc::new(Semaphore::new(AT_ONCE + WAITING)) }
    }
}

impl Hashing {
    /// The PHC string that stands for the password.
    pub async fn hash(&self, password: Password, salt: [u8; SALT_BYTES]) -> Result<String, Busy> {
        self.run(move || {
            let salt = SaltString::encode_b64(&salt).expect("sixteen bytes are a salt");
            let hash = argon2().hash_password(password.as_str().as_bytes(), &salt);
            hash.expect("argon2 hashes any password").to_string()
        })
        .await
    }

    /// Whether it is the password that the PHC string stands for; without one, after as much work, that it is not.
    pub async fn matches(&self, password: &str, phc: Option<String>) -> Result<bool, Busy> {
        let password = password.to_owned();
        self.run(move || {
            let password = normal_form(&password);
            let stored = PasswordHash::new(phc.as_deref().unwrap_or(NOBODYS));
            let right =
                stored.is_ok_and(|stored| argon2().verify_password(password.as_bytes(), &stored).is_ok());
            right && phc.is_some()
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Busy> {
        let _place = self.places.clone().try_acquire_owned().map_err(|_| Busy)?;
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| Busy)?;
        // The turn goes with the work, which goes on when its caller has hung up.
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| Busy)
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY, ROUNDS, LANES, None).expect("OWASP's parameters are argon2's");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password() -> Password {
        Password::new("correct horse", "asha@shop.example").ok().unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hashing = Hashing::default();
        let phc = hashing.hash(password(), [7; SALT_BYTES]).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_eq!(hashing.matches("correct horse", Some(phc.clone())).await, Ok(true));
        assert_eq!(hashing.matches("correct horsf", Some(phc)).await, Ok(false));
        assert_eq!(hashing.matches("correct horse", None).await, Ok(false));
    }

    #[tokio::test]
    async fn nobodys_hash_takes_the_work_of_anybodys() {
        let phc = Hashing::default().hash(password(), [7; SALT_BYTES]).await.unwrap();
        let (somebodys, nobodys) = (PasswordHash::new(&phc).unwrap(), PasswordHash::new(NOBODYS).unwrap());
        assert_eq!(nobodys.algorithm, somebodys.algorithm);
        assert_eq!(nobodys.params, somebodys.params);
        assert_eq!(nobodys.hash.unwrap().len(), somebodys.hash.unwrap().len());
        assert_eq!(nobodys.salt.unwrap().as_str().len(), somebodys.salt.unwrap().as_str().len());
    }
}
