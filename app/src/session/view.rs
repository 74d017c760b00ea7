//! The view of a session: the room in view, its rows, its title and its announcements.

use std::sync::Arc;

use leptos::prelude::*;
use protocol::{Message, Room, RoomId, RoomKind, UserId};

use super::{Panel, Scoped as _, Session};
use crate::{
    page::address::Address,
    state::{
        bidi::isolate,
        conversation::Conversation,
        hues::{Hue, Hues},
        model::Model,
        names::Handles,
        places::name_of,
        room::RoomLog,
        rooms::format_count,
        timeline::{Timeline, TimelineRow, window::Window},
    },
};

/// The part of a room that its view depends on. The view is rebuilt only when this changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSummary {
    /// The room's id.
    pub id: RoomId,
    /// The last part of the room's address.
    pub slug: String,
    /// The room's name.
    pub name: String,
    /// Who can see the room.
    pub kind: RoomKind,
}

impl From<&Room> for RoomSummary {
    fn from(room: &Room) -> Self {
        Self { id: room.id, slug: room.slug.clone(), name: name_of(room), kind: room.kind }
    }
}

/// The room that the page shows at an address, or has shown there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRoom {
    address: Address,
    /// The room as it was last.
    pub room: Option<RoomSummary>,
    /// True if the user can still see it.
    pub is_here: bool,
}

/// Returns the room of `model` at `address`.
fn room_at<'a>(model: &'a Model, address: &Address) -> Option<&'a Room> {
    match address {
        Address::Room(name) => model.rooms.by_name(name),
        Address::Rooms | Address::NewRoom | Address::Invitations | Address::View(_) => None,
    }
}

/// Returns the hues of the members of the room at `address`.
pub(super) fn hues_in_view(model: RwSignal<Model>, address: RwSignal<Address>) -> Memo<Arc<Hues>> {
    Memo::new(move |_| {
        let hues = |model: &Model| {
            let room = address.with(|address| room_at(model, address).map(|room| room.id))?;
            Some(model.opened_rooms.get(&room)?.members.hues.clone())
        };
        model.with(hues).unwrap_or_default()
    })
}

impl Session {
    /// Returns the room at the current address.
    #[must_use]
    pub fn room_in_view(self) -> Memo<Option<RoomSummary>> {
        self.select(move |model| {
            self.address.with(|address| room_at(model, address).map(RoomSummary::from))
        })
    }

    /// Returns the room at the current address, also after the user was removed from it there.
    #[must_use]
    pub fn seen_room(self) -> Memo<SeenRoom> {
        let room = self.room_in_view();
        Memo::new(move |before: Option<&SeenRoom>| {
            let (address, room) = (self.address.get(), room.get());
            let is_here = room.is_some();
            let lost = || before.filter(|before| before.address == address)?.room.clone();
            SeenRoom { room: room.or_else(lost), address, is_here }
        })
    }

    /// Returns the hue of a user in the room in view, and whether it has the deeper tone.
    #[must_use]
    pub fn hue(self, user: UserId) -> Signal<(usize, bool)> {
        Signal::derive(move || self.hues.scoped().with(|hues| hues.of(user)).into())
    }

    /// Returns the hue of a user outside of rooms.
    #[must_use]
    pub fn own_hue(self, user: UserId) -> Signal<(usize, bool)> {
        Signal::stored(Hue::of(user).into())
    }

    /// Returns the rows of the message list of a room or a thread, in a window.
    #[must_use]
    pub fn rows(
        self,
        place: impl Into<Conversation>,
        window: Signal<Window>,
    ) -> Memo<Vec<TimelineRow>> {
        let place = place.into();
        let version = self.select(move |model| model.timeline_version(place));
        Memo::new(move |_| {
            version.with(|_| ()); // `track` alone does not evaluate a memo
            let (clock, window) = (self.clock(), window.get());
            self.read_timeline(place, |timeline| timeline.rows(window, |at| clock.day(at)))
        })
    }

    /// Reads what the rows of a room or a thread derive from, without tracking it.
    pub fn read_timeline<T>(
        self,
        place: impl Into<Conversation>,
        read: impl FnOnce(&Timeline<'_>) -> T,
    ) -> T {
        self.model.with_untracked(|model| read(&model.timeline(place)))
    }

    /// Returns the usernames to show beside the names of a room's users.
    #[must_use]
    pub fn handles(self, room: RoomId) -> Memo<Handles> {
        self.select_room(room, Handles::of)
    }

    /// Returns the number of unread messages, and how many of them are for the user: mentions, and
    /// messages of direct rooms.
    #[must_use]
    pub fn unread(self) -> Memo<(u64, u64)> {
        self.select(|model| (model.rooms.unread(), model.rooms.unread_to_user()))
    }

    /// Returns the document's title: the number of unread messages for the user, else a dot if
    /// there are others, then `name`.
    #[must_use]
    pub fn title(self, name: &str) -> Signal<String> {
        let mark = self.title_mark();
        let name = match name {
            "" => "Banter".to_owned(),
            name => format!("{} · Banter", isolate(name)),
        };
        Signal::derive(move || format!("{}{name}", mark.get()))
    }

    /// Returns what precedes the title: the number of messages to the user, or a dot if others are
    /// unread.
    #[must_use]
    pub fn title_mark(self) -> Signal<String> {
        let unread = self.unread();
        Signal::derive(move || match unread.get() {
            (0, _) => String::new(),
            (_, 0) => "• ".to_owned(),
            (_, to_user) => format!("({}) ", format_count(to_user)),
        })
    }

    /// Returns the latest messages of other users, for screen readers.
    #[must_use]
    pub fn announcements(self) -> Memo<Vec<Message>> {
        self.select(|model| model.announcements.messages().to_vec())
    }

    /// Opens a panel beside the room, or closes it.
    pub fn toggle(self, panel: Panel) {
        self.panel.update(|open| *open = (*open != Some(panel)).then_some(panel));
    }

    /// Begins to load the list of a room's files.
    pub fn open_files(self, room: RoomId) {
        self.update_room(room, |room| room.files.open());
    }

    /// Drops the list of a room's files.
    pub fn close_files(self, room: RoomId) {
        self.update_room(room, |room| room.files.close());
    }

    /// Lists the files of a room whose names contain a text.
    pub fn search_files(self, room: RoomId, query: &str) {
        self.update_room(room, |room| room.files.search(query));
    }

    /// Requests more of a room's files.
    pub fn load_more_files(self, room: RoomId) {
        self.update_room(room, |room| room.files.load_more());
    }

    /// Records whether the user sees the end of a room, and has seen what stands before it. If so,
    /// its messages count as read.
    pub fn set_at_end(self, room: RoomId, at_end: bool) {
        let is_change = self.model.with_untracked(|model| {
            model.read_state.at_end != at_end
                || at_end && model.room_in_view == Some(room) && model.to_read(room).is_some()
        });
        if is_change {
            self.model.update(|model| model.set_at_end(room, at_end));
        }
    }

    /// Records that the user saw a room up to a message, and all before it.
    pub fn read_up_to(self, room: RoomId, seq: u64) {
        let is_unread = self.model.with_untracked(|model| {
            let known = model.rooms.find(room).filter(|_| model.room_in_view == Some(room));
            known.is_some_and(|known| known.unread > 0 && known.read_seq < seq)
        });
        if is_unread {
            self.model.update(|model| model.read_up_to(room, seq));
        }
    }

    /// Requests the messages before the first shown one.
    pub fn load_older(self, place: impl Into<Conversation>) {
        self.load(place, |log| log.has_older() && !log.wants_older, |log| log.wants_older = true);
    }

    /// Requests the messages after the last shown one.
    pub fn load_newer(self, place: impl Into<Conversation>) {
        self.load(place, |log| !log.is_latest() && !log.wants_newer, |log| log.wants_newer = true);
    }

    /// Requests the messages around a `seq`, to show them.
    pub fn load_around(self, place: impl Into<Conversation>, seq: u64) {
        let wanted = Some(seq);
        self.load(place, |log| log.wants_around != wanted, |log| log.wants_around = wanted);
    }

    /// Shows the newest messages of a room or a thread again.
    pub fn show_latest(self, place: impl Into<Conversation>) {
        let is_needed = |log: &RoomLog| !log.is_latest() || log.wants_around.is_some();
        self.load(place, is_needed, RoomLog::show_latest);
    }

    /// Changes which messages of a room or a thread are loaded, if that is needed.
    fn load(
        self,
        place: impl Into<Conversation>,
        is_needed: impl FnOnce(&RoomLog) -> bool,
        change: impl FnOnce(&mut RoomLog),
    ) {
        let place = place.into();
        let is_needed = self.model.with_untracked(|model| model.log(place).is_some_and(is_needed));
        if is_needed {
            self.update_room(place.room, |room| match place.thread {
                None => change(&mut room.log),
                Some(thread) => {
                    if let Some(thread) = room.threads.find_mut(thread) {
                        change(&mut thread.log);
                    }
                }
            });
        }
    }

    /// Drops old messages of a room or a thread that has many. Call only while the end of the list
    /// is shown.
    pub fn trim(self, place: impl Into<Conversation>) {
        self.load(place, RoomLog::is_trimmable, RoomLog::trim);
    }
}
