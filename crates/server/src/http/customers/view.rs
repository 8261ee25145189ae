//! A customer as callers see it (contract 2, `get`).

use crate::store::types::{CustomerRow, CustomerSet};
use jiff::Timestamp;
use rota_core::ids::CustomerId;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct Body<'a> {
    status: u16,
    success: bool,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    customer: Customer<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Customer<'a> {
    #[serde(serialize_with = "number_if_it_is_one")]
    id: &'a CustomerId,
    partner_customer_id: Option<&'a str>,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    phone_number: Option<&'a str>,
    email: Option<&'a str>,
    country_code: Option<&'a str>,
    created_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<Address<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assets: Option<Vec<AssetView<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a [String]>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Address<'a> {
    partner_address_id: Option<&'a str>,
    address_id: i64,
    address1: Option<&'a str>,
    city: Option<&'a str>,
    country: Option<&'a str>,
    country_code: Option<&'a str>,
    state: Option<&'a str>,
    zip: Option<&'a str>,
    is_default: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AssetView<'a> {
    id: i64,
    created_at: String,
    asset_name: &'static str,
    asset_value: &'a str,
    country_code: Option<&'a str>,
}

/// An id that is not a number, from a store file, is answered as a string.
fn number_if_it_is_one<S: Serializer>(id: &CustomerId, serializer: S) -> Result<S::Ok, S::Error> {
    match id.as_str().parse::<u64>() {
        Ok(number) if number.to_string() == id.as_str() => serializer.serialize_u64(number),
        _ => serializer.serialize_str(id.as_str()),
    }
}

/// With the three decimals of the original's times.
fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

pub fn body(row: &CustomerRow, with: CustomerSet) -> Vec<u8> {
    let addresses = row.addresses.iter().map(|address| Address {
        partner_address_id: address.partner_id.as_deref(),
        address_id: address.id,
        address1: address.address1.as_deref(),
        city: address.city.as_deref(),
        country: address.country.as_deref(),
        country_code: address.country_code.as_deref(),
        state: address.state.as_deref(),
        zip: address.zip.as_deref(),
        is_default: address.is_default,
    });
    let assets = row.assets.iter().map(|asset| AssetView {
        id: asset.id,
        created_at: time(asset.created_at),
        asset_name: asset.kind.name(),
        asset_value: &asset.value,
        country_code: asset.country_code.as_deref(),
    });
    let customer = Customer {
        id: &row.id,
        partner_customer_id: row.partner_id.as_deref(),
        first_name: row.first_name.as_deref(),
        last_name: row.last_name.as_deref(),
        phone_number: row.phone.as_deref(),
        email: row.email.as_deref(),
        country_code: row.country_code.as_deref(),
        created_at: time(row.created_at),
        updated_at: time(row.updated_at),
        addresses: with.addresses.then(|| addresses.collect()),
        assets: with.assets.then(|| assets.collect()),
        tags: with.tags.then_some(row.tags.as_slice()),
    };
    let body = Body { status: 200, success: true, data: Data { customer } };
    serde_json::to_vec(&body).expect("texts and numbers serialize")
}
