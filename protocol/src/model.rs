//! The nouns of the protocol: users, rooms, messages.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::{
    MAX_DIRECT_NAME_CHARS, MAX_DISPLAY_NAME_CHARS, MAX_LINK_PREVIEWS, MAX_REACTION_CHARS,
    MAX_TEXT_CHARS, MAX_TOPIC_CHARS, MAX_UNREAD,
};
use crate::{
    Block, File, LinkPreview, MessageId, NotifyLevel, Presence, RoomId, ThreadSummary, Timestamp,
    UserId, mentioned, people::UserStatus,
};

/// The permissions of a user beyond chatting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The first account of the installation. Has all permissions and cannot be banned.
    Owner,
    /// May invite and ban users and delete their messages.
    Admin,
    /// Every other user.
    #[default]
    Member,
}

impl Role {
    /// Returns whether this role may create invitations.
    #[must_use]
    pub fn may_invite(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// Returns whether this role may ban users.
    #[must_use]
    pub fn may_ban(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// Returns whether this role may delete messages of other users.
    #[must_use]
    pub fn may_delete(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// Returns whether this role may always add custom emoji, and remove those of other users.
    #[must_use]
    pub fn may_manage_emoji(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// Returns the value on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }
}

/// A user as other users see them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct User {
    /// The id of the account. It never changes.
    pub id: UserId,
    /// The unique username: `[a-z0-9][a-z0-9._-]{0,31}`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::USERNAME)))]
    pub username: String,
    /// The display name; the username if the user has not set one.
    #[cfg_attr(feature = "schema", schemars(
        length(min = 1, max = MAX_DISPLAY_NAME_CHARS),
        regex(pattern = crate::schema::NOT_BLANK),
    ))]
    pub name: String,
    /// The permissions of the user.
    pub role: Role,
    /// True if `name` reads like the name of another user, so that clients show `username` beside
    /// it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub alike: bool,
    /// The address of the user's picture, on this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// What the user says about themselves, up to 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// What the user is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Box<UserStatus>>,
    /// True if the user wants no notifications at this time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet: bool,
    /// True if the user is banned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub banned: bool,
    /// Whose invitation the user registered with. Only lists of users that the owner or an admin
    /// asks for have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_by: Option<UserId>,
}

/// The author of a message or signal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sender {
    /// The id of the user.
    pub id: UserId,
    /// The display name; the username if the user has not set one.
    #[cfg_attr(feature = "schema", schemars(
        length(min = 1, max = MAX_DISPLAY_NAME_CHARS),
        regex(pattern = crate::schema::NOT_BLANK),
    ))]
    pub name: String,
    /// The username, if `name` reads like the name of another user. Clients show it beside the
    /// name.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::USERNAME)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The address of the user's picture, on this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

impl From<User> for Sender {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            name: user.name,
            username: user.alike.then_some(user.username),
            picture: user.picture,
        }
    }
}

/// A message in a room, in its current state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// The id, chosen by the client that sent the message.
    pub id: MessageId,
    /// The room of the message.
    pub room: RoomId,
    /// The position of the message in the room log: 1, 2, 3, … It never changes.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub seq: u64,
    /// The author.
    pub sender: Sender,
    /// Up to 10,000 characters, at least one if there are no files. Missing if the message was
    /// deleted.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_TEXT_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The tree of the text. Missing if the text is shown as it stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Block>,
    /// The files, in the order that the author gave them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
    /// What the pages say that the message links to, in the order of the links. Missing as long as
    /// there are none.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_LINK_PREVIEWS)))]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub link_previews: Vec<LinkPreview>,
    /// The time at which the server accepted the message.
    pub sent_at: Timestamp,
    /// The time of the last edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// The reactions in the order in which they were added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// True if the message was deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
    /// The user who deleted the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<Box<Sender>>,
    /// The user who pinned the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<Box<Sender>>,
    /// The message that this one quotes, as it stands now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Box<Quote>>,
    /// The message that begins the thread to which this one replies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<MessageId>,
    /// True if the room shows this reply of a thread as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_room: bool,
    /// The replies, if this message begins a thread. Kept if the message is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replies: Option<Box<ThreadSummary>>,
    /// For a reply in a thread: the `replies` of the first message after this one. Clients set
    /// them, and never count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_replies: Option<Box<ThreadSummary>>,
    /// True if the message is a reminder that the author asked for. It is unread to the author.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reminder: bool,
}

impl Message {
    /// Returns whether the room shows the message: it is not just a reply in a thread.
    #[must_use]
    pub fn is_shown_in_room(&self) -> bool {
        self.thread.is_none() || self.in_room
    }

    /// Returns whether the message is unread to a user who has not read so far: messages of others
    /// are, and the user's own reminders. A deleted one is not.
    #[must_use]
    pub fn counts_for(&self, user: UserId) -> bool {
        (self.sender.id != user || self.reminder) && !self.deleted
    }

    /// Returns whether the message mentions the user with this username.
    #[must_use]
    pub fn mentions(&self, username: &str) -> bool {
        let text = self.text.as_deref().unwrap_or_default();
        mentioned(text, &self.blocks).iter().any(|name| name == username)
    }

    /// Returns whether the message mentions all members of its room. The server decides whether its
    /// author may do so.
    #[must_use]
    pub fn mentions_room(&self) -> bool {
        self.mentions("room")
    }
}

/// A message that another one quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quote {
    /// The id of the quoted message.
    pub id: MessageId,
    /// Its author.
    pub sender: Sender,
    /// The beginning of its text as it stands now, without Markdown, at most 200 characters.
    /// Missing if it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The name of its first file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// True if it was deleted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// A reaction of a user to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reaction {
    /// The user who reacted.
    pub user: UserId,
    /// One emoji, with U+FE0F where Unicode's fully-qualified form has it, or `:name:` of a custom
    /// emoji. The latter may have been removed since.
    #[cfg_attr(feature = "schema", schemars(
        length(min = 1, max = MAX_REACTION_CHARS),
        regex(pattern = crate::schema::NO_SPACE),
    ))]
    pub emoji: String,
}

/// Who can see a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Everybody.
    #[default]
    Public,
    /// Its members.
    Private,
    /// The people for whom it was made. Nobody is added or removed.
    Direct,
}

/// A room as the requesting user sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Room {
    /// The id of the room. It never changes.
    pub id: RoomId,
    /// The unique name in URLs: `[a-z0-9][a-z0-9-]{0,63}`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::SLUG)))]
    pub slug: String,
    /// The display name, 1 to 80 characters. That of a direct room is made of the names of its
    /// people, and may be longer.
    #[cfg_attr(feature = "schema", schemars(
        length(min = 1, max = MAX_DIRECT_NAME_CHARS),
        regex(pattern = crate::schema::NOT_BLANK),
    ))]
    pub name: String,
    /// Who can see the room.
    #[serde(default)]
    pub kind: RoomKind,
    /// True if only members can see the room: for the kinds `private` and `direct`.
    pub private: bool,
    /// The subject of the room, up to 250 characters.
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_TOPIC_CHARS)))]
    #[serde(default)]
    pub topic: String,
    /// True if nobody can write to the room any more.
    #[serde(default)]
    pub archived: bool,
    /// The user who created the room. Missing for the first room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserId>,
    /// The other people of a direct room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<Vec<User>>,
    /// True if the requesting user is a member.
    pub member: bool,
    /// Which messages of the room notify the requesting user.
    #[serde(default)]
    pub notify: NotifyLevel,
    /// True if the requesting user marked the room as a favourite.
    #[serde(default)]
    pub favourite: bool,
    /// The last `seq` of the room log; 0 while it is empty.
    pub seq: u64,
    /// The read position of the requesting user; 0 if the user has read nothing. The end of the
    /// room log if the user is not a member.
    #[serde(default)]
    pub read_seq: u64,
    /// The number of messages of other users after `read_seq` that the room shows, and of the
    /// requesting user's reminders, without deleted ones. Counted up to 1,000. 0 if the requesting
    /// user is not a member.
    #[cfg_attr(feature = "schema", schemars(range(max = MAX_UNREAD)))]
    #[serde(default)]
    pub unread: u64,
    /// The number of unread messages, replies in threads included, that mention the requesting
    /// user.
    #[cfg_attr(feature = "schema", schemars(range(max = MAX_UNREAD)))]
    #[serde(default)]
    pub mentions: u64,
}

/// A member of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    /// The user.
    pub user: User,
    /// True if a connection of the user is subscribed to the room.
    pub online: bool,
    /// Whether the user is here.
    #[serde(default)]
    pub presence: Presence,
    /// The time at which the user became a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined_at: Option<Timestamp>,
}
