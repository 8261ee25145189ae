//! Where a page ends and the next one begins: the place in the order of the last ticket that was looked at.

use super::Sort;
use crate::ids::TicketId;
use std::fmt;

/// The last ticket of a page, shown or not. Clients hand it back as it is; its form may change with its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub sort: Sort,
    /// What the order compares first, see [`Sort`]; the ticket's number decides the rest.
    pub key: i64,
    pub ticket: TicketId,
}

/// Why a cursor leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    #[error("is not a cursor of this API")]
    Malformed,
    #[error("is of another version of this API; begin again with the first page")]
    Version,
    #[error("is of a list in another order; begin again with the first page")]
    Order,
}

const VERSION: char = '1';

impl Cursor {
    /// Reads a cursor for a list in the order of `sort`.
    pub fn parse(text: &str, sort: Sort) -> Result<Self, CursorError> {
        let mut chars = text.chars();
        match chars.next() {
            Some(VERSION) => {}
            Some(digit) if digit.is_ascii_digit() => return Err(CursorError::Version),
            _ => return Err(CursorError::Malformed),
        }
        let of = chars.next().and_then(Sort::from_code).ok_or(CursorError::Malformed)?;
        let (key, ticket) = chars.as_str().split_once('.').ok_or(CursorError::Malformed)?;
        let (key, ticket) = (from_hex(key)?, TicketId(from_hex(ticket)?));
        if of == sort { Ok(Self { sort, key, ticket }) } else { Err(CursorError::Order) }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}{}{:x}.{:x}", self.sort.code(), self.key, self.ticket.0)
    }
}

fn from_hex(text: &str) -> Result<i64, CursorError> {
    let plain = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let bits = u64::from_str_radix(text, 16).ok().filter(|_| plain);
    bits.map(u64::cast_signed).ok_or(CursorError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_wrong_with_a_cursor_is_named() {
        let parse = |text| Cursor::parse(text, Sort::Newest);
        assert!(parse("1n2a.2a").is_ok());
        for text in
            ["", "n2a.2a", "1", "1n", "1n2a", "1n.", "1n2a.", "1x2a.2a", "1n+2.2", "1n2A.2", "1n2.2.2", "é"]
        {
            assert_eq!(parse(text), Err(CursorError::Malformed), "{text}");
        }
        assert_eq!(parse("2n2a.2a"), Err(CursorError::Version));
        assert_eq!(parse("1o2a.2a"), Err(CursorError::Order));
    }

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_was(
            sort in prop::sample::select(Sort::ALL.to_vec()), key in any::<i64>(), ticket in any::<i64>()
        ) {
            let cursor = Cursor { sort, key, ticket: TicketId(ticket) };
            prop_assert_eq!(Cursor::parse(&cursor.to_string(), sort), Ok(cursor));
        }

        #[test]
        fn any_text_is_a_cursor_or_refused(text in any::<String>()) {
            if let Ok(cursor) = Cursor::parse(&text, Sort::Oldest) {
                prop_assert_eq!(cursor.sort, Sort::Oldest);
            }
        }
    }
}
