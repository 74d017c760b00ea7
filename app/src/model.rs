//! All that an open page knows: pure state. Components read it through [`Session`](crate::session::Session), the
//! socket writes it.

use std::collections::HashMap;

use protocol::{Message, MessageId, Room, RoomId, Timestamp, User};
use uuid::Uuid;

use crate::{
    chat::Chat,
    outbox::{Entry, Outbox},
    page::Workspace,
};

/// How many messages wait at most to be read out by a screen reader.
const HEARD_MESSAGES: usize = 3;

/// How the page stands with the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// On the way, for the first time or again.
    #[default]
    Connecting,
    /// Connected, and reading what was missed.
    CatchingUp {
        /// How many messages, as far as that is known.
        missing: u64,
    },
    /// All that the server has is here.
    Current,
    /// Tried in vain.
    Offline {
        /// When the connection was lost.
        since: Timestamp,
    },
}

/// What one person's open page knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Whose page this is.
    pub me: User,
    /// All rooms that person may see, by name.
    pub rooms: Vec<Room>,
    /// The rooms opened so far on this page; all of them are followed.
    pub chats: HashMap<RoomId, Chat>,
    /// The room in view.
    pub open: Option<RoomId>,
    /// What was written and is not in the log, as far as that is here.
    pub outbox: Outbox,
    /// How the page stands with the server.
    pub connection: Connection,
    /// The server has a newer page than this one.
    pub outdated: bool,
    /// What others said just now in the open room, for screen readers; the newest last.
    pub heard: Vec<Message>,
}

impl Model {
    /// As the server rendered it.
    #[must_use]
    pub fn from_page(workspace: Workspace) -> Self {
        let Workspace { user, rooms, open, epoch, .. } = workspace;
        let in_view = open.as_ref().map(|open| open.room.id);
        let chats = open.into_iter().map(|open| (open.room.id, Chat::from_page(open, epoch.clone())));
        Self {
            me: user,
            rooms,
            chats: chats.collect(),
            open: in_view,
            outbox: Outbox::default(),
            connection: Connection::default(),
            outdated: false,
            heard: Vec::new(),
        }
    }

    /// Opens a room: from now on it is followed. None: no room is in view.
    pub fn open(&mut self, room: Option<RoomId>) {
        self.heard.clear();
        self.open = room;
        if let Some(room) = room {
            self.chats.entry(room).or_default();
        }
        self.chats.values_mut().for_each(Chat::trim); // a view begins at the end
    }

    /// The room of an address: by slug or by id, as on the server.
    #[must_use]
    pub fn room_at(&self, name: &str) -> Option<&Room> {
        let id = Uuid::try_parse(name).ok().map(RoomId);
        self.rooms.iter().find(|room| room.slug == name || Some(room.id) == id)
    }

    /// Puts what was written into the outbox.
    pub fn write(&mut self, id: MessageId, room: RoomId, text: String, written_at: Timestamp) {
        self.outbox.push(Entry { id, room, text, written_at, failed: None, sent: None });
    }

    /// Lets go of what was written and stands in the part of a room's log that is here.
    pub(crate) fn cover(&mut self, room: RoomId) {
        let seq = self.chats.get(&room).map_or(u64::MAX, |chat| chat.seq); // not followed: no event will come
        self.outbox.covered(room, seq);
    }

    /// A room has grown by these: keeps what somebody else said just now in the open one, and the others light.
    pub(crate) fn grown(&mut self, room: RoomId, messages: Vec<Message>) {
        if self.open == Some(room) {
            let others = messages.into_iter().filter(|message| message.sender.id != self.me.id && !message.deleted);
            self.heard.extend(others);
            self.heard.drain(..self.heard.len().saturating_sub(HEARD_MESSAGES));
        } else if let Some(chat) = self.chats.get_mut(&room) {
            chat.trim();
        }
    }
}
