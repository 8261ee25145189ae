//! Customers: written as decided, found in the documented order, with the parts that are asked for.

use super::database::{START, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::{CUSTOMER, StoreFile};
use rota::store::types::{
    Asset, AssetKind, CustomerDecision, CustomerKey, CustomerRow, CustomerSet, PostalAddress,
};
use rota_core::access::Actor;
use rota_core::ids::CustomerId;

storage_suite!(
    a_new_customer_gets_the_next_number_that_is_free,
    what_was_put_is_what_is_found,
    an_update_is_decided_from_the_whole_row_and_keeps_the_numbers_of_its_parts,
    a_customer_is_found_by_id_then_partner_id_then_phone_then_mail,
    an_archived_customer_is_found_behind_an_active_one,
    another_stores_customer_is_not_found,
    a_customer_call_is_audited_where_it_changed_something,
);

fn id(text: &str) -> CustomerId {
    CustomerId::new(text).expect("a customer's id")
}

fn by_phone(phone: &str) -> CustomerKey {
    CustomerKey { phone: Some(phone.into()), ..CustomerKey::default() }
}

fn by_id(text: &str) -> CustomerKey {
    CustomerKey { id: Some(id(text)), ..CustomerKey::default() }
}

fn fresh(phone: &str) -> CustomerRow {
    CustomerRow { phone: Some(phone.into()), ..CustomerRow::new(id("ignored"), START) }
}

/// Writes `row` as a new customer of the usual store.
async fn make(db: &TestDatabase, row: CustomerRow) -> CustomerRow {
    let decide = Box::new(move |_: Option<&_>| CustomerDecision { row: row.clone(), new: true });
    db.put_customer(&usual(), &Actor::Operator, by_phone("nobody's"), decide)
        .await
        .expect("the customer is made")
}

async fn find(db: &TestDatabase, key: &CustomerKey) -> Option<String> {
    let found = db.customer(&usual(), key, CustomerSet::default()).await.expect("customers are looked up");
    found.map(|row| row.id.to_string())
}

fn whole() -> CustomerRow {
    let asset = |kind, value: &str| Asset {
        id: 0,
        kind,
        value: value.into(),
        country_code: (kind == AssetKind::PhoneNumber).then(|| "IND".into()),
        created_at: START,
    };
    CustomerRow {
        partner_id: Some("p1".into()),
        first_name: Some("Asha".into()),
        email: Some("Asha@Example.com".into()),
        country_code: Some("IND".into()),
        assets: vec![
            asset(AssetKind::PhoneNumber, "+919090909090"),
            asset(AssetKind::Email, "Asha@Example.com"),
        ],
        addresses: vec![PostalAddress {
            partner_id: Some("a1".into()),
            city: Some("Bangalore".into()),
            is_default: true,
            ..PostalAddress::default()
        }],
        tags: vec!["new".into(), "vip".into()],
        ..fresh("+919090909090")
    }
}

async fn a_new_customer_gets_the_next_number_that_is_free(db: &TestDatabase) {
    db.apply(&StoreFile::default().customers(&["2", "3", "c-4"])).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(make(db, fresh(&format!("+91909090909{number}"))).await.id.to_string());
    }
    assert_eq!(ids, ["1", "4", "5"]);
}

async fn what_was_put_is_what_is_found(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let put = make(db, whole()).await;
    assert!(put.assets.iter().all(|asset| asset.id > 0) && put.addresses[0].id > 0, "{put:?}");
    let find = by_id(put.id.as_str());
    let found = db.customer(&usual(), &find, CustomerSet::ALL).await.unwrap();
    assert_eq!(found.as_ref(), Some(&put));
    let bare = db.customer(&usual(), &find, CustomerSet::default()).await.unwrap();
    let without = CustomerRow { assets: vec![], addresses: vec![], tags: vec![], ..put.clone() };
    assert_eq!(bare, Some(without));
    let with_tags = CustomerSet { tags: true, ..CustomerSet::default() };
    let tagged = db.customer(&usual(), &find, with_tags).await.unwrap().unwrap();
    assert_eq!((tagged.tags, tagged.assets, tagged.addresses), (put.tags, vec![], vec![]));
}

async fn an_update_is_decided_from_the_whole_row_and_keeps_the_numbers_of_its_parts(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let put = make(db, whole()).await;
    let expected = put.clone();
    let decide = Box::new(move |found: Option<&CustomerRow>| {
        let mut row = found.expect("the customer matches").clone();
        assert_eq!(row, expected);
        row.last_name = Some("Rao".into());
        row.tags = vec!["vip".into()];
        row.assets.remove(0);
        CustomerDecision { row, new: false }
    });
    let updated =
        db.put_customer(&usual(), &Actor::Operator, by_phone("+919090909090"), decide).await.unwrap();
    assert_eq!((&updated.id, updated.last_name.as_deref()), (&put.id, Some("Rao")));
    assert_eq!((&updated.assets[..], &updated.addresses), (&put.assets[1..], &put.addresses));
    let found = db.customer(&usual(), &by_id(put.id.as_str()), CustomerSet::ALL).await.unwrap();
    assert_eq!(found, Some(updated));
}

async fn a_customer_is_found_by_id_then_partner_id_then_phone_then_mail(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let partner = make(db, CustomerRow { partner_id: Some("p2".into()), ..fresh("+919090909002") }).await.id;
    let phone = make(db, fresh("+919090909003")).await.id;
    let mail =
        make(db, CustomerRow { email: Some("M@Example.com".into()), ..fresh("+919090909004") }).await.id;
    let mut key = CustomerKey {
        id: Some(id(CUSTOMER)),
        partner_id: Some("p2".into()),
        phone: Some("+919090909003".into()),
        email_key: Some("m@example.com".into()),
    };
    assert_eq!(find(db, &key).await.as_deref(), Some(CUSTOMER));
    key.id = Some(id("nobody"));
    assert_eq!(find(db, &key).await, Some(partner.to_string()));
    key.partner_id = None;
    assert_eq!(find(db, &key).await, Some(phone.to_string()));
    key.phone = Some("+10000000".into());
    assert_eq!(find(db, &key).await, Some(mail.to_string()));
    key.email_key = None;
    assert_eq!(find(db, &key).await, None);
    assert_eq!(find(db, &CustomerKey::default()).await, None);
}

async fn an_archived_customer_is_found_behind_an_active_one(db: &TestDatabase) {
    db.apply(&StoreFile::default().customers(&["gone"])).await;
    let phone = db.customer(&usual(), &by_id("gone"), CustomerSet::default()).await.unwrap().unwrap().phone;
    let phone = phone.expect("the file gives one");
    db.apply(&StoreFile { customers: vec!["stays".into(), "new".into()], ..StoreFile::default() }).await;
    let archived = db.customer(&usual(), &by_id("gone"), CustomerSet::default()).await.unwrap().unwrap();
    assert!(!archived.active);
    assert_eq!(find(db, &by_phone(&phone)).await.as_deref(), Some("stays"));
}

async fn another_stores_customer_is_not_found(db: &TestDatabase) {
    db.apply(&StoreFile::default().customers(&["ours"])).await;
    db.apply(&StoreFile::default().store("another").customers(&["theirs"])).await;
    assert_eq!(find(db, &by_id("theirs")).await, None);
    let put = make(db, whole()).await;
    let key = by_phone("+919090909090");
    assert!(db.customer(&store("another"), &key, CustomerSet::ALL).await.unwrap().is_none());
    let decide = Box::new(|found: Option<&CustomerRow>| {
        assert!(found.is_none());
        CustomerDecision { row: CustomerRow { first_name: Some("Ravi".into()), ..whole() }, new: true }
    });
    let theirs = db.put_customer(&store("another"), &Actor::Operator, key, decide).await.unwrap();
    assert_eq!(theirs.id, put.id, "each store counts by itself");
    let ours = db.customer(&usual(), &by_id(put.id.as_str()), CustomerSet::ALL).await.unwrap();
    assert_eq!(ours, Some(put));
}

async fn a_customer_call_is_audited_where_it_changed_something(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let by = Actor::Key(rota_core::ids::KeyId::new("crm").unwrap());
    let put = async |name: &'static str, seconds: i64| {
        let decide = Box::new(move |found: Option<&CustomerRow>| {
            let new = found.is_none();
            let row = found.cloned().unwrap_or_else(|| fresh("+919090909090"));
            let updated_at = START + jiff::SignedDuration::from_secs(seconds);
            CustomerDecision { row: CustomerRow { first_name: Some(name.into()), updated_at, ..row }, new }
        });
        db.put_customer(&usual(), &by, by_phone("+919090909090"), decide).await.expect("the customer is put")
    };
    let made = put("Asha", 0).await;
    put("Asha", 5).await;
    put("Usha", 9).await;
    let subject = format!("customer:{}", made.id);
    let entries = db.audit(&usual(), Some(&subject), None, 10).await.expect("the log is read");
    let named = |value: &Option<serde_json::Value>| value.as_ref().map(|value| value["firstName"].clone());
    let told: Vec<_> =
        entries.iter().map(|row| (named(&row.entry.before), named(&row.entry.after))).collect();
    let name = |name: &str| Some(serde_json::Value::from(name));
    assert_eq!(told, [(name("Asha"), name("Usha")), (None, name("Asha"))], "the second call changed nothing");
    assert!(entries.iter().all(|row| row.by == by));
}
