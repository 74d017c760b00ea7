//! Bodies of the HTTP calls (docs/protocol.md).

use std::fmt;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::{
    MAX_DISPLAY_NAME_CHARS, MAX_INVITE_LIFETIME, MAX_INVITE_USES, MAX_PASSWORD_CHARS,
    MAX_ROOM_NAME_CHARS, MIN_PASSWORD_CHARS,
};
use crate::{ErrorCode, FieldError, Role, Room, User};

/// Body of `POST /api/auth/register`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Register {
    /// `[a-z0-9][a-z0-9._-]{0,31}`, unique.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::USERNAME)))]
    pub username: String,
    /// 10 to 128 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = MIN_PASSWORD_CHARS, max = MAX_PASSWORD_CHARS), extend("format" = "password")))]
    pub password: String,
    /// 1 to 64 characters; left out: the username.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_DISPLAY_NAME_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// An invitation, unless this is the first account or registration is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
}

/// Body of `POST /api/auth/login`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Login {
    /// Who.
    pub username: String,
    /// The password.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "password")))]
    pub password: String,
}

/// Answer to a registration or a log-in; the session cookie comes with it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedIn {
    /// A JWT for programs: `sub` the person, `sid` the session, `exp`.
    pub token: String,
    /// Who signed in.
    pub user: User,
}

/// Body of `POST /api/auth/password`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangePassword {
    /// The present password.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "password")))]
    pub current: String,
    /// 10 to 128 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = MIN_PASSWORD_CHARS, max = MAX_PASSWORD_CHARS), extend("format" = "password")))]
    pub new: String,
}

/// Body of `POST /api/users/{user}/role`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewRole {
    /// `admin` or `member`.
    pub role: Role,
}

/// Body of `POST /api/rooms/{room}/members`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewMember {
    /// Id or username.
    pub user: String,
}

/// Answer to `POST /ws/ticket`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ticket {
    /// For `?ticket=` of the upgrade; works once.
    pub ticket: String,
    /// How long it works, in seconds.
    pub expires_in: u64,
}

/// Body of `POST /api/rooms`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewRoom {
    /// For people, 1 to 80 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_ROOM_NAME_CHARS)))]
    pub name: String,
    /// For addresses, `[a-z0-9][a-z0-9-]{0,63}`, unique; left out: made from the name.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::SLUG)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Whether only its members see it.
    #[serde(default)]
    pub private: bool,
}

/// Answer to `GET /api/auth/me`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Me {
    /// Who is signed in.
    pub user: User,
}

/// Answer to `GET /api/rooms`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rooms {
    /// All that one may see, by name.
    pub rooms: Vec<Room>,
}

/// Body of `POST /api/invites`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewInvite {
    /// How long it works, in seconds, at most a year; left out: 7 days.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = MAX_INVITE_LIFETIME.as_secs())))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// How many people may use it, at most 10,000; left out: 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = MAX_INVITE_USES)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
}

/// Answer to `POST /api/invites`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invite {
    /// What `register` takes.
    pub invite: String,
    /// The link to give to a person.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uri")))]
    pub url: String,
}

/// Answer to `GET /readyz`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Readiness {
    /// Whether the server serves.
    pub status: ReadyStatus,
    /// What keeps it from that, for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The same for a program: `unavailable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

/// Whether a server serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReadyStatus {
    /// It does.
    Ready,
    /// It does, without a part that it can do without for a while.
    Degraded,
    /// It is about to end.
    Draining,
    /// A part that it needs is away.
    Unavailable,
}

/// A failed call (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// Short, the same for every such error.
    pub title: String,
    /// The HTTP status.
    #[cfg_attr(feature = "schema", schemars(range(min = 400, max = 599)))]
    pub status: u16,
    /// For a person.
    pub detail: String,
    /// For a program.
    pub code: ErrorCode,
    /// Field by field, where a body does not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

macro_rules! secret {
    ($($name:ident),*) => {$(
        /// Without its secrets: they must not end up in a log.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

secret!(Register, Login, ChangePassword, SignedIn, Ticket, Invite);
