//! Labels.

use super::{Asked, Draft};
use crate::store::types::{LabelRow, Origin, SettingsChange};
use crate::store::{Customers, DecideSettings, Refused};
use rota_core::access::{Section, Subject};
use rota_core::ids::LabelId;
use rota_core::text::Title;
use serde::Deserialize;
use serde_json::Value;

/// A new label.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLabel {
    pub name: Title,
}

/// What is changed of a label; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LabelPatch {
    pub name: Option<Title>,
    pub active: Option<bool>,
}

pub fn add(asked: Asked, new: NewLabel) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        draft.may_change(Section::Labels, Subject::Store)?;
        is_free(draft, new.name.as_str(), None);
        draft.fits()?;
        let id = LabelId(draft.next("label", draft.current.labels.iter().map(|row| row.id.0)));
        let row = LabelRow { id, name: new.name.as_str().into(), active: true, origin: Origin::Command };
        Ok(put(draft, format!("+ label {id} {}", row.name), row))
    })
}

pub fn set(asked: Asked, id: LabelId, patch: LabelPatch) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let old = known(draft, id)?;
        if let Some(name) = &patch.name {
            is_free(draft, name.as_str(), Some(id));
        }
        draft.fits()?;
        let row = LabelRow {
            name: patch.name.as_ref().map_or_else(|| old.name.clone(), |name| name.as_str().into()),
            active: patch.active.unwrap_or(old.active),
            ..old.clone()
        };
        Ok(put(draft, format!("~ label {id} {}", row.name), row))
    })
}

/// It stays on its tickets.
pub fn archive(asked: Asked, id: LabelId) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        let row = LabelRow { active: false, ..known(draft, id)?.clone() };
        Ok(put(draft, format!("- label {id} {} (archived)", row.name), row))
    })
}

fn put(draft: &mut Draft<'_>, told: String, row: LabelRow) -> Value {
    let shown = draft.viewer.label(&row);
    if draft.current.labels.iter().find(|old| old.id == row.id) != Some(&row) {
        draft.change(told, SettingsChange::Label(row));
    }
    shown
}

/// The label, if whoever asks may change it and saw it as it is.
fn known<'a>(draft: &Draft<'a>, id: LabelId) -> Result<&'a LabelRow, Refused> {
    let found = draft.current.labels.iter().find(|row| row.id == id).ok_or(Refused::NotFound)?;
    draft.may_change(Section::Labels, Subject::Store)?;
    draft.is_as_seen(&draft.viewer.label(found))?;
    Ok(found)
}

fn is_free(draft: &mut Draft<'_>, name: &str, own: Option<LabelId>) {
    let key = name.to_lowercase();
    let others = draft.current.labels.iter().filter(|row| Some(row.id) != own);
    if let Some(other) = others.into_iter().find(|row| row.name.to_lowercase() == key) {
        let state = if other.active { "" } else { ", which is archived" };
        draft.unfit("name", format!("is that of label {}{state}", other.id));
    }
}
