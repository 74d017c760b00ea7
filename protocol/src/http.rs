//! Bodies of HTTP requests and responses (docs/protocol.md).

use std::fmt;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::MAX_TEXT_CHARS;
use crate::{Block, ErrorCode, FieldError};

mod accounts;
mod emoji;
mod files;
mod health;
mod people;
mod push;
mod rooms;

pub use accounts::{
    ChangePassword, Invite, Invites, Login, Me, NewInvite, NewRole, OpenInvite, PasswordWasReset,
    Register, SignedIn, Ticket,
};
pub use emoji::{AddedEmoji, CustomEmojiList};
pub use files::{DescribeFile, UploadedFile};
pub use health::{DiskHealth, FilesHealth, Health, RedisHealth, StoreHealth, StoreKind};
pub use people::{
    NewStatus, OpenSession, PasswordReset, Profile, QuietHours, QuietTime, QuietUntil, Sessions,
    UpdateProfile, UsersPage,
};
pub use push::{
    NewPush, NewPushId, Push, PushDevice, PushKeys, PushKind, PushPayload, PushResult, PushResults,
};
pub use rooms::{NewDirect, NewMember, NewRoom, RoomAddress, Rooms, UpdateRoom};

/// Body of `POST /api/preview`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewPreview {
    /// The text, at most 10,000 characters.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_TEXT_CHARS)))]
    pub text: String,
}

/// Response of `POST /api/preview`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Preview {
    /// The tree that a message with this text would have. Missing if it would have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
}

/// Response of `GET /readyz`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Readiness {
    /// The state of the server.
    pub status: ReadyStatus,
    /// A readable explanation if the server is not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// `unavailable` if the server is not ready.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

/// The state of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReadyStatus {
    /// The server accepts requests.
    Ready,
    /// The server accepts requests, but a part that it can do without for a while is unavailable.
    Degraded,
    /// The server is shutting down.
    Draining,
    /// A required part is unavailable.
    Unavailable,
}

/// A failed request (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// A short summary, equal for all errors of this kind.
    pub title: String,
    /// The HTTP status.
    #[cfg_attr(feature = "schema", schemars(range(min = 400, max = 599)))]
    pub status: u16,
    /// A readable explanation.
    pub detail: String,
    /// The reason for programs.
    pub code: ErrorCode,
    /// The invalid fields of the body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

macro_rules! secret {
    ($($name:ident),*) => {$(
        /// Omits the fields: secrets must not appear in logs.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

secret!(Register, Login, ChangePassword, SignedIn, Ticket, Invite, PasswordReset);
