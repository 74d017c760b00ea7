//! The list of rooms with their unread counts. The events of a room keep its counts up to date,
//! even if its messages are not loaded.

use std::{
    collections::HashMap,
    ops::{Deref, DerefMut},
};

use protocol::{
    Event, NotifyLevel, ReadPosition, Room, RoomId, RoomKind, User, is_mentioned,
    limits::MAX_UNREAD, mentions_room,
};
use uuid::Uuid;

/// The rooms that the user may see, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomList {
    rooms: Vec<Room>,
    /// The position of each room in `rooms`. There may be thousands.
    index: HashMap<RoomId, usize>,
    /// The slugs that rooms had before, while this page was open. They still lead to them.
    former_slugs: HashMap<String, RoomId>,
}

impl From<Vec<Room>> for RoomList {
    fn from(rooms: Vec<Room>) -> Self {
        let mut list = Self { rooms, ..Self::default() };
        list.update_index();
        list
    }
}

impl Deref for RoomList {
    type Target = [Room];

    fn deref(&self) -> &[Room] {
        &self.rooms
    }
}

/// For changes of rooms that keep their order.
impl DerefMut for RoomList {
    fn deref_mut(&mut self) -> &mut [Room] {
        &mut self.rooms
    }
}

impl RoomList {
    /// Returns a room of the list.
    #[must_use]
    pub fn find(&self, room: RoomId) -> Option<&Room> {
        self.rooms.get(*self.index.get(&room)?)
    }

    pub(crate) fn find_mut(&mut self, room: RoomId) -> Option<&mut Room> {
        self.rooms.get_mut(*self.index.get(&room)?)
    }

    /// Returns the room with this slug or id, as in an address.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&Room> {
        let id = Uuid::try_parse(name).ok().map(RoomId);
        let present = self.iter().find(|room| room.slug == name || Some(room.id) == id);
        present.or_else(|| self.find(*self.former_slugs.get(name)?))
    }

    /// Returns the number of unread messages in the user's rooms, without those of muted rooms that
    /// do not mention the user.
    #[must_use]
    pub fn unread(&self) -> u64 {
        let unread = |room: &Room| match room.notify {
            NotifyLevel::Nothing => room.mentions,
            // Mentions in threads are not unread in their room.
            NotifyLevel::All | NotifyLevel::Mentions => room.unread.max(room.mentions),
        };
        self.iter().filter(|room| room.member).map(unread).sum()
    }

    /// Returns the number of unread messages for the user: mentions, and messages of direct rooms
    /// that are not muted.
    #[must_use]
    pub fn unread_to_user(&self) -> u64 {
        self.iter().filter(|room| room.member).map(unread_to_user).sum()
    }

    /// Returns the number of those that mention the user.
    #[must_use]
    pub fn mentions(&self) -> u64 {
        self.iter().filter(|room| room.member).map(|room| room.mentions).sum()
    }

    /// Sets the read position of a room. Returns whether the rest of the room could be counted
    /// here; if not, the list has to be loaded again.
    pub(crate) fn mark_read(&mut self, position: ReadPosition) -> bool {
        if position.thread.is_some() {
            return false; // only the server knows what that leaves of the room's mentions
        }
        self.find_mut(position.room).is_none_or(|room| {
            let is_counted = mark_read(room, position.seq);
            if position.seq >= room.seq {
                room.mentions = position.mentions; // those in threads have positions of their own
            }
            is_counted
        })
    }

    /// Replaces the list with that of the server, and applies the read positions that the server
    /// has not confirmed. Returns whether all rooms could be counted here.
    pub(super) fn replace(&mut self, rooms: Vec<Room>, positions: &HashMap<RoomId, u64>) -> bool {
        let Self { rooms: before, mut former_slugs, .. } = std::mem::replace(self, rooms.into());
        for known in before {
            if self.find(known.id).is_some_and(|room| room.slug != known.slug) {
                former_slugs.insert(known.slug, known.id);
            }
        }
        self.former_slugs = former_slugs;
        let mut is_counted = true;
        for room in &mut self.rooms {
            if let Some(seq) = positions.get(&room.id) {
                is_counted &= mark_read(room, *seq);
            }
        }
        is_counted
    }

    /// Adds a room, or replaces what is known of it, and applies the read position that the server
    /// has not confirmed. Returns whether the room could be counted here.
    pub(super) fn insert(&mut self, mut room: Room, position: Option<u64>) -> bool {
        let mut is_counted = true;
        if let Some(known) = self.find(room.id)
            && known.seq > room.seq
        {
            if known.member == room.member {
                // Events after this state have been counted already.
                let Room { read_seq, unread, mentions, .. } = *known;
                room = Room { read_seq, unread, mentions, ..room };
            } else {
                is_counted = false;
            }
            room.seq = known.seq;
        }
        if let Some(seq) = position {
            is_counted &= mark_read(&mut room, seq);
        }
        match self.find_mut(room.id) {
            Some(known) if known.name == room.name && known.slug == room.slug => *known = room,
            known => {
                let slug = known.map(|known| known.slug.clone());
                if let Some(slug) = slug.filter(|slug| *slug != room.slug) {
                    self.former_slugs.insert(slug, room.id);
                }
                self.rooms.retain(|known| known.id != room.id);
                let place = self.rooms.partition_point(|known| sort_key(known) < sort_key(&room));
                self.rooms.insert(place, room);
                self.update_index();
            }
        }
        is_counted
    }

    /// Removes a room that the user can no longer see.
    pub(super) fn remove(&mut self, room: RoomId) {
        self.rooms.retain(|known| known.id != room);
        self.update_index();
    }

    /// Shows a changed user in the direct rooms with that user. Their names are made of names.
    pub(super) fn change_user(&mut self, user: &User, is_me: bool) {
        let is_present = |person: &&mut User| person.id == user.id;
        for room in &mut self.rooms {
            let Some(people) = &mut room.people else { continue };
            if is_me && people.is_empty() {
                room.name.clone_from(&user.name); // notes to oneself
            }
            if let Some(person) = people.iter_mut().find(is_present) {
                person.clone_from(user);
                let names: Vec<_> = people.iter().map(|person| person.name.as_str()).collect();
                room.name = names.join(", ");
            }
        }
    }

    fn update_index(&mut self) {
        let index = self.rooms.iter().enumerate().map(|(place, room)| (room.id, place));
        self.index = index.collect();
    }
}

/// Returns the key by which the server sorts rooms: direct rooms come first, the oldest of them
/// first.
fn sort_key(room: &Room) -> (String, &str) {
    let name = match room.kind {
        RoomKind::Direct => String::new(),
        RoomKind::Public | RoomKind::Private => room.name.to_ascii_lowercase(),
    };
    (name, &room.slug)
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
        Event::Chat(message)
            if seq > room.read_seq && message.sender.id != me.id && !message.deleted =>
        {
            let text = message.text.as_deref().unwrap_or_default();
            let is_mention = is_mentioned(text, &me.username);
            // Replies that only their thread shows are unread there. Mentions count in both.
            if message.is_shown_in_room() {
                room.unread = (room.unread + 1).min(MAX_UNREAD);
            }
            room.mentions = (room.mentions + u64::from(is_mention)).min(MAX_UNREAD);
            // Only the server knows whether its author may name all members.
            is_mention || !mentions_room(text)
        }
        // This page does not know if the message was counted or contained a mention.
        Event::ChatEdited(edited) => room.unread == 0 || edited.message_seq <= room.read_seq,
        Event::ChatDeleted(deleted) => room.unread == 0 || deleted.message_seq <= room.read_seq,
        _ => true,
    };
    is_next && is_counted
}

/// Sets the read position of a room. Returns whether the messages after it are counted. If it is
/// neither at the end nor the known one, only the server knows their number.
fn mark_read(room: &mut Room, seq: u64) -> bool {
    let (all, is_known) = (seq >= room.seq, seq == room.read_seq);
    room.read_seq = seq;
    if all {
        (room.unread, room.mentions) = (0, 0);
    }
    all || is_known
}

/// Returns the number of unread messages of a room that are for the user.
pub(crate) fn unread_to_user(room: &Room) -> u64 {
    match (room.kind, room.notify) {
        (RoomKind::Direct, NotifyLevel::All | NotifyLevel::Mentions) => {
            room.unread.max(room.mentions)
        }
        _ => room.mentions,
    }
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
    fn a_mention_of_the_whole_room_is_counted_by_the_server() {
        let (mut room, ada) = (room(), user("ada"));
        assert!(!count(&mut room, &chat(1, "bo", "@room, lunch"), &ada));
        assert!(count(&mut room, &chat(2, "ada", "@room, lunch"), &ada));
        assert!(count(&mut room, &chat(3, "bo", "@ada and @room"), &ada));
        assert_eq!((room.unread, room.mentions), (2, 1));
    }

    #[test]
    fn replies_in_threads_are_not_unread_in_the_room_but_mention_there() {
        let (mut room, ada) = (room(), user("ada"));
        let reply = |seq, text: &str, in_room| {
            let Event::Chat(reply) = chat(seq, "bo", text) else { unreachable!() };
            Event::Chat(Message { thread: Some(message(1).id), in_room, ..reply })
        };
        for event in [reply(1, "a", false), reply(2, "@ada", false), reply(3, "b", true)] {
            assert!(count(&mut room, &event, &ada));
        }
        assert_eq!((room.seq, room.unread, room.mentions), (3, 1, 1));
        let mut list = RoomList::from(vec![room.clone()]);
        let read = ReadPosition { room: room.id, seq: 3, mentions: 1, ..Default::default() };
        assert!(list.mark_read(read));
        assert_eq!((list[0].unread, list[0].mentions), (0, 1), "the thread is still unread");
        assert!(!list.mark_read(ReadPosition { thread: Some(message(1).id), ..read }));
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
                ..Default::default()
            })
        };
        let (first, second) = (deleted(5, 4), deleted(6, 2));
        assert!(!count(&mut room, &first, &ada));
        assert!(!mark_read(&mut room, 3));
        assert!(count(&mut room, &second, &ada));
    }

    #[test]
    fn a_changed_room_keeps_its_place_and_what_was_counted_since() {
        let named = |id: u128, name: &str| Room {
            id: RoomId(Uuid::from_u128(id)),
            name: name.to_owned(),
            slug: name.to_lowercase(),
            seq: 5,
            ..room()
        };
        let mut list = RoomList::from(vec![named(1, "alpha"), named(3, "Gamma")]);
        assert!(list.insert(named(2, "Beta"), None));
        let names = |list: &RoomList| list.iter().map(|room| room.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&list), ["alpha", "Beta", "Gamma"]);
        assert!(list.insert(Room { seq: 7, unread: 2, ..named(2, "Beta") }, None));
        assert!(list.insert(Room { seq: 6, unread: 1, ..named(2, "Beta") }, None));
        let beta = |list: &RoomList| list.find(RoomId(Uuid::from_u128(2))).unwrap().clone();
        assert_eq!((beta(&list).seq, beta(&list).unread), (7, 2), "the later state stays");
        assert!(list.insert(Room { seq: 8, unread: 3, ..named(2, "Beta") }, Some(8)));
        assert_eq!((beta(&list).read_seq, beta(&list).unread), (8, 0), "read here meanwhile");
        let left = Room { member: false, ..named(2, "Beta") };
        assert!(!list.insert(left, None), "whether the rest is unread, the server must say");
        assert!(list.insert(Room { seq: 9, ..named(2, "Zeta") }, None));
        assert_eq!(names(&list), ["alpha", "Gamma", "Zeta"]);
        let id = RoomId(Uuid::from_u128(2));
        assert!(list.by_name("beta").is_some_and(|room| room.id == id), "the former slug leads on");
        let direct = Room { kind: RoomKind::Direct, ..named(4, "Zoe") };
        assert!(list.insert(direct.clone(), None));
        assert_eq!(names(&list), ["Zoe", "alpha", "Gamma", "Zeta"], "direct rooms come first");
        list.remove(direct.id);
        list.remove(RoomId(Uuid::from_u128(1)));
        assert_eq!(
            (names(&list).len(), list.find(RoomId(Uuid::from_u128(3))).is_some()),
            (2, true)
        );
    }

    #[test]
    fn mentions_and_direct_messages_are_for_the_user_unless_muted() {
        let room = |id: u128, kind, notify, unread, mentions| Room {
            id: RoomId(Uuid::from_u128(id)),
            kind,
            notify,
            unread,
            mentions,
            ..room()
        };
        let (all, some, none) = (NotifyLevel::All, NotifyLevel::Mentions, NotifyLevel::Nothing);
        let list = RoomList::from(vec![
            room(1, RoomKind::Direct, all, 3, 1),
            room(2, RoomKind::Direct, none, 4, 0),
            room(3, RoomKind::Public, some, 5, 2),
            room(4, RoomKind::Public, none, 6, 1),
            Room { member: false, ..room(5, RoomKind::Public, all, 7, 7) },
        ]);
        assert_eq!((list.unread(), list.unread_to_user()), (3 + 5 + 1, 3 + 2 + 1));
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
