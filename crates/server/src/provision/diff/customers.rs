//! Customers of a store file.

mod likeness;

use super::{Diff, take};
use crate::country;
use crate::provision::store_file::CustomerEntry;
use crate::store::types::{CustomerRow, Origin, SettingsChange};
use likeness::{distinction, recognised};
use rota_core::ids::CustomerId;
use std::collections::HashSet;

impl Diff<'_> {
    pub(super) fn customers(&mut self) {
        let Some(entries) = &self.file.customers else { return };
        let current = self.current;
        let rows = recognised(entries, &current.customers);
        let by_hand = entries.iter().filter_map(|entry| entry.value.id.as_ref());
        let taken = by_hand.chain(current.customers.iter().map(|row| &row.id));
        let taken: HashSet<String> = taken.map(CustomerId::to_string).collect();
        let mut next = self.next("customer", std::iter::empty());
        let mut kept: HashSet<CustomerId> = HashSet::new();
        let mut distinctions = HashSet::new();
        for (entry, old) in entries.iter().zip(rows) {
            if let Some(twice) = distinction(&entry.value).filter(|key| !distinctions.insert(key.clone())) {
                self.problem(entry.line, format!("customers: {twice} is given twice; tell them apart by id"));
                continue;
            }
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
        let phone = wanted.phone.as_ref().map(|phone| phone.as_str().to_owned());
        if row.phone != phone {
            row.country_code = wanted.phone.as_ref().and_then(country::of_phone);
            row.phone = phone;
        }
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
            .filter(|row| self.governs(row.origin) && !kept.contains(&row.id))
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
