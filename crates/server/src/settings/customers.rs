//! Customers, as the desk changes them.

use super::{Asked, Draft, Given};
use crate::assets::{add_asset, email_asset, phone_asset};
use crate::country;
use crate::store::types::{CustomerKey, CustomerRow, SettingsChange};
use crate::store::{
    Customers, DecideSettings, Erasure, Provisioned, Refused, SettingsStore, Store, StoreError,
};
use jiff::Timestamp;
use rota_core::access::{Section, Subject};
use rota_core::address::{EmailAddress, PhoneNumber};
use rota_core::ids::{CustomerId, StoreId, TicketId};
use rota_core::text::Text;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A text about a customer.
pub type Said = Text<{ CustomerRow::MAX_TEXT }>;

/// What is changed of a customer, or what a new one has; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CustomerPatch {
    pub partner_customer_id: Given<Said>,
    pub first_name: Given<Said>,
    pub last_name: Given<Said>,
    pub phone: Given<PhoneNumber>,
    pub email: Given<EmailAddress>,
    /// All of them.
    pub tags: Option<BTreeSet<Said>>,
    /// true brings an archived customer back.
    pub active: Option<bool>,
}

pub fn add(asked: Asked, new: CustomerPatch, now: Timestamp) -> DecideSettings {
    asked.decision(Customers::Found(keys(None, &new)), move |draft| {
        draft.may_change(Section::Customers, Subject::Store)?;
        is_free(draft, &new, None);
        draft.fits()?;
        let number = draft.next("customer", std::iter::empty());
        let id = CustomerId::new(&number.to_string()).ok_or(Refused::NotFound)?;
        let row = numbered(draft, patched(CustomerRow::new(id, now), new.clone(), now));
        draft.keep(json!({ "id": row.id }));
        Ok(put(draft, format!("+ customer {}", row.id), row))
    })
}

pub fn set(asked: Asked, id: CustomerId, patch: CustomerPatch, now: Timestamp) -> DecideSettings {
    asked.decision(Customers::Found(keys(Some(&id), &patch)), move |draft| {
        let old = known(draft, &id)?;
        is_free(draft, &patch, Some(&id));
        if patch.active == Some(false) && old.active {
            draft.unfit("active", "cannot be set to false; archive the customer with DELETE");
        }
        draft.fits()?;
        let row = numbered(draft, patched(old.clone(), patch.clone(), now));
        Ok(put(draft, format!("~ customer {id}"), row))
    })
}

pub fn archive(asked: Asked, id: CustomerId, now: Timestamp) -> DecideSettings {
    asked.decision(Customers::Found(keys(Some(&id), &CustomerPatch::default())), move |draft| {
        let old = known(draft, &id)?;
        let updated_at = if old.active { now } else { old.updated_at };
        let row = CustomerRow { active: false, updated_at, ..old.clone() };
        Ok(put(draft, format!("- customer {id} (archived)"), row))
    })
}

/// The first step of an erasure: nothing is left of the customer but the number. What tickets say follows.
pub fn erase(asked: Asked, id: CustomerId, now: Timestamp) -> DecideSettings {
    asked.decision(Customers::Found(keys(Some(&id), &CustomerPatch::default())), move |draft| {
        draft.may_change(Section::Customers, Subject::Store)?;
        // Who sees the customer is told that this is not theirs to do.
        draft.may_change(Section::Erasure, Subject::Store).map_err(|_| Refused::Forbidden)?;
        let old = draft.current.customers.iter().find(|row| row.id == id).ok_or(Refused::NotFound)?;
        let (created_at, origin) = (old.created_at, old.origin);
        let row = CustomerRow { active: false, created_at, origin, ..CustomerRow::new(id.clone(), now) };
        Ok(put(draft, format!("- customer {id} (erased)"), row))
    })
}

/// Erases a customer in steps, each a transaction of its own. Done when it answers; an erasure that broke off goes on when
/// it is asked for again.
pub async fn erase_all(
    database: &dyn Store,
    store: &StoreId,
    asked: Asked,
    id: &CustomerId,
    now: Timestamp,
) -> Result<Result<Value, Refused>, StoreError> {
    let decide = erase(asked, id.clone(), now);
    let shown = match SettingsStore::provision(database, store, decide, false).await? {
        Provisioned::Changed(changed) => changed.answer,
        Provisioned::Refused(refused) => return Ok(Err(refused)),
        Provisioned::Before(_) | Provisioned::KeyReused => return Ok(Err(Refused::NotFound)),
    };
    let mut after = TicketId(0);
    while let Erasure::After(ticket) = SettingsStore::erase(database, store, id, after).await? {
        after = ticket;
    }
    Ok(Ok(shown))
}

/// What has to be looked up: the customer, and who has its new id in the caller's system.
fn keys(id: Option<&CustomerId>, patch: &CustomerPatch) -> Vec<CustomerKey> {
    let by_id = id.map(|id| CustomerKey { id: Some(id.clone()), ..CustomerKey::default() });
    let by_partner = match &patch.partner_customer_id {
        Given::Value(partner) => {
            Some(CustomerKey { partner_id: Some(partner.as_str().into()), ..CustomerKey::default() })
        }
        Given::Absent | Given::Nothing => None,
    };
    by_id.into_iter().chain(by_partner).collect()
}

/// The customer, if whoever asks may change it and saw it as it is.
fn known<'a>(draft: &Draft<'a>, id: &CustomerId) -> Result<&'a CustomerRow, Refused> {
    draft.may_change(Section::Customers, Subject::Store)?;
    let found = draft.current.customers.iter().find(|row| row.id == *id).ok_or(Refused::NotFound)?;
    draft.is_as_seen(&draft.viewer.customer(found))?;
    Ok(found)
}

fn is_free(draft: &mut Draft<'_>, patch: &CustomerPatch, own: Option<&CustomerId>) {
    let Given::Value(partner) = &patch.partner_customer_id else { return };
    let has_it = |row: &&CustomerRow| row.partner_id.as_deref() == Some(partner.as_str());
    if let Some(other) = draft.current.customers.iter().find(has_it).filter(|row| Some(&row.id) != own) {
        draft.unfit("partnerCustomerId", format!("is that of customer {}", other.id));
    }
}

fn patched(mut row: CustomerRow, patch: CustomerPatch, now: Timestamp) -> CustomerRow {
    let before = row.clone();
    let text = |given: Given<Said>, old: Option<String>| match given {
        Given::Absent => old,
        Given::Nothing => None,
        Given::Value(text) => Some(String::from(text)),
    };
    row.partner_id = text(patch.partner_customer_id, row.partner_id);
    row.first_name = text(patch.first_name, row.first_name);
    row.last_name = text(patch.last_name, row.last_name);
    if let Given::Value(phone) = &patch.phone {
        add_asset(&mut row.assets, phone_asset(phone, now));
    }
    if let Given::Value(email) = &patch.email {
        add_asset(&mut row.assets, email_asset(email, now));
    }
    if patch.phone.is_given() {
        let phone = patch.phone.or(None);
        row.country_code = phone.as_ref().and_then(country::of_phone);
        row.phone = phone.map(|phone| phone.as_str().into());
    }
    if patch.email.is_given() {
        row.email = patch.email.or(None).map(|email| email.as_str().into());
    }
    if let Some(tags) = patch.tags {
        row.tags = tags.into_iter().map(String::from).collect();
    }
    row.active = patch.active.unwrap_or(row.active);
    if row != before {
        row.updated_at = now;
    }
    row
}

/// New assets get their numbers here, so that the answer is what is stored.
fn numbered(draft: &mut Draft<'_>, mut row: CustomerRow) -> CustomerRow {
    let first = draft.current.counters.get("asset").copied().unwrap_or(1);
    let mut next = first;
    for asset in row.assets.iter_mut().filter(|asset| asset.id == 0) {
        asset.id = next;
        next += 1;
    }
    if next != first {
        draft.change(String::new(), SettingsChange::Counter { kind: "asset", next });
    }
    row
}

fn put(draft: &mut Draft<'_>, told: String, row: CustomerRow) -> Value {
    let shown = draft.viewer.customer(&row);
    if draft.current.customers.iter().find(|old| old.id == row.id) != Some(&row) {
        draft.change(told, SettingsChange::WholeCustomer(Box::new(row)));
    }
    shown
}
