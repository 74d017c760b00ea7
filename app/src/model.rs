//! All that an open page knows: pure state. Components read it through [`Session`](crate::session::Session), the
//! socket writes it.

use std::collections::HashMap;

use protocol::{Event, Message, MessageId, OpId, ReadPosition, Room, RoomId, Timestamp, User};
use uuid::Uuid;

use crate::{
    changes::{Change, Changes, Kind},
    chat::{Chat, Phase, room_of, seq_of},
    outbox::{Entry, Outbox},
    page::Workspace,
    unread,
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
        /// When the next try begins; it is under way once that is over.
        next: Timestamp,
    },
}

/// What one person's open page knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Whose page this is.
    pub me: User,
    /// All rooms that person may see, by name.
    pub rooms: Vec<Room>,
    /// The rooms opened so far on this page; all of them are followed, with their messages.
    pub chats: HashMap<RoomId, Chat>,
    /// The room in view.
    pub open: Option<RoomId>,
    /// What was written and is not in the log, as far as that is here.
    pub outbox: Outbox,
    /// What was changed and is not in the log, likewise.
    pub changes: Changes,
    /// How the page stands with the server.
    pub connection: Connection,
    /// The server has a newer page than this one.
    pub outdated: bool,
    /// What others said just now in the open room, for screen readers; the newest last.
    pub heard: Vec<Message>,
    /// Whether somebody looks at the end of the open room: what comes is read at once.
    pub present: bool,
    /// Where the reader stopped in the open room: what others said after this `seq` was new to them.
    pub mark: Option<u64>,
    /// Where somebody writes here, and how often that was to be told to the others.
    pub writing: Option<(RoomId, u32)>,
    /// How far rooms were read on this page, until the server knows.
    pub reads: HashMap<RoomId, u64>,
}

impl Model {
    /// As the server rendered it.
    #[must_use]
    pub fn from_page(workspace: Workspace) -> Self {
        let Workspace { user, rooms, open, epoch, .. } = workspace;
        let in_view = open.as_ref().map(|open| open.room.id);
        let chats =
            open.into_iter().map(|open| (open.room.id, Chat::from_page(open, epoch.clone())));
        let mut model = Self {
            me: user,
            rooms,
            chats: chats.collect(),
            open: in_view,
            outbox: Outbox::default(),
            changes: Changes::default(),
            connection: Connection::default(),
            outdated: false,
            heard: Vec::new(),
            present: false,
            mark: None,
            writing: None,
            reads: HashMap::new(),
        };
        model.mark_unread();
        model
    }

    /// Opens a room: from now on it is followed. None: no room is in view.
    pub fn open(&mut self, room: Option<RoomId>) {
        self.heard.clear();
        let is_another = self.open != room;
        if is_another {
            self.open = room;
            self.present = false;
            self.mark_unread();
        }
        if let Some(room) = room {
            let chat = self.chats.entry(room).or_default();
            if is_another && matches!(chat.phase, Phase::Refused(_)) {
                chat.phase = Phase::Loading; // it is on the list: the server may think otherwise now
            }
        }
        self.chats.values_mut().for_each(Chat::trim); // a view begins at the end
    }

    /// The room of an address: by slug or by id, as on the server.
    #[must_use]
    pub fn room_at(&self, name: &str) -> Option<&Room> {
        let id = Uuid::try_parse(name).ok().map(RoomId);
        self.rooms.iter().find(|room| room.slug == name || Some(room.id) == id)
    }

    fn open_room(&self) -> Option<&Room> {
        self.rooms.iter().find(|room| Some(room.id) == self.open)
    }

    fn mark_unread(&mut self) {
        // Where nothing was read before, all is new, and no line tells more.
        self.mark = self
            .open_room()
            .filter(|room| room.unread > 0 && room.read_seq > 0)
            .map(|room| room.read_seq);
    }

    /// The mark, where it is known to stand in a room's messages.
    #[must_use]
    pub fn mark_in(&self, room: RoomId) -> Option<u64> {
        let mark = self.mark.filter(|_| self.open == Some(room))?;
        let chat = self.chats.get(&room)?;
        (!chat.has_more || chat.messages.first().is_some_and(|first| first.seq <= mark))
            .then_some(mark)
    }

    /// Somebody looks at the end of a room, or looks away: what has come by then is read.
    pub fn look(&mut self, room: RoomId, present: bool) {
        if self.open != Some(room) {
            return;
        }
        self.present = present;
        if let Some(seq) = self.to_read(room) {
            self.read(room, seq);
            self.reads.insert(room, seq);
        }
    }

    /// The `seq` up to which the open room is to be read now.
    #[must_use]
    pub fn to_read(&self, room: RoomId) -> Option<u64> {
        let seen = self.chats.get(&room).filter(|_| self.present && self.open == Some(room))?.seq;
        let known = self.rooms.iter().find(|known| known.id == room)?;
        (known.unread > 0 && seen > known.read_seq).then_some(seen)
    }

    /// A room was read so far. False: what is unread now cannot be told here.
    pub(crate) fn read(&mut self, room: RoomId, seq: u64) -> bool {
        self.rooms
            .iter_mut()
            .find(|known| known.id == room)
            .is_none_or(|room| unread::read(room, seq))
    }

    /// Keeps the list of rooms right. False: what is unread cannot be told from this event.
    pub(crate) fn count(&mut self, event: &Event) -> bool {
        if let Event::Read(ReadPosition { room, seq }) = event {
            let is_news = self.reads.get(room).is_none_or(|read| read < seq);
            return !is_news || self.read(*room, *seq);
        }
        let Some(id) = room_of(event).filter(|_| seq_of(event).is_some()) else { return true };
        let Some(room) = self.rooms.iter_mut().find(|room| room.id == id) else { return false };
        let (seq, unread) = (room.seq, room.unread);
        let sure = unread::count(room, event, &self.me);
        if unread == 0 && room.unread > 0 && self.open == Some(id) && !self.present {
            self.mark = Some(seq);
        }
        sure
    }

    /// Takes the rooms as the server has them. False: it does not know yet how far one of them was read here.
    pub(crate) fn take_rooms(&mut self, rooms: Vec<Room>) -> bool {
        let was_read = self.open_room().is_some_and(|room| room.unread == 0);
        self.rooms = rooms;
        // What another device has read further needs no telling: it would set the place back.
        for room in &self.rooms {
            if self.reads.get(&room.id).is_some_and(|seq| *seq <= room.read_seq) {
                self.reads.remove(&room.id);
            }
        }
        let mut sure = true;
        for room in &mut self.rooms {
            if let Some(seq) = self.reads.get(&room.id) {
                sure &= unread::read(room, *seq);
            }
        }
        // It came while the page was not connected, and nobody looked.
        if was_read && !self.present && self.open_room().is_some_and(|room| room.unread > 0) {
            self.mark_unread();
        }
        // A private room that one is in no more is nowhere to be seen, and so is what it refused.
        self.outbox.give_up_refused(|room| self.rooms.iter().all(|known| known.id != room));
        sure
    }

    /// How many messages of others wait in one's rooms.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.rooms.iter().filter(|room| room.member).map(|room| room.unread).sum()
    }

    /// Puts what was written into the outbox.
    pub fn write(&mut self, id: MessageId, room: RoomId, text: String, written_at: Timestamp) {
        self.outbox.push(Entry {
            id,
            room,
            text,
            written_at,
            failed: None,
            sent: None,
            others_until: None,
        });
    }

    /// Changes a message: shown at once, and asked for as soon as that is possible.
    pub fn change(
        &mut self,
        op: OpId,
        room: RoomId,
        message: MessageId,
        kind: Kind,
        made_at: Timestamp,
    ) {
        self.changes.push(Change {
            op,
            room,
            message,
            kind,
            made_at,
            failed: None,
            sent: None,
            others_until: None,
        });
    }

    /// Takes what is kept on this device, in any order: written by another tab, and what that took away.
    pub(crate) fn share_outbox(&mut self, mut added: Vec<Entry>, removed: &[Uuid], now: i64) {
        added.sort_by_key(|entry| entry.written_at);
        for entry in added {
            let chat = self.chats.get(&entry.room);
            if chat.is_none_or(|chat| chat.messages.iter().all(|message| message.id != entry.id)) {
                self.outbox.learn(entry, now);
            }
        }
        for id in removed.iter().copied().map(MessageId) {
            // What the server has taken is shown until its event comes.
            if self.outbox.entries().iter().any(|entry| entry.id == id && entry.sent.is_none()) {
                self.outbox.take(id);
            }
        }
    }

    /// The same for changes.
    pub(crate) fn share_changes(&mut self, mut added: Vec<Change>, removed: &[Uuid], now: i64) {
        added.sort_by_key(|change| change.made_at);
        for change in added {
            self.changes.learn(change, now);
        }
        for op in removed.iter().copied().map(OpId) {
            if self.changes.entries().iter().any(|change| change.op == op && change.sent.is_none())
            {
                self.changes.take(op);
            }
        }
    }

    /// Lets go of what was written and stands in the part of a room's log that is here.
    pub(crate) fn cover(&mut self, room: RoomId) {
        let seq = self.chats.get(&room).map_or(u64::MAX, |chat| chat.seq); // not followed: no event will come
        self.outbox.covered(room, seq);
        self.changes.covered(room, seq);
    }

    /// A room has grown by these: keeps what somebody else said just now in the open one, and the others light.
    pub(crate) fn grown(&mut self, room: RoomId, messages: Vec<Message>) {
        if self.open == Some(room) {
            let others = messages
                .into_iter()
                .filter(|message| message.sender.id != self.me.id && !message.deleted);
            self.heard.extend(others);
            self.heard.drain(..self.heard.len().saturating_sub(HEARD_MESSAGES));
        } else if let Some(chat) = self.chats.get_mut(&room) {
            chat.trim();
        }
    }
}
