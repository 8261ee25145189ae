//! The store's own settings.

use super::{Asked, Draft, Given};
use crate::duration::Span;
use crate::store::types::{SettingsChange, StoreRow};
use crate::store::{Customers, DecideSettings};
use jiff::tz::TimeZone;
use rota_core::access::{Section, Subject};
use rota_core::roster::Policy;
use rota_core::text::Title;
use serde::Deserialize;
use std::time::Duration;

/// The longest `dedupe_window` (contract 1, Retries).
pub const MAX_DEDUPE: Duration = Duration::from_secs(24 * 60 * 60);
/// The shortest time for an open ticket to close by itself, and for the audit log to be kept.
pub const LEAST: Duration = Duration::from_secs(60);

/// What is changed of the settings; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StorePatch {
    pub name: Option<Title>,
    /// An IANA name.
    pub timezone: Option<String>,
    pub policy: Option<Policy>,
    pub dedupe_window: Option<Span>,
    pub reopen_within: Option<Span>,
    /// null: open tickets never close by themselves.
    pub close_after: Given<Span>,
    pub agents_see_all: Option<bool>,
    pub keep_audit: Option<Span>,
}

pub fn set(asked: Asked, patch: StorePatch) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = draft.store()?;
        draft.may_change(Section::Settings, Subject::Store)?;
        draft.is_as_seen(&draft.viewer.store(old))?;
        let row = patched(old, patch.clone());
        judge(draft, &row);
        draft.fits()?;
        let shown = draft.viewer.store(&row);
        if *old != row {
            draft.change("~ settings".into(), SettingsChange::Store(row));
        }
        Ok(shown)
    })
}

fn patched(old: &StoreRow, patch: StorePatch) -> StoreRow {
    let span = |given: Option<Span>, old: Duration| given.map_or(old, |span| span.0);
    StoreRow {
        name: patch.name.map_or_else(|| old.name.clone(), |name| name.as_str().into()),
        timezone: patch.timezone.unwrap_or_else(|| old.timezone.clone()),
        policy: patch.policy.unwrap_or(old.policy),
        dedupe_window: span(patch.dedupe_window, old.dedupe_window),
        reopen_within: span(patch.reopen_within, old.reopen_within),
        close_after: patch.close_after.or(old.close_after.map(Span)).map(|span| span.0),
        agents_see_all: patch.agents_see_all.unwrap_or(old.agents_see_all),
        keep_audit: span(patch.keep_audit, old.keep_audit),
    }
}

fn judge(draft: &mut Draft<'_>, row: &StoreRow) {
    if TimeZone::get(&row.timezone).is_err() {
        draft.unfit("timezone", "is not a time zone's name such as Asia/Kolkata");
    }
    if row.dedupe_window > MAX_DEDUPE {
        draft.unfit("dedupeWindow", "is at most 24h");
    }
    if row.close_after.is_some_and(|after| after < LEAST) {
        draft.unfit("closeAfter", "is at least 1m, or null for never");
    }
    if row.keep_audit < LEAST {
        draft.unfit("keepAudit", "is at least 1m");
    }
}
