//! Bodies of HTTP requests about accounts, sessions and invitations.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::{
    MAX_DISPLAY_NAME_CHARS, MAX_INVITE_LIFETIME, MAX_INVITE_USES, MAX_PASSWORD_CHARS,
    MIN_PASSWORD_CHARS, TICKET_LIFETIME,
};
use crate::{InviteId, Role, Timestamp, User};

/// Body of `POST /api/auth/register`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Register {
    /// The unique username: `[a-z0-9][a-z0-9._-]{0,31}`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::USERNAME)))]
    pub username: String,
    /// 10 to 128 characters.
    #[cfg_attr(feature = "schema", schemars(
        length(min = MIN_PASSWORD_CHARS, max = MAX_PASSWORD_CHARS),
        extend("format" = "password"),
    ))]
    pub password: String,
    /// 1 to 64 characters. Defaults to the username.
    #[cfg_attr(feature = "schema", schemars(
        length(min = 1, max = MAX_DISPLAY_NAME_CHARS),
        regex(pattern = crate::schema::NOT_BLANK),
    ))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The code of an invitation. Required, unless this is the first account or registration is
    /// open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
}

/// Body of `POST /api/auth/login`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Login {
    /// The username.
    pub username: String,
    /// The password.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "password")))]
    pub password: String,
}

/// Response of a registration or login. The response also sets the session cookie.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedIn {
    /// A JWT for programs. Its claims are `sub` (the user), `sid` (the session) and `exp`.
    pub token: String,
    /// The user who signed in.
    pub user: User,
    /// Present once, at the first log-in after somebody has set the password by a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_reset: Option<PasswordWasReset>,
}

/// A password that was set by a link, as its user is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasswordWasReset {
    /// The time at which the password was set.
    pub at: Timestamp,
    /// The user who made the link. Missing if `banter reset` on the server made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<User>,
}

/// Body of `POST /api/auth/password`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangePassword {
    /// The current password.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "password")))]
    pub current: String,
    /// The new password, 10 to 128 characters.
    #[cfg_attr(feature = "schema", schemars(
        length(min = MIN_PASSWORD_CHARS, max = MAX_PASSWORD_CHARS),
        extend("format" = "password"),
    ))]
    pub new: String,
}

/// Response of `GET /api/auth/me`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Me {
    /// The user who is signed in.
    pub user: User,
}

/// Response of `POST /ws/ticket`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ticket {
    /// The value for `?ticket=` when opening a WebSocket. Valid once.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::TOKEN)))]
    pub ticket: String,
    /// The time for which the ticket is valid, in seconds.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = TICKET_LIFETIME.as_secs())))]
    pub expires_in: u64,
}

/// Body of `POST /api/users/{user}/role`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewRole {
    /// `admin` or `member`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::GivenRole"))]
    pub role: Role,
}

/// Body of `POST /api/invites`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewInvite {
    /// The time for which the invitation is valid, in seconds, at most a year. Defaults to 7 days.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = MAX_INVITE_LIFETIME.as_secs())))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// The number of users who may register with it, at most 10,000. Defaults to 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = MAX_INVITE_USES)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
}

/// Response of `POST /api/invites`.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invite {
    /// The code for the field `invite` of a registration.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::TOKEN)))]
    pub invite: String,
    /// The link to give to the invited user.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "uri")))]
    pub url: String,
}

/// Response of `GET /api/invites`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Invites {
    /// The valid invitations, the newest first, at most 1,000.
    pub invites: Vec<OpenInvite>,
}

/// A valid invitation, without its code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenInvite {
    /// The id, for `DELETE /api/invites/{id}`.
    pub id: InviteId,
    /// The user who created it.
    pub by: User,
    /// The number of users who may still register with it.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = MAX_INVITE_USES)))]
    pub uses_left: u32,
    /// The time at which it expires.
    pub expires_at: Timestamp,
}
