//! What the migrations of both databases have in common: each has a checksum, and the oldest schema number a program has
//! to know in order to work with the result.

use super::StoreError;
use sha2::{Digest, Sha256};

/// A step of the schema, forward only.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub sql: &'static str,
    /// A program that knows migrations up to this number can still work with the result.
    pub oldest_program: i64,
}

impl Migration {
    /// SHA-256 of the text.
    pub fn checksum(&self) -> [u8; 32] {
        Sha256::digest(self.sql).into()
    }

    /// Whether it was applied already, by the checksum that was kept then; refuses another text's.
    pub fn is_applied(&self, kept: Option<&[u8]>) -> Result<bool, StoreError> {
        match kept {
            None => Ok(false),
            Some(kept) if kept == self.checksum() => Ok(true),
            Some(_) => Err(StoreError::Unusable(format!(
                "migration {} ({}) was applied with another text than this program has; \
                 install the release that made this database",
                self.number, self.name
            ))),
        }
    }
}

/// Refuses a schema that needs a program which knows migration `needed`, unless it is among `known`.
pub fn refuse_newer(needed: i64, known: &[Migration]) -> Result<(), StoreError> {
    let last = known.last().map_or(0, |migration| migration.number);
    if needed <= last {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "its schema needs a program that knows migration {needed}, and this one knows up to {last}; \
         install a newer rota"
    )))
}
