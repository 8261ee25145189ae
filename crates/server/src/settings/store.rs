//! The store's own settings.

use super::{Asked, Draft, Given};
use crate::duration::Span;
use crate::store::types::{SettingsChange, StoreRow};
use crate::store::{Customers, DecideSettings};
use jiff::tz::TimeZone;
use rota_core::access::{Section, Subject};
use rota_core::assign::ramp::Ramp;
use rota_core::holidays::Holidays;
use rota_core::ids::TeamId;
use rota_core::roster::{Policy, Routing};
use rota_core::text::Title;
use serde::Deserialize;
use std::collections::HashSet;
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
    pub keep_rejected_values: Option<bool>,
    /// null: it is not told.
    pub waiting_too_long: Given<Span>,
    pub mail_content: Option<bool>,
    /// All of them.
    pub holidays: Option<Holidays>,
    /// For how long a customer's tickets go to the agent who had the last one; null: they do not.
    pub sticky: Given<Span>,
    pub ramp: Given<RampPatch>,
    /// How long an agent is offline when tickets that they have not touched are given on; null: they stay.
    pub give_on_after: Given<Span>,
    /// How long an agent who is signed in does nothing until they go offline; null: they do not.
    pub idle_after: Given<Span>,
}

/// A ramp as it is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RampPatch {
    pub per_agent: u32,
    pub every: Span,
}

impl RampPatch {
    fn of(ramp: Ramp) -> Self {
        Self { per_agent: ramp.per_agent(), every: Span(ramp.every()) }
    }
}

pub fn set(asked: Asked, patch: StorePatch) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = draft.store()?;
        draft.may_change(Section::Settings, Subject::Store)?;
        draft.is_as_seen(&draft.viewer.store(old))?;
        let ramp = ramp(draft, old.routing.ramp, &patch.ramp);
        let row = patched(old, patch.clone(), ramp);
        judge(draft, &row);
        draft.fits()?;
        let shown = draft.viewer.store(&row);
        if *old != row {
            draft.change("~ settings".into(), SettingsChange::Store(row));
        }
        Ok(shown)
    })
}

fn ramp(draft: &mut Draft<'_>, old: Option<Ramp>, patch: &Given<RampPatch>) -> Option<Ramp> {
    let RampPatch { per_agent, every } = patch.clone().or(old.map(RampPatch::of))?;
    Ramp::new(per_agent, every.0).map_err(|why| draft.unfit("ramp", why.to_string())).ok()
}

fn patched(old: &StoreRow, patch: StorePatch, ramp: Option<Ramp>) -> StoreRow {
    let span = |given: Option<Span>, old: Duration| given.map_or(old, |span| span.0);
    let or_none = |given: Given<Span>, old: Option<Duration>| given.or(old.map(Span)).map(|span| span.0);
    StoreRow {
        name: patch.name.map_or_else(|| old.name.clone(), |name| name.as_str().into()),
        timezone: patch.timezone.unwrap_or_else(|| old.timezone.clone()),
        policy: patch.policy.unwrap_or(old.policy),
        dedupe_window: span(patch.dedupe_window, old.dedupe_window),
        reopen_within: span(patch.reopen_within, old.reopen_within),
        close_after: or_none(patch.close_after, old.close_after),
        agents_see_all: patch.agents_see_all.unwrap_or(old.agents_see_all),
        keep_audit: span(patch.keep_audit, old.keep_audit),
        keep_rejected_values: patch.keep_rejected_values.unwrap_or(old.keep_rejected_values),
        waiting_too_long: or_none(patch.waiting_too_long, old.waiting_too_long),
        mail_content: patch.mail_content.unwrap_or(old.mail_content),
        routing: Routing {
            holidays: patch.holidays.unwrap_or_else(|| old.routing.holidays.clone()),
            sticky: or_none(patch.sticky, old.routing.sticky),
            ramp,
            give_on_after: or_none(patch.give_on_after, old.routing.give_on_after),
            idle_after: or_none(patch.idle_after, old.routing.idle_after),
        },
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
    // What was archived may stay where it is.
    let old = draft.current.store.iter().flat_map(|old| old.routing.holidays.iter());
    let named: HashSet<TeamId> = old.flat_map(|holiday| &holiday.teams).copied().collect();
    let active = |team: &TeamId| draft.current.teams.iter().any(|row| row.id == *team && row.active);
    let known = |team: &TeamId| named.contains(team) || active(team);
    let unknown = row.routing.holidays.iter().flat_map(|day| &day.teams).find(|team| !known(team)).copied();
    if let Some(team) = unknown {
        draft.unfit("holidays", format!("team {team} is not an active team of this store"));
    }
    let spans = [
        ("sticky", row.routing.sticky),
        ("giveOnAfter", row.routing.give_on_after),
        ("idleAfter", row.routing.idle_after),
        ("waitingTooLong", row.waiting_too_long),
    ];
    for (field, span) in spans {
        if span.is_some_and(|span| span < LEAST) {
            draft.unfit(field, "is at least 1m, or null for never");
        }
    }
    if row.keep_audit < LEAST {
        draft.unfit("keepAudit", "is at least 1m");
    }
}
