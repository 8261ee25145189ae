//! What is typed into the search box, read in every way that it can be meant.

use super::tokens::{fold, tokens};
use crate::address::email_key;
use crate::ids::TicketId;

/// The fewest digits that are looked for in phone numbers.
const PHONE_DIGITS: usize = 6;
/// The fewest characters that are looked for at the beginning of mail addresses.
const MAIL_CHARS: usize = 3;

/// A search. A ticket is found if any reading fits it; the order is that of [`Query::RANKS`], and within a rank the
/// newest ticket first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// `17` or `#17`.
    pub number: Option<TicketId>,
    pub phone: Option<Phone>,
    /// The beginning of a mail address, in its compared form; a whole address is its own.
    pub mail: Option<Box<str>>,
    /// A `partnerCustomerId`, to the letter.
    pub partner_id: Box<str>,
    /// For the customer's name (all of them in it), and for title, context, notes and messages (all of them among the
    /// ticket's). `None` where there is no word in the text.
    pub words: Option<Words>,
}

/// A phone number, or its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phone {
    /// In E.164.
    Complete(Box<str>),
    /// At least 6 digits.
    End(Box<str>),
}

/// Words of which the last may be unfinished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub whole: Vec<String>,
    /// What the last word begins with.
    pub last: String,
}

/// Who a customer is, as far as it is searched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// In E.164.
    pub phone: Option<String>,
    /// In its compared form.
    pub email_key: Option<String>,
    pub partner_id: Option<String>,
}

impl Identity {
    /// The tokens of its name.
    pub fn name_tokens(&self) -> Vec<String> {
        self.first_name.iter().chain(&self.last_name).flat_map(|name| tokens(name)).collect()
    }
}

/// Why a text cannot be searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    #[error("is empty")]
    Empty,
    #[error("is longer than {} characters", Query::MAX_CHARS)]
    TooLong,
    #[error("has more than {} words", Query::MAX_WORDS)]
    TooManyWords,
}

impl Query {
    pub const MAX_CHARS: usize = 200;
    pub const MAX_WORDS: usize = 16;
    /// Exact identities first: its number; then phone, mail, partner id and name; then the words.
    pub const RANKS: [i64; 3] = [0, 1, 2];

    pub fn new(text: &str) -> Result<Self, QueryError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(QueryError::Empty);
        }
        if text.chars().take(Self::MAX_CHARS + 1).count() > Self::MAX_CHARS {
            return Err(QueryError::TooLong);
        }
        let words = Words::new(text);
        if words.as_ref().is_some_and(|words| words.whole.len() >= Self::MAX_WORDS) {
            return Err(QueryError::TooManyWords);
        }
        let folded = fold(text);
        Ok(Self {
            number: number(&folded),
            phone: phone(&folded),
            mail: mail(text),
            partner_id: text.into(),
            words,
        })
    }
}

impl Query {
    /// Whether the customer is one that is searched for.
    pub fn means(&self, customer: &Identity) -> bool {
        let mail = |mail: &str| customer.email_key.as_deref().is_some_and(|own| own.starts_with(mail));
        self.points_at(customer)
            || self.mail.as_deref().is_some_and(mail)
            || self.words.as_ref().is_some_and(|words| words.are_in(&customer.name_tokens()))
    }

    /// Whether it is by a number or a partner's id.
    pub fn points_at(&self, customer: &Identity) -> bool {
        let phone = |phone: &Phone| customer.phone.as_deref().is_some_and(|own| phone.is(own));
        self.phone.as_ref().is_some_and(phone) || customer.partner_id.as_deref() == Some(&*self.partner_id)
    }
}

impl Words {
    fn new(text: &str) -> Option<Self> {
        let mut whole = tokens(text);
        let last = whole.pop()?;
        Some(Self { whole, last })
    }

    /// Whether all the words are among `tokens`.
    pub fn are_in(&self, tokens: &[String]) -> bool {
        let begun = tokens.iter().any(|token| token.starts_with(&self.last));
        begun && self.whole.iter().all(|word| tokens.contains(word))
    }
}

impl Phone {
    /// Whether `number`, in E.164, is the one.
    pub fn is(&self, number: &str) -> bool {
        match self {
            Self::Complete(complete) => &**complete == number,
            Self::End(end) => number.ends_with(&**end),
        }
    }

    /// The digits from the last to the first: a key on reversed numbers finds an end as its prefix.
    pub fn reversed(number: &str) -> String {
        number.chars().rev().filter(char::is_ascii_digit).collect()
    }
}

fn number(text: &str) -> Option<TicketId> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    let number = digits.parse().ok().filter(|number| plain && *number > 0)?;
    Some(TicketId(number))
}

/// Spaces and signs between the digits do not count, nor do zeros before them: `0` at home and `00` abroad are dialled
/// and never stored.
fn phone(text: &str) -> Option<Phone> {
    let apart =
        |c: &char| !(c.is_whitespace() || matches!(c, '-' | '.' | '(' | ')' | '[' | ']' | '/' | '‐'..='―'));
    let typed: String = text.chars().filter(apart).collect();
    let digits = typed.strip_prefix('+').unwrap_or(&typed);
    let fits = (PHONE_DIGITS..=17).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let end = digits.trim_start_matches('0');
    if !fits || end.len() < PHONE_DIGITS {
        return None;
    }
    let complete = crate::address::PhoneNumber::new(&typed).map(|number| number.as_str().into());
    Some(complete.map_or_else(|| Phone::End(end.into()), Phone::Complete))
}

fn mail(text: &str) -> Option<Box<str>> {
    let plain = !text.contains(char::is_whitespace) && text.matches('@').count() <= 1;
    let long = text.chars().take(MAIL_CHARS).count() == MAIL_CHARS;
    (plain && long && !text.starts_with('@')).then(|| email_key(text).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::new(text).unwrap()
    }

    #[test]
    fn a_number_may_have_its_sign_and_devanagari_digits() {
        for text in ["17", "#17", " 17 ", "१७"] {
            assert_eq!(query(text).number, Some(TicketId(17)), "{text}");
        }
        for text in ["0", "-17", "+17", "17a", "1 7", "99999999999999999999", "#"] {
            assert_eq!(query(text).number, None, "{text}");
        }
    }

    #[test]
    fn a_phone_number_is_known_in_any_spacing_from_six_digits_on() {
        let complete = Some(Phone::Complete("+919876543210".into()));
        for text in ["+919876543210", "+91 98765 43210", "+91-98765-43210", "(+91) 98765.43210"] {
            assert_eq!(query(text).phone, complete, "{text}");
        }
        for text in ["9876543210", "098765 43210", "98765\u{a0}43210", "98765–43210", "९८७६५ ४३२१०"]
        {
            assert_eq!(query(text).phone, Some(Phone::End("9876543210".into())), "{text}");
        }
        assert_eq!(query("0091 98765 43210").phone, Some(Phone::End("919876543210".into())));
        for text in ["43210", "12345a", "000000", "123456789012345678"] {
            assert_eq!(query(text).phone, None, "{text}");
        }
    }

    #[test]
    fn one_word_may_begin_a_mail_address() {
        assert_eq!(query("Asha.K").mail.as_deref(), Some("asha.k"));
        assert_eq!(query("asha@Shop").mail.as_deref(), Some("asha@shop"));
        for text in ["as", "asha k", "a@b@c", "@shop.example"] {
            assert_eq!(query(text).mail, None, "{text}");
        }
    }

    #[test]
    fn the_last_word_may_be_unfinished() {
        let words = query("Refund my or").words.unwrap();
        assert_eq!((words.whole, words.last), (vec!["refund".into(), "my".into()], "or".into()));
        assert_eq!(query("?!").words, None);
    }

    #[test]
    fn a_search_has_something_in_it_and_an_end() {
        assert_eq!(Query::new(" \t"), Err(QueryError::Empty));
        assert_eq!(Query::new(&"a".repeat(201)), Err(QueryError::TooLong));
        assert_eq!(Query::new(&"a ".repeat(17)), Err(QueryError::TooManyWords));
        assert!(Query::new(&"a ".repeat(16)).is_ok());
    }
}
