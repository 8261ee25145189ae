//! Importing customers.

use super::calls::call;
use super::database::{store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::with;
use crate::harness::{StoreFile, tasks};
use rota::store::StoreError;
use rota::store::types::{CustomerKey, CustomerRow, CustomerSet, ImportRow, Origin};
use rota_core::access::Actor;
use rota_core::ids::{CustomerId, StoreId};
use std::time::Duration;

storage_suite!(
    imported_customers_can_be_named_in_the_next_batch,
    importing_again_updates_and_keeps_what_a_line_leaves_out,
    a_line_without_an_id_is_matched_by_what_it_has_or_gets_a_number,
    a_refused_row_is_told_and_the_others_are_taken,
    an_imported_row_brings_an_archived_customer_back,
    another_stores_customers_are_neither_matched_nor_changed,
    a_store_that_is_not_there_is_not_found,
);

fn row(id: &str) -> ImportRow {
    ImportRow { id: CustomerId::new(id), ..nameless() }
}

fn nameless() -> ImportRow {
    ImportRow {
        id: None,
        partner_id: None,
        first_name: None,
        last_name: None,
        phone: None,
        email: None,
        country_code: None,
    }
}

async fn import(db: &TestDatabase, rows: impl IntoIterator<Item = ImportRow>) -> Vec<Result<(), String>> {
    db.import_customers(&usual(), &Actor::Operator, rows.into_iter().collect())
        .await
        .expect("the rows are imported")
}

async fn found(db: &TestDatabase, of: &StoreId, id: &str) -> Option<CustomerRow> {
    let key = CustomerKey { id: CustomerId::new(id), ..CustomerKey::default() };
    db.customer(of, &key, CustomerSet::ALL).await.expect("customers are looked up")
}

async fn imported_customers_can_be_named_in_the_next_batch(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let body = with(tasks(), "bikCustomerId", "71");
    assert_eq!(db.told([call(&body)]).await, ["invalid bikCustomerId"]);
    assert_eq!(import(db, [row("71"), row("c-72")]).await, [Ok(()), Ok(())]);
    assert_eq!(db.told([call(&body)]).await, ["created 1 for 100"]);
    assert_eq!(found(db, &usual(), "c-72").await.unwrap().origin, Origin::Command);
}

async fn importing_again_updates_and_keeps_what_a_line_leaves_out(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let phone = Some("+919090909071".to_owned());
    let first = ImportRow { first_name: Some("Asha".into()), phone: phone.clone(), ..row("71") };
    import(db, [first]).await.into_iter().for_each(|outcome| outcome.unwrap());
    let made = db.now();
    db.pass(Duration::from_secs(1));
    let second = ImportRow { first_name: Some("Usha".into()), last_name: Some("Rao".into()), ..row("71") };
    import(db, [second]).await.into_iter().for_each(|outcome| outcome.unwrap());
    let row = found(db, &usual(), "71").await.unwrap();
    assert_eq!((row.first_name.as_deref(), row.last_name.as_deref()), (Some("Usha"), Some("Rao")));
    assert_eq!((row.phone, row.created_at, row.updated_at), (phone, made, db.now()));
    assert_eq!(db.count("customers"), 2);
}

async fn a_line_without_an_id_is_matched_by_what_it_has_or_gets_a_number(db: &TestDatabase) {
    db.apply(&StoreFile::default().customers(&["1"])).await;
    let line = |name: &str| ImportRow {
        first_name: Some(name.into()),
        email: Some("Ravi@Example.com".into()),
        ..nameless()
    };
    import(db, [line("Ravi"), line("Rajiv")]).await;
    assert_eq!(found(db, &usual(), "2").await.unwrap().first_name.as_deref(), Some("Rajiv"));
    assert_eq!(db.count("customers"), 2);
}

async fn a_refused_row_is_told_and_the_others_are_taken(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let with_partner = |id| ImportRow { partner_id: Some("p1".into()), ..row(id) };
    let outcomes = import(db, [with_partner("71"), with_partner("72"), row("73")]).await;
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok(), "{outcomes:?}");
    let why = outcomes[1].as_ref().unwrap_err();
    assert!(why.contains("71"), "{why}");
    assert!(found(db, &usual(), "72").await.is_none());
    assert!(found(db, &usual(), "73").await.is_some());
}

async fn an_imported_row_brings_an_archived_customer_back(db: &TestDatabase) {
    db.apply(&StoreFile::default().customers(&["71"])).await;
    db.apply(&StoreFile::default().customers(&["72"])).await;
    assert!(!found(db, &usual(), "71").await.unwrap().active);
    import(db, [row("71")]).await;
    let back = found(db, &usual(), "71").await.unwrap();
    assert!(back.active && back.first_name.is_some(), "{back:?}");
}

async fn another_stores_customers_are_neither_matched_nor_changed(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another").customers(&["71"])).await;
    let before = found(db, &store("another"), "71").await.unwrap();
    let line = ImportRow {
        first_name: Some("Ravi".into()),
        partner_id: Some("p1".into()),
        email: before.email.clone(),
        ..row("71")
    };
    assert_eq!(import(db, [line.clone()]).await, [Ok(())]);
    assert_eq!(found(db, &store("another"), "71").await, Some(before));
    let theirs = vec![ImportRow { id: CustomerId::new("99"), ..line }];
    let outcome = db.import_customers(&store("another"), &Actor::Operator, theirs).await.unwrap();
    assert_eq!(outcome, [Ok(())], "a partner's id is a store's own");
}

async fn a_store_that_is_not_there_is_not_found(db: &TestDatabase) {
    let outcome = db.import_customers(&store("nowhere"), &Actor::Operator, vec![row("71")]).await;
    assert!(matches!(outcome, Err(StoreError::NotFound)), "{outcome:?}");
}
