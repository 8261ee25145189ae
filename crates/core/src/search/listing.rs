//! A page of tickets as it is asked for: what to search, which to show, in which order, from where, how many.

use super::{Cursor, Filter, Looker, Query};
use crate::problem::Problems;

/// The order of a list. Ties are decided by the ticket's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Highest number first; the key is the number.
    Newest,
    /// Lowest number first; the key is the number.
    Oldest,
    /// Most urgent first, then lowest number; the key is the rank of the priority.
    Priority,
    /// Last changed first; the key is the position of its last event among the store's, of which each ticket has its own.
    Changed,
    /// Of a search: the best reading first, then highest number; the key is one of [`Query::RANKS`].
    Match,
}

impl Sort {
    pub const ALL: [Self; 5] = [Self::Newest, Self::Oldest, Self::Priority, Self::Changed, Self::Match];

    pub fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Oldest => "oldest",
            Self::Priority => "priority",
            Self::Changed => "changed",
            Self::Match => "match",
        }
    }

    pub(super) fn code(self) -> char {
        self.name().chars().next().expect("names are not empty")
    }

    pub(super) fn from_code(code: char) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.code() == code)
    }
}

/// What `GET /v1/tickets` is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub query: Option<Query>,
    pub filter: Filter,
    pub sort: Sort,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// 1 to [`Listing::MAX_LIMIT`].
    pub limit: u16,
}

impl Listing {
    pub const MAX_LIMIT: u16 = 100;
    pub const LIMIT: u16 = 50;

    /// Reads query parameters, names and values decoded: those of [`Filter`], and `q`, `sort`, `cursor`, `limit`.
    /// Tells all that is wrong with them, one problem per parameter; an unknown one too, for a filter misspelt would
    /// show what it should hide.
    pub fn parse<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut filter = Filter::default();
        let (mut q, mut sort, mut cursor, mut limit) = (None, None, None, None);
        for (name, value) in parameters {
            let (slot, field) = match name {
                "q" => (&mut q, "q"),
                "sort" => (&mut sort, "sort"),
                "cursor" => (&mut cursor, "cursor"),
                "limit" => (&mut limit, "limit"),
                _ => {
                    if !filter.heed(name, value, &mut problems) {
                        problems.add("query", format!("{name:?} is no parameter of this list"));
                    }
                    continue;
                }
            };
            if slot.replace(value).is_some() {
                problems.add(field, "comes twice");
            }
        }
        let query = read("q", q, &mut problems, |text| Query::new(text).map_err(|error| error.to_string()));
        let sort = read("sort", sort, &mut problems, |name| order(name, q.is_some()));
        let usual = if q.is_some() { Sort::Match } else { Sort::Newest };
        let sort = sort.unwrap_or(usual);
        let parse = |text: &str| Cursor::parse(text, sort).map_err(|error| error.to_string());
        let after = read("cursor", cursor, &mut problems, parse);
        let limit = read("limit", limit, &mut problems, page).unwrap_or(Self::LIMIT);
        if problems.is_empty() { Ok(Self { query, filter, sort, after, limit }) } else { Err(problems) }
    }
}

impl Listing {
    /// Whether it has all tickets of the store, for who looks.
    pub fn is_everything(&self, looker: &Looker) -> bool {
        self.query.is_none() && self.filter == Filter::default() && !looker.restricted
    }
}

fn read<T>(
    field: &'static str,
    value: Option<&str>,
    problems: &mut Problems,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Option<T> {
    parse(value?).map_err(|detail| problems.add(field, detail)).ok()
}

fn order(name: &str, searched: bool) -> Result<Sort, String> {
    let sort = Sort::ALL.into_iter().find(|sort| sort.name() == name);
    match sort.ok_or("is one of newest, oldest, priority, changed, match")? {
        Sort::Match if !searched => Err("match needs q".into()),
        sort => Ok(sort),
    }
}

fn page(text: &str) -> Result<u16, String> {
    let limit = text.parse().ok().filter(|limit| (1..=Listing::MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| format!("is a number from 1 to {}", Listing::MAX_LIMIT))
}

#[cfg(test)]
mod tests;
