//! A create call's body becomes a [`TicketRequest`], which cannot hold a value the contract refuses
//! (contract 1, Request). Only form is judged here; what the fields refer to is judged in [`crate::intake`].

mod fields;

use crate::address::{EmailAddress, PhoneNumber, email_key};
use crate::ids::{CustomerId, LabelId, TeamId};
use crate::problem::Problems;
use crate::ticket::{Channel, Contact, TaskTitle};
use fields::{Field, Fields};
use std::borrow::Cow;

/// The most entries of labelIds, counted as sent.
pub const MAX_LABELS: usize = 50;
/// The longest context, in Unicode scalar values.
pub const MAX_CONTEXT_CHARS: usize = 65_536;
/// The most names of unknown fields that are told back.
pub const MAX_IGNORED: usize = 16;

/// Whom the caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    AllAgents,
    /// The agent's mail address in its compared form.
    Agent(Box<str>),
    Team(TeamId),
}

/// A create call whose form is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRequest {
    pub customer: CustomerId,
    pub contact: Contact,
    /// Without repeats, in the order sent.
    pub labels: Vec<LabelId>,
    pub target: Target,
    pub context: Option<Box<str>>,
}

/// The outcome of reading a body, and the unknown fields that were passed over on the way.
#[derive(Debug)]
pub struct Parsed {
    pub request: Result<TicketRequest, Problems>,
    /// At most [`MAX_IGNORED`] distinct names, in the order they came.
    pub ignored: Vec<String>,
}

/// Reads the body of a create call.
pub fn parse(body: &[u8]) -> Parsed {
    let mut ignored = Vec::new();
    let fields = match Fields::read(body, &mut ignored) {
        Ok(fields) => fields,
        Err(problem) => return Parsed { request: Err(Problems::one("body", problem)), ignored },
    };
    Parsed { request: Form::judge(fields), ignored }
}

/// Takes the fields one after another and remembers what was wrong with them.
struct Form<'a> {
    fields: Fields<'a>,
    problems: Problems,
}

impl<'a> Form<'a> {
    fn judge(fields: Fields<'a>) -> Result<TicketRequest, Problems> {
        let mut form = Form { fields, problems: Problems::default() };
        let channel = form.channel();
        let customer = form.customer();
        let labels = form.labels();
        let contact = form.contact(channel);
        let target = form.target();
        let context = form.context();
        if !form.problems.is_empty() {
            return Err(form.problems);
        }
        match (customer, contact, target) {
            (Some(customer), Some(contact), Some(target)) => {
                Ok(TicketRequest { customer, contact, labels, target, context })
            }
            _ => unreachable!("a part that is missing has left a problem"),
        }
    }

    /// A string field: `None` when it is absent or has left a problem.
    fn string(&mut self, field: Field) -> Option<Cow<'a, str>> {
        self.fields.string(field, &mut self.problems)
    }

    /// A string that must be there; `why` ends the sentence "is required …".
    fn required(&mut self, field: Field, why: &str) -> Option<Cow<'a, str>> {
        let value = self.string(field);
        if value.is_none() {
            self.problems.add(field.name(), format!("is required{why}"));
        }
        value
    }

    /// A required string that has to fit `parse`.
    fn shaped<T>(
        &mut self,
        field: Field,
        why: &str,
        rule: &'static str,
        parse: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.required(field, why)?;
        let value = parse(&text);
        if value.is_none() {
            self.problems.add(field.name(), rule);
        }
        value
    }

    fn channel(&mut self) -> Option<Channel> {
        self.shaped(Field::Channel, "", "must be WHATSAPP, EMAIL or TASKS", Channel::from_name)
    }

    fn customer(&mut self) -> Option<CustomerId> {
        self.shaped(Field::BikCustomerId, "", "must have 1 to 128 characters", CustomerId::new)
    }

    fn labels(&mut self) -> Vec<LabelId> {
        let sent = self.fields.integers(Field::LabelIds, MAX_LABELS, &mut self.problems);
        let mut labels = Vec::with_capacity(sent.len());
        for label in sent.into_iter().map(LabelId) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        labels
    }

    /// The channel's own fields are judged; the others only have to be of their type.
    fn contact(&mut self, channel: Option<Channel>) -> Option<Contact> {
        let whatsapp = if channel == Some(Channel::Whatsapp) { self.whatsapp() } else { None };
        let email = if channel == Some(Channel::Email) { self.email() } else { None };
        let task = if channel == Some(Channel::Tasks) { self.task() } else { None };
        for field in Field::OF_CHANNELS {
            self.string(field);
        }
        whatsapp.or(email).or(task)
    }

    fn whatsapp(&mut self) -> Option<Contact> {
        const WHY: &str = " when channel is WHATSAPP";
        const RULE: &str = "must be a phone number in E.164 form: +, then 7 to 15 digits, the first not 0";
        let brand = self.shaped(Field::BrandPhoneNumber, WHY, RULE, PhoneNumber::new);
        let customer = self.shaped(Field::CustomerPhoneNumber, WHY, RULE, PhoneNumber::new);
        Some(Contact::Whatsapp { brand: brand?, customer: Some(customer?) })
    }

    fn email(&mut self) -> Option<Contact> {
        const WHY: &str = " when channel is EMAIL";
        const RULE: &str = "must be a mail address";
        const CUSTOMER_RULE: &str = "must be a mail address of at most 254 characters";
        let brand = self.shaped(Field::BrandEmail, WHY, RULE, EmailAddress::new);
        let customer = self.shaped(Field::CustomerEmail, WHY, CUSTOMER_RULE, EmailAddress::of_customer);
        Some(Contact::Email { brand: brand?, customer: Some(customer?) })
    }

    fn task(&mut self) -> Option<Contact> {
        const RULE: &str = "must have 1 to 500 characters after trimming";
        let title = self.shaped(Field::TaskTitle, " when channel is TASKS", RULE, TaskTitle::new)?;
        Some(Contact::Task { title })
    }

    fn target(&mut self) -> Option<Target> {
        const RULE: &str = "must be ALL_AGENTS, SPECIFIC_AGENT or SPECIFIC_TEAM";
        let kind = self.string(Field::AssignmentType).map(|kind| kind.to_ascii_uppercase());
        let judged = !self.problems.names(Field::AssignmentType.name());
        let mail = self.string(Field::AgentMail);
        let team = self.fields.integer(Field::TeamId, &mut self.problems);
        match kind.as_deref() {
            None if judged => Some(Target::AllAgents),
            Some("ALL_AGENTS") => Some(Target::AllAgents),
            Some("SPECIFIC_AGENT") => match mail {
                Some(mail) => Some(Target::Agent(email_key(&mail).into())),
                None => self.missing(Field::AgentMail, "is required when assignmentType is SPECIFIC_AGENT"),
            },
            Some("SPECIFIC_TEAM") => match team {
                Some(team) => Some(Target::Team(TeamId(team))),
                None => self.missing(Field::TeamId, "is required when assignmentType is SPECIFIC_TEAM"),
            },
            _ => self.missing(Field::AssignmentType, RULE),
        }
    }

    fn missing<T>(&mut self, field: Field, rule: &'static str) -> Option<T> {
        self.problems.add(field.name(), rule);
        None
    }

    fn context(&mut self) -> Option<Box<str>> {
        let context = self.string(Field::Context)?;
        if context.len() > MAX_CONTEXT_CHARS && context.chars().count() > MAX_CONTEXT_CHARS {
            return self.missing(Field::Context, "must have at most 65536 characters");
        }
        Some(context.into())
    }
}

#[cfg(test)]
mod tests;
