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
mod work;

use protocol::{MessageId, PushId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(super) use close::close_read;
pub use content::{PushContent, PushTarget, PushedMessage};
pub use devices::NewPushDevice;
pub use work::PushOutcome;
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
    /// How often the push service could not take it.
    #[serde(default)]
    tries: u32,
    /// The time of the first of these attempts.
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
#[derive(Clone, Copy, Debug)]
pub enum PushTask {
    /// Finds out whom a message notifies.
    Notify(MessageId),
    /// Sends something to a browser.
    Send(DeviceTask),
}

/// Something that is to be sent to a browser.
#[derive(Clone, Copy, Debug)]
pub struct DeviceTask {
    /// The browser.
    pub device: PushId,
    /// What to send.
    pub what: Sent,
    /// How often the push service could not take it.
    pub tries: u32,
    /// The time of the first of these attempts.
    pub since: Option<Timestamp>,
}

/// What is sent to a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A message.
    Message(MessageId),
    /// That what is shown of this room or thread was read.
    Close(Uuid),
}

impl PushJob {
    /// Reads a job. `None` if this version cannot.
    fn read(
        id: Uuid,
        (holder, until): (Uuid, Timestamp),
        kind: Kind,
        payload: &str,
    ) -> Option<Self> {
        let task = match kind {
            Kind::Notify => {
                PushTask::Notify(serde_json::from_str::<NotifyPayload>(payload).ok()?.message)
            }
            Kind::Push | Kind::Close => {
                let payload: DevicePayload = serde_json::from_str(payload).ok()?;
                let DevicePayload { device, message, tag, tries, since } = payload;
                let what = match (message, tag) {
                    (Some(message), _) => Sent::Message(message),
                    (None, tag) => Sent::Close(tag?),
                };
                PushTask::Send(DeviceTask { device, what, tries, since })
            }
        };
        Some(Self { id, holder, until, task })
    }
}

impl DevicePayload {
    fn new(device: PushId, what: Sent) -> Self {
        let (message, tag) = match what {
            Sent::Message(message) => (Some(message), None),
            Sent::Close(tag) => (None, Some(tag)),
        };
        Self { device, message, tag, tries: 0, since: None }
    }

    fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(super::StoreError::unavailable)
    }
}
