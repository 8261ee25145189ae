//! Parameters as they stand behind an address's question mark, and as views keep them.

use std::fmt::Write as _;

/// The text is not UTF-8 behind its percent signs, or has U+0000 in it, or a percent sign has no two hexadecimal digits behind
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not percent-encoded UTF-8 without U+0000")]
pub struct Undecodable;

/// Names and values, decoded, in their order; `+` is a space, as forms have it.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, Undecodable> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

/// The text that [`pairs`] makes these of.
pub fn text<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    let pair = |(name, value)| format!("{}={}", encoded(name), encoded(value));
    pairs.into_iter().map(pair).collect::<Vec<_>>().join("&")
}

fn decoded(text: &str) -> Result<String, Undecodable> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let digits = after.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
                let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok()).ok_or(Undecodable)?;
                rest = &after[2..];
                u8::from_str_radix(digits, 16).map_err(|_| Undecodable)?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or(Undecodable)
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(String, String)> {
        pairs(text).unwrap()
    }

    #[test]
    fn names_and_values_are_decoded() {
        let expected = [("q", "रवि a+b"), ("label", "7"), ("x", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read("q=%E0%A4%B0%E0%A4%B5%E0%A4%BF+a%2Bb&&label=7&x"), expected);
        for text in ["q=%", "q=%4", "q=%zz", "q=%ff", "%f=1", "q=%00"] {
            assert_eq!(pairs(text), Err(Undecodable), "{text}");
        }
    }

    proptest! {
        #[test]
        fn pairs_come_back_from_their_text(pairs in prop::collection::vec(("[^\0]{1,8}", "[^\0]{0,12}"), 0..5)) {
            let told = text(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            prop_assert_eq!(read(&told), pairs);
        }
    }
}
