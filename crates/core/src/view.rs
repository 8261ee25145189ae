//! Views: lists that people come back to.

mod standard;

use crate::access::{Actor, Extent, Section, reach};
use crate::ids::AgentId;
use crate::search::{Filter, Sort};
use crate::text::Name;

pub use standard::StandardView;

/// Whose a view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewOwner {
    /// Seen and changed by this agent alone.
    Agent(AgentId),
    /// Seen by all. `me` in its filter is who looks.
    Shared,
}

/// A filter with a name and an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub name: Name,
    pub owner: ViewOwner,
    pub filter: Filter,
    /// Not [`Sort::Match`]: a view searches nothing.
    sort: Sort,
}

/// The order is that of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is one of newest, oldest, priority, changed")]
pub struct NotOfAView;

impl View {
    pub fn new(name: Name, owner: ViewOwner, filter: Filter, sort: Sort) -> Result<Self, NotOfAView> {
        if sort == Sort::Match { Err(NotOfAView) } else { Ok(Self { name, owner, filter, sort }) }
    }

    pub fn sort(&self) -> Sort {
        self.sort
    }

    pub fn is_seen_by(&self, by: &Actor) -> bool {
        self.is_within(by, |section| reach(by, section).sees)
    }

    pub fn is_changed_by(&self, by: &Actor) -> bool {
        self.is_within(by, |section| reach(by, section).changes)
    }

    fn is_within(&self, by: &Actor, extent: impl Fn(Section) -> Extent) -> bool {
        match self.owner {
            ViewOwner::Agent(owner) => by.agent() == Some(owner) && extent(Section::Views) >= Extent::Own,
            ViewOwner::Shared => extent(Section::SharedViews) == Extent::All,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;
    use crate::ids::KeyId;

    fn view(owner: ViewOwner) -> View {
        View::new(Name::new("Mine").unwrap(), owner, Filter::default(), Sort::Oldest).unwrap()
    }

    #[test]
    fn ones_own_view_is_ones_own_and_a_shared_one_is_changed_by_leads_and_keys() {
        let person = |id, role| Actor::Agent { id: AgentId(id), role };
        let key = Actor::Key(KeyId::new("k").unwrap());
        let table = [
            (person(1, Role::Agent), [true, true, true, false]),
            (person(2, Role::Agent), [false, false, true, false]),
            (person(2, Role::TeamManager), [false, false, true, true]),
            (person(2, Role::Admin), [false, false, true, true]),
            (key, [false, false, true, true]),
        ];
        let (own, shared) = (view(ViewOwner::Agent(AgentId(1))), view(ViewOwner::Shared));
        for (by, expected) in table {
            let found = [&own, &shared].map(|view| [view.is_seen_by(&by), view.is_changed_by(&by)]);
            assert_eq!(found.as_flattened(), expected, "{by:?}");
        }
    }

    #[test]
    fn standard_views_have_names_and_those_about_oneself_are_no_keys() {
        for view in StandardView::ALL {
            assert_eq!(StandardView::from_name(view.name()), Some(view));
            assert_ne!(view.sort(), Sort::Match);
        }
        let key = Actor::Key(KeyId::new("k").unwrap());
        let of_key = StandardView::ALL.into_iter().filter(|view| view.is_for(&key));
        assert_eq!(of_key.map(StandardView::name).collect::<Vec<_>>(), ["unclaimed", "waiting", "all"]);
    }

    #[test]
    fn a_view_has_an_order_of_its_own() {
        let name = || Name::new("Found").unwrap();
        assert_eq!(View::new(name(), ViewOwner::Shared, Filter::default(), Sort::Match), Err(NotOfAView));
    }
}
