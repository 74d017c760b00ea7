//! What the server hands to a page: all that its first render needs, so that the HTML is whole before any script
//! runs, and the same again in the browser, so that hydration begins with the very same picture.

use protocol::{MembersPage, Message, Room, User};
use serde::{Deserialize, Serialize};

/// The page at an address, with its data. The server decides which; the browser takes it over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Page {
    /// Nobody lives here yet: the first account becomes the owner's. `/first-start`
    FirstStart(EntryForm),
    /// `/sign-in`
    SignIn(EntryForm),
    /// An invitation, `/join/{invite}`; one to everybody, where registration is open, `/join`.
    Join(Invitation, EntryForm),
    /// Signed in: the rooms, and one of them open. `/rooms` and `/rooms/{slug}`
    Workspace(Box<Workspace>),
    /// The form for a new room. `/new-room`
    NewRoom(Box<Workspace>, RoomForm),
    /// There is no such page, or not for the one who asks.
    NotFound,
    /// The server could not make the page; trying again later may help.
    Unavailable,
}

/// What all entry forms share: what was typed before, and what was wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryForm {
    /// The host, as people know it: `chat.example.org`.
    pub host: String,
    /// Whether anybody may make an account.
    pub open: bool,
    /// Typed before.
    pub username: String,
    /// Typed before.
    pub display_name: String,
    /// Where to go afterwards; a path of this site.
    pub next: Option<String>,
    /// Why the form is here again.
    pub fault: Option<EntryFault>,
}

/// Why an entry form came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryFault {
    /// No account has that name and password.
    Mismatch,
    /// The username is taken; this one is free.
    Taken(String),
    /// Not `[a-z0-9][a-z0-9._-]{0,31}`.
    Username,
    /// Not 10 to 128 characters.
    Password,
    /// Not 1 to 64 characters.
    DisplayName,
    /// The invitation is used up, expired or was never made.
    Invite,
    /// This account was banned.
    Banned,
    /// Too many tries; wait so many seconds.
    TooFast(u64),
    /// Somebody else made the first account in the meantime.
    NotFirst,
    /// The session has ended (signed out elsewhere, expired).
    SessionEnded,
    /// The server could not do it now; try again later.
    Unavailable,
}

/// An invitation, as the invited sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The secret in the address.
    pub invite: String,
    /// Display name of who made it; `None`: it works no more.
    pub from: Option<String>,
}

/// The rooms of one person, one of them open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    /// Whose page this is.
    pub user: User,
    /// All rooms that person may see, by name.
    pub rooms: Vec<Room>,
    /// The room at this address; none at `/rooms`.
    pub open: Option<OpenRoom>,
    /// A link to invite people with, for those who may; none is open where this is `None`.
    pub invite_url: Option<String>,
    /// Which history `seq`s count in.
    pub epoch: String,
}

/// A room with the newest page of its messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenRoom {
    /// Which; `seq` in it is the last one that `messages` covers.
    pub room: Room,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether there are older ones.
    pub has_more: bool,
    /// Its members (the first 500).
    pub members: MembersPage,
}

/// The form for a new room, and what was wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomForm {
    /// Typed before.
    pub name: String,
    /// Why the form is here again.
    pub fault: Option<RoomFault>,
}

/// Why the form for a new room came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomFault {
    /// Not 1 to 80 characters, or nothing in it that an address could hold.
    Name,
    /// A room of that address exists, or it is reserved.
    Taken,
    /// The server could not do it now; try again later.
    Unavailable,
}

/// Where the browser finds script, WebAssembly and style, and which build they are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// Names this build; `welcome` tells the server's present one.
    pub build: String,
    /// Address of the folder that holds `banter.js`, `banter.wasm` and `banter.css`, no slash at its end.
    pub path: String,
    /// The port of `cargo leptos watch` that reloads the page, in development only.
    pub reload_port: Option<u16>,
}
