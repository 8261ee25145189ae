//! The stages that a store gives its tickets (desk 1): any number that are open, one snoozed, one closed.

use crate::ids::StageId;
use crate::text::Name;
use crate::ticket::Stage as Kind;
use std::collections::HashSet;

/// A stage and what the store calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    pub id: StageId,
    pub name: Name,
    pub kind: Kind,
}

/// A store's stages in the order in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stages(Vec<Stage>);

/// Why a list of stages cannot be a store's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    #[error("needs at least one stage of kind open, and has none")]
    NoOpen,
    #[error("needs exactly one stage of kind {kind}, and has {1}", kind = .0.name())]
    NotOne(Kind, usize),
    #[error("may have at most {max} stages", max = Stages::MAX)]
    TooMany,
    #[error("has {0} twice")]
    Twice(String),
}

impl Stages {
    /// The longest list.
    pub const MAX: usize = 50;

    pub fn new(stages: Vec<Stage>) -> Result<Self, Unusable> {
        if stages.len() > Self::MAX {
            return Err(Unusable::TooMany);
        }
        let count = |kind| stages.iter().filter(|stage| stage.kind == kind).count();
        if count(Kind::Open) == 0 {
            return Err(Unusable::NoOpen);
        }
        for kind in [Kind::Snoozed, Kind::Closed] {
            if count(kind) != 1 {
                return Err(Unusable::NotOne(kind, count(kind)));
            }
        }
        repeated(&stages).map_or(Ok(()), |twice| Err(Unusable::Twice(twice)))?;
        Ok(Self(stages))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Stage> {
        self.0.iter()
    }

    pub fn get(&self, id: StageId) -> Option<&Stage> {
        self.0.iter().find(|stage| stage.id == id)
    }

    pub fn is_open(&self, id: StageId) -> bool {
        self.get(id).is_some_and(|stage| stage.kind == Kind::Open)
    }

    /// Where new and reopened tickets begin: the first open one.
    pub fn first_open(&self) -> StageId {
        self.first(Kind::Open)
    }

    /// The first of its kind; there is always one.
    pub fn first(&self, kind: Kind) -> StageId {
        self.0.iter().find(|stage| stage.kind == kind).expect("there is a stage of every kind").id
    }
}

impl Default for Stages {
    /// What a store has until it makes its own: open, snoozed, closed.
    fn default() -> Self {
        let kinds = [(1, "Open", Kind::Open), (2, "Snoozed", Kind::Snoozed), (3, "Closed", Kind::Closed)];
        let stage = |(id, name, kind)| Stage { id: StageId(id), name: Name::new(name).expect("short"), kind };
        Self(kinds.map(stage).into())
    }
}

fn repeated(stages: &[Stage]) -> Option<String> {
    let (mut ids, mut names) = (HashSet::new(), HashSet::new());
    let again = |stage: &&Stage| !ids.insert(stage.id) || !names.insert(stage.name.as_str().to_lowercase());
    stages.iter().find(again).map(|stage| stage.name.as_str().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(id: i64, name: &str, kind: Kind) -> Stage {
        Stage { id: StageId(id), name: Name::new(name).unwrap(), kind }
    }

    fn stages_and(more: Stage) -> Result<Stages, Unusable> {
        Stages::new(Stages::default().iter().cloned().chain([more]).collect())
    }

    #[test]
    fn a_store_has_any_number_of_open_stages_and_one_of_each_other_kind() {
        assert!(stages_and(stage(4, "In progress", Kind::Open)).unwrap().is_open(StageId(4)));
        assert_eq!(stages_and(stage(4, "Later", Kind::Snoozed)), Err(Unusable::NotOne(Kind::Snoozed, 2)));
        assert_eq!(Stages::new(Vec::new()), Err(Unusable::NoOpen));
        let shut = stage(1, "Closed", Kind::Closed);
        assert_eq!(Stages::new(vec![shut]), Err(Unusable::NoOpen));
    }

    #[test]
    fn no_number_and_no_name_in_any_case_comes_twice() {
        assert_eq!(stages_and(stage(1, "Other", Kind::Open)), Err(Unusable::Twice("Other".into())));
        assert_eq!(stages_and(stage(4, "OPEN", Kind::Open)), Err(Unusable::Twice("OPEN".into())));
    }

    #[test]
    fn tickets_begin_in_the_first_open_stage() {
        assert_eq!(stages_and(stage(4, "In progress", Kind::Open)).unwrap().first_open(), StageId(1));
    }
}
