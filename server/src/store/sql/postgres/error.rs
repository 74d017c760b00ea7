//! Errors of PostgreSQL: their class, their text, and advice on failed connections.

use std::error::Error as _;

use tokio_postgres::{Error, error::SqlState};

use super::super::super::{Fault, StoreError};
use crate::base::tls;

/// Returns advice on a failed attempt to connect, if its cause is known.
pub(super) fn advice(error: &Error, with_tls: bool) -> Option<&'static str> {
    if with_tls {
        let is_unsupported =
            error.source().is_some_and(|cause| cause.to_string() == "server does not support TLS");
        return if is_unsupported {
            Some("switch it on there (ssl = on), or leave sslmode out of the address")
        } else {
            tls::advice(error)
        };
    }
    // The wording differs between PostgreSQL's pg_hba.conf and hosted services.
    let refused = error
        .as_db_error()
        .filter(|error| *error.code() == SqlState::INVALID_AUTHORIZATION_SPECIFICATION)?;
    let is_about_tls = ["encryption", "SSL"].iter().any(|word| refused.message().contains(word));
    is_about_tls
        .then_some("if it accepts only encrypted connections, add ?sslmode=require to the address")
}

/// Returns whether the connection is of no use after this error.
pub(super) fn ends_connection(error: &Error) -> bool {
    // Class 08: the connection. Class 57P: the server shuts down. 0A000: a newer version of Banter
    // has changed a table under a prepared statement.
    let ends = |code: &str| code.starts_with("08") || code.starts_with("57P") || code == "0A000";
    error.code().is_none_or(|code| ends(code.code()))
}

/// Returns whether the server lacks the function, or denies it to this user.
pub(super) fn is_refused(error: &Error) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("42") || code.code() == "0A000")
}

/// Describes an error without PostgreSQL's details, which may contain users' texts.
pub(super) fn describe(error: &Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("{} ({})", error.message(), error.code().code());
    }
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        let Some(code) = error.code().map(|code| code.code()) else {
            return Self::Unavailable(describe(&error));
        };
        if code == "53100" {
            return Self::Full(describe(&error));
        }
        match code.get(..2) {
            // Connection (08), prepared statement outdated (0A), wrong state such as a replica
            // (25), authentication (28), no such database (3D), conflict (40), out of resources
            // (53), not in the required state (55), operator intervention (57), system (58).
            Some("08" | "0A" | "25" | "28" | "3D" | "40" | "53" | "55" | "57" | "58") => {
                Self::Unavailable(describe(&error))
            }
            _ => Self::Failed(Fault::Postgres(describe(&error))),
        }
    }
}
