//! The sections about the desk: `[desk]` and `[[stages]]`.

use super::routing::at_least;
use super::{Desk, MAX_ID, StageEntry};
use crate::duration;
use crate::provision::toml_reader::{At, Problems, Section};
use crate::store::types::StoreRow;
use rota_core::text::Name;
use rota_core::ticket::Stage as Kind;
use toml::de::DeTable;

pub fn settings(root: &Section<'_, '_>, problems: &mut Problems<'_>) -> Option<Desk> {
    let table = root.table("desk", problems)?;
    let known = [
        "reopen_within",
        "close_after",
        "agents_see_all",
        "keep_audit",
        "keep_rejected_values",
        "waiting_too_long",
        "mail_content",
    ];
    let section = Section::new(table.value, "desk", table.line, &known, problems);
    let reopen_within = section.parsed("reopen_within", problems, duration::parse);
    let close_after = at_least(&section, "close_after", problems);
    let agents_see_all = section.boolean("agents_see_all", problems);
    let keep_audit = at_least(&section, "keep_audit", problems);
    let keep_rejected_values = section.boolean("keep_rejected_values", problems);
    let waiting_too_long = at_least(&section, "waiting_too_long", problems);
    let mail_content = section.boolean("mail_content", problems);
    Some(Desk {
        reopen_within: reopen_within.map_or(StoreRow::REOPEN_WITHIN, |span| span.value),
        close_after,
        agents_see_all: agents_see_all.is_some_and(|all| all.value),
        keep_audit: keep_audit.unwrap_or(StoreRow::KEEP_AUDIT),
        keep_rejected_values: keep_rejected_values.is_some_and(|keep| keep.value),
        waiting_too_long,
        mail_content: mail_content.is_some_and(|content| content.value),
    })
}

pub fn stage(table: &At<&DeTable<'_>>, problems: &mut Problems<'_>) -> Option<StageEntry> {
    let section = Section::new(table.value, "stages", table.line, &["id", "name", "kind"], problems);
    let id = section.number("id", 1, MAX_ID, problems);
    let name = section.required("name", problems)?;
    let kind = section.parsed("kind", problems, |kind| {
        Kind::from_name(kind).ok_or_else(|| "must be \"open\", \"snoozed\" or \"closed\"".into())
    });
    match Name::new(&name.value) {
        Ok(name) => Some(StageEntry { id, name, kind: kind.map_or(Kind::Open, |kind| kind.value) }),
        Err(rule) => {
            problems.add(name.line, &section.key("name"), &rule.to_string());
            None
        }
    }
}
