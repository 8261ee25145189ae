//! What may be a password, by NIST SP 800-63B, section 3.1.1: long enough, any characters, no rules of composition, none
//! that is the first to be guessed.

use unicode_normalization::UnicodeNormalization;

/// Guessed first among those that are long enough; in lower case.
const COMMON: [&str; 20] = [
    "1234567890",
    "12345678910",
    "0123456789",
    "0987654321",
    "1q2w3e4r5t",
    "1qaz2wsx3edc",
    "abcdefghij",
    "administrator",
    "changemenow",
    "iloveyou123",
    "letmein123",
    "password10",
    "password12",
    "password123",
    "password1234",
    "passw0rd123",
    "q1w2e3r4t5",
    "qwertyuiop",
    "qwerty12345",
    "welcome123",
];

/// A password that may be set. It is never shown, so it has no `Debug`.
pub struct Password(String);

impl Password {
    /// Fewest and most characters.
    pub const MIN_CHARS: usize = 10;
    pub const MAX_CHARS: usize = 200;

    /// The password of an agent with this mail address; the error is the rule that it breaks.
    pub fn new(text: &str, email: &str) -> Result<Self, &'static str> {
        let normal = normal_form(text);
        let lower = normal.to_lowercase();
        let first = lower.chars().next();
        match normal.chars().take(Self::MAX_CHARS + 1).count() {
            ..Self::MIN_CHARS => Err("has at least 10 characters"),
            count if count > Self::MAX_CHARS => Err("has at most 200 characters"),
            _ if lower == email.to_lowercase() => Err("is not your mail address"),
            _ if COMMON.contains(&&*lower) || lower.chars().all(|c| Some(c) == first) => {
                Err("is not one that is guessed first")
            }
            _ => Ok(Self(normal)),
        }
    }

    /// In its normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The form in which passwords are hashed and compared (Unicode NFKC): keyboards write the same character in several ways.
pub fn normal_form(text: &str) -> String {
    text.nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMAIL: &str = "asha.k@shop.example";

    fn rule(text: &str) -> Option<&'static str> {
        Password::new(text, EMAIL).err()
    }

    #[test]
    fn any_characters_make_a_password_if_there_are_enough_of_them() {
        for good in [
            "correct horse",
            "ten chars!",
            "\u{1f511}\u{1f40e}pferd-stall",
            "पासवर्ड बहुत लंबा है",
            "          x",
        ] {
            assert_eq!(rule(good), None, "{good}");
        }
        assert_eq!(rule(&"ab".repeat(100)), None);
    }

    #[test]
    fn too_short_and_too_long_ones_are_refused() {
        assert_eq!(rule("nine char"), Some("has at least 10 characters"));
        assert_eq!(rule(&"ab".repeat(101)), Some("has at most 200 characters"));
    }

    #[test]
    fn the_first_guesses_are_refused() {
        assert_eq!(rule("Asha.K@shop.example"), Some("is not your mail address"));
        for guess in ["Password123", "qwertyuiop", "aaaaaaaaaaaa", "          "] {
            assert_eq!(rule(guess), Some("is not one that is guessed first"), "{guess}");
        }
        assert!(COMMON.iter().all(|guess| guess.chars().count() >= Password::MIN_CHARS));
    }

    #[test]
    fn the_same_characters_written_in_another_way_are_the_same_password() {
        let composed = Password::new("caf\u{e9} au lait", EMAIL).ok().unwrap();
        assert_eq!(composed.as_str(), normal_form("cafe\u{301} au lait"));
    }
}
