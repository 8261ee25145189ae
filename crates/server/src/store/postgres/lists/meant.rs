//! Whom a search points at: the customers of a number or a partner's id.

use crate::store::lists::GREATEST;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::parameter::Parameter;
use crate::store::postgres::session::Session;
use crate::store::postgres::values::known;
use futures_util::future::try_join_all;
use rota_core::ids::{CustomerId, StoreId};
use rota_core::search::{Phone, Query};
use std::collections::BTreeSet;

/// At most so many of them.
pub async fn customers(
    session: &Session,
    store: &StoreId,
    query: &Query,
    most: usize,
) -> Result<Vec<CustomerId>, Fault> {
    let finds = finds(query);
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let found = try_join_all(finds.iter().map(async |(sql, values)| {
        let store = store.as_str();
        let fixed: [&dyn Parameter; 2] = [&store, &limit];
        let values = values.iter().map(|value| value as &dyn Parameter);
        session.rows(sql, &fixed.into_iter().chain(values).collect::<Vec<_>>()).await
    }));
    let mut customers = BTreeSet::new();
    for row in found.await?.iter().flatten() {
        customers.insert(known("customers.id", CustomerId::new(row.try_get(0)?))?);
    }
    Ok(customers.into_iter().take(most).collect())
}

/// The statements, with their values from parameter 3 on.
pub fn finds(query: &Query) -> Vec<(String, Vec<String>)> {
    let by = |condition: &str, values: Vec<String>| {
        (format!("SELECT id FROM customers WHERE store_id = $1 AND {condition} LIMIT $2"), values)
    };
    let phone = query.phone.as_ref().map(|phone| match phone {
        Phone::Complete(number) => by("phone = $3", vec![number.to_string()]),
        Phone::End(digits) => {
            let end = Phone::reversed(digits);
            let past = format!("{end}{GREATEST}");
            by("phone_reversed >= $3 AND phone_reversed < $4", vec![end, past])
        }
    });
    let partner = by("partner_customer_id = $3", vec![query.partner_id.to_string()]);
    phone.into_iter().chain([partner]).collect()
}
