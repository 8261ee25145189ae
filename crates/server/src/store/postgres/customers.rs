//! Customers with their assets, addresses and tags.

mod import;
mod parts;

use super::audit;
use super::fault::Fault;
use super::filing::mark_customers;
use super::parameter::Parameter;
use super::provision::put_counter;
use super::session::Session;
use super::values::{known, ms, time};
use crate::settings;
use crate::store::types::{CustomerDecision, CustomerKey, CustomerRow, CustomerSet, Origin};
use crate::store::{DecideCustomer, StoreError};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::address::email_key;
use rota_core::ids::{CustomerId, StoreId};
use rota_core::search::Phone;
use tokio_postgres::Row;

pub use import::import;

const COLUMNS: &str = "id, partner_customer_id, first_name, last_name, phone, email, country_code, active, origin, \
                       created_at, updated_at";

/// Takes the lock on who the store's customers are: the counter of their numbers. Intake never waits for it. Answers
/// the next number; `None` where the store is not there.
pub async fn take(session: &Session, store: &StoreId) -> Result<Option<i64>, Fault> {
    let select = "SELECT next FROM counters WHERE store_id = $1 AND kind = 'customer' FOR UPDATE";
    let row = session.row(select, &[&store.as_str()]).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// All of a store's customers, without their parts: what a store file is compared with.
pub async fn all(session: &Session, store: &StoreId) -> Result<Vec<CustomerRow>, Fault> {
    let select = format!(
        "SELECT {COLUMNS} FROM customers WHERE store_id = $1 AND (origin = 'file' OR active) ORDER BY id"
    );
    session.rows(&select, &[&store.as_str()]).await?.iter().map(from_row).collect()
}

/// The first match, in the order of [`CustomerKey`]'s fields. Archived customers are found too.
pub async fn find(
    session: &Session,
    store: &StoreId,
    key: &CustomerKey,
    with: CustomerSet,
) -> Result<Option<CustomerRow>, Fault> {
    let by = [
        ("id", key.id.as_ref().map(CustomerId::as_str)),
        ("partner_customer_id", key.partner_id.as_deref()),
        ("phone", key.phone.as_deref()),
        ("email_key", key.email_key.as_deref()),
    ];
    for (column, value) in by.into_iter().filter_map(|(column, value)| Some((column, value?))) {
        let select = format!(
            "SELECT {COLUMNS} FROM customers WHERE store_id = $1 AND {column} = $2
             ORDER BY active DESC, created_at LIMIT 1"
        );
        if let Some(row) = session.row(&select, &[&store.as_str(), &value]).await? {
            let mut customer = from_row(&row)?;
            parts::read(session, store, &mut customer, with).await?;
            return Ok(Some(customer));
        }
    }
    Ok(None)
}

/// Writes what `decide` makes of the customer that matched, and answers with the whole of it.
pub async fn put(
    session: &Session,
    store: &StoreId,
    by: &Actor,
    key: &CustomerKey,
    decide: &DecideCustomer,
    now: Timestamp,
) -> Result<CustomerRow, Fault> {
    let next = take(session, store).await?.ok_or(StoreError::NotFound)?;
    let found = find(session, store, key, CustomerSet::ALL).await?;
    let CustomerDecision { mut row, new } = decide(found.as_ref());
    if new {
        let number = free_number(session, store, next).await?;
        row.id = known("counters.customer", CustomerId::new(&number.to_string()))?;
        put_counter(session, store, "customer", number + 1).await?;
    }
    write(session, store, &[&row]).await?;
    parts::write(session, store, &mut row).await?;
    audit::append(session, store, by, settings::customer_logged(found.as_ref(), &row).as_slice(), now)
        .await?;
    Ok(row)
}

/// The first number from `next` on that no store file or import took.
pub async fn free_number(session: &Session, store: &StoreId, mut next: i64) -> Result<i64, Fault> {
    let select = "SELECT 1 FROM customers WHERE store_id = $1 AND id = $2";
    while session.row(select, &[&store.as_str(), &next.to_string()]).await?.is_some() {
        next += 1;
    }
    Ok(next)
}

/// Inserts or updates the customers' own rows; none may be there twice.
pub async fn write(session: &Session, store: &StoreId, rows: &[&CustomerRow]) -> Result<(), Fault> {
    fn column<'a, T>(rows: &[&'a CustomerRow], of: impl Fn(&'a CustomerRow) -> T) -> Vec<T> {
        rows.iter().map(|row| of(row)).collect()
    }
    let upsert = "
        INSERT INTO customers (store_id, id, partner_customer_id, first_name, last_name, phone, email, email_key,
                               country_code, active, origin, created_at, updated_at, phone_reversed)
        SELECT $1, * FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (store_id, id) DO UPDATE SET
            partner_customer_id = excluded.partner_customer_id, first_name = excluded.first_name,
            last_name = excluded.last_name, phone = excluded.phone, email = excluded.email,
            email_key = excluded.email_key, country_code = excluded.country_code, active = excluded.active,
            updated_at = excluded.updated_at, phone_reversed = excluded.phone_reversed";
    let ids = column(rows, |row| row.id.as_str());
    let columns: [&dyn Parameter; 14] = [
        &store.as_str(),
        &ids,
        &column(rows, |row| row.partner_id.as_deref()),
        &column(rows, |row| row.first_name.as_deref()),
        &column(rows, |row| row.last_name.as_deref()),
        &column(rows, |row| row.phone.as_deref()),
        &column(rows, |row| row.email.as_deref()),
        &column(rows, |row| row.email.as_deref().map(email_key)),
        &column(rows, |row| row.country_code.as_deref()),
        &column(rows, |row| row.active),
        &column(rows, |row| row.origin.name()),
        &column(rows, |row| ms(row.created_at)),
        &column(rows, |row| ms(row.updated_at)),
        &column(rows, |row| row.phone.as_deref().map(Phone::reversed)),
    ];
    session.execute(upsert, &columns).await?;
    mark_customers(session, store, &ids).await
}

/// One customer with all parts.
pub async fn write_whole(session: &Session, store: &StoreId, row: &CustomerRow) -> Result<(), Fault> {
    write(session, store, &[row]).await?;
    parts::write(session, store, &mut row.clone()).await
}

/// Customers after an id, in the order of their ids, without their parts.
pub async fn page(
    session: &Session,
    store: &StoreId,
    after: Option<&CustomerId>,
    limit: u32,
) -> Result<Vec<CustomerRow>, Fault> {
    let select =
        format!("SELECT {COLUMNS} FROM customers WHERE store_id = $1 AND id > $2 ORDER BY id LIMIT $3");
    let after = after.map_or("", CustomerId::as_str);
    session.rows(&select, &[&store.as_str(), &after, &i64::from(limit)]).await?.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<CustomerRow, Fault> {
    Ok(CustomerRow {
        id: known("customers.id", CustomerId::new(row.try_get(0)?))?,
        partner_id: row.try_get(1)?,
        first_name: row.try_get(2)?,
        last_name: row.try_get(3)?,
        phone: row.try_get(4)?,
        email: row.try_get(5)?,
        country_code: row.try_get(6)?,
        active: row.try_get(7)?,
        origin: Origin::from_name(row.try_get(8)?),
        created_at: time(row.try_get(9)?)?,
        updated_at: time(row.try_get(10)?)?,
        assets: Vec::new(),
        addresses: Vec::new(),
        tags: Vec::new(),
    })
}
