//! API keys.

use super::calls::key_id;
use super::database::{START, store, usual};
use super::{TestDatabase, storage_suite};
use crate::harness::StoreFile;
use rota::settings::{self, Asked};
use rota::store::types::ApiKey;
use rota::store::{DecideSettings, Refused};
use rota_core::ids::StoreId;
use std::time::Duration;

storage_suite!(
    a_key_is_found_by_its_id_as_it_was_made,
    a_key_without_scopes_has_none,
    keys_are_listed_in_the_order_they_were_made,
    a_key_of_no_store_is_not_made,
    a_revoked_key_tells_since_when,
    what_was_made_or_revoked_since_a_moment_is_found,
    the_last_use_is_noted_and_never_goes_back,
    a_use_under_another_store_is_not_noted,
);

/// A key of the store, for intake.
pub fn key(id: &str, of: StoreId) -> ApiKey {
    ApiKey {
        store: of,
        id: key_id(id),
        name: format!("key {id}"),
        secret_hash: [7; 32],
        scopes: vec!["intake".into()],
        rate: None,
        created_at: START,
        expires_at: None,
        revoked_at: None,
        last_used_at: None,
    }
}

fn revoke(db: &TestDatabase, id: &str) -> DecideSettings {
    settings::keys::revoke(Asked::operator(), key_id(id), db.now())
}

async fn two_stores(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another")).await;
}

fn ids(keys: &[ApiKey]) -> Vec<&str> {
    keys.iter().map(|key| key.id.as_str()).collect()
}

async fn a_key_is_found_by_its_id_as_it_was_made(db: &TestDatabase) {
    two_stores(db).await;
    let made = ApiKey {
        scopes: vec!["intake".into(), "desk".into()],
        rate: Some(50),
        expires_at: Some(START + Duration::from_secs(60)),
        secret_hash: std::array::from_fn(|place| place as u8),
        ..key("k", usual())
    };
    db.create_key(made.clone()).await;
    let found = db.key(&key_id("k")).await.unwrap().expect("the key is there");
    assert_eq!(format!("{found:?}"), format!("{made:?}"));
    assert!(db.key(&key_id("K")).await.unwrap().is_none());
}

async fn a_key_without_scopes_has_none(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.create_key(ApiKey { scopes: Vec::new(), ..key("k", usual()) }).await;
    let found = db.key(&key_id("k")).await.unwrap().expect("the key is there");
    assert_eq!(found.scopes, [""; 0]);
}

async fn keys_are_listed_in_the_order_they_were_made(db: &TestDatabase) {
    two_stores(db).await;
    for (second, id) in ["c", "a", "b"].into_iter().enumerate() {
        let created_at = START + Duration::from_secs(second as u64);
        db.create_key(ApiKey { created_at, ..key(id, usual()) }).await;
    }
    let between = START + Duration::from_millis(500);
    db.create_key(ApiKey { created_at: between, ..key("d", store("another")) }).await;
    assert_eq!(ids(&db.keys(Some(&usual())).await.unwrap()), ["c", "a", "b"]);
    assert_eq!(ids(&db.keys(Some(&store("another"))).await.unwrap()), ["d"]);
    assert_eq!(ids(&db.keys(None).await.unwrap()), ["c", "d", "a", "b"]);
    assert!(db.keys(Some(&store("nowhere"))).await.unwrap().is_empty());
}

async fn a_key_of_no_store_is_not_made(db: &TestDatabase) {
    let make = settings::keys::add(Asked::operator(), key("k", store("nowhere")));
    assert_eq!(db.change_of(&store("nowhere"), make).await, Err(Refused::NotFound));
    assert!(db.keys(None).await.unwrap().is_empty());
}

async fn a_revoked_key_tells_since_when(db: &TestDatabase) {
    two_stores(db).await;
    db.create_key(key("k", usual())).await;
    db.create_key(key("other", usual())).await;
    let since = db.now();
    for _ in 0..2 {
        db.change(revoke(db, "k")).await;
        db.pass(Duration::from_secs(1));
    }
    assert_eq!(db.key(&key_id("k")).await.unwrap().unwrap().revoked_at, Some(since));
    assert_eq!(db.key(&key_id("other")).await.unwrap().unwrap().revoked_at, None);
    assert_eq!(db.change_of(&usual(), revoke(db, "nokey")).await, Err(Refused::NotFound));
    assert_eq!(db.change_of(&store("another"), revoke(db, "k")).await, Err(Refused::NotFound));
}

async fn what_was_made_or_revoked_since_a_moment_is_found(db: &TestDatabase) {
    two_stores(db).await;
    db.create_key(key("old", usual())).await;
    db.create_key(key("revoked", usual())).await;
    db.pass(Duration::from_secs(1));
    let moment = db.now();
    db.create_key(ApiKey { created_at: moment, ..key("new", store("another")) }).await;
    db.change(revoke(db, "revoked")).await;
    db.keys_used(vec![(usual(), key_id("old"), moment)]).await.unwrap();
    let mut changed = db.keys_changed_since(moment).await.unwrap();
    changed.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(ids(&changed), ["new", "revoked"]);
    assert_eq!(db.keys_changed_since(START).await.unwrap().len(), 3);
    assert!(db.keys_changed_since(moment + Duration::from_millis(1)).await.unwrap().is_empty());
}

async fn the_last_use_is_noted_and_never_goes_back(db: &TestDatabase) {
    two_stores(db).await;
    for id in ["a", "b"] {
        db.create_key(key(id, usual())).await;
    }
    let later = START + Duration::from_secs(9);
    let uses = vec![(usual(), key_id("a"), later), (usual(), key_id("b"), START)];
    db.keys_used(uses).await.unwrap();
    db.keys_used(vec![(usual(), key_id("a"), START)]).await.unwrap();
    let used: Vec<_> = db.keys(None).await.unwrap().into_iter().map(|key| key.last_used_at).collect();
    assert_eq!(used, [Some(later), Some(START)]);
}

async fn a_use_under_another_store_is_not_noted(db: &TestDatabase) {
    two_stores(db).await;
    db.create_key(key("k", usual())).await;
    db.keys_used(vec![(store("another"), key_id("k"), START)]).await.unwrap();
    assert_eq!(db.key(&key_id("k")).await.unwrap().unwrap().last_used_at, None);
}
