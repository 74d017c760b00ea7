//! Properties of all input: no text crashes the decoder, and every error matches the contract.
#![cfg(not(target_arch = "wasm32"))]

mod bodies;
mod requests;
mod strategies;
mod text;
mod timestamps;

use proptest::prelude::*;
use protocol::{ErrorCode, Rejected};
use serde_json::Value;

/// Checks that an error is one of the errors for unreadable messages.
fn check_error(rejected: &Rejected) -> Result<(), TestCaseError> {
    let error = &rejected.error;
    match error.code {
        ErrorCode::InvalidJson => prop_assert_eq!(&error.detail, "Invalid JSON"),
        ErrorCode::InvalidFormat => {
            prop_assert_eq!(&error.detail, "Invalid message format");
            prop_assert!(!error.errors.is_empty(), "invalid_format names the field");
            prop_assert!(error.errors.iter().all(|fault| !fault.message.is_empty()));
        }
        ErrorCode::UnknownType => prop_assert!(error.detail.starts_with("Unknown message type: ")),
        other => prop_assert!(false, "{other:?} is not an error for unreadable messages"),
    }
    prop_assert_eq!(error.errors.is_empty(), error.code != ErrorCode::InvalidFormat);
    prop_assert_eq!(error.retry_after_ms, None);
    Ok(())
}

fn readable_id(value: Option<&Value>) -> Option<String> {
    let id = value?.as_str()?;
    (id.chars().count() <= 64).then(|| id.to_owned())
}

fn is_bad_id(value: Option<&Value>) -> bool {
    value.is_some_and(|id| !id.is_null()) && readable_id(value).is_none()
}
