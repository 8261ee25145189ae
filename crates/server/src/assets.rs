//! A customer's assets: every number and mail address that is known.

use crate::country;
use crate::store::types::{Asset, AssetKind};
use jiff::Timestamp;
use rota_core::address::{EmailAddress, PhoneNumber};

pub fn phone_asset(phone: &PhoneNumber, now: Timestamp) -> Asset {
    let (value, country_code) = (phone.as_str().to_owned(), country::of_phone(phone));
    Asset { id: 0, kind: AssetKind::PhoneNumber, value, country_code, created_at: now }
}

pub fn email_asset(email: &EmailAddress, now: Timestamp) -> Asset {
    let value = email.as_str().to_owned();
    Asset { id: 0, kind: AssetKind::Email, value, country_code: None, created_at: now }
}

pub fn add_asset(assets: &mut Vec<Asset>, new: Asset) {
    if !assets.iter().any(|known| known.kind == new.kind && known.value == new.value) {
        assets.push(new);
    }
}
