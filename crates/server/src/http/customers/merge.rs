//! What a `createOrUpdate` makes of the customer that matched.

use super::read::PutCall;
use crate::assets::{add_asset, email_asset, phone_asset};
use crate::country;
use crate::store::types::{CustomerDecision, CustomerRow, PostalAddress};
use jiff::Timestamp;
use rota_core::ids::CustomerId;

/// The row to write. What the call leaves out stays; assets are added to unless `overWriteAssets` replaces them.
pub fn merge(call: PutCall, found: Option<&CustomerRow>, now: Timestamp) -> CustomerDecision {
    let unnumbered = || CustomerId::new("0").expect("one character is an id");
    let mut row = found.cloned().unwrap_or_else(|| CustomerRow::new(unnumbered(), now));
    if call.overwrite_assets {
        row.assets.clear();
    }
    for phone in call.phone.iter().chain(&call.more_phones) {
        add_asset(&mut row.assets, phone_asset(phone, now));
    }
    for email in call.email.iter().chain(&call.more_emails) {
        add_asset(&mut row.assets, email_asset(email, now));
    }
    for address in call.addresses {
        put_address(&mut row.addresses, address);
    }
    row.tags.extend(call.tags);
    row.tags.sort_unstable();
    row.tags.dedup();
    if let Some(phone) = &call.phone {
        row.country_code = country::of_phone(phone);
        row.phone = Some(phone.as_str().to_owned());
    }
    row.email = call.email.map(|email| email.as_str().to_owned()).or(row.email);
    row.partner_id = call.partner_id.or(row.partner_id);
    row.first_name = call.first_name.or(row.first_name);
    row.last_name = call.last_name.or(row.last_name);
    row.active = true;
    row.updated_at = now;
    CustomerDecision { row, new: found.is_none() }
}

/// An address with a known partnerAddressId replaces that one; an equal one changes nothing.
fn put_address(addresses: &mut Vec<PostalAddress>, mut new: PostalAddress) {
    if new.is_default {
        addresses.iter_mut().for_each(|known| known.is_default = false);
    }
    let same = |known: &PostalAddress| match &new.partner_id {
        Some(partner_id) => known.partner_id.as_ref() == Some(partner_id),
        None => PostalAddress { id: 0, is_default: new.is_default, ..known.clone() } == new,
    };
    match addresses.iter().position(same) {
        Some(index) => {
            new.id = addresses[index].id;
            addresses[index] = new;
        }
        None => addresses.push(new),
    }
}
