//! The error of a credential that is refused.

use crate::error::{Error, STORE_UNAVAILABLE};

/// Why a credential does not authenticate its bearer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialError {
    /// The credential is not valid, for this reason.
    Invalid(&'static str),
    /// The store or Redis could not be asked.
    Unavailable,
}

impl From<CredentialError> for Error {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Invalid(reason) => Self::Unauthorized(reason),
            CredentialError::Unavailable => STORE_UNAVAILABLE,
        }
    }
}
