//! The error of a command that could not start or go on.

/// Why the server could not start or go on, in one line for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct Failure {
    what: String,
    why: String,
}

impl Failure {
    /// Creates a failure of `what` for the reason `why`.
    #[must_use]
    pub fn new(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self { what: what.into(), why: why.to_string() }
    }
}
