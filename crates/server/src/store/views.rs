//! Saved views, and what both databases have alike of them.

use super::StoreError;
use super::types::Keep;
use super::values::corrupt;
use crate::query_string;
use async_trait::async_trait;
use rota_core::ids::{AgentId, StoreId, ViewId};
use rota_core::problem::Problems;
use rota_core::search::{Filter, Sort};
use rota_core::text::Name;
use rota_core::view::{View, ViewOwner};

/// A view and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewRow {
    pub id: ViewId,
    pub view: View,
}

/// What becomes of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViewChange {
    New(View),
    Set(ViewId, View),
    Remove(ViewId),
}

/// Why nothing becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewRefusal {
    NotFound,
    Forbidden,
    /// It is not what the caller saw.
    Stale,
    /// There are as many as may be.
    Full,
}

/// Decides from all the store's views; again where the transaction has to run again.
pub type DecideView = Box<dyn Fn(&[ViewRow]) -> Result<ViewChange, ViewRefusal> + Send + Sync>;

/// What a call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewChanged {
    /// The view that was made, set or removed.
    Now(ViewId),
    /// The call came before, and made this one.
    Before(ViewId),
    /// The key came before with something else.
    KeyReused,
    Refused(ViewRefusal),
}

#[async_trait]
pub trait ViewStore: Send + Sync {
    /// All of a store's views, in the order of their numbers.
    async fn views(&self, store: &StoreId) -> Result<Vec<ViewRow>, StoreError>;

    /// Makes, sets or removes one; two calls at once are decided one after the other.
    async fn change_view(
        &self,
        store: &StoreId,
        decide: DecideView,
        keep: Option<Keep>,
    ) -> Result<ViewChanged, StoreError>;
}

/// Reads a filter's parameters: its stored form, and that in which callers send it.
pub fn filter(text: &str) -> Result<Filter, Problems> {
    let pairs = query_string::pairs(text).map_err(|error| Problems::one("filter", error.to_string()))?;
    let mut problems = Problems::default();
    let mut filter = Filter::default();
    for (name, value) in &pairs {
        if !filter.heed(name, value, &mut problems) {
            problems.add("filter", format!("{name:?} is no condition of a filter"));
        }
    }
    if problems.is_empty() { Ok(filter) } else { Err(problems) }
}

/// The text that [`filter`] makes the same filter of.
pub fn filter_text(filter: &Filter) -> String {
    query_string::text(filter.parameters().iter().map(|(name, value)| (*name, value.as_str())))
}

/// A view's columns: whose it is, its name, filter and order.
pub struct StoredView {
    pub agent: Option<i64>,
    pub name: String,
    pub filter: String,
    pub sort: String,
}

impl StoredView {
    pub fn of(view: &View) -> Self {
        let agent = match view.owner {
            ViewOwner::Agent(agent) => Some(agent.0),
            ViewOwner::Shared => None,
        };
        let (name, sort) = (view.name.as_str().into(), view.sort().name().into());
        Self { agent, name, filter: filter_text(&view.filter), sort }
    }

    pub fn row(&self, id: i64) -> Result<ViewRow, StoreError> {
        let name = Name::new(&self.name).map_err(|error| corrupt("views.name", error))?;
        let owner = self.agent.map_or(ViewOwner::Shared, |agent| ViewOwner::Agent(AgentId(agent)));
        let filter = filter(&self.filter).map_err(|_| corrupt("views.filter", "not a filter"))?;
        let sort = Sort::ALL.into_iter().find(|sort| sort.name() == self.sort);
        let sort = sort.ok_or_else(|| corrupt("views.sort", "not an order"))?;
        let view = View::new(name, owner, filter, sort).map_err(|error| corrupt("views.sort", error))?;
        Ok(ViewRow { id: ViewId(id), view })
    }
}

/// The number of a kept answer's view.
pub fn kept_view(answer: &str) -> Result<ViewId, StoreError> {
    answer.parse().map(ViewId).map_err(|error| corrupt("idempotency.answer", error))
}
