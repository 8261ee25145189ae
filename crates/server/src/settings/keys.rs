//! API keys. They are made outside, with their secret; here they are written and revoked.

use super::Asked;
use crate::store::types::{ApiKey, SettingsChange};
use crate::store::{Customers, DecideSettings, Refused};
use jiff::Timestamp;
use rota_core::access::{Section, Subject};
use rota_core::ids::KeyId;

/// Writes a new key of the store.
pub fn add(asked: Asked, key: ApiKey) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        draft.may_change(Section::Keys, Subject::Store)?;
        if key.expires_at.is_some_and(|end| end <= key.created_at) {
            draft.unfit("expiresAt", "has passed already");
        }
        draft.fits()?;
        let shown = draft.viewer.key(&key);
        draft.change(format!("+ key {} {}", key.id, key.name), SettingsChange::Key(key.clone()));
        Ok(shown)
    })
}

/// Ends a key, within two seconds everywhere; one that is ended stays so since then.
pub fn revoke(asked: Asked, id: KeyId, now: Timestamp) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        draft.may_change(Section::Keys, Subject::Store)?;
        let old = draft.current.keys.iter().find(|key| key.id == id).ok_or(Refused::NotFound)?;
        draft.is_as_seen(&draft.viewer.key(old))?;
        let key = ApiKey { revoked_at: old.revoked_at.or(Some(now)), ..old.clone() };
        let shown = draft.viewer.key(&key);
        if old.revoked_at.is_none() {
            draft.change(format!("- key {id} {} (revoked)", key.name), SettingsChange::Key(key));
        }
        Ok(shown)
    })
}
