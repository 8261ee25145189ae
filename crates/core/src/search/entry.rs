//! How words stand in an index that all stores share: behind a letter that says what of a ticket they are, and some that
//! stand for the store.

use super::tokens::{tokens, words_of};
use super::{Lane, Words};
use crate::ids::{StoreId, TicketId};
use std::collections::BTreeSet;

/// What is found of a ticket by its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worded {
    /// Of title, context, notes and messages.
    texts: BTreeSet<String>,
    /// Of its customer's name.
    names: BTreeSet<String>,
    /// Its customer's address in its compared form, spelled with letters alone.
    mail: Option<String>,
}

impl Worded {
    pub fn new<'t>(
        texts: impl IntoIterator<Item = &'t str>,
        names: impl IntoIterator<Item = &'t str>,
        email_key: Option<&str>,
    ) -> Self {
        let names = names.into_iter().flat_map(tokens).collect();
        Self { texts: words_of(texts), names, mail: email_key.map(spelled) }
    }

    /// All its entries in an index.
    pub fn entries(&self, scope: &Scope) -> impl Iterator<Item = String> {
        let texts = self.texts.iter().map(|word| scope.entry(TEXT, word));
        let names = self.names.iter().map(|word| scope.entry(NAME, word));
        texts.chain(names).chain(self.mail.iter().map(|mail| scope.entry(MAIL, mail)))
    }
}

const TEXT: char = 't';
const NAME: char = 'n';
const MAIL: char = 'm';

/// The letters before a word. Two stores may have the same ones, so the store is compared as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    pub fn of(store: &StoreId) -> Self {
        let fnv = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
        Self(format!("{:08x}", store.as_str().bytes().fold(2_166_136_261, fnv)))
    }

    /// Of some of the store's tickets: those whose [`part`] has this name.
    pub fn within(&self, part: &str) -> Self {
        Self(format!("{}{part}", self.0))
    }

    fn entry(&self, of: char, word: &str) -> String {
        format!("{of}{}{word}", self.0)
    }

    /// What a ticket of the lane has: these entries, and one that begins like the last. `None` where it is not a lane of
    /// words.
    pub fn wanted(&self, lane: &Lane) -> Option<Words> {
        let wanted = |of: char, words: &Words| Words {
            whole: words.whole.iter().map(|word| self.entry(of, word)).collect(),
            last: self.entry(of, &words.last),
        };
        match lane {
            Lane::Words(words) => Some(wanted(TEXT, words)),
            Lane::Named(words) => Some(wanted(NAME, words)),
            Lane::Mailed(mail) => Some(Words { whole: vec![], last: self.entry(MAIL, &spelled(mail)) }),
            _ => None,
        }
    }
}

/// So many tickets with neighbouring numbers are a part.
pub const PART: i64 = 1 << 16;

/// The name of the part that a ticket is in.
pub fn part(ticket: TicketId) -> String {
    format!("{:06x}", ticket.0 / PART)
}

/// An index cuts words at the signs of ASCII: they become letters of nobody's.
fn spelled(mail: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || !c.is_ascii() { c } else { private(c) };
    mail.chars().map(letter).collect()
}

fn private(c: char) -> char {
    char::from_u32(0xe000 + u32::from(c)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope::of(&StoreId::new("s").unwrap())
    }

    #[test]
    fn entries_are_what_is_wanted_of_their_lane_alone() {
        let worded = Worded::new(["refund order"], ["Asha", "Rao"], Some("asha.k@shop.example"));
        let entries: Vec<_> = worded.entries(&scope()).collect();
        let words = |whole: &[&str], last: &str| Words {
            whole: whole.iter().map(ToString::to_string).collect(),
            last: last.into(),
        };
        let found = |lane| scope().wanted(&lane).unwrap().are_in(&entries);
        assert!(found(Lane::Words(words(&["refund"], "or"))) && !found(Lane::Words(words(&[], "asha"))));
        assert!(found(Lane::Named(words(&["rao"], "as"))) && !found(Lane::Named(words(&[], "refund"))));
        assert!(found(Lane::Mailed("asha.k@".into())) && !found(Lane::Mailed("asha-".into())));
        assert_eq!(scope().wanted(&Lane::All), None);
        assert!(
            entries.iter().all(|entry| entry.chars().all(|c| c.is_ascii_alphanumeric() || !c.is_ascii()))
        );
    }

    #[test]
    fn a_part_has_neighbours_and_stands_behind_its_store() {
        assert_eq!(part(TicketId(1)), part(TicketId(PART - 1)));
        assert_eq!(part(TicketId(PART * 0xabc)), "000abc");
        assert_eq!(scope().within("000abc").0, format!("{}000abc", scope().0));
    }
}
