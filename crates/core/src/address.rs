//! Mail addresses and phone numbers, by the shapes of contract 1, Request.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The text has not the shape that it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misshapen {
    #[error("is not a mail address of at most {} characters", EmailAddress::MAX_CHARS)]
    Email,
    #[error("is not a phone number in E.164 form, such as +917827486670")]
    Phone,
}

/// A mail address as it was given: one `@`, a non-empty local part, a dotted domain, no white space.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct EmailAddress(Box<str>);

/// Also bounded in length, as a customer's address is.
impl TryFrom<String> for EmailAddress {
    type Error = Misshapen;

    fn try_from(text: String) -> Result<Self, Misshapen> {
        Self::of_customer(&text).ok_or(Misshapen::Email)
    }
}

impl EmailAddress {
    /// The longest address of a customer (contract 1, Request), in characters.
    pub const MAX_CHARS: usize = 254;

    /// `None` when the text has not the shape of a mail address.
    pub fn new(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        let dotted = domain.contains('.') && domain.split('.').all(|label| !label.is_empty());
        let clean = !text.contains(|c: char| c.is_whitespace() || c.is_control()) && !domain.contains('@');
        (!local.is_empty() && dotted && clean).then(|| Self(text.into()))
    }

    /// A customer's address: `None` also when it is longer than [`Self::MAX_CHARS`].
    pub fn of_customer(text: &str) -> Option<Self> {
        let short = text.chars().take(Self::MAX_CHARS + 1).count() <= Self::MAX_CHARS;
        Self::new(text).filter(|_| short)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which addresses are compared: case does not matter.
    pub fn key(&self) -> String {
        email_key(&self.0)
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The compared form of a text that names a mail address.
pub fn email_key(text: &str) -> String {
    text.to_lowercase()
}

/// An E.164 number: `+`, a first digit 1 to 9, 7 to 15 digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PhoneNumber(Box<str>);

impl TryFrom<String> for PhoneNumber {
    type Error = Misshapen;

    fn try_from(text: String) -> Result<Self, Misshapen> {
        Self::new(&text).ok_or(Misshapen::Phone)
    }
}

impl PhoneNumber {
    /// Strips spaces, hyphens, dots and brackets first; `None` when the rest is not E.164.
    pub fn new(text: &str) -> Option<Self> {
        let stripped: String =
            text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '[' | ']')).collect();
        let digits = stripped.strip_prefix('+')?.as_bytes();
        let numeric = digits.iter().all(u8::is_ascii_digit);
        ((7..=15).contains(&digits.len()) && numeric && digits[0] != b'0').then(|| Self(stripped.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_address_has_one_at_a_local_part_and_a_dotted_domain() {
        for good in ["a@b.c", "Asha.K+x@shop.example", "ä@ö.de", "'@x.y"] {
            assert!(EmailAddress::new(good).is_some(), "{good}");
        }
        for bad in
            ["", "a", "@b.c", "a@b", "a@@b.c", "a@b@c.d", "a@b.", "a@.b", "a@b..c", "a b@c.d", "a@b.c\t"]
        {
            assert!(EmailAddress::new(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_phone_number_is_e164_after_stripping() {
        let number = PhoneNumber::new("+91 (782) 748-66.70").unwrap();
        assert_eq!(number.as_str(), "+917827486670");
        for good in ["+1234567", "+123456789012345", "+[44] 20 7946 0018"] {
            assert!(PhoneNumber::new(good).is_some(), "{good}");
        }
        for bad in
            ["", "+", "917827486670", "+0123456789", "+123456", "+1234567890123456", "++1234567", "+12345a7"]
        {
            assert!(PhoneNumber::new(bad).is_none(), "{bad}");
        }
        assert!(PhoneNumber::new("+१२३४५६७८").is_none(), "only ASCII digits");
    }
}
