//! Who of a pool's members could be chosen, in as few characters as that takes.

use serde::{Deserialize, Serialize};

/// A bit for each member in the order of their ids, six to a character of base64url, the lowest bit first.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Eligible(Box<str>);

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Eligible {
    /// The longest that is kept with a receipt: that of 3,072 members.
    pub const MAX_KEPT: usize = 512;

    pub fn of(members: impl Iterator<Item = bool>) -> Self {
        let mut text = String::new();
        let (mut bits, mut count) = (0_u8, 0);
        for eligible in members {
            bits |= u8::from(eligible) << count;
            count += 1;
            if count == 6 {
                text.push(char::from(DIGITS[usize::from(bits)]));
                (bits, count) = (0, 0);
            }
        }
        if count > 0 {
            text.push(char::from(DIGITS[usize::from(bits)]));
        }
        Self(text.into())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The places of those that could be chosen, in their order.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        let bits = self.0.bytes().map(|digit| DIGITS.iter().position(|known| *known == digit).unwrap_or(0));
        let set = |(index, bits): (usize, usize)| {
            (0..6).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| index * 6 + bit)
        };
        bits.enumerate().flat_map(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn who_was_eligible_is_read_back(members in prop::collection::vec(any::<bool>(), 0..200)) {
            let eligible = Eligible::of(members.iter().copied());
            let places: Vec<usize> = (0..members.len()).filter(|place| members[*place]).collect();
            prop_assert_eq!(eligible.places().collect::<Vec<_>>(), places);
            prop_assert_eq!(eligible.len(), members.len().div_ceil(6));
        }
    }
}
