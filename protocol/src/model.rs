//! The nouns: people, rooms, messages.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::limits::{MAX_DISPLAY_NAME_CHARS, MAX_ROOM_NAME_CHARS, MAX_TEXT_CHARS};
use crate::{MessageId, RoomId, Timestamp, UserId};

/// What a person may do beyond chatting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The first account of the installation. May do all, cannot be banned.
    Owner,
    /// Invites and bans.
    Admin,
    /// Everybody else.
    Member,
}

impl Role {
    /// Whether people of this role make invitations.
    #[must_use]
    pub fn may_invite(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// Whether people of this role ban others.
    #[must_use]
    pub fn may_ban(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// Whether people of this role delete others' messages.
    #[must_use]
    pub fn may_delete(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }

    /// The word on the wire and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }
}

/// A person, as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct User {
    /// For good.
    pub id: UserId,
    /// Unique, `[a-z0-9][a-z0-9._-]{0,31}`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::USERNAME)))]
    pub username: String,
    /// The display name, else the username.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_DISPLAY_NAME_CHARS)))]
    pub name: String,
    /// What the person may do.
    pub role: Role,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sender {
    /// The person's account.
    pub id: UserId,
    /// The display name, else the username.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_DISPLAY_NAME_CHARS)))]
    pub name: String,
}

impl From<User> for Sender {
    fn from(user: User) -> Self {
        Self { id: user.id, name: user.name }
    }
}

/// A message in a room, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Message {
    /// Made by the client that sent it.
    pub id: MessageId,
    /// Where it stands.
    pub room: RoomId,
    /// Its place in the room's log, for good: 1, 2, 3, …
    pub seq: u64,
    /// Who wrote it.
    pub sender: Sender,
    /// 1 to 10,000 characters; none once it is deleted.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_TEXT_CHARS)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// When the server took it.
    pub sent_at: Timestamp,
    /// When its text was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Reactions, in the order given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Whether it was deleted since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// An emoji that somebody gave a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reaction {
    /// Who.
    pub user: UserId,
    /// 1 to 32 characters.
    pub emoji: String,
}

/// A room, as one person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Room {
    /// For good.
    pub id: RoomId,
    /// In addresses: `[a-z0-9][a-z0-9-]{0,63}`, unique.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = crate::schema::SLUG)))]
    pub slug: String,
    /// For people, 1 to 80 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = MAX_ROOM_NAME_CHARS)))]
    pub name: String,
    /// Whether only its members see it.
    pub private: bool,
    /// Whether the asking person is a member.
    pub member: bool,
    /// The last `seq` of its log; 0 while it is empty.
    pub seq: u64,
    /// How far the asking person has read it; 0: not at all.
    #[serde(default)]
    pub read_seq: u64,
    /// How many messages of others come after that, deleted ones not counted. 1,000 stands for that or more.
    #[serde(default)]
    pub unread: u64,
    /// How many of them name the asking person as `@username`.
    #[serde(default)]
    pub mentions: u64,
}

/// A member of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Member {
    /// Who.
    pub user: User,
    /// Whether a socket of that person follows the room.
    pub online: bool,
}
