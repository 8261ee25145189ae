//! Members of a merge patch (RFC 7396): left out, null, or a value.

use serde::{Deserialize, Deserializer};

/// A member that can be cleared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Given<T> {
    /// Left out: it stays as it is.
    #[default]
    Absent,
    /// null
    Nothing,
    Value(T),
}

impl<T> Given<T> {
    pub fn is_given(&self) -> bool {
        !matches!(self, Self::Absent)
    }

    /// The new value; `old` stays where the member is left out.
    pub fn or(self, old: Option<T>) -> Option<T> {
        match self {
            Self::Absent => old,
            Self::Nothing => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value: Option<T> = Option::deserialize(deserializer)?;
        Ok(value.map_or(Self::Nothing, Self::Value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(default)]
    struct Patch {
        limit: Given<u32>,
    }

    impl Default for Patch {
        fn default() -> Self {
            Self { limit: Given::Absent }
        }
    }

    #[test]
    fn a_member_that_is_left_out_stays_and_null_clears() {
        let read = |text: &str| serde_json::from_str::<Patch>(text).unwrap().limit.or(Some(1));
        assert_eq!(["{}", r#"{"limit":null}"#, r#"{"limit":2}"#].map(read), [Some(1), None, Some(2)]);
    }
}
