//! From a request's body to a command.

use crate::http::v1::problem::Problem;
use jiff::Timestamp;
use rota_core::ids::{AgentId, ExternalId, LabelId, StageId, TeamId, TicketId};
use rota_core::life::{Command, Direction, Expected, Message, Priority, Recipient};
use rota_core::text::Text;
use rota_core::ticket::Pool;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeSet;

/// The commands, as they stand in addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Claim,
    Assign,
    Pass,
    Close,
    Reopen,
    Snooze,
    Wake,
    Stage,
    Priority,
    Labels,
    Notes,
    Messages,
    Merge,
    Unmerge,
    Undo,
}

/// Every command with the path that it is sent to.
pub const COMMANDS: [(&str, Named); 15] = [
    ("/v1/tickets/{id}/claim", Named::Claim),
    ("/v1/tickets/{id}/assign", Named::Assign),
    ("/v1/tickets/{id}/pass", Named::Pass),
    ("/v1/tickets/{id}/close", Named::Close),
    ("/v1/tickets/{id}/reopen", Named::Reopen),
    ("/v1/tickets/{id}/snooze", Named::Snooze),
    ("/v1/tickets/{id}/wake", Named::Wake),
    ("/v1/tickets/{id}/stage", Named::Stage),
    ("/v1/tickets/{id}/priority", Named::Priority),
    ("/v1/tickets/{id}/labels", Named::Labels),
    ("/v1/tickets/{id}/notes", Named::Notes),
    ("/v1/tickets/{id}/messages", Named::Messages),
    ("/v1/tickets/{id}/merge", Named::Merge),
    ("/v1/tickets/{id}/unmerge", Named::Unmerge),
    ("/v1/tickets/{id}/undo", Named::Undo),
];

impl Named {
    /// The command of a bulk call: the last part of its path.
    pub fn from_name(name: &str) -> Option<Self> {
        COMMANDS.into_iter().find(|(path, _)| last_part(path) == name).map(|(_, named)| named)
    }

    pub fn names() -> String {
        COMMANDS.map(|(path, _)| last_part(path)).join(", ")
    }

    /// The members that its body may have.
    fn members(self) -> &'static [&'static str] {
        match self {
            Self::Claim | Self::Wake | Self::Unmerge => &[],
            Self::Assign => &["agentId", "teamId", "expectedAgentId"],
            Self::Pass => &["reason", "expectedAgentId"],
            Self::Close | Self::Reopen => &["expectedAgentId"],
            Self::Snooze => &["until", "expectedAgentId"],
            Self::Stage => &["stageId"],
            Self::Priority => &["priority"],
            Self::Labels => &["add", "remove"],
            Self::Notes => &["text", "mentions"],
            Self::Messages => &["direction", "text", "at", "externalId"],
            Self::Merge => &["into"],
            Self::Undo => &["entry"],
        }
    }
}

/// The members of all commands; each command takes some of them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Body {
    #[serde(deserialize_with = "given")]
    agent_id: Option<Option<i64>>,
    #[serde(deserialize_with = "given")]
    team_id: Option<Option<i64>>,
    #[serde(deserialize_with = "given")]
    expected_agent_id: Option<Option<i64>>,
    reason: Option<String>,
    until: Option<Timestamp>,
    stage_id: Option<i64>,
    priority: Option<String>,
    add: Option<BTreeSet<LabelId>>,
    remove: Option<BTreeSet<LabelId>>,
    text: Option<String>,
    mentions: Option<BTreeSet<AgentId>>,
    direction: Option<Direction>,
    at: Option<Timestamp>,
    external_id: Option<String>,
    into: Option<i64>,
    entry: Option<i64>,
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Tells a member that is null from one that is absent.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Reads a command.
pub fn read(named: Named, body: Body, now: Timestamp) -> Result<Command, Problem> {
    body.refuse_others(named)?;
    let expected = match body.expected_agent_id {
        None => Expected::Anybody,
        Some(agent) => Expected::Owner(agent.map(AgentId)),
    };
    Ok(match named {
        Named::Claim => Command::Claim,
        Named::Wake => Command::Wake,
        Named::Unmerge => Command::Unmerge,
        Named::Close => Command::Close { expected },
        Named::Reopen => Command::Reopen { expected },
        Named::Assign => Command::Assign { to: body.recipient()?, expected },
        Named::Pass => Command::Pass { grounds: text::<500>("reason", body.reason)?, expected },
        Named::Snooze => Command::Snooze { until: required("until", body.until)?, expected },
        Named::Stage => Command::SetStage(StageId(required("stageId", body.stage_id)?)),
        Named::Priority => {
            let priority = Priority::from_name(&required("priority", body.priority)?);
            let rule = || Problem::field("priority", "is one of low, normal, high, urgent");
            Command::SetPriority(priority.ok_or_else(rule)?)
        }
        Named::Labels => {
            let (add, remove) = (body.add.unwrap_or_default(), body.remove.unwrap_or_default());
            if add.len() + remove.len() > 50 {
                return Err(Problem::field("add", "has, with remove, at most 50 labels"));
            }
            Command::Label { add, remove }
        }
        Named::Notes => {
            let mentions = body.mentions.unwrap_or_default();
            if mentions.len() > 50 {
                return Err(Problem::field("mentions", "has at most 50 agents"));
            }
            Command::Note { text: text::<65_536>("text", body.text)?, mentions }
        }
        Named::Messages => Command::Message(body.message(now)?),
        Named::Merge => Command::Merge { into: TicketId(required("into", body.into)?) },
        Named::Undo => Command::Undo { sequence: required("entry", body.entry)? },
    })
}

impl Body {
    /// A member of another command is a mistake that would go unnoticed.
    fn refuse_others(&self, named: Named) -> Result<(), Problem> {
        let given = [
            ("agentId", self.agent_id.is_some()),
            ("teamId", self.team_id.is_some()),
            ("expectedAgentId", self.expected_agent_id.is_some()),
            ("reason", self.reason.is_some()),
            ("until", self.until.is_some()),
            ("stageId", self.stage_id.is_some()),
            ("priority", self.priority.is_some()),
            ("add", self.add.is_some()),
            ("remove", self.remove.is_some()),
            ("text", self.text.is_some()),
            ("mentions", self.mentions.is_some()),
            ("direction", self.direction.is_some()),
            ("at", self.at.is_some()),
            ("externalId", self.external_id.is_some()),
            ("into", self.into.is_some()),
            ("entry", self.entry.is_some()),
        ];
        let foreign = given.into_iter().filter(|(name, is)| *is && !named.members().contains(name));
        let errors: Vec<_> =
            foreign.map(|(name, _)| (name.into(), "is no member of this command".into())).collect();
        if errors.is_empty() { Ok(()) } else { Err(Problem::malformed(errors)) }
    }

    fn recipient(&self) -> Result<Recipient, Problem> {
        match (self.agent_id, self.team_id) {
            (Some(Some(agent)), None) => Ok(Recipient::Agent(AgentId(agent))),
            (Some(None), None) => Ok(Recipient::Nobody),
            (None, Some(Some(team))) => Ok(Recipient::Pool(Pool::Team(TeamId(team)))),
            (None, Some(None)) => Ok(Recipient::Pool(Pool::Store)),
            _ => Err(Problem::field("agentId", "or teamId is required, and not both")),
        }
    }

    fn message(self, now: Timestamp) -> Result<Message, Problem> {
        let at = self.at.unwrap_or(now);
        let at = Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at);
        let external = |id: String| {
            ExternalId::new(&id).ok_or_else(|| Problem::field("externalId", "has 1 to 255 characters"))
        };
        if at > now {
            return Err(Problem::field("at", "lies in the future"));
        }
        Ok(Message {
            direction: required("direction", self.direction)?,
            text: text::<65_536>("text", self.text)?,
            at,
            external_id: self.external_id.map(external).transpose()?,
        })
    }
}

fn required<T>(field: &str, value: Option<T>) -> Result<T, Problem> {
    value.ok_or_else(|| Problem::field(field, "is required"))
}

fn text<const MAX: usize>(field: &str, value: Option<String>) -> Result<Text<MAX>, Problem> {
    Text::new(&required(field, value)?).map_err(|unfit| Problem::field(field, unfit.to_string()))
}
