//! Bodies of the HTTP calls (CONTRACT section 4).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ErrorCode, FieldError, Role, Room, User};

/// Body of `POST /api/auth/register`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Register {
    /// `[a-z0-9][a-z0-9._-]{0,31}`, unique.
    pub username: String,
    /// 10 to 128 characters.
    pub password: String,
    /// 1 to 64 characters; left out: the username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// An invitation, unless this is the first account or registration is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
}

/// Body of `POST /api/auth/login`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Login {
    /// Who.
    pub username: String,
    /// 10 to 128 characters.
    pub password: String,
}

/// Answer to a registration or a log-in; the session cookie comes with it.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignedIn {
    /// A JWT for programs: `sub` the person, `sid` the session, `exp`.
    pub token: String,
    /// Who signed in.
    pub user: User,
}

/// Body of `POST /api/auth/password`.
#[derive(Clone, Serialize, Deserialize)]
pub struct ChangePassword {
    /// The present password.
    pub current: String,
    /// 10 to 128 characters.
    pub new: String,
}

/// Body of `POST /api/users/{user}/role`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct NewRole {
    /// `admin` or `member`.
    pub role: Role,
}

/// Body of `POST /api/rooms/{room}/members`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewMember {
    /// Id or username.
    pub user: String,
}

/// Answer to `POST /ws/ticket`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Ticket {
    /// For `?ticket=` of the upgrade; works once.
    pub ticket: String,
    /// How long it works, in seconds.
    pub expires_in: u64,
}

/// Body of `POST /api/rooms`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewRoom {
    /// For people, 1 to 80 characters.
    pub name: String,
    /// For addresses; left out: made from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Whether only its members see it.
    #[serde(default)]
    pub private: bool,
}

/// Answer to `GET /api/auth/me`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Me {
    /// Who is signed in.
    pub user: User,
}

/// Answer to `GET /api/rooms`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rooms {
    /// All that one may see, by name.
    pub rooms: Vec<Room>,
}

/// Body of `POST /api/invites`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct NewInvite {
    /// How long it works, in seconds; left out: 7 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// How many people may use it; left out: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u32>,
}

/// Answer to `POST /api/invites`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Invite {
    /// What `register` takes.
    pub invite: String,
    /// The link to give to a person.
    pub url: String,
}

/// A failed call (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Problem {
    /// Short, the same for every such error.
    pub title: String,
    /// The HTTP status.
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
