//! Whether somebody's entry is within somebody's reach (desk 3): one's own, one's teams', or anybody's.

use super::{Actor, Barred, Extent, Reach};
use crate::ids::{AgentId, TeamId};
use crate::roster::Roster;
use std::collections::{BTreeMap, BTreeSet};

/// Whose an entry of a section is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Agent(AgentId),
    Team(TeamId),
    /// The store's as a whole.
    Store,
}

/// Who is in which active team.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memberships(BTreeMap<TeamId, BTreeSet<AgentId>>);

impl FromIterator<(TeamId, Vec<AgentId>)> for Memberships {
    fn from_iter<T: IntoIterator<Item = (TeamId, Vec<AgentId>)>>(teams: T) -> Self {
        Self(teams.into_iter().map(|(team, members)| (team, members.into_iter().collect())).collect())
    }
}

impl From<&Roster> for Memberships {
    fn from(roster: &Roster) -> Self {
        roster.teams().iter().map(|team| (team.id, team.members.clone())).collect()
    }
}

impl Memberships {
    fn has(&self, team: TeamId, agent: AgentId) -> bool {
        self.0.get(&team).is_some_and(|members| members.contains(&agent))
    }

    fn share_one(&self, one: AgentId, other: AgentId) -> bool {
        self.0.values().any(|members| members.contains(&one) && members.contains(&other))
    }
}

impl Extent {
    /// Whether `by`, who reaches this much, reaches the subject.
    pub fn covers(self, by: &Actor, subject: Subject, teams: &Memberships) -> bool {
        let Some(me) = by.agent() else { return self == Self::All };
        match (self, subject) {
            (Self::None, _) => false,
            (Self::All, _) => true,
            (Self::Own | Self::Teams, Subject::Agent(agent)) if agent == me => true,
            (Self::Teams, Subject::Agent(agent)) => teams.share_one(me, agent),
            (Self::Teams, Subject::Team(team)) => teams.has(team, me),
            (Self::Own, _) | (Self::Teams, Subject::Store) => false,
        }
    }
}

impl Reach {
    /// Whether `by` sees the subject.
    pub fn to_see(self, by: &Actor, subject: Subject, teams: &Memberships) -> Result<(), Barred> {
        if self.sees.covers(by, subject, teams) { Ok(()) } else { Err(Barred::Hidden) }
    }

    /// Whether `by` may change the subject; what is not seen is hidden rather than forbidden.
    pub fn to_change(self, by: &Actor, subject: Subject, teams: &Memberships) -> Result<(), Barred> {
        self.to_see(by, subject, teams)?;
        if self.changes.covers(by, subject, teams) { Ok(()) } else { Err(Barred::Forbidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Role, Section, reach};
    use crate::ids::KeyId;

    /// Agents 1 and 3 are in team 31, 2 in team 32.
    fn teams() -> Memberships {
        let members = |team, agents: &[i64]| (TeamId(team), agents.iter().copied().map(AgentId).collect());
        [members(31, &[1, 3]), members(32, &[2])].into_iter().collect()
    }

    fn outcome(by: &Actor, section: Section, subject: Subject) -> char {
        match reach(by, section).to_change(by, subject, &teams()) {
            Ok(()) => 'y',
            Err(Barred::Forbidden) => '3',
            Err(Barred::Hidden) => '4',
        }
    }

    #[test]
    fn who_changes_what_of_whom() {
        let person = |role| Actor::Agent { id: AgentId(1), role };
        let by = [
            person(Role::Agent),
            person(Role::TeamManager),
            person(Role::Admin),
            Actor::Key(KeyId::new("k").unwrap()),
            Actor::Operator,
        ];
        let agent = |id| Subject::Agent(AgentId(id));
        let team = |id| Subject::Team(TeamId(id));
        let table = [
            (Section::Availability, agent(1), "yyyyy"),
            (Section::Availability, agent(3), "3yyyy"),
            (Section::Availability, agent(2), "33yyy"),
            (Section::Limits, agent(1), "3yy3y"),
            (Section::Limits, agent(3), "4yy3y"),
            (Section::Limits, agent(2), "44y3y"),
            (Section::TeamHours, team(31), "3yy3y"),
            (Section::TeamHours, team(32), "44y3y"),
            (Section::People, agent(2), "33y3y"),
            (Section::Settings, Subject::Store, "44y3y"),
            (Section::Keys, Subject::Store, "44y4y"),
            (Section::Customers, Subject::Store, "yyyyy"),
            (Section::Erasure, Subject::Store, "44y4y"),
        ];
        for (section, subject, expected) in table {
            let found: String = by.iter().map(|by| outcome(by, section, subject)).collect();
            assert_eq!(found, expected, "{section:?} {subject:?}");
        }
    }
}
