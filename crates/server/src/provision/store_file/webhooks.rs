//! The section `[[webhooks]]`.

use super::MAX_ID;
use crate::provision::toml_reader::{At, Problems, Section};
use crate::settings::webhooks::{NamedFormat, Types};
use crate::webhooks::HookUrl;
use rota_core::event::Kind;
use rota_core::webhook::Format;
use std::collections::BTreeSet;
use toml::de::DeTable;

/// An endpoint. Its secret is derived, and stands in no file.
#[derive(Debug)]
pub struct WebhookEntry {
    pub id: Option<At<i64>>,
    pub url: At<HookUrl>,
    /// None: all.
    pub kinds: BTreeSet<Kind>,
    pub format: Format,
    /// `None`: as it is; a new one is.
    pub active: Option<bool>,
}

pub fn webhook(table: &At<&DeTable<'_>>, problems: &mut Problems<'_>) -> Option<WebhookEntry> {
    let known = ["id", "url", "types", "format", "active"];
    let section = Section::new(table.value, "webhooks", table.line, &known, problems);
    let id = section.number("id", 1, MAX_ID, problems);
    let format = section.parsed("format", problems, NamedFormat::new);
    let active = section.boolean("active", problems);
    let kinds = kinds(&section, problems);
    let text = section.required("url", problems)?;
    match text.value.parse() {
        Ok(url) => Some(WebhookEntry {
            id,
            url: At { value: url, line: text.line },
            kinds,
            format: format.map_or(Format::Standard, |format| format.value.0),
            active: active.map(|active| active.value),
        }),
        Err(rule) => {
            let rule: String = rule;
            problems.add(text.line, &section.key("url"), &rule);
            None
        }
    }
}

fn kinds(section: &Section<'_, '_>, problems: &mut Problems<'_>) -> BTreeSet<Kind> {
    let Some(names) = section.texts("types", problems) else { return BTreeSet::new() };
    let line = names.first().map_or(section.line, |name| name.line);
    let names: Vec<String> = names.into_iter().map(|name| name.value).collect();
    match Types::new(&names) {
        Ok(types) => types.kinds(),
        Err(rule) => {
            problems.add(line, &section.key("types"), &rule);
            BTreeSet::new()
        }
    }
}
