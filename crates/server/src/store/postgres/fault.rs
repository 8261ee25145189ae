//! PostgreSQL's errors in the terms of the storage trait.

use crate::store::StoreError;
use std::error::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// What ends a transaction early.
#[derive(Debug)]
pub enum Fault {
    Postgres(tokio_postgres::Error),
    Store(StoreError),
    /// The transaction runs in another backend than the one that keeps this connection's statements.
    OtherBackend,
    /// The routing row was replaced while it was waited for.
    Replaced,
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Store(error) => error,
            Fault::Postgres(error) => told(&error),
            Fault::Replaced => Self::Away("the store's routing row was replaced meanwhile".into()),
            Fault::OtherBackend => Self::Away("a pooler gave the transaction another backend".into()),
        }
    }
}

impl Fault {
    /// Whether the whole transaction has to run again, from fresh reads.
    pub fn wants_another_run(&self) -> bool {
        match self {
            Self::Postgres(error) => matches!(
                error.code(),
                Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED)
            ),
            Self::Store(_) => false,
            Self::OtherBackend | Self::Replaced => true,
        }
    }

    /// Whether a transaction whose COMMIT was answered so may have been committed all the same. An error in the
    /// transaction itself rolls it back for certain; everything else ended the session before its answer.
    pub fn may_have_committed(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        let Some(answer) = error.as_db_error() else { return true };
        let unknown = [SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN, SqlState::TRANSACTION_RESOLUTION_UNKNOWN];
        answer.parsed_severity() != Some(Severity::Error) || unknown.contains(answer.code())
    }
}

fn told(error: &tokio_postgres::Error) -> StoreError {
    let Some(answer) = error.as_db_error() else { return StoreError::Away(chain(error)) };
    let text = format!("{} (SQLSTATE {})", answer.message(), answer.code().code());
    match answer.code().code() {
        "57P01" | "57P02" | "57P03" | "57014" | "25006" | "55P03" | "40001" | "40P01" | "40003" => {
            StoreError::Away(text)
        }
        "XX001" | "XX002" | "3D000" | "3F000" => StoreError::Unusable(text),
        code => match &code[..2] {
            // Connections, resources of every kind, and the system below.
            "08" | "53" | "58" => StoreError::Away(text),
            "28" => StoreError::Unusable(text),
            _ => StoreError::Backend(detailed(answer, text)),
        },
    }
}

fn detailed(answer: &DbError, text: String) -> String {
    match answer.detail() {
        Some(detail) => format!("{text}: {detail}"),
        None => text,
    }
}

/// The error and what caused it.
fn chain(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
