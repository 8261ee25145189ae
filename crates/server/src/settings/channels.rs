//! The store's own numbers and mail addresses.

use super::{Asked, Draft};
use crate::store::types::{BrandRow, Origin, SettingsChange};
use crate::store::{Customers, DecideSettings, Refused};
use rota_core::access::{Section, Subject};
use rota_core::address::{EmailAddress, PhoneNumber};
use rota_core::ticket::Channel;
use serde::Deserialize;
use serde_json::Value;

/// An address to connect.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewChannel {
    pub channel: Channel,
    pub address: String,
}

/// An address in its compared form; the error completes the sentence "address …".
pub fn compared(channel: Channel, address: &str) -> Result<String, &'static str> {
    match channel {
        Channel::Whatsapp => PhoneNumber::new(address)
            .map(|number| number.as_str().into())
            .ok_or("is not a phone number in E.164 form"),
        Channel::Email => {
            EmailAddress::of_customer(address).map(|mail| mail.key()).ok_or("is not a mail address")
        }
        Channel::Tasks => Err("is of a channel without addresses; write whatsapp or email"),
    }
}

/// Connects an address, which is in its compared form.
pub fn add(asked: Asked, channel: Channel, address: String) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        draft.may_change(Section::Channels, Subject::Store)?;
        let old = known(draft, channel, &address);
        if old.is_some_and(|old| old.active) {
            draft.unfit("address", "is connected already");
        }
        draft.fits()?;
        let origin = old.map_or(Origin::Command, |old| old.origin);
        let row = BrandRow { channel, address: address.clone(), active: true, origin };
        Ok(put(draft, format!("+ {} {address}", channel.name()), row))
    })
}

/// Calls that come by this address are refused from now on.
pub fn archive(asked: Asked, channel: Channel, address: String) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, channel, &address).ok_or(Refused::NotFound)?;
        draft.may_change(Section::Channels, Subject::Store)?;
        draft.is_as_seen(&draft.viewer.channel(old))?;
        let row = BrandRow { active: false, ..old.clone() };
        Ok(put(draft, format!("- {} {address} (archived)", channel.name()), row))
    })
}

fn put(draft: &mut Draft<'_>, told: String, row: BrandRow) -> Value {
    let shown = draft.viewer.channel(&row);
    if known(draft, row.channel, &row.address) != Some(&row) {
        draft.change(told, SettingsChange::Brand(row));
    }
    shown
}

fn known<'a>(draft: &Draft<'a>, channel: Channel, address: &str) -> Option<&'a BrandRow> {
    draft.current.brands.iter().find(|row| row.channel == channel && row.address == address)
}
