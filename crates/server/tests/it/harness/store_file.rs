//! Store files, as an operator would write them.

use super::{CUSTOMER, STORE};
use std::fmt::Write as _;

/// The usual store, to be changed by the test before it is rendered.
#[derive(Debug, Clone)]
pub struct StoreFile {
    pub id: String,
    pub timezone: String,
    pub policy: String,
    pub dedupe_window: Option<String>,
    pub whatsapp: Vec<String>,
    pub email: Vec<String>,
    pub agents: Vec<Agent>,
    pub teams: Vec<Team>,
    pub labels: Vec<(i64, String)>,
    /// Ids; each has a phone number and a mail address made from its place.
    pub customers: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Agent {
    pub id: Option<i64>,
    pub email: String,
    pub online: bool,
    pub max_open: Option<u32>,
    /// Left out when it is the usual one, `agent`.
    pub role: Option<String>,
}

impl Agent {
    /// Number N has id 100 + N and the address agentN@shop.example.
    pub fn online(number: i64) -> Self {
        let email = format!("agent{number}@shop.example");
        Self { id: Some(100 + number), email, online: true, max_open: None, role: None }
    }

    pub fn offline(number: i64) -> Self {
        Self { online: false, ..Self::online(number) }
    }

    pub fn max_open(self, most: u32) -> Self {
        Self { max_open: Some(most), ..self }
    }

    /// `agent`, `team_manager` or `admin`.
    pub fn role(self, role: &str) -> Self {
        Self { role: Some(role.to_owned()), ..self }
    }
}

#[derive(Debug, Clone)]
pub struct Team {
    pub id: i64,
    pub name: String,
    pub policy: Option<String>,
    /// The agents' numbers.
    pub members: Vec<i64>,
    /// An inline table.
    pub hours: Option<String>,
}

impl Team {
    pub fn new(id: i64, name: &str, members: &[i64]) -> Self {
        Self { id, name: name.to_owned(), policy: None, members: members.to_vec(), hours: None }
    }

    pub fn policy(self, policy: &str) -> Self {
        Self { policy: Some(policy.to_owned()), ..self }
    }

    pub fn hours(self, hours: &str) -> Self {
        Self { hours: Some(hours.to_owned()), ..self }
    }
}

impl Default for StoreFile {
    fn default() -> Self {
        Self {
            id: STORE.to_owned(),
            timezone: "Asia/Kolkata".to_owned(),
            policy: "round_robin".to_owned(),
            dedupe_window: None,
            whatsapp: vec!["+917827486670".to_owned()],
            email: vec!["care@shop.example".to_owned()],
            agents: (0..3).map(Agent::online).collect(),
            teams: vec![Team::new(31, "Returns", &[0, 1])],
            labels: vec![(7, "refund".to_owned()), (8, "urgent".to_owned())],
            customers: vec![CUSTOMER.to_owned()],
        }
    }
}

impl StoreFile {
    pub fn store(self, id: &str) -> Self {
        Self { id: id.to_owned(), ..self }
    }

    pub fn policy(self, policy: &str) -> Self {
        Self { policy: policy.to_owned(), ..self }
    }

    pub fn dedupe_window(self, window: &str) -> Self {
        Self { dedupe_window: Some(window.to_owned()), ..self }
    }

    pub fn agents(self, agents: impl IntoIterator<Item = Agent>) -> Self {
        Self { agents: agents.into_iter().collect(), ..self }
    }

    pub fn teams(self, teams: impl IntoIterator<Item = Team>) -> Self {
        Self { teams: teams.into_iter().collect(), ..self }
    }

    pub fn labels(self, ids: impl IntoIterator<Item = i64>) -> Self {
        Self { labels: ids.into_iter().map(|id| (id, format!("label {id}"))).collect(), ..self }
    }

    pub fn customers(self, ids: &[&str]) -> Self {
        Self { customers: ids.iter().map(ToString::to_string).collect(), ..self }
    }

    /// An empty list leaves its section out: `apply` then leaves those rows alone.
    pub fn render(&self) -> String {
        let mut text = String::new();
        self.head(&mut text).expect("a String takes everything");
        self.people(&mut text).expect("a String takes everything");
        self.rest(&mut text).expect("a String takes everything");
        text
    }

    fn head(&self, text: &mut String) -> std::fmt::Result {
        let Self { id, timezone, policy, whatsapp, email, .. } = self;
        writeln!(text, "[store]\nid = {id:?}\nname = \"Shop\"\ntimezone = {timezone:?}")?;
        writeln!(text, "[assignment]\npolicy = {policy:?}")?;
        if let Some(window) = &self.dedupe_window {
            writeln!(text, "dedupe_window = {window:?}")?;
        }
        writeln!(text, "[channels]\nwhatsapp = {whatsapp:?}\nemail = {email:?}")
    }

    fn people(&self, text: &mut String) -> std::fmt::Result {
        for Agent { id, email, online, max_open, role } in &self.agents {
            let name = email.split('@').next().unwrap_or_default();
            writeln!(text, "[[agents]]")?;
            if let Some(id) = id {
                writeln!(text, "id = {id}")?;
            }
            writeln!(text, "email = {email:?}\nname = {name:?}\nonline = {online}")?;
            if let Some(role) = role {
                writeln!(text, "role = {role:?}")?;
            }
            if let Some(most) = max_open {
                writeln!(text, "max_open = {most}")?;
            }
        }
        for Team { id, name, policy, members, hours } in &self.teams {
            let members: Vec<String> = members.iter().map(|n| format!("agent{n}@shop.example")).collect();
            writeln!(text, "[[teams]]\nid = {id}\nname = {name:?}\nmembers = {members:?}")?;
            if let Some(policy) = policy {
                writeln!(text, "policy = {policy:?}")?;
            }
            if let Some(hours) = hours {
                writeln!(text, "hours = {hours}")?;
            }
        }
        Ok(())
    }

    fn rest(&self, text: &mut String) -> std::fmt::Result {
        for (id, name) in &self.labels {
            writeln!(text, "[[labels]]\nid = {id}\nname = {name:?}")?;
        }
        for (place, id) in self.customers.iter().enumerate() {
            writeln!(text, "[[customers]]\nid = {id:?}\nname = \"Asha {place}\"")?;
            writeln!(text, "phone = \"+91809549{place:04}\"\nemail = \"asha{place}@example.com\"")?;
        }
        Ok(())
    }
}
