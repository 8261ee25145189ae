//! The store's own stages, changed as a whole list.

use super::{Asked, Draft};
use crate::store::types::SettingsChange;
use crate::store::{Customers, DecideSettings};
use rota_core::access::{Section, Subject};
use rota_core::ids::StageId;
use rota_core::stages::{Stage, Stages};
use rota_core::text::Name;
use rota_core::ticket::Stage as Kind;
use serde::Deserialize;

/// One stage of a list; without an id it is a new one.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StageEntry {
    pub id: Option<StageId>,
    pub name: Name,
    pub kind: Kind,
}

/// The whole list, in its order.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StageList {
    pub stages: Vec<StageEntry>,
}

/// Tickets in a stage that is gone are in the first open one.
pub fn set(asked: Asked, list: StageList) -> DecideSettings {
    asked.decision(Customers::None, move |draft| {
        draft.may_change(Section::Stages, Subject::Store)?;
        draft.is_as_seen(&draft.viewer.stages(&draft.current.stages))?;
        let stages = numbered(draft, &list.stages);
        draft.fits()?;
        let stages = match Stages::new(stages) {
            Ok(stages) => stages,
            Err(why) => return Err(crate::store::Refused::field("stages", why.to_string())),
        };
        let shown = draft.viewer.stages(&stages);
        if stages != draft.current.stages {
            draft.change(told(&stages), SettingsChange::Stages(stages));
        }
        Ok(shown)
    })
}

/// The line that tells of a list.
pub fn told(stages: &Stages) -> String {
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    format!("~ stages {}", names.join(", "))
}

fn numbered(draft: &mut Draft<'_>, entries: &[StageEntry]) -> Vec<Stage> {
    let mut stages = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let id = match entry.id {
            Some(id) if draft.current.stages.get(id).is_some() => id,
            Some(id) => {
                draft.unfit(&format!("stages[{place}].id"), format!("{id} is no stage of this store"));
                continue;
            }
            None => {
                let known = draft.current.stages.iter().map(|stage| stage.id.0);
                let given = stages.iter().map(|stage: &Stage| stage.id.0);
                let used: Vec<i64> = known.chain(given).collect();
                StageId(draft.next("stage", used.into_iter()))
            }
        };
        stages.push(Stage { id, name: entry.name.clone(), kind: entry.kind });
    }
    stages
}
