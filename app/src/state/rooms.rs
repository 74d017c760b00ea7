//! The list of rooms with their unread counts. The events of a room keep its counts up to date,
//! even if its messages are not loaded.

use std::{
    collections::HashMap,
    ops::{Deref, DerefMut},
};

use protocol::{Event, ReadPosition, Room, RoomId, User, is_mentioned, limits::MAX_UNREAD};
use uuid::Uuid;

/// All rooms that the user may see, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomList(Vec<Room>);

impl From<Vec<Room>> for RoomList {
    fn from(rooms: Vec<Room>) -> Self {
        Self(rooms)
    }
}

impl Deref for RoomList {
    type Target = [Room];

    fn deref(&self) -> &[Room] {
        &self.0
    }
}

impl DerefMut for RoomList {
    fn deref_mut(&mut self) -> &mut [Room] {
        &mut self.0
    }
}

impl RoomList {
    /// Returns a room of the list.
    #[must_use]
    pub fn find(&self, room: RoomId) -> Option<&Room> {
        self.iter().find(|known| known.id == room)
    }

    pub(crate) fn find_mut(&mut self, room: RoomId) -> Option<&mut Room> {
        self.iter_mut().find(|known| known.id == room)
    }

    /// Returns the room with this slug or id, as in an address.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Room> {
        let id = Uuid::try_parse(name).ok().map(RoomId);
        self.iter().find(|room| room.slug == name || Some(room.id) == id)
    }

    /// Returns the number of unread messages in the user's rooms.
    #[must_use]
    pub fn unread(&self) -> u64 {
        self.iter().filter(|room| room.member).map(|room| room.unread).sum()
    }

    /// Returns the number of those that mention the user.
    #[must_use]
    pub fn mentions(&self) -> u64 {
        self.iter().filter(|room| room.member).map(|room| room.mentions).sum()
    }

    /// Sets the read position of a room. Returns whether the rest of the room could be counted
    /// here; if not, the list has to be loaded again.
    pub(crate) fn mark_read(&mut self, position: ReadPosition) -> bool {
        self.find_mut(position.room).is_none_or(|room| mark_read(room, position.seq))
    }

    /// Replaces the list with that of the server, and applies the read positions that the server
    /// has not confirmed. Returns whether all rooms could be counted here.
    pub(super) fn replace(&mut self, rooms: Vec<Room>, positions: &HashMap<RoomId, u64>) -> bool {
        self.0 = rooms;
        let mut is_counted = true;
        for room in &mut self.0 {
            if let Some(seq) = positions.get(&room.id) {
                is_counted &= mark_read(room, *seq);
            }
        }
        is_counted
    }
}

/// Counts an event of a room log. Returns whether the unread count could be derived from it; if
/// not, the list has to be loaded again.
pub(super) fn count(room: &mut Room, event: &Event, me: &User) -> bool {
    let Some((_, seq)) = event.log_position().filter(|(_, seq)| *seq > room.seq) else {
        return true;
    };
    let is_next = seq == room.seq + 1;
    room.seq = seq;
    let is_counted = match event {
        Event::Chat(message) => {
            if seq > room.read_seq && message.sender.id != me.id && !message.deleted {
                let is_mention =
                    message.text.as_deref().is_some_and(|text| is_mentioned(text, &me.username));
                room.unread = (room.unread + 1).min(MAX_UNREAD);
                room.mentions = (room.mentions + u64::from(is_mention)).min(MAX_UNREAD);
            }
            true
        }
        // This page does not know if the message was counted or contained a mention.
        Event::ChatEdited(edited) => room.unread == 0 || edited.message_seq <= room.read_seq,
        Event::ChatDeleted(deleted) => room.unread == 0 || deleted.message_seq <= room.read_seq,
        _ => true,
    };
    is_next && is_counted
}

/// Sets the read position of a room. Returns whether it is at the end. The number of messages after
/// it is known to the server only.
fn mark_read(room: &mut Room, seq: u64) -> bool {
    room.read_seq = seq;
    let all = seq >= room.seq;
    if all {
        (room.unread, room.mentions) = (0, 0);
    }
    all
}

/// Formats an unread count.
pub(crate) fn format_count(unread: u64) -> String {
    if unread < MAX_UNREAD { unread.to_string() } else { format!("{}+", MAX_UNREAD - 1) }
}

#[cfg(test)]
mod tests {
    use protocol::{ChatDeleted, ChatReacted, Message};

    use super::*;
    use crate::state::fixtures::{message, room, user};

    fn chat(seq: u64, by: &str, text: &str) -> Event {
        Event::Chat(Message {
            sender: user(by).into(),
            text: Some(text.to_owned()),
            ..message(seq)
        })
    }

    #[test]
    fn messages_of_other_users_are_counted_once_with_their_mentions() {
        let (mut room, ada) = (room(), user("ada"));
        for event in [chat(1, "bo", "hello"), chat(2, "ada", "@ada"), chat(3, "bo", "thanks @Ada!")]
        {
            assert!(count(&mut room, &event, &ada));
            assert!(count(&mut room, &event, &ada));
        }
        assert_eq!((room.seq, room.unread, room.mentions), (3, 2, 1));
        assert!(mark_read(&mut room, 3));
        assert_eq!((room.read_seq, room.unread, room.mentions), (3, 0, 0));
    }

    #[test]
    fn a_gap_and_updates_of_unread_messages_cannot_be_counted_here() {
        let (mut room, ada) = (room(), user("ada"));
        assert!(!count(&mut room, &chat(3, "bo", "hello"), &ada));
        assert!(count(&mut room, &chat(4, "bo", "hello"), &ada));
        let deleted = |seq, message_seq| {
            Event::ChatDeleted(ChatDeleted {
                id: message(message_seq).id,
                room: room.id,
                seq,
                message_seq,
                deleted_by: Some(Box::new(user("bo").into())),
            })
        };
        let (first, second) = (deleted(5, 4), deleted(6, 2));
        assert!(!count(&mut room, &first, &ada));
        assert!(!mark_read(&mut room, 3));
        assert!(count(&mut room, &second, &ada));
    }

    #[test]
    fn a_reaction_only_advances_the_room_log() {
        let (mut room, ada) = (room(), user("ada"));
        count(&mut room, &chat(1, "bo", "hello"), &ada);
        let reacted = ChatReacted {
            id: message(1).id,
            room: room.id,
            seq: 2,
            message_seq: 1,
            user: user("bo").id,
            emoji: "👍".to_owned(),
            on: true,
        };
        assert!(count(&mut room, &Event::ChatReacted(reacted), &ada));
        assert_eq!((room.seq, room.unread), (2, 1));
    }
}
