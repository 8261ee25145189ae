//! The bodies of the customer calls, read field by field.

use crate::store::types::{CustomerKey, CustomerRow, CustomerSet, PostalAddress};
use rota_core::address::{EmailAddress, PhoneNumber};
use rota_core::ids::CustomerId;
use rota_core::problem::Problems;
use serde_json::{Map, Value};

const MAX_ENTRIES: usize = 100;

/// What `createOrUpdate` was asked for. What the call leaves out stays as it is.
#[derive(Debug, Clone, Default)]
pub struct PutCall {
    pub partner_id: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub phone: Option<PhoneNumber>,
    pub email: Option<EmailAddress>,
    pub more_phones: Vec<PhoneNumber>,
    pub more_emails: Vec<EmailAddress>,
    pub overwrite_assets: bool,
    pub tags: Vec<String>,
    pub addresses: Vec<PostalAddress>,
}

impl PutCall {
    pub fn find(&self) -> CustomerKey {
        CustomerKey {
            id: None,
            partner_id: self.partner_id.clone(),
            phone: self.phone.as_ref().map(|phone| phone.as_str().to_owned()),
            email_key: self.email.as_ref().map(EmailAddress::key),
        }
    }
}

/// What `get` was asked for.
#[derive(Debug)]
pub struct GetCall {
    pub find: CustomerKey,
    pub with: CustomerSet,
}

pub fn put(body: &[u8]) -> Result<PutCall, Problems> {
    let mut fields = Fields::read(body)?;
    let mut call = PutCall {
        partner_id: fields.text("partnerCustomerId"),
        first_name: fields.text("firstName"),
        last_name: fields.text("lastName"),
        phone: fields.shaped("phoneNumber", PHONE_RULE, PhoneNumber::new),
        email: fields.shaped("email", EMAIL_RULE, EmailAddress::of_customer),
        overwrite_assets: fields.boolean("overWriteAssets"),
        tags: fields.texts("tags"),
        addresses: fields.addresses(),
        ..PutCall::default()
    };
    call.more_emails.extend(fields.shaped("secondaryEmail", EMAIL_RULE, EmailAddress::of_customer));
    call.more_phones.extend(fields.shaped("secondaryPhoneNumber", PHONE_RULE, PhoneNumber::new));
    for name in ["alternateEmails", "secondaryEmails"] {
        call.more_emails.extend(fields.list(name, EMAIL_RULE, EmailAddress::of_customer));
    }
    for name in ["alternatePhoneNumbers", "secondaryPhoneNumbers"] {
        call.more_phones.extend(fields.list(name, PHONE_RULE, PhoneNumber::new));
    }
    if call.phone.is_none() && call.email.is_none() && !fields.has("phoneNumber") && !fields.has("email") {
        fields.problems.add("phoneNumber", "is required when email is not given");
    }
    fields.finish(call)
}

pub fn get(body: &[u8]) -> Result<GetCall, Problems> {
    let mut fields = Fields::read(body)?;
    let partner_id = fields.text("partnerCustomerId");
    let id = fields.shaped("bikCustomerId", "must have 1 to 128 characters", CustomerId::new);
    let with = CustomerSet {
        assets: fields.boolean("includeAssets"),
        addresses: fields.boolean("includeAddress"),
        tags: fields.boolean("includeTags"),
    };
    if !fields.has("partnerCustomerId") && !fields.has("bikCustomerId") {
        fields.problems.add("bikCustomerId", "is required when partnerCustomerId is not given");
    }
    fields.finish(GetCall { find: CustomerKey { id, partner_id, ..CustomerKey::default() }, with })
}

const PHONE_RULE: &str = "must be a phone number in E.164 form: +, then 7 to 15 digits, the first not 0";
const EMAIL_RULE: &str = "must be a mail address of at most 254 characters";

struct Fields {
    map: Map<String, Value>,
    problems: Problems,
}

impl Fields {
    fn read(body: &[u8]) -> Result<Self, Problems> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => Ok(Self { map, problems: Problems::default() }),
            Ok(_) => Err(Problems::one("body", "must be a JSON object")),
            Err(_) => Err(Problems::one("body", "is not valid JSON")),
        }
    }

    fn finish<T>(self, call: T) -> Result<T, Problems> {
        if self.problems.is_empty() { Ok(call) } else { Err(self.problems) }
    }

    /// null is the same as absent.
    fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_null())
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.map.get(name).filter(|value| !value.is_null()).cloned()
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        match self.take(name)? {
            Value::String(text) if text.contains('\0') => self.refuse(name, "must not contain U+0000"),
            Value::String(text) if text.is_empty() || text.chars().count() > CustomerRow::MAX_TEXT => {
                self.refuse(name, "must have 1 to 500 characters")
            }
            Value::String(text) => Some(text),
            _ => self.refuse(name, "must be a string"),
        }
    }

    fn refuse<T>(&mut self, name: &'static str, rule: &'static str) -> Option<T> {
        self.problems.add(name, rule);
        None
    }

    fn shaped<T>(
        &mut self,
        name: &'static str,
        rule: &'static str,
        parse: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.take(name)?;
        let Some(text) = value.as_str() else { return self.refuse(name, "must be a string") };
        let shaped = parse(text);
        if shaped.is_some() { shaped } else { self.refuse(name, rule) }
    }

    fn boolean(&mut self, name: &'static str) -> bool {
        match self.take(name) {
            None => false,
            Some(Value::Bool(value)) => value,
            Some(_) => self.refuse(name, "must be true or false").unwrap_or_default(),
        }
    }

    fn array(&mut self, name: &'static str) -> Vec<Value> {
        match self.take(name) {
            None => Vec::new(),
            Some(Value::Array(entries)) if entries.len() <= MAX_ENTRIES => entries,
            Some(Value::Array(_)) => self.refuse(name, "must have at most 100 entries").unwrap_or_default(),
            Some(_) => self.refuse(name, "must be an array").unwrap_or_default(),
        }
    }

    fn list<T>(&mut self, name: &'static str, rule: &'static str, parse: fn(&str) -> Option<T>) -> Vec<T> {
        let entries = self.array(name);
        let shaped: Option<Vec<T>> = entries.iter().map(|entry| parse(entry.as_str()?)).collect();
        shaped.or_else(|| self.refuse(name, rule)).unwrap_or_default()
    }

    fn texts(&mut self, name: &'static str) -> Vec<String> {
        self.list(name, "must be texts of 1 to 500 characters", |text| {
            let fits =
                !text.is_empty() && !text.contains('\0') && text.chars().count() <= CustomerRow::MAX_TEXT;
            fits.then(|| text.to_owned())
        })
    }

    fn addresses(&mut self) -> Vec<PostalAddress> {
        let entries = self.array("addresses");
        let addresses: Option<Vec<_>> = entries.iter().map(address).collect();
        let rule = "must be objects whose members are strings of at most 500 characters, isDefault a boolean";
        addresses.or_else(|| self.refuse("addresses", rule)).unwrap_or_default()
    }
}

fn address(entry: &Value) -> Option<PostalAddress> {
    let map = entry.as_object()?;
    let text = |name: &str| match map.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text))
            if text.chars().count() <= CustomerRow::MAX_TEXT && !text.contains('\0') =>
        {
            Some(Some(text.clone()))
        }
        Some(_) => None,
    };
    let is_default = match map.get("isDefault") {
        None | Some(Value::Null) => false,
        Some(value) => value.as_bool()?,
    };
    Some(PostalAddress {
        id: 0,
        partner_id: text("partnerAddressId")?,
        address1: text("address1")?,
        city: text("city")?,
        country: text("country")?,
        country_code: text("countryCode")?,
        state: text("state")?,
        zip: text("zip")?,
        is_default,
    })
}
