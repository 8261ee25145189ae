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
            Self::Postgres(error) => error.code().is_some_and(wants_another_run),
            Self::Store(_) => false,
            Self::OtherBackend | Self::Replaced => true,
        }
    }

    /// Whether a transaction whose COMMIT was answered so may have been committed all the same.
    pub fn may_have_committed(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        let Some(answer) = error.as_db_error() else { return true };
        may_have_committed(answer.parsed_severity(), answer.code())
    }
}

fn wants_another_run(code: &SqlState) -> bool {
    [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
}

/// An error in the transaction itself rolls it back for certain; everything else ended the session before its answer.
fn may_have_committed(severity: Option<Severity>, code: &SqlState) -> bool {
    let unknown = [SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN, SqlState::TRANSACTION_RESOLUTION_UNKNOWN];
    severity != Some(Severity::Error) || unknown.contains(code)
}

fn told(error: &tokio_postgres::Error) -> StoreError {
    let Some(answer) = error.as_db_error() else { return StoreError::Away(chain(error)) };
    let text = format!("{} (SQLSTATE {})", answer.message(), answer.code().code());
    match meaning(answer.code().code()) {
        Meaning::Away => StoreError::Away(text),
        Meaning::Unusable => StoreError::Unusable(text),
        Meaning::Other => StoreError::Backend(detailed(answer, text)),
    }
}

/// What an error says about the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Trying again may help, on another connection at least.
    Away,
    Unusable,
    Other,
}

fn meaning(code: &str) -> Meaning {
    match code {
        // Read-only; idle for too long; a lock that was not to be had; what is run again, if it still fails in the end.
        "25006" | "25P03" | "55P03" | "40001" | "40P01" | "40003" => Meaning::Away,
        "XX001" | "XX002" | "3D000" | "3F000" => Meaning::Unusable,
        code => match &code[..2] {
            // Connections, resources of every kind, whoever operates the server, and the system below.
            "08" | "53" | "57" | "58" => Meaning::Away,
            "28" => Meaning::Unusable,
            _ => Meaning::Other,
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What it says, whether it asks for another run, and whether it leaves a commit in doubt.
    fn row(code: &str) -> (&str, Meaning, bool, bool) {
        let state = SqlState::from_code(code);
        let in_doubt = may_have_committed(Some(Severity::Error), &state);
        (code, meaning(code), wants_another_run(&state), in_doubt)
    }

    #[test]
    fn each_sqlstate_has_its_meaning() {
        const AGAIN: bool = true;
        const IN_DOUBT: bool = true;
        let table = [
            ("40001", Meaning::Away, AGAIN, false),
            ("40P01", Meaning::Away, AGAIN, false),
            ("40003", Meaning::Away, false, IN_DOUBT),
            ("08007", Meaning::Away, false, IN_DOUBT),
            ("08000", Meaning::Away, false, false),
            ("08003", Meaning::Away, false, false),
            ("08006", Meaning::Away, false, false),
            ("25006", Meaning::Away, false, false),
            ("25P03", Meaning::Away, false, false),
            ("53100", Meaning::Away, false, false),
            ("53200", Meaning::Away, false, false),
            ("53300", Meaning::Away, false, false),
            ("55P03", Meaning::Away, false, false),
            ("57014", Meaning::Away, false, false),
            ("57P01", Meaning::Away, false, false),
            ("57P02", Meaning::Away, false, false),
            ("57P03", Meaning::Away, false, false),
            ("57P04", Meaning::Away, false, false),
            ("57P05", Meaning::Away, false, false),
            ("58030", Meaning::Away, false, false),
            ("28P01", Meaning::Unusable, false, false),
            ("3D000", Meaning::Unusable, false, false),
            ("3F000", Meaning::Unusable, false, false),
            ("XX001", Meaning::Unusable, false, false),
            ("XX002", Meaning::Unusable, false, false),
            ("0A000", Meaning::Other, false, false),
            ("23505", Meaning::Other, false, false),
            ("42P01", Meaning::Other, false, false),
            ("XX000", Meaning::Other, false, false),
        ];
        for expected in table {
            assert_eq!(row(expected.0), expected);
        }
    }

    /// The server ended the session and may have committed before: `FATAL`, `PANIC`, or what nobody knows.
    #[test]
    fn an_answer_that_ends_the_session_leaves_the_commit_in_doubt() {
        for severity in [Some(Severity::Fatal), Some(Severity::Panic), None] {
            assert!(may_have_committed(severity, &SqlState::ADMIN_SHUTDOWN), "{severity:?}");
        }
    }
}
