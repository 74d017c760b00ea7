//! All that an open page knows: pure state. Components read it through [`Session`](crate::session::Session), the
//! socket writes it.

use std::collections::HashMap;

use protocol::{Message, MessageId, Room, RoomId, Timestamp, User};

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
    /// What was written and is not acknowledged.
    pub outbox: Outbox,
    /// How the page stands with the server.
    pub connection: Connection,
    /// The server has a newer page than this one.
    pub outdated: bool,
    /// What others said just now, for screen readers; the newest last.
    pub heard: Vec<Message>,
}

impl Model {
    /// As the server rendered it.
    #[must_use]
    pub fn from_page(workspace: Workspace) -> Self {
        let Workspace { user, rooms, open, epoch, .. } = workspace;
        let chats = open.into_iter().map(|open| (open.room.id, Chat::from_page(open, epoch.clone())));
        Self {
            me: user,
            rooms,
            chats: chats.collect(),
            outbox: Outbox::default(),
            connection: Connection::default(),
            outdated: false,
            heard: Vec::new(),
        }
    }

    /// Opens a room: from now on it is followed.
    pub fn open(&mut self, room: RoomId) {
        self.heard.clear();
        self.chats.entry(room).or_default();
    }

    /// The room of an address.
    #[must_use]
    pub fn room_at(&self, slug: &str) -> Option<&Room> {
        self.rooms.iter().find(|room| room.slug == slug)
    }

    /// Puts what was written into the outbox.
    pub fn write(&mut self, id: MessageId, room: RoomId, text: String, written_at: Timestamp) {
        self.outbox.push(Entry { id, room, text, written_at, failed: None });
    }

    /// Keeps what somebody else said just now.
    pub(crate) fn hear(&mut self, messages: impl IntoIterator<Item = Message>) {
        let others = messages.into_iter().filter(|message| message.sender.id != self.me.id && !message.deleted);
        self.heard.extend(others);
        self.heard.drain(..self.heard.len().saturating_sub(HEARD_MESSAGES));
    }
}
