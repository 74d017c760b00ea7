//! The data that the server passes to a page.
//!
//! It covers the whole first render, so that the HTML is complete before any script runs. The
//! browser gets the same data, so that hydration starts from an identical render.

pub mod address;

use protocol::{
    CustomEmoji, MembersPage, Message, MessageId, Room, Timestamp, User,
    http::{OpenInvite, PasswordWasReset},
};
use serde::{Deserialize, Serialize};

use self::address::View;

/// The page for an address, with its data. The server chooses it, and the browser hydrates it. The
/// program does not read the pages that are plain forms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Page {
    /// `/first-start`: there are no users yet, and the first account becomes the owner.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    FirstStart(EntryForm),
    /// `/sign-in`
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    SignIn(EntryForm),
    /// `/join/{invite}`, or `/join` if registration is open.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    Join(Invitation, EntryForm),
    /// The same addresses for a user who is signed in and needs no account.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    JoinedAlready(Invitation, JoinedAlready),
    /// `/reset/{token}`: the form that sets a new password.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    Reset(ResetForm),
    /// After signing in: somebody has set the password by a link.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    PasswordWasReset(ResetNotice),
    /// `/rooms` and `/rooms/{slug}`, for signed-in users.
    Workspace(Box<Workspace>),
    /// `/offline`: the page that the service worker shows while the server does not answer. It
    /// opens what this device has of the workspace.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    Offline,
    /// `/new-room`: the form for a new room.
    NewRoom(Box<Workspace>, RoomForm),
    /// Another view beside the rooms.
    View(Box<Workspace>, View),
    /// `/invitations`: the valid invitations, for users who may invite.
    Invitations(Box<Workspace>, Vec<OpenInvite>),
    /// What the address names does not exist, or the user may not see it.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    NotFound(Missing),
    /// The server temporarily cannot render the page.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    Unavailable,
    /// A form or an address was refused.
    #[cfg_attr(feature = "hydrate", serde(skip_deserializing))]
    Refused(Refusal),
}

impl Page {
    /// Returns whether the page needs the program in WebAssembly. All others are plain forms.
    #[must_use]
    pub fn needs_program(&self) -> bool {
        matches!(
            self,
            Self::Workspace(_)
                | Self::NewRoom(..)
                | Self::Invitations(..)
                | Self::View(..)
                | Self::Offline
        )
    }

    /// Returns whether the page begins with a part of the program that is not in the first load.
    #[must_use]
    pub fn needs_rest(&self) -> bool {
        matches!(self, Self::NewRoom(..) | Self::Invitations(..) | Self::View(..))
    }
}

/// What a page that was not found would have shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// A page of the server.
    Page,
    /// A room.
    Room,
    /// A message.
    Message,
    /// The list of invitations, for a user who may not invite.
    Invitations,
}

/// The previous values and the error of an entry form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryForm {
    /// The public host name, such as `chat.example.org`.
    pub host: String,
    /// True if registration is open to everyone.
    pub open: bool,
    /// True if nobody may register.
    pub closed: bool,
    /// The submitted username.
    pub username: String,
    /// The submitted display name.
    pub display_name: String,
    /// The path to go to after signing in.
    pub next: Option<String>,
    /// The reason why the form was rejected.
    pub fault: Option<EntryFault>,
}

/// The reason why an entry form was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryFault {
    /// No account has this name and password.
    Mismatch,
    /// The username is taken; the given one is free.
    Taken(String),
    /// The username does not match `[a-z0-9][a-z0-9._-]{0,31}`.
    Username,
    /// Nobody may have this username.
    Reserved,
    /// The password does not have 10 to 128 characters.
    Password,
    /// The password is among the first that somebody would guess.
    WeakPassword,
    /// The display name does not have 1 to 64 characters that can be seen.
    DisplayName,
    /// The invitation is used up, expired or unknown.
    Invite,
    /// Registration needs an invitation, and there was none.
    NoInvite,
    /// Nobody may register.
    Closed,
    /// The account is banned.
    Banned,
    /// There were too many attempts; the next one is allowed after this many seconds.
    TooFast(u64),
    /// Someone else has already created the first account.
    NotFirst,
    /// The session has ended, by signing out elsewhere or by expiry.
    SessionEnded,
    /// The server could not process the form.
    Unavailable,
}

/// An invitation as the invited user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The secret in the address.
    pub invite: String,
    /// The display name of the inviting user, or `None` if the invitation is not valid.
    pub from: Option<String>,
}

/// The viewer of an invitation who has an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedAlready {
    /// The user who is signed in.
    pub user: User,
    /// The public host name, such as `chat.example.org`.
    pub host: String,
}

/// A link that sets a new password, and the error of its form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetForm {
    /// The public host name, such as `chat.example.org`.
    pub host: String,
    /// The secret in the address.
    pub token: String,
    /// The user whose password it sets, or `None` if the link is not valid.
    pub user: Option<User>,
    /// The reason why the form was rejected.
    pub fault: Option<EntryFault>,
}

/// What a user is told once, after somebody has set the password by a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetNotice {
    /// When it was set, and who made the link.
    pub reset: PasswordWasReset,
    /// The path to go to.
    pub next: String,
}

/// Why a form or an address was refused, and the way back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The heading.
    pub title: String,
    /// What happened and what to do.
    pub text: String,
    /// The HTTP status.
    pub status: u16,
    /// The page to return to: a path, or the public URL if the page was opened elsewhere.
    pub back: String,
    /// The submitted values of a form that the page has, never a password.
    pub fields: Vec<(String, String)>,
}

/// A user's rooms, and the one in view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    /// The user whose page this is.
    pub user: User,
    /// The first rooms that the user may see, sorted by name, and the open one.
    pub rooms: Vec<Room>,
    /// The room at this address; `None` at `/rooms`.
    pub open: Option<OpenRoom>,
    /// The user's newest open invitation, if there is one and the user may invite.
    pub invite: Option<OwnInvitation>,
    /// True if nobody may register: invitations are of no use.
    pub registration_closed: bool,
    /// The epoch of all `seq` values.
    pub epoch: String,
    /// The custom emoji in the messages of the page.
    pub custom_emoji: Vec<CustomEmoji>,
    /// The text that the form of the room in view has not sent.
    pub unsent: Option<Unsent>,
}

/// An open invitation, as its creator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnInvitation {
    /// The link.
    pub url: String,
    /// The number of users who can still join with it.
    pub uses_left: u32,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A text that the server did not accept from the composer's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    /// The text.
    pub text: String,
    /// The reason, for the user.
    pub reason: String,
}

/// A room with the newest page of its messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenRoom {
    /// The room. Its `seq` is the last one that `messages` covers.
    pub room: Room,
    /// The newest messages, oldest first.
    pub messages: Vec<Message>,
    /// True if there are older messages.
    pub has_more: bool,
    /// The first 500 members.
    pub members: MembersPage,
    /// The place at which the address opens the room, if it names one.
    pub place: Option<OpenPlace>,
}

/// What a device has of a room, to show it without the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomCopy {
    /// The epoch of all `seq` values.
    pub epoch: String,
    /// The room with its newest messages.
    pub open: OpenRoom,
}

/// The place in a room to which a permanent link led.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenPlace {
    /// The message of the link.
    pub marked: MessageId,
    /// The messages of the room around it, oldest first. None around a reply that the room does
    /// not show.
    pub messages: Vec<Message>,
    /// The thread to open, if the address names one: its first message, and its replies around the
    /// message of the link.
    #[serde(default)]
    pub thread: Vec<Message>,
}

/// The previous value and the error of the form for a new room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomForm {
    /// The submitted name.
    pub name: String,
    /// The submitted address.
    pub slug: String,
    /// True if only members are to see the room.
    pub private: bool,
    /// The submitted topic.
    pub topic: String,
    /// The reason why the form was rejected.
    pub fault: Option<RoomFault>,
}

/// The reason why the form for a new room was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomFault {
    /// The name does not have 1 to 80 visible characters.
    Name,
    /// The address does not match `[a-z0-9][a-z0-9-]{0,63}`.
    Slug,
    /// The topic is too long.
    Topic,
    /// The address is taken.
    Taken,
    /// The server needs the address itself.
    Reserved,
    /// The user creates rooms too quickly; the next one is allowed after this many seconds.
    TooFast(u64),
    /// The server could not process the form.
    Unavailable,
}

/// The addresses of script, WebAssembly and style, and the build that they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The name of this build. The event `welcome` carries the name of the server's current one.
    pub build: String,
    /// The path of the folder with `banter.js`, `banter.wasm` and `banter.css`, without a
    /// trailing slash.
    pub path: String,
    /// The path of the rest of the program, if it is a file of its own.
    pub rest: Option<String>,
    /// The port at which `cargo leptos watch` reloads the page, in development only.
    pub reload_port: Option<u16>,
}
