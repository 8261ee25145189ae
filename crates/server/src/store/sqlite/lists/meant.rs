//! Whom a search points at: the customers of a number or a partner's id.

use super::{Fault, GREATEST};
use crate::store::values::known;
use rota_core::ids::{CustomerId, StoreId};
use rota_core::search::{Phone, Query};
use rusqlite::types::ToSql;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeSet;

/// At most so many of them.
pub fn customers(
    db: &Connection,
    store: &StoreId,
    query: &Query,
    most: usize,
) -> Result<Vec<CustomerId>, Fault> {
    let mut found = BTreeSet::new();
    let mut find = |sql: &str, values: &[&str]| -> Result<(), Fault> {
        let (store, most) = (store.as_str(), most);
        let fixed: [&dyn ToSql; 2] = [&store, &most];
        let all = fixed.into_iter().chain(values.iter().map(|value| value as &dyn ToSql));
        let mut select = db.prepare_cached(sql)?;
        let mut rows = select.query(params_from_iter(all))?;
        while let Some(row) = rows.next()? {
            found.insert(known("customers.id", CustomerId::new(&row.get::<_, String>(0)?))?);
        }
        Ok(())
    };
    match &query.phone {
        Some(Phone::Complete(number)) => find(BY_PHONE, &[number])?,
        Some(Phone::End(digits)) => {
            let end = Phone::reversed(digits);
            find(BY_PHONE_END, &[&end, &format!("{end}{GREATEST}")])?;
        }
        None => {}
    }
    find(BY_PARTNER_ID, &[&query.partner_id])?;
    Ok(found.into_iter().take(most).collect())
}

pub const BY_PHONE: &str =
    "SELECT id FROM customers INDEXED BY customers_by_phone WHERE store_id = ?1 AND phone = ?3 LIMIT ?2";
pub const BY_PHONE_END: &str = "SELECT id FROM customers INDEXED BY customers_by_phone_end
                                WHERE store_id = ?1 AND phone_reversed >= ?3 AND phone_reversed < ?4 LIMIT ?2";
pub const BY_PARTNER_ID: &str = "SELECT id FROM customers INDEXED BY customers_by_partner_id
                                 WHERE store_id = ?1 AND partner_customer_id = ?3 LIMIT ?2";
