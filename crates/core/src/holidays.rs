//! Holidays: days of a store, in its time zone, on which teams are closed whatever their hours (desk 4).

use crate::ids::TeamId;
use crate::text::Name;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A whole day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Holiday {
    pub date: Date,
    pub name: Name,
    /// Whose it is; empty: everybody's, also of those without a team.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<TeamId>,
}

/// A store's holidays in the order of their dates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Holiday>", into = "Vec<Holiday>")]
pub struct Holidays(Vec<Holiday>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has more than {max} holidays", max = Holidays::MAX)]
pub struct TooMany;

impl Holidays {
    /// The most that a store has at a time.
    pub const MAX: usize = 500;

    pub fn new(mut holidays: Vec<Holiday>) -> Result<Self, TooMany> {
        holidays.sort_unstable();
        holidays.dedup();
        if holidays.len() > Self::MAX { Err(TooMany) } else { Ok(Self(holidays)) }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Holiday> {
        self.0.iter()
    }

    /// Whether the day is one of the team's; of those without a team where that is `None`.
    pub fn has(&self, date: Date, team: Option<TeamId>) -> bool {
        let first = self.0.partition_point(|holiday| holiday.date < date);
        let of_day = self.0[first..].iter().take_while(|holiday| holiday.date == date);
        of_day
            .into_iter()
            .any(|holiday| holiday.teams.is_empty() || team.is_some_and(|team| holiday.teams.contains(&team)))
    }
}

impl TryFrom<Vec<Holiday>> for Holidays {
    type Error = TooMany;

    fn try_from(holidays: Vec<Holiday>) -> Result<Self, TooMany> {
        Self::new(holidays)
    }
}

impl From<Holidays> for Vec<Holiday> {
    fn from(holidays: Holidays) -> Self {
        holidays.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_is_that_of_its_teams_or_of_all() {
        let text =
            r#"[{"date":"2026-12-25","name":"Christmas"},{"date":"2026-11-08","name":"Diwali","teams":[3]}]"#;
        let holidays: Holidays = serde_json::from_str(text).unwrap();
        let has = |date: &str, team: Option<i64>| holidays.has(date.parse().unwrap(), team.map(TeamId));
        assert!(has("2026-12-25", None) && has("2026-12-25", Some(3)));
        assert!(has("2026-11-08", Some(3)) && !has("2026-11-08", Some(4)) && !has("2026-11-08", None));
        assert!(!has("2026-12-24", None));
    }
}
