//! Customers of a store file.

use super::{Diff, take};
use crate::provision::store_file::CustomerEntry;
use crate::store::types::{CustomerRow, Origin, SettingsChange};
use rota_core::address::email_key;
use rota_core::ids::CustomerId;
use std::collections::{HashMap, HashSet};

/// The ways a customer without an id is kept stable.
struct Known<'a> {
    by_id: HashMap<&'a str, &'a CustomerRow>,
    by_email: HashMap<String, &'a CustomerRow>,
    by_phone: HashMap<&'a str, &'a CustomerRow>,
    by_name: HashMap<&'a str, &'a CustomerRow>,
}

impl<'a> Known<'a> {
    fn new(rows: &'a [CustomerRow]) -> Self {
        let emails = rows.iter().filter_map(|row| Some((email_key(row.email.as_deref()?), row)));
        Self {
            by_id: rows.iter().map(|row| (row.id.as_str(), row)).collect(),
            by_email: emails.collect(),
            by_phone: rows.iter().filter_map(|row| Some((row.phone.as_deref()?, row))).collect(),
            by_name: rows.iter().filter_map(|row| Some((row.first_name.as_deref()?, row))).collect(),
        }
    }

    fn find(&self, wanted: &CustomerEntry) -> Option<&'a CustomerRow> {
        if let Some(id) = &wanted.id {
            return self.by_id.get(id.as_str()).copied();
        }
        let by_email = wanted.email.as_ref().and_then(|email| self.by_email.get(&email.key()));
        let by_phone = wanted.phone.as_ref().and_then(|phone| self.by_phone.get(phone.as_str()));
        let nameless = wanted.email.is_none() && wanted.phone.is_none();
        let by_name = nameless.then(|| self.by_name.get(wanted.name.as_str())).flatten();
        by_email.or(by_phone).or(by_name).copied()
    }
}

impl Diff<'_> {
    pub(super) fn customers(&mut self) {
        let Some(entries) = &self.file.customers else { return };
        let known = Known::new(&self.current.customers);
        let taken = entries.iter().filter_map(|entry| entry.value.id.as_ref()).map(CustomerId::as_str);
        let taken: HashSet<String> = taken.chain(known.by_id.keys().copied()).map(str::to_owned).collect();
        let mut next = self.next("customer", std::iter::empty());
        let mut kept: HashSet<CustomerId> = HashSet::new();
        for entry in entries {
            let old = known.find(&entry.value);
            let Some(id) =
                entry.value.id.clone().or(old.map(|old| old.id.clone())).or_else(|| free(&mut next, &taken))
            else {
                continue;
            };
            if !kept.insert(id.clone()) {
                self.problem(entry.line, format!("customers: {id} is given twice"));
                continue;
            }
            let row = self.customer(&entry.value, id, old);
            if old != Some(&row) {
                let sign = if old.is_some() { '~' } else { '+' };
                self.change(format!("{sign} customer {}", row.id), SettingsChange::Customer(Box::new(row)));
            }
        }
        self.archive_customers(&kept);
        self.counter("customer", std::iter::once(next - 1));
    }

    fn customer(&self, wanted: &CustomerEntry, id: CustomerId, old: Option<&CustomerRow>) -> CustomerRow {
        let now = self.options.now;
        let mut row =
            old.cloned().unwrap_or_else(|| CustomerRow { origin: Origin::File, ..CustomerRow::new(id, now) });
        row.first_name = Some(wanted.name.clone());
        row.phone = wanted.phone.as_ref().map(|phone| phone.as_str().to_owned());
        row.email = wanted.email.as_ref().map(|email| email.as_str().to_owned());
        row.active = true;
        if old.is_some_and(|old| *old != row) {
            row.updated_at = now;
        }
        row
    }

    fn archive_customers(&mut self, kept: &HashSet<CustomerId>) {
        let active = self.current.customers.iter().filter(|row| row.active);
        let gone: Vec<CustomerRow> = active
            .clone()
            .filter(|row| row.origin == Origin::File && !kept.contains(&row.id))
            .map(|row| CustomerRow { active: false, updated_at: self.options.now, ..row.clone() })
            .collect();
        self.archived("customers", gone.len(), active.count());
        for row in gone {
            self.change(format!("- customer {} (archived)", row.id), SettingsChange::Customer(Box::new(row)));
        }
    }
}

fn free(next: &mut i64, taken: &HashSet<String>) -> Option<CustomerId> {
    let mut id = take(next);
    while taken.contains(&id.to_string()) {
        id = take(next);
    }
    CustomerId::new(&id.to_string())
}
