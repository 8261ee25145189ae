//! A ticket: the channel it came through, where it stands, and what a caller is told about it.

use crate::address::{EmailAddress, PhoneNumber};
use crate::ids::{AgentId, CustomerId, LabelId, StoreId, TeamId, TicketId};
use crate::life::Priority;
use crate::receipt::Receipt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a ticket comes from (contract 1, `channel`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    Whatsapp,
    Email,
    Tasks,
}

impl Channel {
    pub const ALL: [Self; 3] = [Self::Whatsapp, Self::Email, Self::Tasks];

    /// The lower-case name, as in `channelName` and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whatsapp => "whatsapp",
            Self::Email => "email",
            Self::Tasks => "tasks",
        }
    }

    /// Whose an address is: phone numbers begin with `+`.
    pub fn of_address(address: &str) -> Self {
        if address.starts_with('+') { Self::Whatsapp } else { Self::Email }
    }

    /// Reads a name in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name().eq_ignore_ascii_case(name))
    }
}

/// A task's title: 1 to 500 characters, trimmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskTitle(Box<str>);

impl TaskTitle {
    pub const MAX_CHARS: usize = 500;

    pub fn new(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        let fits =
            !trimmed.is_empty() && trimmed.chars().take(Self::MAX_CHARS + 1).count() <= Self::MAX_CHARS;
        fits.then(|| Self(trimmed.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a ticket's channel says of its two ends; the customer's is `None` once the customer was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    Whatsapp { brand: PhoneNumber, customer: Option<PhoneNumber> },
    Email { brand: EmailAddress, customer: Option<EmailAddress> },
    Task { title: TaskTitle },
}

impl Contact {
    pub fn channel(&self) -> Channel {
        match self {
            Self::Whatsapp { .. } => Channel::Whatsapp,
            Self::Email { .. } => Channel::Email,
            Self::Task { .. } => Channel::Tasks,
        }
    }

    pub fn brand_address(&self) -> Option<&str> {
        match self {
            Self::Whatsapp { brand, .. } => Some(brand.as_str()),
            Self::Email { brand, .. } => Some(brand.as_str()),
            Self::Task { .. } => None,
        }
    }

    pub fn customer_address(&self) -> Option<&str> {
        match self {
            Self::Whatsapp { customer, .. } => customer.as_ref().map(PhoneNumber::as_str),
            Self::Email { customer, .. } => customer.as_ref().map(EmailAddress::as_str),
            Self::Task { .. } => None,
        }
    }

    pub fn task_title(&self) -> Option<&str> {
        match self {
            Self::Task { title } => Some(title.as_str()),
            Self::Whatsapp { .. } | Self::Email { .. } => None,
        }
    }
}

/// Which kind of stage a ticket is in (desk 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Open,
    Snoozed,
    Closed,
}

impl Stage {
    pub const ALL: [Self; 3] = [Self::Open, Self::Snoozed, Self::Closed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Closed => "closed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

/// A pool that gives tickets out: the store's, or one team's. Stored as its [`Pool::number`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub enum Pool {
    Store,
    Team(TeamId),
}

impl Pool {
    /// The number that stands for the pool in storage: 0 for the store's, since team ids begin at 1.
    pub fn number(self) -> i64 {
        match self {
            Self::Store => 0,
            Self::Team(team) => team.0,
        }
    }

    pub fn from_number(number: i64) -> Self {
        if number == 0 { Self::Store } else { Self::Team(TeamId(number)) }
    }
}

impl From<i64> for Pool {
    fn from(number: i64) -> Self {
        Self::from_number(number)
    }
}

impl From<Pool> for i64 {
    fn from(pool: Pool) -> Self {
        pool.number()
    }
}

/// Where a new ticket ended up (desk 1): with an agent, in a pool that will give it out, or for people to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Assigned,
    Waiting,
    Unclaimed,
}

impl Outcome {
    pub const ALL: [Self; 3] = [Self::Assigned, Self::Waiting, Self::Unclaimed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Waiting => "waiting",
            Self::Unclaimed => "unclaimed",
        }
    }
}

/// A ticket to be written, decided and numbered.
#[derive(Debug, Clone)]
pub struct NewTicket {
    pub id: TicketId,
    pub customer: CustomerId,
    pub contact: Contact,
    pub labels: Vec<LabelId>,
    pub priority: Priority,
    pub context: Option<Box<str>>,
    pub agent: Option<AgentId>,
    pub team: Option<TeamId>,
    /// Set when a pool will give the ticket out later.
    pub waiting: Option<Pool>,
    pub created_at: Timestamp,
    /// Who created it: a key's id, or an actor's stored form.
    pub by: Box<str>,
    /// The position of its creation among the store's events.
    pub event: i64,
    pub receipt: Receipt,
}

/// What the caller of a successful create call is told (contract 1, Success).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    pub id: TicketId,
    pub customer_id: CustomerId,
    pub store_id: StoreId,
    pub agent_id: Option<AgentId>,
    pub team_id: Option<TeamId>,
    pub channel_name: Channel,
}
