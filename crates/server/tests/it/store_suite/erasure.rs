//! Customers as the desk has them: pages, changes, and erasing one.

use super::calls::call;
use super::database::usual;
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{whatsapp, with, with_context};
use crate::harness::{CUSTOMER, StoreFile, tasks};
use rota::settings::customers::{self, CustomerPatch, erase_all};
use rota::settings::{Asked, Condition};
use rota::store::types::{CustomerKey, CustomerRow, CustomerSet};
use rota::store::{Erasure, Refused};
use rota_core::access::Actor;
use rota_core::ids::{CustomerId, ExternalId, TicketId};
use rota_core::life::{Command, Direction, Message, What};
use rota_core::text::Remark;
use serde_json::{Value, json};

storage_suite!(
    customers_are_paged_in_the_order_of_their_ids,
    a_customer_is_made_changed_and_archived,
    an_erased_customer_leaves_numbers_and_nothing_else,
    an_erasure_that_broke_off_goes_on,
    another_stores_customer_stays,
);

fn id(text: &str) -> CustomerId {
    CustomerId::new(text).unwrap()
}

fn patch(patch: Value) -> CustomerPatch {
    serde_json::from_value(patch).unwrap()
}

async fn find(db: &TestDatabase, customer: &str) -> CustomerRow {
    let key = CustomerKey { id: Some(id(customer)), ..CustomerKey::default() };
    db.customer(&usual(), &key, CustomerSet::ALL).await.unwrap().expect("the customer is there")
}

async fn customers_are_paged_in_the_order_of_their_ids(db: &TestDatabase) {
    db.apply(&StoreFile::default().customers(&["b", "a", "10", "9"])).await;
    let page = async |after: Option<&str>| -> Vec<String> {
        let rows = db.customers(&usual(), after.map(id).as_ref(), 2).await.unwrap();
        rows.iter().map(|row| row.id.to_string()).collect()
    };
    assert_eq!(page(None).await, ["10", "9"]);
    assert_eq!(page(Some("9")).await, ["a", "b"]);
    assert_eq!(page(Some("b")).await, [""; 0]);
}

async fn a_customer_is_made_changed_and_archived(db: &TestDatabase) {
    db.apply(&StoreFile::default().customers(&["1", "3"])).await;
    let new = json!({ "firstName": "Ravi", "phone": "+91 90909 09090", "partnerCustomerId": "p1", "tags": ["vip"] });
    let made = db.change(customers::add(Asked::operator(), patch(new.clone()), db.now())).await;
    assert_eq!(
        (&made["id"], &made["phone"], &made["countryCode"]),
        (&json!("2"), &json!("+919090909090"), &json!("IND"))
    );
    assert_eq!(made["assets"][0]["value"], "+919090909090");
    assert_eq!(find(db, "2").await.tags, ["vip"]);
    let again = db.change_of(&usual(), customers::add(Asked::operator(), patch(new), db.now())).await;
    assert_eq!(again, Err(Refused::field("partnerCustomerId", "is that of customer 2")));
    let set = |change: Value| customers::set(Asked::operator(), id("2"), patch(change), db.now());
    let changed =
        db.change(set(json!({ "phone": null, "lastName": "Rao", "partnerCustomerId": "p2" }))).await;
    assert_eq!((&changed["phone"], &changed["firstName"]), (&Value::Null, &json!("Ravi")));
    let taken = patch(json!({ "partnerCustomerId": "p2" }));
    let taken = customers::set(Asked::operator(), id("1"), taken, db.now());
    assert_eq!(
        db.change_of(&usual(), taken).await,
        Err(Refused::field("partnerCustomerId", "is that of customer 2"))
    );
    let unseen = Asked { condition: Condition::Missing, ..Asked::operator() };
    let refused = db.change_of(&usual(), customers::archive(unseen, id("2"), db.now())).await;
    assert_eq!(refused, Err(Refused::Unconditional));
    db.change(customers::archive(Asked::operator(), id("2"), db.now())).await;
    let row = find(db, "2").await;
    assert!(!row.active && row.last_name.as_deref() == Some("Rao"), "{row:?}");
    let of_customer = db.audit(&usual(), Some("customer:2"), None, 10).await.unwrap();
    assert_eq!(of_customer.len(), 3);
}

fn said(direction: Direction, text: &str, at: jiff::Timestamp) -> Command {
    let external_id = ExternalId::new("wamid.secret");
    Command::Message(Message { direction, text: Remark::new(text).unwrap(), at, external_id })
}

/// Three tickets of the usual customer, full of what may not stay.
async fn talk(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let named = json!({ "firstName": "Zora", "tags": ["secret"], "email": "zora@secret.example" });
    db.change(customers::set(Asked::operator(), id(CUSTOMER), patch(named), db.now())).await;
    db.told([
        call(&with_context("secret")),
        call(&with(tasks(), "taskTitle", "secret")),
        call(&with(whatsapp(), "context", "secret")),
    ])
    .await;
    let note = Command::Note { text: Remark::new("secret").unwrap(), mentions: [].into() };
    let orders = [
        (1, note),
        (2, said(Direction::In, "secret", db.now())),
        (3, said(Direction::Out, "secret", db.now())),
    ];
    db.work(&Actor::Operator, orders).await;
}

/// Whether any text of the customer's is left.
async fn is_left(db: &TestDatabase) -> bool {
    let mut text = format!("{:?}", find(db, CUSTOMER).await);
    for row in db.all_tickets().await {
        let timeline = db.timeline(&usual(), row.ticket.id).await.unwrap();
        text += &format!("{:?} {:?} {timeline:?}", row.contact, row.context);
    }
    text += &format!("{:?}", db.audit(&usual(), None, None, 1000).await.unwrap());
    ["secret", "Zora", "+918095495490", "wamid"].iter().any(|word| text.contains(word))
}

async fn an_erased_customer_leaves_numbers_and_nothing_else(db: &TestDatabase) {
    talk(db).await;
    assert!(is_left(db).await);
    let before = db.all_tickets().await;
    let shown = erase_all(&**db, &usual(), Asked::operator(), &id(CUSTOMER), db.now()).await.unwrap();
    assert_eq!(shown.unwrap()["firstName"], Value::Null);
    assert!(!is_left(db).await);
    let row = find(db, CUSTOMER).await;
    assert!(!row.active && row.assets.is_empty() && row.tags.is_empty() && row.addresses.is_empty());
    let after = db.all_tickets().await;
    assert_eq!(after.len(), 3);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.ticket, after.ticket);
        assert_eq!(before.contact.brand_address(), after.contact.brand_address());
    }
    let entries = db.timeline(&usual(), TicketId(2)).await.unwrap().unwrap().entries;
    assert!(
        matches!(&entries[0].what, What::Message { text, .. } if text.as_str() == "erased"),
        "{entries:?}"
    );
    assert_eq!(db.count("message_ids"), 0);
    assert_eq!(db.count("unlisted WHERE kind = 'ticket'"), 3);
    let last = &db.audit(&usual(), Some("customer:5233549"), None, 1).await.unwrap()[0];
    assert_eq!((&last.by, &last.entry.after), (&Actor::Operator, &Some(json!({ "erased": true }))));
    db.assert_sound().await;
}

async fn an_erasure_that_broke_off_goes_on(db: &TestDatabase) {
    talk(db).await;
    db.told((0..200).map(|_| call(&with_context("secret")))).await;
    let erase = customers::erase(Asked::operator(), id(CUSTOMER), db.now());
    db.change(erase).await;
    let first = db.erase(&usual(), &id(CUSTOMER), TicketId(0)).await.unwrap();
    assert_eq!(first, Erasure::After(TicketId(100)));
    assert!(is_left(db).await);
    let again =
        erase_all(&*db.another(), &usual(), Asked::operator(), &id(CUSTOMER), db.now()).await.unwrap();
    again.unwrap();
    assert!(!is_left(db).await);
}

async fn another_stores_customer_stays(db: &TestDatabase) {
    talk(db).await;
    let other = super::database::store("another");
    db.apply(&StoreFile::default().store("another")).await;
    let erased = erase_all(&**db, &other, Asked::operator(), &id("nobody"), db.now()).await.unwrap();
    assert_eq!(erased, Err(Refused::NotFound));
    erase_all(&**db, &other, Asked::operator(), &id(CUSTOMER), db.now()).await.unwrap().unwrap();
    assert_eq!(find(db, CUSTOMER).await.first_name.as_deref(), Some("Zora"));
    assert!(db.all_tickets().await[0].context.is_some());
}
