//! Which stored customer an entry of a store file is about.

use crate::provision::store_file::CustomerEntry;
use crate::provision::toml_reader::At;
use crate::store::types::{CustomerRow, Origin};
use rota_core::address::email_key;
use rota_core::ids::CustomerId;
use std::collections::{HashMap, HashSet};

/// One way to recognise a customer: what an entry and a row have in common, if they can be alike in this way.
struct Likeness {
    of_entry: fn(&CustomerEntry) -> Option<String>,
    of_row: fn(&CustomerRow) -> Option<String>,
}

/// From the strongest to the weakest. An entry with an id is that customer or a new one. A name alone recognises
/// only what a file made out of a name alone.
const LIKENESSES: [Likeness; 4] = [
    Likeness {
        of_entry: |entry| entry.id.as_ref().map(CustomerId::to_string),
        of_row: |row| Some(row.id.to_string()),
    },
    Likeness { of_entry: email, of_row: |row| row.email.as_deref().map(email_key) },
    Likeness { of_entry: phone, of_row: |row| row.phone.clone() },
    Likeness {
        of_entry: bare_name,
        of_row: |row| {
            let bare = row.email.is_none() && row.phone.is_none() && row.origin == Origin::File;
            row.first_name.clone().filter(|_| bare)
        },
    },
];

fn email(entry: &CustomerEntry) -> Option<String> {
    entry.email.as_ref().filter(|_| entry.id.is_none()).map(|email| email.key())
}

fn phone(entry: &CustomerEntry) -> Option<String> {
    entry.phone.as_ref().filter(|_| entry.id.is_none()).map(|phone| phone.as_str().to_owned())
}

fn bare_name(entry: &CustomerEntry) -> Option<String> {
    let bare = entry.id.is_none() && entry.email.is_none() && entry.phone.is_none();
    bare.then(|| entry.name.clone())
}

/// What has to be unlike in any two entries of a file without an id, or the next `apply` could not tell which is
/// which.
pub fn distinction(entry: &CustomerEntry) -> Option<String> {
    email(entry).or_else(|| phone(entry)).or_else(|| bare_name(entry))
}

/// The row of each entry, no row twice. All entries are tried in one way before the next: nobody loses a row to
/// somebody who is less like it. Among several alike, an active one goes first.
pub fn recognised<'a>(
    entries: &[At<CustomerEntry>],
    rows: &'a [CustomerRow],
) -> Vec<Option<&'a CustomerRow>> {
    let mut found = vec![None; entries.len()];
    let mut taken: HashSet<&CustomerId> = HashSet::new();
    for likeness in LIKENESSES {
        let mut alike: HashMap<String, Vec<&CustomerRow>> = HashMap::new();
        for row in rows {
            if let Some(key) = (likeness.of_row)(row) {
                alike.entry(key).or_default().push(row);
            }
        }
        alike.values_mut().for_each(|rows| rows.sort_by_key(|row| (!row.active, &row.id)));
        for (row, entry) in found.iter_mut().zip(entries).filter(|(row, _)| row.is_none()) {
            let candidates = (likeness.of_entry)(&entry.value).and_then(|key| alike.get(&key));
            *row = candidates.into_iter().flatten().copied().find(|row| !taken.contains(&row.id));
            taken.extend(row.map(|row| &row.id));
        }
    }
    found
}
