//! Whom a search means: the customers of a number, an address, a partner's id or a name.

use crate::store::lists::GREATEST;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::parameter::Parameter;
use crate::store::postgres::session::Session;
use crate::store::postgres::values::known;
use futures_util::future::try_join_all;
use rota_core::ids::{CustomerId, StoreId};
use rota_core::search::{Phone, Query, Words};
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
    let begins = |column: &str, text: &str| {
        by(&format!("{column} >= $3 AND {column} < $4"), vec![text.into(), format!("{text}{GREATEST}")])
    };
    let phone = query.phone.as_ref().map(|phone| match phone {
        Phone::Complete(number) => by("phone = $3", vec![number.to_string()]),
        Phone::End(digits) => begins("phone_reversed", &Phone::reversed(digits)),
    });
    let mail = query.mail.as_ref().map(|mail| begins("email_key", mail));
    let partner = by("partner_customer_id = $3", vec![query.partner_id.to_string()]);
    let name = query.words.as_ref().map(named);
    phone.into_iter().chain(mail).chain([partner]).chain(name).collect()
}

/// Those who have a word that begins so, and these words: by the first of them, if there is one.
fn named(Words { whole, last }: &Words) -> (String, Vec<String>) {
    let has = |word: &str| {
        format!(
            "AND EXISTS (SELECT FROM customer_words o
                         WHERE o.store_id = $1 AND o.customer_id = w.customer_id AND o.word {word})"
        )
    };
    let (first, others) = match whole.len() {
        0 => (">= $3 AND word < $4".to_owned(), String::new()),
        count => {
            let others = (1..count).map(|at| has(&format!("= ${}", at + 5)));
            let begins = has(">= $3 AND o.word < $4");
            ("= $5".to_owned(), std::iter::once(begins).chain(others).collect())
        }
    };
    let sql = format!(
        "SELECT DISTINCT customer_id FROM customer_words w WHERE store_id = $1 AND word {first} {others} LIMIT $2"
    );
    let bounds = [last.clone(), format!("{last}{GREATEST}")];
    (sql, bounds.into_iter().chain(whole.iter().cloned()).collect())
}
