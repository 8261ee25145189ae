//! Spans of time as people write them: a whole number and a unit.

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
}
