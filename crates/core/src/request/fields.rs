//! The table's fields as they stand in a body, each read at most once and only in its own JSON type.

use crate::json::{self, Text, TextFault, Value};
use crate::problem::Problems;
use crate::request::MAX_IGNORED;
use std::borrow::Cow;

/// The fields of contract 1's table, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Channel,
    BikCustomerId,
    LabelIds,
    BrandEmail,
    CustomerEmail,
    BrandPhoneNumber,
    CustomerPhoneNumber,
    TaskTitle,
    AssignmentType,
    AgentMail,
    TeamId,
    Context,
}

impl Field {
    const NAMES: [&'static str; 12] = [
        "channel",
        "bikCustomerId",
        "labelIds",
        "brandEmail",
        "customerEmail",
        "brandPhoneNumber",
        "customerPhoneNumber",
        "taskTitle",
        "assignmentType",
        "agentMail",
        "teamId",
        "context",
    ];

    /// The fields that belong to one channel or another.
    pub const OF_CHANNELS: [Self; 5] = [
        Self::BrandEmail,
        Self::CustomerEmail,
        Self::BrandPhoneNumber,
        Self::CustomerPhoneNumber,
        Self::TaskTitle,
    ];

    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

#[derive(Debug, Clone, Copy)]
enum Slot<'a> {
    Absent,
    Given(Value<'a>),
    Repeated,
}

#[derive(Debug)]
pub struct Fields<'a>([Slot<'a>; 12]);

impl<'a> Fields<'a> {
    /// Sorts the members of the body's object into the table's fields; the names of others go to `ignored`.
    /// The error is what is wrong with the body as a whole.
    pub fn read(body: &'a [u8], ignored: &mut Vec<String>) -> Result<Self, String> {
        let text = std::str::from_utf8(body).map_err(|_| "is not valid UTF-8")?;
        let mut slots = [Slot::Absent; 12];
        json::members(text, |name, value| match slot_of(name) {
            Ok(index) => {
                slots[index] =
                    if matches!(slots[index], Slot::Absent) { Slot::Given(value) } else { Slot::Repeated };
            }
            Err(unknown) => {
                if ignored.len() < MAX_IGNORED && !ignored.iter().any(|known| *known == unknown) {
                    ignored.push(unknown.into_owned());
                }
            }
        })
        .map_err(|malformed| malformed.to_string())?;
        Ok(Self(slots))
    }

    /// The field's value, null being the same as absent; a repeated one leaves a problem.
    fn value(&self, field: Field, problems: &mut Problems) -> Option<Value<'a>> {
        match self.0[field as usize] {
            Slot::Absent | Slot::Given(Value::Null) => None,
            Slot::Given(value) => Some(value),
            Slot::Repeated => {
                problems.add(field.name(), "is given twice");
                None
            }
        }
    }

    pub fn string(&self, field: Field, problems: &mut Problems) -> Option<Cow<'a, str>> {
        let Value::String(text) = self.value(field, problems)? else {
            problems.add(field.name(), "must be a string");
            return None;
        };
        text.unescape().map_err(|fault| problems.add(field.name(), told(fault))).ok()
    }

    pub fn integer(&self, field: Field, problems: &mut Problems) -> Option<i64> {
        let value = self.value(field, problems)?;
        integer(value).map_err(|rule| problems.add(field.name(), rule)).ok()
    }

    /// Empty when the field is absent or has left a problem.
    pub fn integers(&self, field: Field, most: usize, problems: &mut Problems) -> Vec<i64> {
        let Some(value) = self.value(field, problems) else { return Vec::new() };
        let Value::Array(array) = value else {
            problems.add(field.name(), "must be an array of integers");
            return Vec::new();
        };
        let elements = json::elements(array);
        if elements.len() > most {
            problems.add(field.name(), format!("must have at most {most} entries"));
            return Vec::new();
        }
        let mut numbers = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            match integer(element) {
                Ok(number) => numbers.push(number),
                Err(rule) => problems.add(field.name(), format!("entry {}: {rule}", index + 1)),
            }
        }
        numbers
    }
}

fn slot_of(name: Text<'_>) -> Result<usize, Cow<'_, str>> {
    let name = name.lossy();
    Field::NAMES.iter().position(|known| *known == name).ok_or(name)
}

fn integer(value: Value<'_>) -> Result<i64, &'static str> {
    let Value::Number(text) = value else { return Err("must be an integer") };
    if text.contains(['.', 'e', 'E']) {
        return Err("must be an integer without fraction or exponent");
    }
    text.parse().map_err(|_| "must be an integer of at most 64 bits")
}

fn told(fault: TextFault) -> &'static str {
    match fault {
        TextFault::Nul => "must not contain U+0000",
        TextFault::LoneSurrogate => "must not contain a lone surrogate",
    }
}
