//! The views that every store has.

use crate::access::Actor;
use crate::search::{AgentIs, Filter, Sort, Standing, TeamIs};

/// What people look at all day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandardView {
    /// One's own open tickets.
    Mine,
    /// Open ones that people take themselves.
    Unclaimed,
    /// Open ones that a pool will give out.
    Waiting,
    /// Open ones of one's teams.
    Teams,
    /// Where one was mentioned.
    Mentions,
    /// All open ones.
    All,
}

impl StandardView {
    pub const ALL: [Self; 6] =
        [Self::Mine, Self::Unclaimed, Self::Waiting, Self::Teams, Self::Mentions, Self::All];

    /// How it is named in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Unclaimed => "unclaimed",
            Self::Waiting => "waiting",
            Self::Teams => "teams",
            Self::Mentions => "mentions",
            Self::All => "all",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.name() == name)
    }

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Mine => "Mine",
            Self::Unclaimed => "Unclaimed",
            Self::Waiting => "Waiting",
            Self::Teams => "My teams",
            Self::Mentions => "Mentions",
            Self::All => "All open",
        }
    }

    /// A key has no tickets, no teams, and is nowhere mentioned.
    pub fn is_for(self, by: &Actor) -> bool {
        by.agent().is_some() || !matches!(self, Self::Mine | Self::Teams | Self::Mentions)
    }

    pub fn filter(self) -> Filter {
        let of = |state| Filter { state: Some(state), ..Filter::default() };
        match self {
            Self::Mine => Filter { agent: Some(AgentIs::Me), ..of(Standing::Open) },
            Self::Unclaimed => of(Standing::Unclaimed),
            Self::Waiting => of(Standing::Waiting),
            Self::Teams => Filter { team: Some(TeamIs::Mine), ..of(Standing::Open) },
            Self::Mentions => Filter { mentioned: true, ..Filter::default() },
            Self::All => of(Standing::Open),
        }
    }

    pub fn sort(self) -> Sort {
        match self {
            Self::Mentions => Sort::Changed,
            // What waits longest comes first.
            Self::Unclaimed | Self::Waiting => Sort::Oldest,
            Self::Mine | Self::Teams | Self::All => Sort::Newest,
        }
    }
}
