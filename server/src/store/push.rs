//! Notifications: the browsers that receive them, and which messages they get.
//!
//! The work waits in the table `jobs`. A new message leaves a job that finds out whom it notifies
//! (`audience`), and that job leaves one for each browser. A job for a browser ends in the
//! transaction that notes the answer of its push service (`work`). So nothing is lost when a
//! process is killed, and what a service has answered is sent again only if the process ends before
//! that transaction.

mod audience;
mod close;
mod content;
mod devices;
mod shown;
mod work;

use std::sync::Arc;

use protocol::{MessageId, PushId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) use close::{close_deleted, close_read, close_room};
pub use content::{PushContent, PushTarget, PushedMessage};
pub use devices::NewPushDevice;
pub use shown::Noted;
pub use work::{Leased, Notified, PushEnd, PushOutcome};
pub(super) use work::{insert_notify, notify_at, notify_payload};

use super::{
    Result,
    sql::{Column, Value},
};

/// What a job of notifications does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Finds out whom a message notifies.
    Notify,
    /// Sends a message to a browser.
    Push,
    /// Tells a browser that what it shows was read.
    Close,
}

/// All kinds, in the order in which they are leased.
const KINDS: [Kind; 3] = [Kind::Close, Kind::Notify, Kind::Push];

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::Push => "push",
            Self::Close => "close",
        }
    }
}

impl Column for Kind {
    fn read(value: Value<'_>) -> Option<Self> {
        KINDS.into_iter().find(|kind| value == Value::Text(kind.as_str()))
    }
}

/// The payload of a job that finds out whom a message notifies.
#[derive(Debug, Serialize, Deserialize)]
struct NotifyPayload {
    message: MessageId,
    /// Those alone whom it may notify: they looked at the room when it notified all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    only: Option<Vec<UserId>>,
}

/// The payload of a job for a browser.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct DevicePayload {
    device: PushId,
    /// The message. Missing if the job closes what is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<MessageId>,
    /// The room or thread that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tag: Option<Uuid>,
    /// The `seq` of the newest message there that the browser may have shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// The time of that message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    /// How often the push service could not take it.
    #[serde(default)]
    tries: u32,
    /// The time from which on it was to be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

/// A job that this node has leased.
#[derive(Clone, Debug)]
pub struct PushJob {
    id: Uuid,
    holder: Uuid,
    /// When the lease ends: another may do it from then on.
    pub until: Timestamp,
    /// What is to be done.
    pub task: PushTask,
}

/// What a job of notifications does.
#[derive(Clone, Debug)]
pub enum PushTask {
    /// Finds out whom a message notifies: with a list, of these users alone.
    Notify(MessageId, Option<Vec<UserId>>),
    /// Sends something to a browser.
    Send(DeviceTask),
}

/// Something that is to be sent to a browser.
#[derive(Clone, Debug)]
pub struct DeviceTask {
    /// The browser.
    pub device: PushId,
    /// Its user.
    pub user: UserId,
    /// The host of its push service.
    pub service: Arc<str>,
    /// What to send.
    pub what: Sent,
    /// How often the push service could not take it.
    pub tries: u32,
    /// The time from which on it was to be sent.
    pub since: Timestamp,
}

/// What is sent to a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A message.
    Message(MessageId),
    /// That what is shown of a room or thread was read, or is gone.
    Close(Closed),
}

/// What is not to be shown any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The room or thread.
    pub tag: Uuid,
    /// The `seq` of the newest message there that the browser may have shown, and its time. What is
    /// newer stays.
    pub until: Option<(u64, Timestamp)>,
}

impl PushTask {
    /// Reads a job that finds out whom a message notifies. `None` if this version cannot.
    fn read_notify(payload: &str) -> Option<Self> {
        let NotifyPayload { message, only } = serde_json::from_str(payload).ok()?;
        Some(Self::Notify(message, only))
    }
}

impl DevicePayload {
    fn new(device: PushId, what: Sent) -> Self {
        let (message, tag, until) = match what {
            Sent::Message(message) => (Some(message), None, None),
            Sent::Close(Closed { tag, until }) => (None, Some(tag), until),
        };
        let (seq, at) = until.unzip();
        Self { device, message, tag, seq, at, tries: 0, since: Some(super::now()) }
    }

    /// Returns what is to be sent. `None` if this version cannot.
    fn what(&self) -> Option<Sent> {
        match (self.message, self.tag) {
            (Some(message), _) => Some(Sent::Message(message)),
            (None, tag) => Some(Sent::Close(Closed { tag: tag?, until: self.seq.zip(self.at) })),
        }
    }

    fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(super::StoreError::unavailable)
    }
}
