//! Intake: kept answers.

use super::calls::{call, call_to, key_id, with_key};
use super::{TestDatabase, storage_suite};
use crate::harness::bodies::{with, with_context};
use crate::harness::{StoreFile, tasks};
use rota_core::intake::{Call, KEEP_ANSWERS};
use std::time::Duration;

storage_suite!(
    an_answer_is_kept_under_its_key_and_replayed,
    the_same_key_with_other_bytes_is_refused_even_invalid_ones,
    a_record_past_its_time_counts_as_absent,
    the_same_key_in_another_store_is_another_key,
    only_successes_are_kept,
    records_past_their_time_are_removed_by_later_ones,
    a_dedupe_window_replays_the_same_bytes_of_the_same_api_key,
    a_dedupe_window_counts_from_the_first_and_does_not_slide,
);

async fn an_answer_is_kept_under_its_key_and_replayed(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let keyed = || with_key("k", call(&tasks()));
    assert_eq!(db.told([keyed(), keyed()]).await, ["created 1 for 100", "replayed 1 for 100"]);
    assert_eq!(db.told([call(&tasks()), keyed()]).await, ["created 2 for 101", "replayed 1 for 100"]);
    assert_eq!(db.all_tickets().await.len(), 2);
    db.assert_sound().await;
}

async fn the_same_key_with_other_bytes_is_refused_even_invalid_ones(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told([with_key("k", call(&tasks()))]).await;
    let other = with_key("k", call(&with_context("other")));
    let invalid = with_key("k", call(&serde_json::json!({})));
    assert_eq!(db.told([other, invalid]).await, ["key reused", "key reused"]);
    assert_eq!(db.all_tickets().await.len(), 1);
}

async fn a_record_past_its_time_counts_as_absent(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let keyed = || with_key("k", call(&tasks()));
    db.told([keyed()]).await;
    db.pass(KEEP_ANSWERS - Duration::from_millis(1));
    assert_eq!(db.told([keyed()]).await, ["replayed 1 for 100"]);
    db.pass(Duration::from_millis(1));
    let other = || with_key("k", call(&with_context("other")));
    assert_eq!(db.told([other()]).await, ["created 2 for 101"]);
    db.pass(KEEP_ANSWERS / 2);
    assert_eq!(db.told([other(), keyed()]).await, ["replayed 2 for 101", "key reused"]);
}

async fn the_same_key_in_another_store_is_another_key(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.apply(&StoreFile::default().store("another")).await;
    let told = db.told([with_key("k", call(&tasks())), with_key("k", call_to("another", &tasks()))]).await;
    assert_eq!(told, ["created 1 for 100", "created 1 for 100"]);
    let other = with_key("k", call_to("another", &with_context("other")));
    assert_eq!(db.told([with_key("k", call(&tasks())), other]).await, ["replayed 1 for 100", "key reused"]);
}

async fn only_successes_are_kept(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let wrong = with_key("k", call(&with(tasks(), "bikCustomerId", "nobody")));
    assert_eq!(db.told([wrong]).await, ["invalid bikCustomerId"]);
    let dry = Call { dry_run: true, ..with_key("k", call(&tasks())) };
    assert_eq!(db.told([dry]).await, ["would be for 100"]);
    assert_eq!(db.told([with_key("k", call(&tasks()))]).await, ["created 1 for 100"]);
}

async fn records_past_their_time_are_removed_by_later_ones(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let keyed = |number: usize| with_key(&number.to_string(), call(&tasks()));
    db.told((0..100).map(keyed)).await;
    assert_eq!(db.count("idempotency"), 100);
    db.pass(KEEP_ANSWERS);
    for number in 1_000..1_010 {
        db.told([keyed(number)]).await;
    }
    assert_eq!(db.count("idempotency"), 10);
}

async fn a_dedupe_window_replays_the_same_bytes_of_the_same_api_key(db: &TestDatabase) {
    db.apply(&StoreFile::default().dedupe_window("60s")).await;
    let told = db.told([call(&tasks()), call(&tasks()), call(&with_context("other"))]).await;
    assert_eq!(told, ["created 1 for 100", "replayed 1 for 100", "created 2 for 101"]);
    let by_another = Call { by: key_id("key2"), ..call(&tasks()) };
    let told = db.told([call(&tasks()), by_another, with_key("k", call(&tasks()))]).await;
    assert_eq!(told, ["replayed 1 for 100", "created 3 for 102", "created 4 for 100"]);
}

async fn a_dedupe_window_counts_from_the_first_and_does_not_slide(db: &TestDatabase) {
    db.apply(&StoreFile::default().dedupe_window("60s")).await;
    for expected in ["created 1 for 100", "replayed 1 for 100", "created 2 for 101"] {
        assert_eq!(db.told([call(&tasks())]).await, [expected]);
        db.pass(Duration::from_secs(30));
    }
    db.apply(&StoreFile::default().dedupe_window("0s")).await;
    assert_eq!(db.told([call(&tasks())]).await, ["created 3 for 102"]);
}
