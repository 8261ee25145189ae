//! The key from which every endpoint's secret is derived, so that none is stored.

use crate::clock::Entropy;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use rota_core::ids::{StoreId, WebhookId};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const BYTES: usize = 32;

/// Where the key is.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A file that was named, and has to be there.
    File(PathBuf),
    /// A file beside the database, made when it is first needed.
    Beside(PathBuf),
    /// Nowhere: a database that many nodes share needs it to be named.
    Unnamed,
}

/// Why there is no key.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct NoKey(String);

impl KeySource {
    pub(super) fn read(&self) -> Result<Master, NoKey> {
        let path = match self {
            Self::File(path) | Self::Beside(path) => path,
            Self::Unnamed => {
                return Err(NoKey(
                    "webhooks need a key on PostgreSQL: name a file of 32 random bytes, the same for every node, \
                     with --webhook-key-file (`head -c 32 /dev/urandom > rota.webhook-key` makes one)"
                        .into(),
                ));
            }
        };
        let bytes = fs::read(path).map_err(|error| {
            let path = path.display();
            NoKey(format!("the webhook key {path} cannot be read: {error}; restore it from where it is kept"))
        })?;
        match <[u8; BYTES]>::try_from(bytes) {
            Ok(key) => Ok(Master(hmac::Key::new(hmac::HMAC_SHA256, &key))),
            Err(_) => Err(NoKey(format!("the webhook key {} does not have {BYTES} bytes", path.display()))),
        }
    }

    pub(super) fn read_or_make(&self, may_make: bool, entropy: &dyn Entropy) -> Result<Master, NoKey> {
        if let Self::Beside(path) = self
            && may_make
            && !path.exists()
        {
            make(path, entropy).map_err(|error| {
                NoKey(format!("the webhook key {} cannot be made: {error}", path.display()))
            })?;
        }
        self.read()
    }
}

/// The file appears whole or not at all; of two that make it the first wins.
fn make(path: &Path, entropy: &dyn Entropy) -> io::Result<()> {
    let mut key = [0; BYTES];
    entropy.fill(&mut key);
    let draft = path.with_extension(format!("webhook-key-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&key)?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// The key itself.
pub struct Master(hmac::Key);

impl Master {
    fn secret(&self, store: &StoreId, id: WebhookId, generation: i64) -> hmac::Tag {
        // No id has U+0000 in a stored form that could be taken for the end of another: the numbers come last.
        hmac::sign(&self.0, format!("rota webhook\0{store}\0{id}\0{generation}").as_bytes())
    }

    pub fn shown(&self, store: &StoreId, id: WebhookId, generation: i64) -> String {
        format!("whsec_{}", STANDARD.encode(self.secret(store, id, generation)))
    }

    /// Signs as Standard Webhooks has it, with the secret of each generation.
    pub fn signatures(
        &self,
        (store, id, generations): (&StoreId, WebhookId, &[i64]),
        message: &str,
        timestamp: i64,
        body: &[u8],
    ) -> String {
        let signed = [format!("{message}.{timestamp}.").as_bytes(), body].concat();
        let sign = |generation: &i64| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret(store, id, *generation).as_ref());
            format!("v1,{}", STANDARD.encode(hmac::sign(&key, &signed)))
        };
        generations.iter().map(sign).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;
    use std::os::unix::fs::PermissionsExt;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("rota-webhook-key-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_key_is_made_once_for_its_owner_alone_and_read_again() {
        let folder = folder("made");
        let path = folder.join("rota.webhook-key");
        let source = KeySource::Beside(path.clone());
        assert!(source.read().is_err());
        assert!(source.read_or_make(false, &SystemEntropy).is_err(), "secrets came from another");
        let store = StoreId::new("shop").unwrap();
        let secret = |master: Master| master.shown(&store, WebhookId(1), 1);
        let made = secret(source.read_or_make(true, &SystemEntropy).unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(secret(source.read_or_make(true, &SystemEntropy).unwrap()), made);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_of_another_size_is_no_key() {
        let folder = folder("short");
        let path = folder.join("key");
        fs::write(&path, "short").unwrap();
        assert!(KeySource::File(path).read().is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn every_endpoint_and_generation_has_a_secret_of_its_own() {
        let master = Master(hmac::Key::new(hmac::HMAC_SHA256, &[7; BYTES]));
        let (one, two) = (StoreId::new("a").unwrap(), StoreId::new("b").unwrap());
        let of = |store, id, generation| master.shown(store, WebhookId(id), generation);
        let all = [of(&one, 1, 1), of(&one, 1, 2), of(&one, 2, 1), of(&two, 1, 1), of(&one, 11, 1)];
        let different: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert!(all.iter().all(|secret| secret.starts_with("whsec_")));
    }
}
