//! What a client may ask, and the answer that belongs to each.

use serde::{Deserialize, Serialize};

use crate::{
    ErrorPayload, Event, FieldError, Member, Message, MessageId, OpId, Room, RoomId, RoomName,
    Timestamp, User,
    limits::{MAX_EMOJI_CHARS, MAX_SUBSCRIPTIONS, MAX_TEXT_CHARS, has_chars, is_emoji},
    messages::messages,
};

messages! {
    /// What a client may ask; each is answered once, under its `request_id`, by the [`Response`] of the same name.
    pub enum Request from Client {
        /// Authenticates a connection that came without a credential.
        Auth(Auth) = "auth",
        /// Follows a room, from here on or from where the client left off.
        Subscribe(Subscribe) = "subscribe",
        /// Ends the live stream of a room. One stays its member.
        Unsubscribe(Unsubscribe) = "unsubscribe",
        /// Follows many rooms from where the client left off, in one answer.
        Resume(Resume) = "resume",
        /// Appends a message to a room's log.
        Chat(Chat) = "chat",
        /// Changes the text of one's own message.
        ChatEdit(ChatEdit) = "chat_edit",
        /// Takes a message's text away, one's own or, for the owner and admins, anybody's.
        ChatDelete(ChatDelete) = "chat_delete",
        /// Sets or takes back one's own reaction to a message.
        ChatReact(ChatReact) = "chat_react",
        /// A notice that one is writing, relayed to the others who follow the room; not answered.
        Typing(Typing) = "typing",
        /// Sets how far one has read a room, on all of one's devices.
        Read(Read) = "read",
        /// Reads a page of messages.
        History(History) = "history",
        /// Reads who belongs to a room.
        Members(Members) = "members",
        /// Reads all rooms that one may see.
        Rooms(Empty) = "rooms",
        /// Answered by `pong`.
        Ping(Empty) = "ping",
        /// The client's answer to the server's `ping`; itself never answered.
        Pong(Empty) = "pong",
    }
}

messages! {
    /// The answer to the [`Request`] of the same name.
    pub enum Response from Server {
        /// Authenticated.
        Auth(Authenticated) = "auth_response",
        /// Followed; nothing of the room comes before this.
        Subscribe(Subscribed) = "subscribe_response",
        /// Not followed any more.
        Unsubscribe(Unsubscribed) = "unsubscribe_response",
        /// Followed, as far as the answer goes.
        Resume(Resumed) = "resume_response",
        /// The message is on durable storage.
        Chat(Sent) = "chat_response",
        /// So is the new text.
        ChatEdit(Changed) = "chat_edit_response",
        /// The text is gone.
        ChatDelete(Changed) = "chat_delete_response",
        /// So is the reaction, set or taken back.
        ChatReact(Changed) = "chat_react_response",
        /// How far one has read now.
        Read(ReadPosition) = "read_response",
        /// A page of messages.
        History(HistoryPage) = "history_response",
        /// A page of members.
        Members(MembersPage) = "members_response",
        /// The rooms.
        Rooms(RoomsPage) = "rooms_response",
    }
}

impl Request {
    /// What is wrong with the values of a request that has the right shape.
    #[must_use]
    pub fn faults(&self) -> Vec<FieldError> {
        match self {
            Self::Chat(Chat { text, .. }) | Self::ChatEdit(ChatEdit { text, .. }) => {
                text_fault(text)
            }
            Self::ChatReact(react) if !is_emoji(&react.emoji) => {
                vec![FieldError::new(
                    "emoji",
                    format!("must have 1 to {MAX_EMOJI_CHARS} characters without spaces"),
                )]
            }
            Self::Resume(resume) if resume.rooms.len() > MAX_SUBSCRIPTIONS => {
                vec![FieldError::new("rooms", format!("must be at most {MAX_SUBSCRIPTIONS}"))]
            }
            Self::History(history) if history.cursors() > 1 => {
                vec![FieldError::new("before", "only one of before, after and around may be given")]
            }
            Self::Auth(_)
            | Self::Subscribe(_)
            | Self::Unsubscribe(_)
            | Self::Resume(_)
            | Self::ChatDelete(_)
            | Self::ChatReact(_)
            | Self::Typing(_)
            | Self::Read(_)
            | Self::History(_)
            | Self::Members(_)
            | Self::Rooms(_)
            | Self::Ping(_)
            | Self::Pong(_) => Vec::new(),
        }
    }
}

fn text_fault(text: &str) -> Vec<FieldError> {
    if text.is_empty() {
        vec![FieldError::new("text", "must not be empty")]
    } else if !has_chars(text, 1, MAX_TEXT_CHARS) {
        vec![FieldError::new("text", format!("must have at most {MAX_TEXT_CHARS} characters"))]
    } else if text.contains('\0') {
        // PostgreSQL keeps no such text.
        vec![FieldError::new("text", "must not hold the character U+0000")]
    } else {
        Vec::new()
    }
}

/// A payload without fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Empty {}

/// Payload of `auth`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Auth {
    /// The JWT that log-in gave.
    pub token: String,
}

/// Without the token: it must not end up in a log.
impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth { token: … }")
    }
}

/// Payload of `auth_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Authenticated {
    /// Who the connection belongs to.
    pub user: User,
}

/// Payload of `subscribe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subscribe {
    /// Which room; `channel` means the same.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// The last `seq` that the client saw; left out: it knows nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// The epoch in which it saw it; left out: the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
}

/// Payload of `subscribe_response`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Subscribed {
    /// The room, as the client named it.
    pub subscribed: RoomName,
    /// Its id.
    pub room: RoomId,
    /// The last `seq` that this answer covers; the live stream goes on after it.
    pub seq: u64,
    /// Names the history that `seq` counts in. Another one: a backup was restored.
    pub epoch: String,
    /// Whether `events` holds all that came after `since`. If not, drop what you had and take `messages`.
    pub recovered: bool,
    /// All that came after `since`, oldest first.
    pub events: Vec<LoggedEvent>,
    /// The newest page as it stands now, oldest first.
    pub messages: Vec<Message>,
    /// Whether there are older messages than these.
    pub has_more: bool,
}

/// An event of a room's log, in the answer to a `subscribe`: `{type, payload}`.
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
        struct Raw {
            r#type: String,
            payload: Box<serde_json::value::RawValue>,
        }
        let raw = Raw::deserialize(deserializer)?;
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
    /// The epoch in which the client saw what it knows; left out: the present one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// Which rooms, at most 1,000.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_SUBSCRIPTIONS)))]
    pub rooms: Vec<ResumeRoom>,
}

/// A room of a `resume`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResumeRoom {
    /// Which; `channel` means the same.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// The last `seq` that the client saw; left out: it knows nothing yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}

/// Payload of `resume_response`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Resumed {
    /// The rooms in the order asked for, each as `subscribe` would answer.
    pub rooms: Vec<Subscribed>,
    /// Those that could not be followed, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refused>,
    /// Whether the answer ended early, at 512 KiB: ask again for the rooms that are neither here nor there.
    pub has_more: bool,
}

/// A room of a `resume` that could not be followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refused {
    /// The room, as the client named it.
    pub room: RoomName,
    /// What `subscribe` would have answered.
    pub error: ErrorPayload,
}

/// Payload of `unsubscribe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unsubscribe {
    /// Which room; `channel` means the same.
    #[serde(alias = "channel")]
    pub room: RoomName,
}

/// Payload of `unsubscribe_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unsubscribed {
    /// The room, as the client named it.
    pub unsubscribed: RoomName,
}

/// Payload of `chat`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Chat {
    /// Which room, here or as `channel`; left out on `/ws/{room}`: that one.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// 1 to 10,000 characters without U+0000.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_TEXT_CHARS)))]
    pub text: String,
    /// Made by the client. The same again from the same person gives the first answer again and stores nothing.
    /// Left out: the server makes one, and a retry is a new message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<MessageId>,
}

/// Payload of `chat_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sent {
    /// The message.
    pub id: MessageId,
    /// Where it stands.
    pub room: RoomId,
    /// Its place in the room's log.
    pub seq: u64,
    /// When the server took it.
    pub sent_at: Timestamp,
}

impl From<&Message> for Sent {
    fn from(message: &Message) -> Self {
        Self { id: message.id, room: message.room, seq: message.seq, sent_at: message.sent_at }
    }
}

/// Payload of `chat_edit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatEdit {
    /// Which room, here or as `channel`; left out on `/ws/{room}`: that one.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// Which message.
    pub id: MessageId,
    /// Made by the client. The same again from the same person gives the first answer again and changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// The new text, 1 to 10,000 characters without U+0000.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_TEXT_CHARS)))]
    pub text: String,
}

/// Payload of `chat_delete`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatDelete {
    /// Which room, here or as `channel`; left out on `/ws/{room}`: that one.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// Which message.
    pub id: MessageId,
    /// As in `chat_edit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
}

/// Payload of `chat_react`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatReact {
    /// Which room, here or as `channel`; left out on `/ws/{room}`: that one.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// Which message.
    pub id: MessageId,
    /// As in `chat_edit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// 1 to 32 characters without spaces.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_EMOJI_CHARS)))]
    pub emoji: String,
    /// Whether it is to be there, from the one who asks.
    pub on: bool,
}

/// Payload of the answers to `chat_edit`, `chat_delete` and `chat_react`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changed {
    /// The message.
    pub id: MessageId,
    /// Where it stands.
    pub room: RoomId,
    /// The change's own place in the room's log.
    pub seq: u64,
}

/// Payload of `typing`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Typing {
    /// Which room, here or as `channel`; left out on `/ws/{room}`: that one.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
}

/// Payload of `read`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Read {
    /// Which room, here or as `channel`; left out on `/ws/{room}`: that one.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The last `seq` that was read; what comes after it is unread. Past the end of the log it means the end.
    pub seq: u64,
}

/// How far a person has read a room: payload of `read_response` and of the event `read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadPosition {
    /// The room.
    pub room: RoomId,
    /// What comes after this `seq` is unread.
    pub seq: u64,
}

/// Payload of `history`. Without a cursor: the newest page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    /// Which room, here or as `channel`; left out on `/ws/{room}`: that one.
    #[serde(default, alias = "channel", skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomName>,
    /// The page that ends just before this `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// The page that begins just after this `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// The page with this `seq` in its middle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<u64>,
    /// How many messages, 50 unless given, clamped to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

impl History {
    fn cursors(&self) -> usize {
        [self.before, self.after, self.around].iter().flatten().count()
    }
}

/// Payload of `history_response`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HistoryPage {
    /// The room.
    pub room: RoomId,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether there are more beyond the page's far end.
    pub has_more: bool,
}

/// Payload of `members`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Members {
    /// Which room; `channel` means the same.
    #[serde(alias = "channel")]
    pub room: RoomName,
    /// Those after this username, in alphabetical order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many, clamped to 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
}

/// Payload of `members_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MembersPage {
    /// The room.
    pub room: RoomId,
    /// In the order of usernames.
    pub members: Vec<Member>,
    /// How many members the room has.
    pub total: u64,
    /// How many of them follow it now.
    pub total_online: u64,
    /// Whether more come after these.
    pub has_more: bool,
}

/// Payload of `rooms_response`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomsPage {
    /// All that one may see, by name.
    pub rooms: Vec<Room>,
}
