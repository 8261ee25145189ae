//! One file as the disk holds it: what was synced, and what still waits in the page cache.

use std::collections::VecDeque;

/// A disk writes a sector whole or not at all; anything longer can tear.
const SECTOR: usize = 512;

/// A point in the history of the disk: everything numbered up to here came before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment(pub u64);

#[derive(Clone, Default)]
pub struct Image {
    durable: Vec<u8>,
    pending: VecDeque<(Moment, Change)>,
}

#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate { len: usize },
}

/// How much of the page cache had reached the disk. One coin per write alone would almost never let a long
/// commit through whole, so the orderly outcomes are drawn as often as the chaotic one.
enum Outcome {
    Nothing,
    Everything,
    UpTo(u64),
    AnySubset,
}

impl Image {
    /// A file that was on disk before this VFS saw it.
    pub fn settled(durable: Vec<u8>) -> Self {
        Self { durable, pending: VecDeque::new() }
    }

    pub fn write(&mut self, when: Moment, at: usize, bytes: &[u8]) {
        self.pending.push_back((when, Change::Write { at, bytes: bytes.to_vec() }));
    }

    pub fn truncate(&mut self, when: Moment, len: usize) {
        self.pending.push_back((when, Change::Truncate { len }));
    }

    /// A write that arrived while the sync was running isn't covered by it.
    pub fn sync(&mut self, started: Moment) {
        while let Some((_, change)) = self.pending.pop_front_if(|(when, _)| *when <= started) {
            change.apply(&mut self.durable);
        }
    }

    pub fn has_unsynced(&self) -> bool {
        !self.pending.is_empty()
    }

    pub fn synced_only(self) -> Vec<u8> {
        self.durable
    }

    pub fn all_written(mut self) -> Vec<u8> {
        self.pending.iter().for_each(|(_, change)| change.apply(&mut self.durable));
        self.durable
    }

    pub fn after_power_loss(mut self, rng: &mut dyn FnMut() -> u64) -> Vec<u8> {
        let outcome = Outcome::draw(self.pending.len() as u64, rng);
        for (place, (_, change)) in (0..).zip(&self.pending) {
            match outcome {
                Outcome::Nothing => break,
                Outcome::Everything => change.apply(&mut self.durable),
                Outcome::UpTo(last) if place < last => change.apply(&mut self.durable),
                Outcome::UpTo(last) if place == last => change.tear(&mut self.durable, rng),
                Outcome::UpTo(_) => break,
                Outcome::AnySubset => change.try_luck(&mut self.durable, rng),
            }
        }
        self.durable
    }
}

impl Outcome {
    fn draw(pending: u64, rng: &mut dyn FnMut() -> u64) -> Self {
        match rng() % 8 {
            0 => Self::Nothing,
            1 => Self::Everything,
            2..5 => Self::UpTo(rng() % pending.max(1)),
            _ => Self::AnySubset,
        }
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => put(content, *at, bytes),
            Self::Truncate { len } => content.resize(*len, 0),
        }
    }

    fn try_luck(&self, content: &mut Vec<u8>, rng: &mut dyn FnMut() -> u64) {
        match rng() % 3 {
            0 => {}
            1 => self.apply(content),
            _ => self.tear(content, rng),
        }
    }

    /// Sectors reach the disk in no particular order. Only bytes that were written ever change: that is the
    /// promise SQLITE_IOCAP_POWERSAFE_OVERWRITE makes.
    fn tear(&self, content: &mut Vec<u8>, rng: &mut dyn FnMut() -> u64) {
        match self {
            Self::Write { at, bytes } => {
                for (at, part) in sectors(*at, bytes) {
                    if rng() & 1 == 0 {
                        put(content, at, part);
                    }
                }
            }
            // A length is one field of an inode, and the journal of the file system keeps it whole.
            Self::Truncate { .. } if rng() & 1 == 0 => self.apply(content),
            Self::Truncate { .. } => {}
        }
    }
}

fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}

/// Cut at the sectors of the file, not of the write: the frames of a WAL start anywhere.
fn sectors(at: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let to_boundary = (SECTOR - at % SECTOR).min(bytes.len());
    let (first, rest) = bytes.split_at(to_boundary);
    let rest = rest.chunks(SECTOR).enumerate();
    std::iter::once((at, first)).chain(rest.map(move |(i, part)| (at + to_boundary + i * SECTOR, part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(values: impl IntoIterator<Item = u64>) -> impl FnMut() -> u64 {
        let mut values = values.into_iter();
        move || values.next().expect("a draw too many")
    }

    #[test]
    fn a_write_during_a_sync_is_not_covered_by_it() {
        let mut image = Image::default();
        image.write(Moment(1), 0, b"before");
        image.write(Moment(2), 0, b"during");
        image.sync(Moment(1));
        assert_eq!(image.clone().synced_only(), b"before");
        image.sync(Moment(2));
        assert_eq!(image.synced_only(), b"during");
    }

    #[test]
    fn a_write_tears_at_the_sectors_of_the_file() {
        let mut image = Image::settled(vec![0; 2000]);
        image.write(Moment(1), 100, &[1; 1500]);
        // Up to the first change, then keep, lose, keep, lose the four sectors it touches.
        let left = image.after_power_loss(&mut draws([2, 0, 0, 1, 0, 1]));
        let runs: Vec<_> = left.chunk_by(|a, b| a == b).map(|run| (run[0], run.len())).collect();
        assert_eq!(runs, [(0, 100), (1, 412), (0, 512), (1, 512), (0, 464)]);
    }

    #[test]
    fn a_later_write_can_survive_an_earlier_one() {
        let mut image = Image::default();
        image.write(Moment(1), 0, b"ab");
        image.write(Moment(2), 2, b"cd");
        assert_eq!(image.after_power_loss(&mut draws([7, 0, 1])), b"\0\0cd");
    }

    #[test]
    fn a_truncate_waits_for_its_sync_like_a_write() {
        let mut image = Image::settled(b"long".to_vec());
        image.truncate(Moment(1), 1);
        assert_eq!(image.clone().synced_only(), b"long");
        image.sync(Moment(1));
        assert_eq!(image.synced_only(), b"l");
    }
}
