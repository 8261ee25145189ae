//! Spans of time as people write them: a whole number and a unit.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Reads `0s`, `90s`, `15m`, `24h`, `90d`.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a span of time such as 30s, 15m, 24h or 90d");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number = &text[..text.len() - unit.len_utf8()];
    let count: u64 = number
        .bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| number.parse().ok())
        .flatten()
        .ok_or_else(wrong)?;
    count
        .checked_mul(seconds)
        .filter(|s| *s <= 100 * 366 * 24 * 60 * 60)
        .map(Duration::from_secs)
        .ok_or_else(wrong)
}

/// Writes what [`parse`] reads, in the largest unit that is exact: `24h` is `1d`.
pub fn told(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(24 * 60 * 60, 'd'), (60 * 60, 'h'), (60, 'm')];
    let unit = units.into_iter().find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    let (unit, letter) = unit.unwrap_or((1, 's'));
    format!("{}{letter}", seconds / unit)
}

/// A span of time as it stands in JSON and store files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(pub Duration);

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse(&text).map(Self)
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        told(span.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_whole_number_and_a_unit() {
        assert_eq!(parse("0s"), Ok(Duration::ZERO));
        assert_eq!(parse("90d"), Ok(Duration::from_secs(90 * 86_400)));
        for bad in ["", "s", "5", "-1s", "1.5h", "1w", "99999999999999999999s", "999999d", "5 m", "+5m", "५m"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_span_is_written_in_its_largest_unit_and_read_back() {
        for (seconds, text) in [(0, "0s"), (90, "90s"), (120, "2m"), (86_400, "1d"), (90_000, "25h")] {
            let span = Duration::from_secs(seconds);
            assert_eq!(told(span), text);
            assert_eq!(parse(text), Ok(span));
        }
    }
}
