//! A store file, read and checked by itself. See docs/store-files.md for its keys.

mod desk;
mod routing;
mod webhooks;

use super::toml_reader::{At, Problems, Section};
use crate::store::types::CustomerRow;
use jiff::tz::TimeZone;
use rota_core::address::{EmailAddress, PhoneNumber};
use rota_core::hours::Hours;
use rota_core::ids::{CustomerId, StoreId};
use rota_core::leave::Leaves;
use rota_core::roster::Policy;
use rota_core::text::Name;
use rota_core::ticket::Stage as Kind;
use std::time::Duration;
use toml::de::DeTable;

pub use routing::{Assignment, HolidayEntry, RuleEntry, Then, When};
pub use webhooks::WebhookEntry;

pub(super) const MAX_ID: i64 = i64::MAX - 1;

/// What a store file says. A section that the file leaves out is `None` and left alone.
#[derive(Debug)]
pub struct StoreFile {
    pub id: StoreId,
    pub name: String,
    pub timezone: String,
    pub assignment: Option<Assignment>,
    pub holidays: Option<Vec<At<HolidayEntry>>>,
    /// In the order in which they are looked at.
    pub rules: Option<Vec<At<RuleEntry>>>,
    pub desk: Option<Desk>,
    /// In their order.
    pub stages: Option<Vec<At<StageEntry>>>,
    /// WhatsApp numbers and mail addresses in their compared form.
    pub whatsapp: Option<Vec<String>>,
    pub email: Option<Vec<String>>,
    pub agents: Option<Vec<At<AgentEntry>>>,
    pub teams: Option<Vec<At<TeamEntry>>>,
    pub labels: Option<Vec<At<LabelEntry>>>,
    pub webhooks: Option<Vec<At<WebhookEntry>>>,
    pub customers: Option<Vec<At<CustomerEntry>>>,
}

#[derive(Debug)]
pub struct Desk {
    pub reopen_within: Duration,
    pub close_after: Option<Duration>,
    pub agents_see_all: bool,
    pub keep_audit: Duration,
    pub keep_rejected_values: bool,
    pub mail_content: bool,
    pub waiting_too_long: Option<Duration>,
}

#[derive(Debug)]
pub struct StageEntry {
    pub id: Option<At<i64>>,
    pub name: Name,
    pub kind: Kind,
}

#[derive(Debug)]
pub struct AgentEntry {
    pub id: Option<At<i64>>,
    pub email: At<EmailAddress>,
    pub name: String,
    pub role: String,
    pub online: bool,
    pub max_open: Option<u32>,
    /// `None`: left alone.
    pub leave: Option<Leaves>,
}

#[derive(Debug)]
pub struct TeamEntry {
    pub id: Option<At<i64>>,
    pub name: At<String>,
    pub policy: Option<Policy>,
    /// Mail addresses in their compared form.
    pub members: Vec<At<String>>,
    pub hours: Option<Hours>,
}

#[derive(Debug)]
pub struct LabelEntry {
    pub id: Option<At<i64>>,
    pub name: At<String>,
}

#[derive(Debug)]
pub struct CustomerEntry {
    pub id: Option<CustomerId>,
    pub name: String,
    pub phone: Option<PhoneNumber>,
    pub email: Option<EmailAddress>,
}

/// Reads a store file; the error holds every problem, each with its key and line.
pub fn read(text: &str) -> Result<StoreFile, Vec<String>> {
    let document = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| Problems::new(text).line(span.start));
        vec![format!("line {line}: {}", error.message())]
    })?;
    let mut problems = Problems::new(text);
    let file = Reading { problems: &mut problems }.file(document.get_ref());
    match file {
        Some(file) if problems.is_empty() => Ok(file),
        _ => Err(problems.told()),
    }
}

struct Reading<'p, 'a> {
    problems: &'p mut Problems<'a>,
}

impl Reading<'_, '_> {
    fn file(&mut self, document: &DeTable<'_>) -> Option<StoreFile> {
        let known = [
            "store",
            "assignment",
            "holidays",
            "rules",
            "desk",
            "stages",
            "channels",
            "agents",
            "teams",
            "labels",
            "webhooks",
            "customers",
        ];
        let root = Section::new(document, "", 1, &known, self.problems);
        let store = self.store(&root);
        let assignment = routing::assignment(&root, self.problems);
        let holidays =
            self.entries(&root, "holidays", |reading, table| routing::holiday(table, reading.problems));
        let rules = self.entries(&root, "rules", |reading, table| routing::rule(table, reading.problems));
        let desk = desk::settings(&root, self.problems);
        let stages = self.entries(&root, "stages", |reading, table| desk::stage(table, reading.problems));
        let (whatsapp, email) = self.channels(&root);
        let agents = self.entries(&root, "agents", Self::agent);
        let teams = self.entries(&root, "teams", Self::team);
        let labels = self.entries(&root, "labels", Self::label);
        let webhooks =
            self.entries(&root, "webhooks", |reading, table| webhooks::webhook(table, reading.problems));
        let customers = self.entries(&root, "customers", Self::customer);
        let (id, name, timezone) = store?;
        Some(StoreFile {
            id,
            name,
            timezone,
            assignment,
            holidays,
            rules,
            desk,
            stages,
            whatsapp,
            email,
            agents,
            teams,
            labels,
            webhooks,
            customers,
        })
    }

    fn store(&mut self, root: &Section<'_, '_>) -> Option<(StoreId, String, String)> {
        let Some(table) = root.table("store", self.problems) else {
            self.problems.add(1, "store", "is required: a [store] section with id and name");
            return None;
        };
        let section =
            Section::new(table.value, "store", table.line, &["id", "name", "timezone"], self.problems);
        let id = section.required("id", self.problems);
        let name = section.required("name", self.problems);
        let timezone = section.parsed("timezone", self.problems, |name| match TimeZone::get(name) {
            Ok(_) => Ok(name.to_owned()),
            Err(_) => Err(format!("\"{name}\" is not a time zone's name such as Asia/Kolkata")),
        });
        let id = id.and_then(|id| {
            let fit = StoreId::new(&id.value);
            if fit.is_none() {
                self.problems.add(id.line, "store.id", "must have at most 128 characters");
            }
            fit
        });
        Some((id?, name?.value, timezone.map_or_else(|| "UTC".into(), |zone| zone.value)))
    }

    fn channels(&mut self, root: &Section<'_, '_>) -> (Option<Vec<String>>, Option<Vec<String>>) {
        let Some(table) = root.table("channels", self.problems) else { return (None, None) };
        let section =
            Section::new(table.value, "channels", table.line, &["whatsapp", "email"], self.problems);
        let number = |text: &str| PhoneNumber::new(text).map(|number| number.as_str().to_owned());
        let address = |text: &str| EmailAddress::new(text).map(|address| address.key());
        (
            self.addresses(&section, "whatsapp", "must be phone numbers such as \"+917827486670\"", number),
            self.addresses(&section, "email", "must be mail addresses", address),
        )
    }

    fn addresses(
        &mut self,
        section: &Section<'_, '_>,
        key: &str,
        rule: &str,
        parse: impl Fn(&str) -> Option<String>,
    ) -> Option<Vec<String>> {
        let mut addresses = Vec::new();
        for text in section.texts(key, self.problems)? {
            match parse(&text.value) {
                Some(address) if !addresses.contains(&address) => addresses.push(address),
                Some(_) => {}
                None => self.problems.add(text.line, &section.key(key), rule),
            }
        }
        Some(addresses)
    }

    fn entries<T>(
        &mut self,
        root: &Section<'_, '_>,
        key: &'static str,
        read: fn(&mut Self, &At<&DeTable<'_>>) -> Option<T>,
    ) -> Option<Vec<At<T>>> {
        let tables = root.tables(key, self.problems)?;
        let entry = |table: At<&DeTable<'_>>| Some(At { value: read(self, &table)?, line: table.line });
        Some(tables.into_iter().filter_map(entry).collect())
    }

    fn agent(&mut self, table: &At<&DeTable<'_>>) -> Option<AgentEntry> {
        let known = ["id", "email", "name", "role", "online", "max_open", "leave"];
        let section = Section::new(table.value, "agents", table.line, &known, self.problems);
        let id = section.number("id", 1, MAX_ID, self.problems);
        let email = self.required_email(&section);
        let name = section.required("name", self.problems);
        let role = section.parsed("role", self.problems, |role| match role {
            "agent" | "team_manager" | "admin" => Ok(role.to_owned()),
            _ => Err("must be \"agent\", \"team_manager\" or \"admin\"".into()),
        });
        let online = section.boolean("online", self.problems);
        let max_open = section.number("max_open", 1, i64::from(u32::MAX), self.problems);
        let leave = routing::leave(&section, self.problems);
        Some(AgentEntry {
            id,
            email: email?,
            name: name?.value,
            role: role.map_or_else(|| "agent".into(), |role| role.value),
            online: online.is_some_and(|online| online.value),
            max_open: max_open.and_then(|most| u32::try_from(most.value).ok()),
            leave,
        })
    }

    fn required_email(&mut self, section: &Section<'_, '_>) -> Option<At<EmailAddress>> {
        let text = section.required("email", self.problems)?;
        let email = EmailAddress::new(&text.value);
        if email.is_none() {
            self.problems.add(text.line, &section.key("email"), "must be a mail address");
        }
        Some(At { value: email?, line: text.line })
    }

    fn team(&mut self, table: &At<&DeTable<'_>>) -> Option<TeamEntry> {
        let known = ["id", "name", "policy", "members", "hours"];
        let section = Section::new(table.value, "teams", table.line, &known, self.problems);
        let id = section.number("id", 1, MAX_ID, self.problems);
        let name = section.required("name", self.problems);
        let policy = routing::policy(&section, self.problems);
        let members = section.texts("members", self.problems).unwrap_or_default();
        let hours = routing::hours(&section, "teams.hours", self.problems);
        let key = |member: At<String>| At { value: member.value.to_lowercase(), line: member.line };
        Some(TeamEntry { id, name: name?, policy, members: members.into_iter().map(key).collect(), hours })
    }

    fn label(&mut self, table: &At<&DeTable<'_>>) -> Option<LabelEntry> {
        let section = Section::new(table.value, "labels", table.line, &["id", "name"], self.problems);
        let id = section.number("id", 1, MAX_ID, self.problems);
        let name = section.required("name", self.problems);
        Some(LabelEntry { id, name: name? })
    }

    fn customer(&mut self, table: &At<&DeTable<'_>>) -> Option<CustomerEntry> {
        let known = ["id", "name", "phone", "email"];
        let section = Section::new(table.value, "customers", table.line, &known, self.problems);
        let id = section.parsed("id", self.problems, |id| {
            CustomerId::new(id).ok_or_else(|| "must have 1 to 128 characters".into())
        });
        let name = section.required("name", self.problems);
        if let Some(name) = name.as_ref().filter(|name| name.value.chars().count() > CustomerRow::MAX_TEXT) {
            let rule = format!("must have at most {} characters", CustomerRow::MAX_TEXT);
            self.problems.add(name.line, &section.key("name"), &rule);
        }
        let phone = section.parsed("phone", self.problems, |text| {
            PhoneNumber::new(text).ok_or_else(|| "must be a phone number such as \"+918095495490\"".into())
        });
        let email = section.parsed("email", self.problems, |text| {
            EmailAddress::of_customer(text)
                .ok_or_else(|| "must be a mail address of at most 254 characters".into())
        });
        Some(CustomerEntry {
            id: id.map(|id| id.value),
            name: name?.value,
            phone: phone.map(|phone| phone.value),
            email: email.map(|email| email.value),
        })
    }
}
