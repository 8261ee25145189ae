//! From text to tokens, for English and Hindi: words with their vowel signs, in one spelling.

use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer tokens are cut, in texts and in queries alike, so that an index takes them.
pub const MAX_TOKEN_CHARS: usize = 64;

/// The words of a text in their order, folded. A mark (a vowel sign, a virama, a nukta, an accent) stays with the
/// letter before it; everything that is neither letter, digit nor mark is between words.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    for c in fold(text).chars() {
        let within = if is_combining_mark(c) { !token.is_empty() } else { c.is_alphanumeric() };
        if within {
            token.push(c);
        } else if !token.is_empty() {
            tokens.push(cut(std::mem::take(&mut token)));
        }
    }
    if !token.is_empty() {
        tokens.push(cut(token));
    }
    tokens
}

/// Of one ticket at most so many bytes of different words are found, with what stands before each in an index: PostgreSQL
/// takes a MiB.
const MAX_WORDS_BYTES: usize = 768 * 1024;
const BEFORE_EACH: usize = 16;

/// The different words of a ticket's texts, in the order of their bytes. Of texts that are very long together, the words
/// that come first in them.
pub fn words_of<'t>(texts: impl IntoIterator<Item = &'t str>) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut bytes = 0;
    for token in texts.into_iter().flat_map(tokens) {
        if !words.contains(&token) {
            bytes += token.len() + BEFORE_EACH;
            if bytes > MAX_WORDS_BYTES {
                break;
            }
            words.insert(token);
        }
    }
    words
}

/// The compared form of a text: without what has no width, NFKC, lower case, Devanagari digits as ASCII.
pub fn fold(text: &str) -> String {
    // What has no width goes first, for it keeps marks apart that normalizing would put in order.
    let visible = text.chars().filter(|c| !is_invisible(*c));
    visible.nfkc().flat_map(char::to_lowercase).nfkc().map(ascii_digit).collect()
}

/// Joiners choose how a conjunct looks, variation selectors how a sign does; neither makes another word.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

fn ascii_digit(c: char) -> char {
    match c {
        '०'..='९' => char::from(b'0' + (u32::from(c) - u32::from('०')) as u8),
        other => other,
    }
}

fn cut(mut token: String) -> String {
    if let Some((end, _)) = token.char_indices().nth(MAX_TOKEN_CHARS) {
        token.truncate(end);
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_what_stands_between_spaces_and_signs() {
        assert_eq!(tokens("Refund: order #A-17, 2nd try!"), ["refund", "order", "a", "17", "2nd", "try"]);
        assert_eq!(tokens("  …  "), Vec::<String>::new());
    }

    #[test]
    fn hindi_words_keep_their_vowel_signs_viramas_and_nuktas() {
        assert_eq!(tokens("मेरा ऑर्डर नहीं आया।"), ["मेरा", "ऑर्डर", "नहीं", "आया"]);
        assert_ne!(tokens("कि"), tokens("की"), "the vowel sign makes the word");
    }

    #[test]
    fn one_word_has_one_spelling() {
        assert_eq!(tokens("क़लम"), tokens("क\u{93c}लम"), "nukta composed and apart");
        assert_eq!(tokens("क्\u{200d}ष"), tokens("क्ष"), "with and without joiner");
        assert_eq!(tokens("CAFÉ"), tokens("cafe\u{301}"));
        assert_eq!(tokens("ﬁne Ⅷ"), ["fine", "viii"]);
        assert_eq!(tokens("१२३"), ["123"]);
    }

    #[test]
    fn a_ticket_has_each_word_once_and_not_without_end() {
        let words = words_of(["Refund, refund", "order"]);
        assert_eq!(words.into_iter().collect::<Vec<_>>(), ["order", "refund"]);
        let long: String = (0..100_000).map(|number| format!("word{number:07} ")).collect();
        let words = words_of(["first", &long]);
        assert!(words.contains("first") && words.len() < 50_000);
    }

    #[test]
    fn a_long_token_is_cut() {
        assert_eq!(tokens(&"क".repeat(100))[0].chars().count(), MAX_TOKEN_CHARS);
    }

    proptest! {
        #[test]
        fn tokens_of_tokens_are_the_same(text in "[a-zA-Zäéİßक-हािी़्०-९ .#\u{200d}]{0,60}") {
            let once = tokens(&text);
            prop_assert_eq!(tokens(&once.join(" ")), once);
        }

        #[test]
        fn any_text_has_tokens_that_are_short_and_begin_with_no_mark(text in any::<String>()) {
            for token in tokens(&text) {
                prop_assert!(token.chars().count() <= MAX_TOKEN_CHARS);
                prop_assert!(!is_combining_mark(token.chars().next().unwrap()));
            }
        }
    }
}
