//! What people write: never empty, never too long, and storable in every database.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is left of a text that was erased with its customer.
pub const ERASED: &str = "erased";

/// Between 1 and `MAX` characters that are not all white space, without U+0000; kept to the letter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(Box<str>);

/// The text of a note or a message.
pub type Remark = Text<65_536>;
/// Why somebody did something, in a line.
pub type Grounds = Text<500>;
/// What a store calls a thing of its own: a stage, a view.
pub type Name = Text<80>;

/// What a person, a team, a label or a store is called.
pub type Title = Text<200>;

/// The text is empty, too long, or has a U+0000 in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is empty, longer than {max} characters, or has U+0000 in it")]
pub struct Unfit {
    pub max: usize,
}

impl<const MAX: usize> Text<MAX> {
    pub fn new(text: &str) -> Result<Self, Unfit> {
        let short = text.chars().take(MAX + 1).count() <= MAX;
        let fits = short && !text.trim().is_empty() && !text.contains('\0');
        if fits { Ok(Self(text.into())) } else { Err(Unfit { max: MAX }) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = Unfit;

    fn try_from(text: String) -> Result<Self, Unfit> {
        Self::new(&text)
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0.into()
    }
}

/// The most characters of a preview.
pub const PREVIEW: usize = 140;

/// The beginning of a text on one line, as lists show it; of a JSON object its plain values in their order. `None` where nothing
/// can be seen.
pub fn preview(text: &str) -> Option<String> {
    let values = text.trim_start().starts_with('{').then(|| plain_values(text)).flatten();
    let mut shown = String::new();
    for word in values.as_deref().unwrap_or(text).split_whitespace() {
        let taken = shown.chars().count();
        if taken >= PREVIEW {
            break;
        }
        if taken > 0 {
            shown.push(' ');
        }
        shown.extend(word.chars().take(PREVIEW - taken));
    }
    (!shown.is_empty()).then_some(shown)
}

fn plain_values(text: &str) -> Option<String> {
    let object: serde_json::Map<String, Value> = serde_json::from_str(text).ok()?;
    let plain = object.values().filter_map(|value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    Some(plain.collect::<Vec<_>>().join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_one_short_line() {
        assert_eq!(preview("  Arrived\n\ntorn at  the seam. ").as_deref(), Some("Arrived torn at the seam."));
        assert_eq!(preview(" \n "), None);
        let long = "नमस्ते ".repeat(60);
        assert_eq!(
            preview(&long).unwrap().chars().count(),
            PREVIEW + 1,
            "a space may come before the last word"
        );
    }

    #[test]
    fn a_preview_of_an_object_has_its_plain_values() {
        let context =
            r#"{"reason": "refund", "order": 1042, "paid": true, "items": [{"sku": "KRT"}], "city": "Pune"}"#;
        assert_eq!(preview(context).as_deref(), Some("refund · 1042 · Pune"));
        assert_eq!(preview("{not json}").as_deref(), Some("{not json}"));
        assert_eq!(preview(r#"{"items": []}"#), None);
    }

    #[test]
    fn a_text_has_something_in_it_and_fits() {
        assert_eq!(Text::<3>::new(" né").unwrap().as_str(), " né");
        for unfit in ["", " \n", "four", "a\0b"] {
            assert_eq!(Text::<3>::new(unfit), Err(Unfit { max: 3 }), "{unfit:?}");
        }
        assert!(serde_json::from_str::<Text<3>>("\"four\"").is_err(), "also where it is read back");
    }
}
