//! Endpoints of a store file. One that is left out is removed with what was still to be told, as by the command.

use super::{Diff, take};
use crate::provision::store_file::WebhookEntry;
use crate::store::types::{Origin, SettingsChange};
use crate::store::webhooks::WebhookRow;
use rota_core::ids::WebhookId;
use rota_core::webhook::MOST;
use std::collections::HashSet;

impl Diff<'_> {
    pub(super) fn webhooks(&mut self) {
        let Some(entries) = &self.file.webhooks else { return };
        let known = &self.current.webhooks;
        let given: Vec<i64> =
            entries.iter().filter_map(|entry| Some(entry.value.id.as_ref()?.value)).collect();
        let mut next = self.next("webhook", known.iter().map(|row| row.id.0).chain(given.iter().copied()));
        let mut kept: HashSet<i64> = HashSet::new();
        for entry in entries {
            let wanted = &entry.value;
            let old = match &wanted.id {
                Some(id) => known.iter().find(|row| row.id.0 == id.value),
                None => {
                    let free = |row: &&WebhookRow| !kept.contains(&row.id.0) && !given.contains(&row.id.0);
                    known.iter().filter(free).find(|row| row.url == wanted.url.value.to_string())
                }
            };
            let id = wanted.id.as_ref().map(|id| id.value).or(old.map(|old| old.id.0));
            let id = id.unwrap_or_else(|| take(&mut next));
            if !kept.insert(id) {
                self.problem(entry.line, format!("webhooks.id {id} is given twice"));
                continue;
            }
            let row = self.webhook(id, wanted, old);
            if old != Some(&row) {
                let sign = if old.is_some() { '~' } else { '+' };
                self.change(format!("{sign} webhook {id} {}", row.url), SettingsChange::Webhook(row));
            }
        }
        let left = self.remove_webhooks(&kept);
        if kept.len() + left > MOST {
            let line = entries.first().map_or(1, |entry| entry.line);
            self.problem(line, format!("webhooks are more than the {MOST} that a store may have"));
        }
        self.counter("webhook", kept.into_iter());
    }

    fn webhook(&self, id: i64, wanted: &WebhookEntry, old: Option<&WebhookRow>) -> WebhookRow {
        let active = wanted.active.unwrap_or_else(|| old.is_none_or(|old| old.active));
        WebhookRow {
            id: WebhookId(id),
            url: wanted.url.value.to_string(),
            kinds: wanted.kinds.clone(),
            format: wanted.format,
            active,
            disabled_why: old.and_then(|old| old.disabled_why.clone()).filter(|_| !active),
            generation: old.map_or(1, |old| old.generation),
            rotated_at: old.and_then(|old| old.rotated_at),
            created_at: old.map_or(self.options.now, |old| old.created_at),
            origin: old.map_or(Origin::File, |old| old.origin),
        }
    }

    /// Removes those that the file governs and does not have; answers how many others stay.
    fn remove_webhooks(&mut self, kept: &HashSet<i64>) -> usize {
        let known = &self.current.webhooks;
        let others = known.iter().filter(|row| !kept.contains(&row.id.0));
        let (gone, left): (Vec<&WebhookRow>, Vec<_>) = others.partition(|row| self.governs(row.origin));
        self.archived("webhooks", gone.len(), known.len());
        for row in gone {
            let told = format!("- webhook {} {} (removed)", row.id, row.url);
            self.change(told, SettingsChange::WebhookGone(row.id));
        }
        left.len()
    }
}
