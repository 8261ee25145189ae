//! Searches: both databases find what the core's table of examples says.

use super::{file_all, key, listing, person, walk};
use crate::harness::StoreFile;
use crate::harness::bodies::{tasks, whatsapp, with};
use crate::store_suite::calls::call;
use crate::store_suite::database::{START, TestDatabase, usual};
use crate::store_suite::storage_suite;
use rota::settings::Asked;
use rota::settings::customers::erase_all;
use rota::store::Store;
use rota::store::types::{CustomerDecision, CustomerKey, CustomerRow};
use rota_core::access::Actor;
use rota_core::access::Role;
use rota_core::ids::CustomerId;
use rota_core::life::{Command, Direction, Message};
use rota_core::search::examples::{ExampleCustomer, SEARCHES, TICKETS};
use rota_core::search::{Listing, Query, Sort};
use rota_core::text::Remark;
use std::collections::BTreeSet;

storage_suite!(
    every_search_of_the_table_finds_what_it_says,
    a_ticket_is_found_by_what_is_said_on_it_later,
    a_search_says_whether_it_knew_all_that_was_written,
    a_customer_is_found_by_the_name_that_it_has_now,
    all_tickets_of_a_customer_have_the_new_name_and_address,
    nothing_of_an_erased_customer_is_found,
    what_is_made_anew_of_a_backup_finds_the_same,
);

fn searched(text: &str) -> Listing {
    Listing { query: Some(Query::new(text).unwrap()), ..listing("", Sort::Newest).unwrap() }
}

/// What is found, in the order in which it is shown.
async fn found(db: &dyn Store, text: &str) -> Vec<i64> {
    walk(db, &key(), Listing { sort: Sort::Match, limit: 2, ..searched(text) }).await
}

fn row(customer: &ExampleCustomer) -> CustomerRow {
    CustomerRow {
        first_name: customer.first_name.map(Into::into),
        last_name: customer.last_name.map(Into::into),
        phone: customer.phone.map(Into::into),
        email: customer.email.map(Into::into),
        partner_id: customer.partner_customer_id.map(Into::into),
        ..CustomerRow::new(CustomerId::new("0").unwrap(), START)
    }
}

/// Writes the row of the customer with this phone number or mail address.
async fn put(db: &TestDatabase, row: CustomerRow) -> String {
    let email_key = row.email.as_deref().map(str::to_lowercase);
    let find = CustomerKey { phone: row.phone.clone(), email_key, ..CustomerKey::default() };
    let decide = Box::new(move |found: Option<&CustomerRow>| {
        let id = found.map_or_else(|| row.id.clone(), |found| found.id.clone());
        CustomerDecision { row: CustomerRow { id, ..row.clone() }, new: found.is_none() }
    });
    db.put_customer(&usual(), &Actor::Operator, find, decide)
        .await
        .expect("the customer is put")
        .id
        .to_string()
}

fn message(text: &str) -> Command {
    Command::Message(Message {
        direction: Direction::In,
        text: Remark::new(text).unwrap(),
        at: START,
        external_id: None,
    })
}

fn note(text: &str) -> Command {
    Command::Note { text: Remark::new(text).unwrap(), mentions: BTreeSet::new() }
}

async fn fill(db: &TestDatabase) {
    db.apply(&StoreFile::default().customers(&[])).await;
    let lead = person(101, Role::Admin);
    for example in TICKETS {
        let customer = put(db, row(&example.customer)).await;
        let body = match example.title {
            Some(title) => with(tasks(), "taskTitle", title),
            None => whatsapp(),
        };
        let body = with(with(body, "bikCustomerId", customer), "context", example.context);
        db.told([call(&body)]).await;
        let notes = example.notes.iter().map(|text| (example.number, note(text)));
        let messages = example.messages.iter().map(|text| (example.number, message(text)));
        let outcomes = db.work(&lead, notes.chain(messages)).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    }
}

async fn every_search_of_the_table_finds_what_it_says(db: &TestDatabase) {
    fill(db).await;
    file_all(&**db).await;
    for (typed, expected) in SEARCHES {
        assert_eq!(found(&**db, typed).await, *expected, "{typed}");
        for sort in [Sort::Newest, Sort::Oldest, Sort::Priority, Sort::Changed] {
            let mut ids = walk(&**db, &key(), Listing { sort, limit: 1, ..searched(typed) }).await;
            ids.sort_unstable();
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(ids, expected, "{typed} {sort:?}");
        }
    }
}

async fn a_ticket_is_found_by_what_is_said_on_it_later(db: &TestDatabase) {
    fill(db).await;
    assert_eq!(found(&**db, "543210").await, [4, 2, 1], "a number's customer is known at once");
    assert_eq!(found(&**db, "kulkarni").await, [1], "and so is the name, of a ticket that is not filed");
    assert_eq!(found(&**db, "refund").await, [0; 0], "words are not");
    file_all(&**db).await;
    let lead = person(101, Role::Admin);
    db.work(&lead, [(5, note("wants a callback tomorrow"))]).await;
    file_all(&**db).await;
    assert_eq!(found(&**db, "callback tomorrow").await, [5]);
    assert_eq!(found(&**db, "call again").await, [5], "and by all the rest");
    // Filed, but not with what was said meanwhile.
    db.told([call(&with(tasks(), "bikCustomerId", "1"))]).await;
    db.work(&lead, [(6, message("please deliver on saturday")), (1, note("saturday suits"))]).await;
    file_all(&**db).await;
    assert_eq!(found(&**db, "saturday").await, [6, 1]);
    assert_eq!(db.count("unlisted"), 0);
}

async fn a_search_says_whether_it_knew_all_that_was_written(db: &TestDatabase) {
    let up_to_date = async |listing: Listing| db.find(&usual(), &key(), &listing).await.unwrap().up_to_date;
    fill(db).await;
    assert!(!up_to_date(searched("refund")).await, "a store of which nothing is filed");
    assert!(up_to_date(listing("", Sort::Newest).unwrap()).await, "a list lacks nothing");
    file_all(&**db).await;
    assert!(up_to_date(searched("refund")).await);
    db.told([call(&with(tasks(), "bikCustomerId", "1"))]).await;
    assert!(!up_to_date(searched("refund")).await, "a new ticket");
    file_all(&**db).await;
    db.work(&person(101, Role::Admin), [(5, note("wants a callback"))]).await;
    assert!(!up_to_date(searched("refund")).await, "a note on an old one");
    file_all(&**db).await;
    assert!(up_to_date(searched("refund")).await);
    let mut asha = row(&TICKETS[0].customer);
    asha.first_name = Some("Meera".into());
    put(db, asha).await;
    assert!(!up_to_date(searched("refund")).await, "a customer's new name");
    file_all(&**db).await;
    assert!(up_to_date(searched("refund")).await);
}

async fn a_customer_is_found_by_the_name_that_it_has_now(db: &TestDatabase) {
    fill(db).await;
    file_all(&**db).await;
    assert_eq!(found(&**db, "Kulkarni Asha").await, [1]);
    let mut asha = row(&TICKETS[0].customer);
    (asha.first_name, asha.last_name) = (Some("Meera".into()), Some("Rao".into()));
    put(db, asha.clone()).await;
    file_all(&**db).await;
    assert_eq!(found(&**db, "Kulkarni").await, [0; 0]);
    assert_eq!(found(&**db, "meera rao").await, [1]);
    assert_eq!(found(&**db, "rao me").await, [1]);
    // Nothing is left of a customer without a name, a number and an address.
    (asha.first_name, asha.last_name) = (None, None);
    put(db, asha).await;
    file_all(&**db).await;
    assert_eq!(found(&**db, "meera").await, [0; 0]);
    assert_eq!(found(&**db, "98765 43210").await, [1]);
    assert_eq!(db.count("unlisted"), 0);
}

/// More than a step of filing takes.
async fn all_tickets_of_a_customer_have_the_new_name_and_address(db: &TestDatabase) {
    const MANY: usize = 120;
    db.apply(&StoreFile::default().customers(&[])).await;
    let mut asha = row(&TICKETS[0].customer);
    let id = put(db, asha.clone()).await;
    db.told((0..MANY).map(|_| call(&with(tasks(), "bikCustomerId", id.as_str())))).await;
    file_all(&**db).await;
    let count = async |text| {
        walk(&**db, &key(), Listing { sort: Sort::Match, limit: 100, ..searched(text) }).await.len()
    };
    assert_eq!([count("kulkarni").await, count("asha.k@").await], [MANY; 2]);
    (asha.first_name, asha.last_name) = (Some("Meera".into()), Some("Rao".into()));
    asha.email = Some("meera.rao@shop.example".into());
    put(db, asha).await;
    file_all(&**db).await;
    assert_eq!([count("kulkarni").await, count("asha.k@").await], [0; 2]);
    assert_eq!([count("rao me").await, count("meera.r").await], [MANY; 2]);
    assert_eq!(db.count("unlisted"), 0);
}

async fn nothing_of_an_erased_customer_is_found(db: &TestDatabase) {
    fill(db).await;
    file_all(&**db).await;
    let asha = db.all_tickets().await[0].ticket.customer.clone();
    // One of the tickets is not filed yet.
    db.told([call(&with(with(tasks(), "bikCustomerId", asha.as_str()), "taskTitle", "courier again"))]).await;
    assert_eq!(found(&**db, "98765 43210").await, [6, 1]);
    let shown = erase_all(&**db, &usual(), Asked::operator(), &asha, db.now()).await.unwrap();
    assert!(shown.is_ok(), "{shown:?}");
    file_all(&**db).await;
    for typed in ["98765 43210", "asha.k@", "kulkarni", "abcd-122345"] {
        assert_eq!(found(&**db, typed).await, [0; 0], "{typed}");
    }
    for typed in ["courier", "order 4417", "refund order", "café"] {
        let gone = found(&**db, typed).await;
        assert!(gone.iter().all(|ticket| ![1, 6].contains(ticket)), "{typed}: {gone:?}");
    }
    assert_eq!(
        walk(&**db, &key(), listing(&format!("customer={asha}"), Sort::Oldest).unwrap()).await,
        [1, 6]
    );
    assert_eq!(db.count("unlisted"), 0);
}

/// A backup of PostgreSQL leaves behind what is made of other tables.
async fn what_is_made_anew_of_a_backup_finds_the_same(db: &TestDatabase) {
    fill(db).await;
    file_all(&**db).await;
    let file = db.path("backup.db");
    db.backup(&file, &|_, _| ()).await.expect("the backup is made");
    let backup = db.open_backup(&file);
    file_all(&*backup).await;
    for (typed, expected) in SEARCHES {
        assert_eq!(found(&*backup, typed).await, *expected, "{typed}");
    }
}
