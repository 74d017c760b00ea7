//! The whole state of an open page. The session lets the views read it, and the sync engine writes
//! it.

mod apply;
mod people;
mod reading;
mod threads;
mod timeline;
mod unread;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use protocol::{MessageId, OpId, RoomId, Timestamp, User};
use uuid::Uuid;

pub(crate) use self::apply::EventOutcome;
pub use self::{timeline::TimelineVersion, unread::Unread};
use super::{
    access::is_preview,
    announcements::Announcements,
    choices::Choices,
    connection::ConnectionState,
    conversation::Conversation,
    custom_emoji::CustomEmojis,
    drafts::Drafts,
    edits::EditHistory,
    later::WaitingList,
    outbox::{PendingMessage, PendingMessages},
    people::People,
    presences::Presences,
    read_state::ReadState,
    room::{Phase, RoomState},
    room_people::RoomPeopleList,
    rooms::RoomList,
    search::SearchView,
    threads::ThreadList,
    unread::UnreadView,
    updates::{LateEdit, PendingUpdate, UpdateKind, Updates},
};
use crate::page::{RoomCopy, Workspace};

/// The rooms that stay open on a page, with their messages.
pub(crate) const MAX_OPENED: usize = 100;

/// The state of a user's open page.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The user of the page.
    pub me: User,
    /// The users who changed since the page was opened.
    pub people: People,
    /// All rooms that the user may see.
    pub rooms: RoomList,
    /// The rooms that were opened last on this page. The page stays subscribed to all of them.
    pub opened_rooms: HashMap<RoomId, RoomState>,
    /// The same rooms in the order in which they were in view, the last one at the end.
    recent: Vec<RoomId>,
    /// The room in view.
    pub room_in_view: Option<RoomId>,
    /// The thread in view, in the panel beside its room or beside the list of threads.
    pub thread_in_view: Option<(RoomId, MessageId)>,
    /// The threads that the user follows.
    pub threads: ThreadList,
    /// The messages that are not in the room log yet.
    pub outbox: PendingMessages,
    /// The updates that are not in the room log yet.
    pub updates: Updates,
    /// The edits that came too late, until their words are in a composer.
    pub late_edits: Vec<LateEdit>,
    /// The state of the connection to the server.
    pub connection: ConnectionState,
    /// True if the server has a newer version of the page.
    pub outdated: bool,
    /// The number of messages that the page had and that are gone, once the server's data was
    /// replaced by an older backup.
    pub restored: Option<usize>,
    /// The messages to announce by a screen reader.
    pub announcements: Announcements,
    /// The user's reading progress.
    pub read_state: ReadState,
    /// The user's choices for rooms that the server has not confirmed.
    pub choices: Choices,
    /// The user's drafts on all devices.
    pub drafts: Drafts,
    /// What waits for its time.
    pub later: WaitingList,
    /// Who is here, away or offline.
    pub presences: Presences,
    /// The people of the rooms that the list of all rooms shows.
    pub room_people: RoomPeopleList,
    /// Where the user is typing, and the number of typing signals so far.
    pub typing_signal: Option<(Conversation, u32)>,
    /// True if the page is visible and has the focus.
    pub visible: bool,
    /// The edit history that the user looks at.
    pub edit_history: Option<EditHistory>,
    /// The view of everything unread.
    pub unread: UnreadView,
    /// The search for messages.
    pub search: SearchView,
    /// The rooms that are not open in which a message was edited or deleted. What this device keeps
    /// of them is to go.
    pub outdated_copies: HashSet<RoomId>,
    /// The emoji that users have added. Shared with the views that show them.
    pub custom_emoji: Arc<CustomEmojis>,
}

impl Model {
    /// Creates the state from the data that the server rendered.
    #[must_use]
    pub fn from_page(workspace: Workspace) -> Self {
        let Workspace { user, rooms, open, epoch, custom_emoji, .. } = workspace;
        let room_in_view = open.as_ref().map(|open| open.room.id);
        let mut presences = Presences::default();
        presences.learn(open.as_ref().map_or(&[], |open| &open.members.members));
        let opened_rooms =
            open.into_iter().map(|open| (open.room.id, RoomState::from_page(open, epoch.clone())));
        let mut model = Self {
            me: user,
            people: People::default(),
            rooms: rooms.into(),
            opened_rooms: opened_rooms.collect(),
            recent: Vec::from_iter(room_in_view),
            room_in_view,
            thread_in_view: None,
            threads: ThreadList::default(),
            outbox: PendingMessages::default(),
            updates: Updates::default(),
            late_edits: Vec::new(),
            connection: ConnectionState::default(),
            outdated: false,
            restored: None,
            announcements: Announcements::default(),
            read_state: ReadState::default(),
            choices: Choices::default(),
            drafts: Drafts::default(),
            later: WaitingList::default(),
            presences,
            room_people: RoomPeopleList::default(),
            typing_signal: None,
            visible: false,
            edit_history: None,
            unread: UnreadView::default(),
            search: SearchView::default(),
            outdated_copies: HashSet::new(),
            custom_emoji: Arc::new(CustomEmojis::new(custom_emoji)),
        };
        model.enter();
        // A permanent link to a reply opens its thread.
        model.thread_in_view = model
            .opened_rooms
            .iter()
            .find_map(|(room, open)| Some((*room, open.threads.iter().next()?.id)));
        model
    }

    /// Opens a room and subscribes to it from now on. With `None`, no room is in view.
    pub fn open(&mut self, room: Option<RoomId>) {
        self.announcements.clear();
        let is_other = self.room_in_view != room;
        if is_other {
            // A permanent link leads to its place once.
            self.opened_rooms.values_mut().for_each(|room| {
                (room.marked, room.jump) = (None, None);
            });
            self.room_in_view = room;
            self.read_state.at_end = false;
            self.enter();
        }
        if let Some(room) = room {
            self.recent.retain(|other| *other != room);
            self.recent.push(room);
            let state = self.opened_rooms.entry(room).or_default();
            if is_other && state.is_refused() {
                state.phase = Phase::Loading; // the room is listed, so the server may allow it now
            }
        }
        self.close_oldest();
        // A room is shown from its end, unless a permanent link led to a place in it.
        let is_at_end = |room: &&mut RoomState| room.marked.is_none() && room.jump.is_none();
        let at_end = self.opened_rooms.values_mut().filter(is_at_end);
        at_end.for_each(|room| room.log.trim());
    }

    /// Shows what this device has kept of a room, if it has, unless the room was loaded meanwhile.
    pub(crate) fn restore_room(&mut self, room: RoomId, copy: Option<RoomCopy>) {
        let Some(open) = self.opened_rooms.get_mut(&room) else { return };
        open.has_no_copy = copy.is_none();
        if copy.is_some_and(|copy| open.restore(copy)) {
            self.drop_confirmed(room);
        }
    }

    /// Closes the rooms that were not in view for longest, beyond [`MAX_OPENED`]. Rooms with unsent
    /// messages or updates stay open.
    fn close_oldest(&mut self) {
        let excess = self.recent.len().saturating_sub(MAX_OPENED);
        let (outbox, updates) = (&self.outbox, &self.updates);
        let has_unsent = |room: RoomId| {
            outbox.of(room).next().is_some()
                || updates.items().iter().any(|update| update.room == room)
        };
        let oldest = &self.recent[..self.recent.len().saturating_sub(1)];
        let closed: Vec<_> =
            oldest.iter().copied().filter(|room| !has_unsent(*room)).take(excess).collect();
        self.recent.retain(|room| !closed.contains(room));
        self.opened_rooms.retain(|room, _| !closed.contains(room));
    }

    /// Returns whether a room is only shown: the user is no member of it.
    #[must_use]
    pub fn is_preview(&self, room: RoomId) -> bool {
        self.rooms.find(room).is_some_and(is_preview)
    }

    /// Adds a new message of a room to the outbox.
    pub fn write(&mut self, id: MessageId, room: RoomId, text: String, written_at: Timestamp) {
        self.post(PendingMessage::new(id, room, text, written_at));
    }

    /// Adds a new message of a room or a thread to the outbox.
    pub fn post(&mut self, message: PendingMessage) {
        self.outbox.push(message);
    }

    /// Updates a message: shown at once, and sent as soon as possible.
    pub fn update(
        &mut self,
        op: OpId,
        room: RoomId,
        message: MessageId,
        kind: UpdateKind,
        made_at: Timestamp,
    ) {
        self.updates.push(PendingUpdate::new(op, room, message, kind, made_at));
    }

    /// Merges the messages that other tabs stored and removed.
    pub(crate) fn merge_outbox(
        &mut self,
        mut added: Vec<PendingMessage>,
        removed: &[Uuid],
        now: i64,
    ) {
        let is_logged = |added: &PendingMessage| {
            let room = self.opened_rooms.get(&added.room);
            room.is_some_and(|room| room.find(added.id).is_some())
        };
        added.retain(|added| !is_logged(added));
        self.outbox.merge_from_tabs(added, removed, now);
    }

    /// Drops an update of a message that is deleted or out of the user's sight. Keeps the words of
    /// an edit.
    pub(crate) fn drop_late_update(&mut self, op: OpId) {
        let Some(update) = self.updates.items().iter().find(|update| update.op == op) else {
            return;
        };
        let (room, message) = (update.room, update.message);
        if let UpdateKind::Edit(words) = update.kind.clone() {
            let known = self.opened_rooms.get(&room).and_then(|open| open.find(message));
            let thread = known.and_then(|known| known.thread.filter(|_| !known.in_room));
            self.keep_late_edit(LateEdit { message, place: Conversation { room, thread }, words });
        }
        self.updates.remove(op);
    }

    /// Keeps the words of an edit that came too late. A later edit of the message replaces them.
    pub(crate) fn keep_late_edit(&mut self, late: LateEdit) {
        self.late_edits.retain(|known| known.message != late.message);
        self.late_edits.push(late);
    }

    /// Merges the updates that other tabs stored and removed.
    pub(crate) fn merge_updates(&mut self, added: Vec<PendingUpdate>, removed: &[Uuid], now: i64) {
        self.updates.merge_from_tabs(added, removed, now);
    }
}

#[cfg(test)]
mod tests;
