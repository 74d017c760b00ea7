//! The list of rooms with their unread counts. The events of a room keep its counts up to date,
//! even if its messages are not loaded.

use std::{
    collections::HashMap,
    ops::{Deref, DerefMut},
};

use protocol::{
    Event, NotifyLevel, ReadPosition, Room, RoomId, RoomKind, User, limits::MAX_UNREAD,
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
        Event::Chat(message) if seq > room.read_seq && message.counts_for(me.id) => {
            // The server has done the same: what stands before a reminder is the user's own.
            if message.reminder && room.unread == 0 {
                room.read_seq = seq - 1;
            }
            let is_mention = message.mentions(&me.username) && !message.reminder;
            // Replies that only their thread shows are unread there. Mentions count in both.
            if message.is_shown_in_room() {
                room.unread = (room.unread + 1).min(MAX_UNREAD);
            }
            room.mentions = (room.mentions + u64::from(is_mention)).min(MAX_UNREAD);
            // Only the server knows whether its author may name all members.
            is_mention || message.reminder || !message.mentions_room()
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
mod tests;
