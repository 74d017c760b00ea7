//! Payloads of subscriptions: to one room, to several rooms at once, and the end of one.

use serde::{Deserialize, Serialize};

use crate::{
    ErrorPayload, Event, FieldError, Message, RoomId, RoomName, limits::MAX_SUBSCRIPTIONS,
    messages::Validate,
};

/// Payload of `subscribe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subscribe {
    /// The room. `channel` is an alias.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// The last `seq` that the client has seen. Leave it out if the client knows nothing of the
    /// room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// The epoch that `since` belongs to. Defaults to the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// Whether subscribing to a public room makes the user a member of it. If false, a room of
    /// which the user is no member is refused with `not_found`. Defaults to true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<bool>,
}

impl Validate for Subscribe {}

/// Payload of `subscribe_response`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subscribed {
    /// The room as named in the request.
    pub subscribed: RoomName,
    /// The id of the room.
    pub room: RoomId,
    /// The last `seq` that this response covers. The client receives all events after it.
    pub seq: u64,
    /// The epoch that `seq` belongs to. It changes when a backup is restored.
    pub epoch: String,
    /// True if `events` contains everything after `since`. If false, discard the known messages of
    /// the room and use `messages` instead.
    pub recovered: bool,
    /// All events after `since`, oldest first.
    pub events: Vec<LoggedEvent>,
    /// The newest page of messages in their current state, oldest first.
    pub messages: Vec<Message>,
    /// True if the room has older messages than `messages`.
    pub has_more: bool,
}

/// An event of the room log in the response to a `subscribe`: `{type, payload}`.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedEvent(pub Event);

impl Serialize for LoggedEvent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut event = serializer.serialize_struct("LoggedEvent", 2)?;
        event.serialize_field("type", self.0.name())?;
        event.serialize_field("payload", &self.0)?;
        event.end()
    }
}

impl<'de> Deserialize<'de> for LoggedEvent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        #[derive(Deserialize)]
        struct RawLoggedEvent {
            r#type: String,
            payload: Box<serde_json::value::RawValue>,
        }
        let raw = RawLoggedEvent::deserialize(deserializer)?;
        match Event::decode(&raw.r#type, raw.payload.get()) {
            Some(event) => event.map(Self).map_err(D::Error::custom),
            None => Err(D::Error::custom(format_args!("unknown event: {}", raw.r#type))),
        }
    }
}

/// Payload of `resume`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resume {
    /// The epoch that every `since` belongs to. Defaults to the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// Whether subscribing to public rooms makes the user a member of them. If false, the rooms of
    /// which the user is no member are refused with `not_found`. Defaults to true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<bool>,
    /// The rooms to subscribe to, at most 1,000.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_SUBSCRIPTIONS)))]
    pub rooms: Vec<ResumeRoom>,
}

impl Validate for Resume {
    fn faults(&self) -> Vec<FieldError> {
        if self.rooms.len() <= MAX_SUBSCRIPTIONS {
            return Vec::new();
        }
        vec![FieldError::new("rooms", format!("must be at most {MAX_SUBSCRIPTIONS}"))]
    }
}

/// A room in a `resume`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResumeRoom {
    /// The room. `channel` is an alias.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// The last `seq` that the client has seen. Leave it out if the client knows nothing of the
    /// room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}

/// Payload of `resume_response`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resumed {
    /// The subscribed rooms in the order of the request, each as in `subscribe_response`.
    pub rooms: Vec<Subscribed>,
    /// The rooms that could not be subscribed to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
    /// True if the response was cut at 512 KiB. Send another `resume` for the rooms that are
    /// neither in `rooms` nor in `refused`.
    pub has_more: bool,
}

/// A room of a `resume` that could not be subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refused {
    /// The room as named in the request.
    pub room: RoomName,
    /// The error that a `subscribe` to this room would have returned.
    pub error: ErrorPayload,
}

/// Payload of `unsubscribe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unsubscribe {
    /// The room. `channel` is an alias.
    #[serde(alias = "channel")]
    pub room: RoomName,
}

impl Validate for Unsubscribe {}

/// Payload of `unsubscribe_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unsubscribed {
    /// The room as named in the request.
    pub unsubscribed: RoomName,
}
