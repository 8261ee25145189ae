//! Whom a search means: the customers of a number, an address, a partner's id or a name.

use super::{Fault, GREATEST};
use crate::store::values::known;
use rota_core::ids::{CustomerId, StoreId};
use rota_core::search::{Phone, Query, Words};
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
    if let Some(mail) = &query.mail {
        find(BY_MAIL, &[mail, &format!("{mail}{GREATEST}")])?;
    }
    find(BY_PARTNER_ID, &[&query.partner_id])?;
    if let Some(Words { whole, last }) = &query.words {
        let end = format!("{last}{GREATEST}");
        let words = whole.iter().map(String::as_str);
        find(&name_sql(whole.len()), &[last.as_str(), &end].into_iter().chain(words).collect::<Vec<_>>())?;
    }
    Ok(found.into_iter().take(most).collect())
}

pub const BY_PHONE: &str =
    "SELECT id FROM customers INDEXED BY customers_by_phone WHERE store_id = ?1 AND phone = ?3 LIMIT ?2";
pub const BY_PHONE_END: &str = "SELECT id FROM customers INDEXED BY customers_by_phone_end
                                WHERE store_id = ?1 AND phone_reversed >= ?3 AND phone_reversed < ?4 LIMIT ?2";
pub const BY_MAIL: &str = "SELECT id FROM customers INDEXED BY customers_by_email
                           WHERE store_id = ?1 AND email_key >= ?3 AND email_key < ?4 LIMIT ?2";
pub const BY_PARTNER_ID: &str = "SELECT id FROM customers INDEXED BY customers_by_partner_id
                                 WHERE store_id = ?1 AND partner_customer_id = ?3 LIMIT ?2";

/// Those who have a word that begins so (parameters 3 and 4), and these words: by the first of them, if there is one.
pub fn name_sql(whole: usize) -> String {
    let has = |word: &str| {
        format!(
            "AND EXISTS (SELECT 1 FROM customer_words o INDEXED BY customer_words_by_customer
                         WHERE o.store_id = ?1 AND o.customer_id = w.customer_id AND o.word {word})"
        )
    };
    let begins = ">= ?3 AND word < ?4";
    let (first, others) = match whole {
        0 => (begins.to_owned(), String::new()),
        _ => {
            let others = (1..whole).map(|at| has(&format!("= ?{}", at + 5)));
            let begins = has(">= ?3 AND o.word < ?4");
            ("= ?5".to_owned(), std::iter::once(begins).chain(others).collect())
        }
    };
    format!(
        "SELECT DISTINCT customer_id FROM customer_words w WHERE store_id = ?1 AND word {first} {others} LIMIT ?2"
    )
}
