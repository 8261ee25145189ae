//! What a table's rows come to, computed alike for every database.

use crate::store::tables::Row;
use rusqlite::types::Value;
use sha2::{Digest as _, Sha256};

/// The number of rows and the sum of their hashes: the same rows give the same digest in any order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest {
    pub count: u64,
    sum: u128,
}

impl Digest {
    pub fn add(&mut self, rows: &[Row]) {
        for row in rows {
            self.count += 1;
            self.sum = self.sum.wrapping_add(hash(row));
        }
    }
}

/// The first half of the row's SHA-256. Each value goes in with its kind and length, so that no two rows look alike.
fn hash(row: &Row) -> u128 {
    let mut hasher = Sha256::new();
    for value in row {
        let number;
        let (kind, bytes): (u8, &[u8]) = match value {
            Value::Null => (0, &[]),
            Value::Integer(integer) => {
                number = integer.to_le_bytes();
                (1, &number)
            }
            Value::Real(real) => {
                number = real.to_le_bytes();
                (2, &number)
            }
            Value::Text(text) => (3, text.as_bytes()),
            Value::Blob(blob) => (4, blob),
        };
        hasher.update([kind]);
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    let hash = hasher.finalize();
    u128::from_le_bytes(hash[..16].try_into().expect("half of 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(rows: &[Row]) -> Digest {
        let mut digest = Digest::default();
        digest.add(rows);
        digest
    }

    fn texts(texts: [&str; 2]) -> Row {
        texts.map(|text| Value::Text(text.into())).to_vec()
    }

    #[test]
    fn the_order_of_rows_does_not_matter_and_everything_else_does() {
        let (one, two) = (texts(["a", "bc"]), texts(["ab", "c"]));
        assert_eq!(digest(&[one.clone(), two.clone()]), digest(&[two.clone(), one.clone()]));
        assert_ne!(digest(std::slice::from_ref(&one)), digest(std::slice::from_ref(&two)));
        assert_ne!(digest(&[one.clone(), one.clone()]), digest(&[one, two]));
        assert_ne!(digest(&[vec![Value::Null]]), digest(&[vec![Value::Text(String::new())]]));
    }
}
