//! Stages of a store file: the whole list, in its order.

use super::{Diff, take};
use crate::settings::stages::told;
use crate::store::types::SettingsChange;
use rota_core::ids::StageId;
use rota_core::stages::{Stage, Stages};

impl Diff<'_> {
    pub(super) fn stages(&mut self) {
        let Some(entries) = &self.file.stages else { return };
        let known = &self.current.stages;
        let given = entries.iter().filter_map(|entry| Some(entry.value.id.as_ref()?.value));
        let used: Vec<i64> = known.iter().map(|stage| stage.id.0).chain(given).collect();
        let mut next = self.next("stage", used.into_iter());
        let mut stages = Vec::new();
        for entry in entries {
            let wanted = &entry.value;
            let key = wanted.name.as_str().to_lowercase();
            let by_name = known.iter().find(|stage| stage.name.as_str().to_lowercase() == key);
            let id = wanted.id.as_ref().map(|id| StageId(id.value)).or(by_name.map(|stage| stage.id));
            let id = id.unwrap_or_else(|| StageId(take(&mut next)));
            stages.push(Stage { id, name: wanted.name.clone(), kind: wanted.kind });
        }
        let line = entries.first().map_or(1, |entry| entry.line);
        match Stages::new(stages) {
            Err(why) => self.problem(line, format!("stages {why}")),
            Ok(stages) => {
                let ids: Vec<i64> = stages.iter().map(|stage| stage.id.0).collect();
                if stages != *known {
                    self.change(told(&stages), SettingsChange::Stages(stages));
                }
                self.counter("stage", ids.into_iter());
            }
        }
    }
}
