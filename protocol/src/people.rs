//! What users say about themselves.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
#[cfg(feature = "schema")]
use crate::limits::{MAX_EMOJI_CHARS, MAX_STATUS_CHARS};

/// What a user is doing: an emoji, a text or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UserStatus {
    /// One emoji.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_EMOJI_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Up to 100 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_STATUS_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The time at which the status ends. Missing if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}
