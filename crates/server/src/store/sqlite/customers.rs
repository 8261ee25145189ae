//! Customers with their assets, addresses and tags.

use super::audit;
use super::fault::Fault;
use super::filing::mark_customer;
use super::provision::{counter, put_counter};
use super::values::{known, ms, time};
use crate::settings;
use crate::store::types::{
    Asset, AssetKind, CustomerDecision, CustomerKey, CustomerRow, CustomerSet, ImportRow, Origin,
    PostalAddress,
};
use crate::store::{DecideCustomer, StoreError};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::address::email_key;
use rota_core::ids::{CustomerId, StoreId};
use rota_core::search::Phone;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

const COLUMNS: &str = "id, partner_customer_id, first_name, last_name, phone, email, country_code, active, origin, \
                       created_at, updated_at";

/// All of a store's customers, without their parts: what a store file is compared with.
pub fn all(db: &Connection, store: &StoreId) -> Result<Vec<CustomerRow>, Fault> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM customers WHERE store_id = ?1 AND (origin = 'file' OR active) ORDER BY id"
    ))?;
    let mut rows = select.query([store.as_str()])?;
    let mut customers = Vec::new();
    while let Some(row) = rows.next()? {
        customers.push(from_row(row)?);
    }
    Ok(customers)
}

/// The first match, in the order of [`CustomerKey`]'s fields. Archived customers are found too.
pub fn find(
    db: &Connection,
    store: &StoreId,
    key: &CustomerKey,
    with: CustomerSet,
) -> Result<Option<CustomerRow>, Fault> {
    // Without statistics the planner takes the primary key's first column for as good as an index over both, and
    // would look through all customers of the store. INDEXED BY is an error where the index does not fit.
    let by = [
        ("customers WHERE store_id = ?1 AND id", key.id.as_ref().map(CustomerId::as_str)),
        ("customers WHERE store_id = ?1 AND partner_customer_id", key.partner_id.as_deref()),
        ("customers INDEXED BY customers_by_phone WHERE store_id = ?1 AND phone", key.phone.as_deref()),
        (
            "customers INDEXED BY customers_by_email WHERE store_id = ?1 AND email_key",
            key.email_key.as_deref(),
        ),
    ];
    for (from, value) in by.into_iter().filter_map(|(from, value)| Some((from, value?))) {
        let sql = format!("SELECT {COLUMNS} FROM {from} = ?2 ORDER BY active DESC, created_at LIMIT 1");
        if let Some(mut row) = one(db, &sql, [store.as_str(), value])? {
            complete(db, store, &mut row, with)?;
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// Writes what `decide` makes of the customer that matched, and answers with the whole of it.
pub fn put(
    tx: &Connection,
    store: &StoreId,
    by: &Actor,
    key: &CustomerKey,
    decide: DecideCustomer,
    now: Timestamp,
) -> Result<CustomerRow, Fault> {
    let found = find(tx, store, key, CustomerSet::ALL)?;
    let CustomerDecision { mut row, new } = decide(found.as_ref());
    if new {
        row.id = next_id(tx, store)?;
    }
    write(tx, store, &row)?;
    write_parts(tx, store, &mut row)?;
    audit::append(tx, store, by, settings::customer_logged(found.as_ref(), &row).as_slice(), now)?;
    Ok(row)
}

/// Adds or updates the customers of an import. A row is found by its id, or else like any other call's.
pub fn import(
    tx: &Connection,
    store: &StoreId,
    by: &Actor,
    rows: &[ImportRow],
    now: Timestamp,
) -> Result<Vec<Result<(), String>>, Fault> {
    if !super::people::store_exists(tx, store)? {
        return Err(StoreError::NotFound.into());
    }
    let outcomes: Vec<_> =
        rows.iter().map(|row| import_one(tx, store, row, now)).collect::<Result<_, _>>()?;
    audit::append(tx, store, by, settings::import_logged(&outcomes).as_slice(), now)?;
    Ok(outcomes)
}

fn import_one(
    tx: &Connection,
    store: &StoreId,
    row: &ImportRow,
    now: Timestamp,
) -> Result<Result<(), String>, Fault> {
    let by_contact = row.id.is_none();
    let key = CustomerKey {
        id: row.id.clone(),
        partner_id: row.partner_id.clone().filter(|_| by_contact),
        phone: row.phone.clone().filter(|_| by_contact),
        email_key: row.email.as_deref().map(email_key).filter(|_| by_contact),
    };
    let found = find(tx, store, &key, CustomerSet::default())?;
    if let Some(other) = holder_of_partner_id(tx, store, row, found.as_ref())? {
        return Ok(Err(format!("partnerCustomerId belongs to customer {other}")));
    }
    let id = match (&found, &row.id) {
        (Some(found), _) => found.id.clone(),
        (None, Some(id)) => id.clone(),
        (None, None) => next_id(tx, store)?,
    };
    write(tx, store, &row.clone().into_customer(id, found, now))?;
    Ok(Ok(()))
}

fn holder_of_partner_id(
    tx: &Connection,
    store: &StoreId,
    row: &ImportRow,
    found: Option<&CustomerRow>,
) -> Result<Option<String>, Fault> {
    let Some(partner_id) = &row.partner_id else { return Ok(None) };
    let mut select =
        tx.prepare_cached("SELECT id FROM customers WHERE store_id = ?1 AND partner_customer_id = ?2")?;
    let holder: Option<String> =
        select.query_row([store.as_str(), partner_id], |row| row.get(0)).optional()?;
    let own = found.map(|found| found.id.as_str()).or(row.id.as_ref().map(CustomerId::as_str));
    Ok(holder.filter(|holder| own != Some(holder)))
}

/// The next free number, skipping ids that a store file or an import took.
pub fn free_number(db: &Connection, store: &StoreId) -> Result<i64, Fault> {
    let mut taken = db.prepare_cached("SELECT 1 FROM customers WHERE store_id = ?1 AND id = ?2")?;
    let mut next = counter(db, store, "customer")?;
    while taken.exists([store.as_str(), &next.to_string()])? {
        next += 1;
    }
    Ok(next)
}

/// Takes the next free number.
fn next_id(tx: &Connection, store: &StoreId) -> Result<CustomerId, Fault> {
    let next = free_number(tx, store)?;
    put_counter(tx, store, "customer", next + 1)?;
    Ok(known("counters.customer", CustomerId::new(&next.to_string()))?)
}

/// Inserts or updates the customer's own row.
pub fn write(tx: &Connection, store: &StoreId, row: &CustomerRow) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO customers (store_id, id, partner_customer_id, first_name, last_name, phone, email, email_key,
                                country_code, active, origin, created_at, updated_at, phone_reversed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (store_id, id) DO UPDATE SET
             partner_customer_id = ?3, first_name = ?4, last_name = ?5, phone = ?6, email = ?7, email_key = ?8,
             country_code = ?9, active = ?10, updated_at = ?13, phone_reversed = ?14",
    )?
    .execute(params![
        store.as_str(),
        row.id.as_str(),
        row.partner_id,
        row.first_name,
        row.last_name,
        row.phone,
        row.email,
        row.email.as_deref().map(email_key),
        row.country_code,
        row.active,
        row.origin.name(),
        ms(row.created_at),
        ms(row.updated_at),
        row.phone.as_deref().map(Phone::reversed),
    ])?;
    mark_customer(tx, store, row.id.as_str())
}

/// The same with all parts.
pub fn write_whole(tx: &Connection, store: &StoreId, row: &CustomerRow) -> Result<(), Fault> {
    write(tx, store, row)?;
    write_parts(tx, store, &mut row.clone())
}

/// Customers after an id, in the order of their ids, without their parts.
pub fn page(
    db: &Connection,
    store: &StoreId,
    after: Option<&CustomerId>,
    limit: u32,
) -> Result<Vec<CustomerRow>, Fault> {
    let mut select = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM customers WHERE store_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3"
    ))?;
    let after = after.map_or("", CustomerId::as_str);
    let mut rows = select.query(params![store.as_str(), after, limit])?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        page.push(from_row(row)?);
    }
    Ok(page)
}

/// Makes the stored assets, addresses and tags those of `row`; new ones get their ids.
fn write_parts(tx: &Connection, store: &StoreId, row: &mut CustomerRow) -> Result<(), Fault> {
    for table in ["customer_assets", "customer_addresses", "customer_tags"] {
        let sql = format!("DELETE FROM {table} WHERE store_id = ?1 AND customer_id = ?2");
        tx.prepare_cached(&sql)?.execute([store.as_str(), row.id.as_str()])?;
    }
    let mut next_asset = counter(tx, store, "asset")?;
    for asset in &mut row.assets {
        take_number(&mut asset.id, &mut next_asset);
        write_asset(tx, store, &row.id, asset)?;
    }
    put_counter(tx, store, "asset", next_asset)?;
    let mut next_address = counter(tx, store, "address")?;
    for address in &mut row.addresses {
        take_number(&mut address.id, &mut next_address);
        write_address(tx, store, &row.id, address)?;
    }
    put_counter(tx, store, "address", next_address)?;
    let mut tag =
        tx.prepare_cached("INSERT INTO customer_tags (store_id, customer_id, tag) VALUES (?1, ?2, ?3)")?;
    for name in &row.tags {
        tag.execute([store.as_str(), row.id.as_str(), name])?;
    }
    Ok(())
}

fn take_number(id: &mut i64, next: &mut i64) {
    if *id == 0 {
        *id = *next;
        *next += 1;
    }
}

fn write_asset(tx: &Connection, store: &StoreId, customer: &CustomerId, asset: &Asset) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO customer_assets (store_id, customer_id, id, kind, value, country_code, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        store.as_str(),
        customer.as_str(),
        asset.id,
        asset.kind.name(),
        asset.value,
        asset.country_code,
        ms(asset.created_at),
    ])?;
    Ok(())
}

fn write_address(
    tx: &Connection,
    store: &StoreId,
    customer: &CustomerId,
    a: &PostalAddress,
) -> Result<(), Fault> {
    tx.prepare_cached(
        "INSERT INTO customer_addresses (store_id, customer_id, id, partner_address_id, address1, city, country,
                                         country_code, state, zip, is_default)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        store.as_str(),
        customer.as_str(),
        a.id,
        a.partner_id,
        a.address1,
        a.city,
        a.country,
        a.country_code,
        a.state,
        a.zip,
        a.is_default,
    ])?;
    Ok(())
}

fn one(db: &Connection, sql: &str, params: impl Params) -> Result<Option<CustomerRow>, Fault> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(params)?;
    rows.next()?.map(from_row).transpose()
}

fn from_row(row: &Row<'_>) -> Result<CustomerRow, Fault> {
    Ok(CustomerRow {
        id: known("customers.id", CustomerId::new(&row.get::<_, String>(0)?))?,
        partner_id: row.get(1)?,
        first_name: row.get(2)?,
        last_name: row.get(3)?,
        phone: row.get(4)?,
        email: row.get(5)?,
        country_code: row.get(6)?,
        active: row.get(7)?,
        origin: Origin::from_name(&row.get::<_, String>(8)?),
        created_at: time(row.get(9)?)?,
        updated_at: time(row.get(10)?)?,
        assets: Vec::new(),
        addresses: Vec::new(),
        tags: Vec::new(),
    })
}

fn complete(db: &Connection, store: &StoreId, row: &mut CustomerRow, with: CustomerSet) -> Result<(), Fault> {
    let of = [store.as_str(), row.id.as_str()];
    if with.assets {
        let mut select = db.prepare_cached(
            "SELECT id, kind, value, country_code, created_at FROM customer_assets
             WHERE store_id = ?1 AND customer_id = ?2 ORDER BY id",
        )?;
        let mut rows = select.query(of)?;
        while let Some(asset) = rows.next()? {
            let kind: String = asset.get(1)?;
            row.assets.push(Asset {
                id: asset.get(0)?,
                kind: if kind == "EMAIL" { AssetKind::Email } else { AssetKind::PhoneNumber },
                value: asset.get(2)?,
                country_code: asset.get(3)?,
                created_at: time(asset.get(4)?)?,
            });
        }
    }
    if with.addresses {
        let mut select = db.prepare_cached(
            "SELECT id, partner_address_id, address1, city, country, country_code, state, zip, is_default
             FROM customer_addresses WHERE store_id = ?1 AND customer_id = ?2 ORDER BY id",
        )?;
        let rows = select.query_map(of, address_from_row)?;
        row.addresses = rows.collect::<Result<_, _>>()?;
    }
    if with.tags {
        let mut select = db.prepare_cached(
            "SELECT tag FROM customer_tags WHERE store_id = ?1 AND customer_id = ?2 ORDER BY tag",
        )?;
        row.tags = select.query_map(of, |row| row.get(0))?.collect::<Result<_, _>>()?;
    }
    Ok(())
}

fn address_from_row(row: &Row<'_>) -> rusqlite::Result<PostalAddress> {
    Ok(PostalAddress {
        id: row.get(0)?,
        partner_id: row.get(1)?,
        address1: row.get(2)?,
        city: row.get(3)?,
        country: row.get(4)?,
        country_code: row.get(5)?,
        state: row.get(6)?,
        zip: row.get(7)?,
        is_default: row.get(8)?,
    })
}
