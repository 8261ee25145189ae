//! Mail to agents (desk 7): who is told of what, when, and in which words. Nothing of a ticket's content is said unless it
//! is handed in.

use crate::access::Role;
use crate::due::later;
use crate::ids::{AgentId, TeamId, TicketId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

/// An agent is mailed once in this time; what comes meanwhile is told together.
pub const PACE: Duration = Duration::from_secs(60);
/// How much of a text is said, in characters.
const LONGEST: usize = 2_000;
/// How much of a title stands in a subject.
const LONGEST_TITLE: usize = 100;
const FOOTER: &str = "-- \nWhich mail you get is your own setting at the desk.\n";

/// What an agent may be mailed about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occasion {
    Assigned,
    Mentioned,
    WaitingTooLong,
}

impl Occasion {
    pub const ALL: [Self; 3] = [Self::Assigned, Self::Mentioned, Self::WaitingTooLong];

    pub fn name(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Mentioned => "mentioned",
            Self::WaitingTooLong => "waitingTooLong",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|occasion| occasion.name() == name)
    }

    fn told(self, ticket: TicketId) -> String {
        match self {
            Self::Assigned => format!("Ticket {ticket} was assigned to you"),
            Self::Mentioned => format!("You were mentioned on ticket {ticket}"),
            Self::WaitingTooLong => format!("Ticket {ticket} has been waiting too long"),
        }
    }

    fn counted(self, count: usize) -> String {
        match self {
            Self::Assigned => format!("{count} assigned to you"),
            Self::Mentioned if count == 1 => "1 mention of you".into(),
            Self::Mentioned => format!("{count} mentions of you"),
            Self::WaitingTooLong => format!("{count} waiting too long"),
        }
    }
}

/// What one is mailed about.
pub type Choice = BTreeSet<Occasion>;

/// What one is mailed about who has not chosen. A mention asks for an answer and is rare. Assignments are many a day, and
/// who works at the desk sees them there. That somebody waits too long is for those to hear who can do something about it.
pub fn usual(role: Role) -> Choice {
    match role {
        Role::Agent => Choice::from([Occasion::Mentioned]),
        Role::TeamManager | Role::Admin => Choice::from([Occasion::Mentioned, Occasion::WaitingTooLong]),
    }
}

/// An agent as far as it matters for mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: AgentId,
    pub role: Role,
    pub teams: BTreeSet<TeamId>,
    /// `None`: the usual.
    pub choice: Option<Choice>,
    /// When they were mailed last.
    pub mailed_at: Option<Timestamp>,
}

impl Person {
    fn wants(&self, occasion: Occasion) -> bool {
        self.choice.as_ref().map_or_else(|| usual(self.role), Clone::clone).contains(&occasion)
    }

    /// Whether a ticket that waits in a team, or in none, is theirs to see to: admins' every one, team managers' those of
    /// no team too, everybody's those of their teams.
    fn sees_to(&self, team: Option<TeamId>) -> bool {
        match team {
            Some(team) => self.role == Role::Admin || self.teams.contains(&team),
            None => self.role != Role::Agent,
        }
    }

    /// When they are mailed of something that happens now.
    pub fn mailed_next(&self, now: Timestamp) -> Timestamp {
        self.mailed_at.map_or(now, |last| later(last, PACE).max(now))
    }
}

/// Something that somebody may be mailed about; `by` is the agent who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    Assigned { to: AgentId, by: Option<AgentId> },
    Mentioned { agents: BTreeSet<AgentId>, by: Option<AgentId> },
    WaitingTooLong { team: Option<TeamId> },
}

impl Happening {
    pub fn occasion(&self) -> Occasion {
        match self {
            Self::Assigned { .. } => Occasion::Assigned,
            Self::Mentioned { .. } => Occasion::Mentioned,
            Self::WaitingTooLong { .. } => Occasion::WaitingTooLong,
        }
    }

    /// Whether it is mailed to this agent: never of one's own deed.
    pub fn is_for(&self, person: &Person) -> bool {
        let is_meant = match self {
            Self::Assigned { to, by } => *to == person.id && *by != Some(person.id),
            Self::Mentioned { agents, by } => agents.contains(&person.id) && *by != Some(person.id),
            Self::WaitingTooLong { team } => person.sees_to(*team),
        };
        is_meant && person.wants(self.occasion())
    }
}

/// What a store that allows it has said of a ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    pub title: Option<String>,
    pub customer: Option<String>,
    /// Who wrote the text, where it was a colleague.
    pub by: Option<String>,
    pub text: Option<String>,
}

/// One thing that a mail tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub occasion: Occasion,
    pub ticket: TicketId,
    /// The ticket's page.
    pub url: String,
    pub content: Option<Content>,
}

/// A mail, in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    pub text: String,
}

impl Mail {
    /// One mail of all these, in their order.
    pub fn of(notices: &[Notice]) -> Self {
        let subject = match notices {
            [one] => one.subject(),
            several => counted(several),
        };
        let mut text: String = notices.iter().map(Notice::text).collect();
        text.push_str(FOOTER);
        Self { subject, text }
    }
}

fn counted(notices: &[Notice]) -> String {
    let mut counts = BTreeMap::new();
    for notice in notices {
        *counts.entry(notice.occasion).or_insert(0) += 1;
    }
    let told: Vec<String> =
        counts.into_iter().map(|(occasion, count): (Occasion, usize)| occasion.counted(count)).collect();
    format!("Tickets: {}", told.join(", "))
}

impl Notice {
    fn subject(&self) -> String {
        let told = self.occasion.told(self.ticket);
        let title = self.content.as_ref().and_then(|content| content.title.as_deref());
        title.map_or_else(|| told.clone(), |title| format!("{told}: {}", line(title, LONGEST_TITLE)))
    }

    fn text(&self) -> String {
        let mut text = format!("{}.\n{}\n", self.occasion.told(self.ticket), self.url);
        if let Some(content) = &self.content {
            content.write(&mut text);
        }
        text.push('\n');
        text
    }
}

impl Content {
    fn write(&self, to: &mut String) {
        let lines = [("", &self.title), ("Customer: ", &self.customer), ("From: ", &self.by)];
        for (name, value) in lines {
            if let Some(value) = value {
                let _ = writeln!(to, "{name}{}", line(value, LONGEST));
            }
        }
        for said in self.text.iter().flat_map(|text| cut(text, LONGEST)) {
            let _ = writeln!(to, "> {}", line(said, LONGEST));
        }
    }
}

/// The lines of what is said of a text.
fn cut(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let end = text.char_indices().nth(most).map_or(text.len(), |(end, _)| end);
    text[..end].lines()
}

/// One line of it: what is no letter of a text becomes a space.
fn line(text: &str, most: usize) -> String {
    text.chars().take(most).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

/// Whether an answer of the mail server (RFC 5321) is its last word on a mail. What it says of this server's own account
/// (RFC 4954) is for the operator to mend, and the mail waits for that.
pub fn is_refused(status: u16) -> bool {
    (500..600).contains(&status) && ![530, 534, 535, 538].contains(&status)
}

#[cfg(test)]
mod tests;
