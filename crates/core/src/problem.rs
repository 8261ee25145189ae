//! What is wrong with a request: the field and the rule it breaks.

use std::borrow::Cow;

/// One broken rule. `field` is the field's or the header's name, `detail` completes the sentence it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub field: &'static str,
    pub detail: Cow<'static, str>,
}

/// Problems in the order they were found, at most one per field (contract 1, Errors).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub fn one(field: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(vec![Problem { field, detail: detail.into() }])
    }

    /// Adds a problem unless the field has one already.
    pub fn add(&mut self, field: &'static str, detail: impl Into<Cow<'static, str>>) {
        if !self.names(field) {
            self.0.push(Problem { field, detail: detail.into() });
        }
    }

    pub fn names(&self, field: &str) -> bool {
        self.0.iter().any(|problem| problem.field == field)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
