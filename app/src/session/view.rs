//! The view of a session: the open room, its rows, its title and its announcements.

use leptos::prelude::*;
use protocol::{Message, MessageId, Room, RoomId};

use super::Session;
use crate::{
    browser::address::Address,
    changes::{self, Chip},
    chat::{Chat, Phase},
    model::Model,
    timeline::{self, Row},
    unread,
};

/// The part of a room that its view depends on. The view is rebuilt only when this changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSummary {
    /// The room's id.
    pub id: RoomId,
    /// The room's name.
    pub name: String,
    /// True if only members can see the room.
    pub private: bool,
}

impl From<&Room> for RoomSummary {
    fn from(room: &Room) -> Self {
        Self { id: room.id, name: room.name.clone(), private: room.private }
    }
}

impl Session {
    /// Returns the room at the current address.
    #[must_use]
    pub fn open_room(self) -> Memo<Option<RoomSummary>> {
        self.select(move |model| match self.address.get() {
            Address::Room(name) => model.room_at(&name).map(RoomSummary::from),
            Address::Rooms | Address::NewRoom => None,
        })
    }

    /// Returns the rows of a room's message list.
    #[must_use]
    pub fn rows(self, room: RoomId) -> Memo<Vec<Row>> {
        Memo::new(move |_| {
            let clock = self.clock();
            self.model.with(|model| {
                // Of a room that the server refused, only the user's unsent messages are shown.
                let chat =
                    model.chats.get(&room).filter(|chat| !matches!(chat.phase, Phase::Refused(_)));
                let messages = chat.map_or(&[][..], |chat| &chat.messages);
                let mark = model.mark_in(room);
                timeline::rows(
                    messages,
                    model.outbox.of(room),
                    &model.changes,
                    &model.me,
                    mark,
                    clock,
                )
            })
        })
    }

    /// Returns the reactions to the messages of a room, for those messages that have any.
    #[must_use]
    pub fn reaction_summaries(self, room: RoomId) -> Memo<Vec<(MessageId, Vec<Chip>)>> {
        self.select(move |model| {
            let (me, mut summaries) = (model.me.id, Vec::new());
            let Some(chat) = model.chats.get(&room) else { return summaries };
            for message in chat.messages.iter().filter(|message| !message.deleted) {
                let reactions = model.changes.reactions(message, me);
                if !reactions.is_empty() {
                    summaries.push((message.id, changes::chips(&reactions, me, &chat.members)));
                }
            }
            summaries
        })
    }

    /// Returns the document's title: the number of unread messages, then `name`.
    #[must_use]
    pub fn title(self, name: &str) -> Signal<String> {
        let unread = self.select(Model::unread);
        let name = if name.is_empty() { "Banter".to_owned() } else { format!("{name} · Banter") };
        Signal::derive(move || match unread.get() {
            0 => name.clone(),
            unread => format!("({}) {name}", unread::count_words(unread)),
        })
    }

    /// Returns the latest messages of other users, for screen readers.
    #[must_use]
    pub fn announcements(self) -> Memo<Vec<Message>> {
        self.select(|model| model.heard.clone())
    }

    /// Notes whether the user sees the end of a room. If so, its messages count as read.
    pub fn set_at_end(self, room: RoomId, at_end: bool) {
        let is_change = self.model.with_untracked(|model| {
            model.present != at_end
                || at_end && model.open == Some(room) && model.to_read(room).is_some()
        });
        if is_change {
            self.model.update(|model| model.look(room, at_end));
        }
    }

    /// Requests the messages before the first loaded one.
    pub fn load_older(self, room: RoomId) {
        let is_request = self.model.with_untracked(|model| {
            model.chats.get(&room).is_some_and(|chat| chat.has_more && !chat.wants_older)
        });
        if is_request {
            self.update_chat(room, |chat| chat.wants_older = true);
        }
    }

    /// Drops old messages of a room that has many. Call only while the end of the list is shown.
    pub fn trim(self, room: RoomId) {
        let is_heavy = |model: &Model| model.chats.get(&room).is_some_and(Chat::is_heavy);
        if self.model.with_untracked(is_heavy) {
            self.update_chat(room, Chat::trim);
        }
    }
}
