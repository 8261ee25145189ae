//! Backups: a consistent copy, made while the database is in use.

use super::calls::{Calls, call};
use super::database::usual;
use super::{TestDatabase, storage_suite};
use crate::harness::{StoreFile, tasks};
use rota::store::{Store, StoreError};
use rota_core::ids::TicketId;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

storage_suite!(
    a_copy_opens_passes_the_check_and_goes_on_where_it_was_made,
    a_copy_made_beside_intake_is_how_things_stood_at_one_moment,
    a_copy_does_not_replace_a_file,
);

fn nobody_looks(_: u64, _: u64) {}

async fn count(db: &dyn Store) -> usize {
    db.tickets(&usual(), TicketId(0), 10_000, false).await.unwrap().len()
}

async fn a_copy_opens_passes_the_check_and_goes_on_where_it_was_made(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told((0..4).map(|_| call(&tasks()))).await;
    let told = Mutex::new(Vec::new());
    let progress = |done, of| told.lock().unwrap().push((done, of));
    let file = db.path("copy.db");
    db.backup(&file, &progress).await.unwrap();
    let told = told.into_inner().unwrap();
    assert!(told.is_sorted() && told.last().is_some_and(|(done, of)| done == of), "{told:?}");
    db.told([call(&tasks())]).await;

    let copy = db.open_backup(&file);
    assert!(copy.check().await.unwrap().is_empty());
    assert_eq!((count(&*copy).await, count(&**db).await), (4, 5));
    let answers = Calls::new([call(&tasks())]).answered_by(copy.as_ref()).await;
    assert_eq!(super::calls::told(&answers[0]), "created 5 for 101");
}

async fn a_copy_made_beside_intake_is_how_things_stood_at_one_moment(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    db.told((0..500).map(|_| call(&tasks()))).await;
    let done = AtomicBool::new(false);
    let file = db.path("copy.db");
    let intake = async {
        while !done.load(Ordering::Relaxed) {
            db.told((0..10).map(|_| call(&tasks()))).await;
        }
    };
    let backup = async {
        let other = db.another();
        let outcome = tokio::spawn({
            let file = file.clone();
            async move { other.backup(&file, &nobody_looks).await }
        });
        outcome.await.expect("the backup ends").expect("the copy is made");
        done.store(true, Ordering::Relaxed);
    };
    tokio::join!(intake, backup);
    let copy = db.open_backup(&file);
    assert!(copy.check().await.unwrap().is_empty());
    let copied = count(&*copy).await;
    assert!(copied >= 500 && copied.is_multiple_of(10) && copied <= count(&**db).await, "{copied}");
}

async fn a_copy_does_not_replace_a_file(db: &TestDatabase) {
    db.apply(&StoreFile::default()).await;
    let file = db.path("there.db");
    std::fs::write(&file, "mine").unwrap();
    let outcome = db.backup(&file, &nobody_looks).await;
    assert!(matches!(outcome, Err(StoreError::Conflict(_))), "{outcome:?}");
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
}
