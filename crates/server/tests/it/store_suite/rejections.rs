//! Refused create calls: which are kept, for how long, and what of them.

use super::database::{store, usual};
use super::due::work_all;
use super::{TestDatabase, storage_suite};
use crate::harness::StoreFile;
use jiff::Timestamp;
use rota::settings::Asked;
use rota::settings::store as settings;
use rota::store::StoreError;
use rota::store::rejections::{Broken, KeptBody, Rejection};
use rota_core::event::Kind;
use rota_core::ids::KeyId;
use rota_core::ticket::Channel;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

storage_suite!(
    rejections_are_read_as_they_were_kept_newest_first,
    bodies_are_kept_only_where_the_store_says_so,
    the_last_thousand_are_kept,
    rejections_are_gone_after_seven_days,
    what_is_told_stands_among_the_events,
);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn rejection(key: &str, at: Timestamp) -> Rejection {
    Rejection {
        at,
        key: KeyId::new(key).unwrap(),
        status: 400,
        errors: vec![Broken { field: "channel".into(), detail: "is required".into() }],
        ignored: vec!["x".into()],
        size: 2,
        hash: [7; 32],
        channel: Some(Channel::Email),
        dropped: 3,
        body: Some(KeptBody { bytes: vec![0, 255], customer: Some("c".into()) }),
    }
}

async fn keep(db: &TestDatabase, rejections: Vec<Rejection>) {
    db.keep_rejections(&usual(), rejections.into()).await.expect("they are kept");
}

async fn rejections_are_read_as_they_were_kept_newest_first(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another")).await;
    let given = ["a", "b", "a"].map(|key| rejection(key, db.now()));
    keep(db, given[..2].to_vec()).await;
    keep(db, given[2..].to_vec()).await;
    let read = db.rejections(&usual(), None, None, 2).await.unwrap();
    let positions: Vec<i64> = read.iter().map(|row| row.position).collect();
    assert_eq!(positions, [3, 2]);
    assert_eq!(read[1].rejection, Rejection { body: None, ..given[1].clone() });
    let rest = db.rejections(&usual(), None, Some(2), 2).await.unwrap();
    assert_eq!(rest.len(), 1);
    let of_key = db.rejections(&usual(), Some(&KeyId::new("a").unwrap()), None, 9).await.unwrap();
    assert_eq!(of_key.len(), 2);
    assert!(db.rejections(&store("another"), None, None, 9).await.unwrap().is_empty());
    let nowhere = db.keep_rejections(&store("nowhere"), Arc::new(given)).await;
    assert!(matches!(nowhere, Err(StoreError::NotFound)), "{nowhere:?}");
    db.assert_sound().await;
}

async fn bodies_are_kept_only_where_the_store_says_so(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let patch = serde_json::from_value(json!({ "keepRejectedValues": true })).unwrap();
    db.change(settings::set(Asked::operator(), patch)).await;
    let given = rejection("a", db.now());
    keep(db, vec![given.clone()]).await;
    assert_eq!(db.rejections(&usual(), None, None, 1).await.unwrap()[0].rejection, given);
}

async fn the_last_thousand_are_kept(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    for _ in 0..3 {
        keep(db, vec![rejection("a", db.now()); 400]).await;
    }
    assert_eq!(db.count("rejections"), 1_000);
    assert_eq!(db.rejections(&usual(), None, Some(202), 9).await.unwrap().len(), 1);
}

async fn rejections_are_gone_after_seven_days(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    keep(db, vec![rejection("a", db.now())]).await;
    db.pass(7 * DAY);
    assert_eq!(db.rejections(&usual(), None, None, 9).await.unwrap().len(), 1);
    db.pass(Duration::from_millis(1));
    assert!(db.rejections(&usual(), None, None, 9).await.unwrap().is_empty(), "nobody sees it any more");
    work_all(db).await;
    assert_eq!(db.count("rejections"), 0, "nor is it there");
}

async fn what_is_told_stands_among_the_events(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    for key in ["a", "b"] {
        db.tell(&usual(), Kind::IntakeRejecting, &json!({ "keyId": key })).await.unwrap();
    }
    let events = db.events(&usual(), 0, 9).await.unwrap();
    let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
    assert_eq!((positions, db.last_event(&usual()).await.unwrap()), (vec![1, 2], 2));
    db.assert_sound().await;
}
