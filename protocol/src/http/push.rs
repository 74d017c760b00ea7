//! Bodies about notifications (Web Push, RFC 8030).

use std::fmt;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::MAX_ENDPOINT_CHARS;
use crate::{PushId, Timestamp};

/// Response of `GET /api/push`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Push {
    /// The public key of this server (VAPID, RFC 8292) in base64url: the `applicationServerKey` of
    /// a subscription.
    pub key: String,
    /// The user's browsers that receive notifications, that of the request first.
    pub devices: Vec<PushDevice>,
}

/// A browser that receives notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PushDevice {
    /// The id, for `DELETE /api/push/{id}`.
    pub id: PushId,
    /// The browser and the system, such as `Firefox on Linux`. Missing if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub browser: Option<String>,
    /// The host of its push service.
    pub service: String,
    /// The time since which it receives notifications.
    pub created_at: Timestamp,
    /// The time at which the push service took the last one. Missing if it has taken none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<Timestamp>,
    /// The time at which the push service ended it. It receives nothing any more then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// True if it belongs to the session of this request.
    pub current: bool,
}

/// Body of `POST /api/push`: a `PushSubscription` of the browser, as its `toJSON()` writes it.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewPush {
    /// The address at the push service: `https` to a public address.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_ENDPOINT_CHARS)))]
    pub endpoint: String,
    /// The keys of the browser.
    pub keys: PushKeys,
}

/// The keys of a browser (RFC 8291).
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PushKeys {
    /// The public key: a point of the curve P-256, uncompressed, in base64url.
    pub p256dh: String,
    /// The authentication secret: 16 bytes in base64url.
    pub auth: String,
}

/// Response of `POST /api/push`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewPushId {
    /// The id of the browser. The same endpoint of the same user has the same id.
    pub id: PushId,
}

/// Response of `POST /api/push/test`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PushResults {
    /// One for each of the user's browsers.
    pub results: Vec<PushResult>,
}

/// How a push service answered a notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PushResult {
    /// The browser.
    pub id: PushId,
    /// The HTTP status: 201 if it was taken. 0 if the service did not answer.
    pub status: u16,
    /// What is wrong, and what to do. Missing if the notification was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The time until the answer, in milliseconds.
    pub took_ms: u64,
}

/// The content of a notification, which only the browser can decrypt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushPayload {
    /// What it is.
    pub kind: PushKind,
    /// What it replaces on the screen: the id of the room or of the thread, or `test`.
    pub tag: String,
    /// Who wrote, and where. Missing in a `close`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The beginning of the text. Missing in a `close`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// The address to open, without the host. Missing in a `close`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// What is unread in the room or thread.
    pub count: u64,
    /// The time of the message. In a `close`, that of the newest message that is not to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// What a notification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushKind {
    /// A new message.
    Message,
    /// What was shown was read elsewhere.
    Close,
    /// A test, which the user asked for.
    Test,
}

macro_rules! secret {
    ($($name:ident),*) => {$(
        /// Omits the fields: who knows them can send notifications.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

secret!(NewPush, PushKeys);
