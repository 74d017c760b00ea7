//! Bodies of HTTP requests about people: profiles, sessions and lists of users.

use serde::{Deserialize, Deserializer, Serialize};

#[cfg(feature = "schema")]
use crate::limits::{
    MAX_ABOUT_CHARS, MAX_DISPLAY_NAME_CHARS, MAX_EMOJI_CHARS, MAX_KEYWORDS, MAX_PAGE_USERS,
    MAX_STATUS_CHARS,
};
use crate::{SessionId, Timestamp, User};

/// Response of `GET /api/me` and of `PATCH /api/me`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Profile {
    /// The user who is signed in, as others see them.
    pub user: User,
    /// When the user wants no notifications. Nobody else sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietTime>,
    /// Words that notify the user like a mention. Nobody else sees them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
}

/// Body of `PATCH /api/me`. Fields that are left out stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateProfile {
    /// 1 to 64 characters.
    #[cfg_attr(feature = "schema", schemars(
        length(min = 1, max = MAX_DISPLAY_NAME_CHARS),
        regex(pattern = crate::schema::NOT_BLANK),
    ))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Up to 500 characters. An empty text takes it away.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_ABOUT_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The new status. `null` ends it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub status: Option<Option<NewStatus>>,
    /// When the user wants no notifications. `null` ends it.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Option<QuietTime>>,
    /// Words that notify the user like a mention: whole words or several in a row, whatever their
    /// case and accents. At most 20, each of 2 to 50 characters.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_KEYWORDS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keywords: Option<Vec<String>>,
}

/// A status as its user sets it: an emoji, a text or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewStatus {
    /// One emoji.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_EMOJI_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Up to 100 characters.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_STATUS_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The time at which the status ends. It does not if this is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Tells a field that is `null` from one that is left out.
fn given<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// When a user wants no notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum QuietTime {
    /// At certain hours.
    Hours(QuietHours),
    /// Until a certain time.
    Until(QuietUntil),
}

/// No notifications until a certain time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuietUntil {
    /// The time at which notifications begin again.
    pub until: Timestamp,
}

/// Hours without notifications. They may pass midnight: then they belong to the day on which they
/// begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuietHours {
    /// The beginning, as `HH:MM`.
    pub from: String,
    /// The end, as `HH:MM`.
    pub to: String,
    /// The time zone, as in the tz database: `Europe/Berlin`.
    pub time_zone: String,
    /// The days on which they begin: 1 is Monday, 7 is Sunday.
    pub days: Vec<u8>,
}

/// Response of `GET /api/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sessions {
    /// The user's sessions: that of the request, then the last used first, at most 500.
    pub sessions: Vec<OpenSession>,
}

/// A session of the requesting user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenSession {
    /// The id, for `DELETE /api/sessions/{id}`.
    pub id: SessionId,
    /// The time at which it began.
    pub created_at: Timestamp,
    /// The time of its last use, precise to an hour.
    pub used_at: Timestamp,
    /// The browser and the system, such as `Firefox on Linux`. Missing if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// The address from which it began. Missing if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// True if it is the session of this request.
    pub current: bool,
}

/// Response of `GET /api/users`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UsersPage {
    /// The users, sorted by name, banned ones last.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_PAGE_USERS)))]
    pub users: Vec<User>,
    /// True if more users follow. Ask again, `after` the last one.
    pub has_more: bool,
}

/// Response of `POST /api/users/{user}/reset`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasswordReset {
    /// The link by which the user sets a new password, once.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uri")))]
    pub url: String,
    /// The time at which the link expires.
    pub expires_at: Timestamp,
}
