//! How old a ticket is, as people write it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A number of minutes, hours or days: `30m`, `2h`, `7d`. Kept in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age(u32);

/// The text is no age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is a number of minutes, hours or days like 30m, 2h or 7d, up to {}d", Age::MAX_DAYS)]
pub struct NoAge;

impl Age {
    pub const MAX_DAYS: u32 = 3650;

    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0) * 60)
    }
}

impl FromStr for Age {
    type Err = NoAge;

    fn from_str(text: &str) -> Result<Self, NoAge> {
        let unit = text.chars().next_back().ok_or(NoAge)?;
        let minutes = match unit {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            _ => return Err(NoAge),
        };
        let number = &text[..text.len() - 1];
        let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let count: u32 = number.parse().ok().filter(|_| plain).ok_or(NoAge)?;
        let age = count.checked_mul(minutes).filter(|age| *age <= Self::MAX_DAYS * 24 * 60);
        age.map(Self).ok_or(NoAge)
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            minutes if minutes % (24 * 60) == 0 => write!(f, "{}d", minutes / (24 * 60)),
            minutes if minutes % 60 == 0 => write!(f, "{}h", minutes / 60),
            minutes => write!(f, "{minutes}m"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_with_its_unit() {
        for (text, seconds) in [("30m", 1800), ("2h", 7200), ("7d", 604_800), ("3650d", 315_360_000)] {
            let age: Age = text.parse().unwrap();
            assert_eq!((age.duration().as_secs(), age.to_string()), (seconds, text.into()));
        }
        for text in ["", "d", "7", "7w", "+7d", "-1d", "1.5h", "3651d", "99999999999d", "७d", "7 d"] {
            assert_eq!(text.parse::<Age>(), Err(NoAge), "{text}");
        }
    }
}
