//! The effects of events and responses on the model: each is passed to the part that it concerns.

use std::sync::Arc;

use protocol::{
    Event, Message, ReadPosition, Room, RoomChanged, RoomGone, RoomId, Sent, Subscribed,
    SystemEvent,
};

use super::Model;
use crate::state::{
    room::{Applied, Phase},
    rooms,
};

/// The reason for a refused room after the user was removed from it.
const REMOVED: &str = "You are no longer in this room.";

/// The effects of an event that concern the sync engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EventOutcome {
    /// True if the list of rooms has to be loaded again.
    pub(crate) rooms_stale: bool,
    /// The room in which an event is missing.
    pub(crate) gap: Option<RoomId>,
    /// The room from which the user was removed.
    pub(crate) removed_from: Option<RoomId>,
}

impl Model {
    /// Applies an event, received at `now`.
    pub(crate) fn apply(&mut self, event: &Event, now: i64) -> EventOutcome {
        let mut outcome =
            EventOutcome { rooms_stale: !self.count(event), ..EventOutcome::default() };
        if let Some(history) = &mut self.edit_history {
            history.note(event);
        }
        self.unread.note(event);
        self.search.note(event);
        match event {
            Event::Chat(message) => {
                let is_elsewhere = self.outbox.find(message.id).is_none();
                // A message that waited for its time was no draft any more.
                let has_waited = message.reminder
                    || self.later.find(message.id).is_some()
                    || self.later.is_sent(message.id);
                if message.sender.id == self.me.id && is_elsewhere && !has_waited {
                    self.drafts.sent(message);
                }
                self.outbox.confirm(Sent::from(message));
                self.drop_confirmed(message.room);
            }
            Event::ChatDeleted(deleted) => {
                self.announcements.remove(deleted.id);
                self.outbox.quoted_deleted(deleted.id);
            }
            Event::System(system)
                if system.event == SystemEvent::Removed && system.user.id == self.me.id =>
            {
                self.leave(system.room);
                // Whoever may read a room without being its member goes on reading it. So it does
                // not matter whether the list of rooms tells of the removal first.
                if !self.is_preview(system.room) {
                    self.refuse(system.room);
                }
                outcome.removed_from = Some(system.room);
                return outcome;
            }
            Event::RoomChanged(RoomChanged { room }) if room.member => {
                let open = self.opened_rooms.get_mut(&room.id).filter(|open| open.is_refused());
                if let Some(open) = open {
                    open.phase = Phase::Loading; // the user was added again
                }
            }
            Event::Presence(changed) => {
                self.presences.apply(*changed);
                let rooms = self.opened_rooms.values_mut();
                rooms.for_each(|room| room.members.set_presence(*changed));
            }
            Event::Draft(draft) => self.drafts.arrive(draft.clone()),
            Event::LaterChanged(changed) => self.later.changed(*changed.clone()),
            Event::LaterGone(gone) => self.later.gone(*gone),
            Event::UserChanged(changed) => self.change_user(&changed.user),
            Event::EmojiChanged(changed) => Arc::make_mut(&mut self.custom_emoji).change(changed),
            Event::RoomGone(RoomGone { room }) => {
                self.refuse(*room);
                outcome.removed_from = Some(*room);
                return outcome;
            }
            _ => {}
        }
        let Some(id) = event.room() else { return outcome };
        let Some(room) = self.opened_rooms.get_mut(&id) else { return outcome };
        match (room.apply(event, now), event) {
            (Applied::Changed, Event::Chat(message)) => {
                self.appended(id, vec![message.clone()]);
            }
            (Applied::Gap, _) => outcome.gap = Some(id),
            (_, Event::System(_)) => self.update_me(id),
            (Applied::Changed | Applied::Known, _) => {}
        }
        self.drop_confirmed(id);
        outcome
    }

    fn refuse(&mut self, room: RoomId) {
        if let Some(room) = self.opened_rooms.get_mut(&room) {
            room.phase = Phase::Refused(REMOVED.to_owned());
        }
    }

    /// Learns from the members of a room whether the name of the page's user reads like another.
    pub(crate) fn update_me(&mut self, room: RoomId) {
        let members = self.opened_rooms.get(&room).map(|room| &room.members.list);
        let me = members.into_iter().flatten().find(|member| member.user.id == self.me.id);
        if let Some(me) = me {
            self.me.alike = me.user.alike;
        }
    }

    /// Applies an event to the list of rooms. Returns whether that succeeded; if not, the list has
    /// to be loaded again.
    pub(crate) fn count(&mut self, event: &Event) -> bool {
        if let Event::Read(position) = event {
            if position.thread.is_some() {
                return self.read_elsewhere(position);
            }
            let is_ahead = self.read_state.is_ahead(position);
            if is_ahead {
                self.hold_unread(*position);
            }
            return !is_ahead || self.rooms.mark_read(*position);
        }
        match event {
            Event::RoomChanged(changed) => {
                if changed.room.seq > 0 && self.rooms.find(changed.room.id).is_none() {
                    self.threads.room_added();
                }
                return self.update_rooms(vec![changed.room.clone()]);
            }
            Event::RoomGone(gone) => {
                self.rooms.remove(gone.room);
                self.threads.remove_room(gone.room);
            }
            Event::ThreadChanged(followed) => return !self.threads.followed(followed),
            _ => {}
        }
        let Some((id, _)) = event.log_position() else { return true };
        let is_changed = matches!(event, Event::ChatEdited(_) | Event::ChatDeleted(_));
        if is_changed && !self.opened_rooms.contains_key(&id) {
            self.outdated_copies.insert(id);
        }
        let Some(room) = self.rooms.find_mut(id) else { return false };
        // A list of rooms that overtook the event says nothing of threads.
        self.threads.apply(event, &self.me);
        let (seq, unread) = (room.seq, room.unread);
        let is_counted = rooms::count(room, event, &self.me);
        let is_first_unread = unread == 0 && room.unread > 0;
        if is_first_unread && self.room_in_view == Some(id) && !self.read_state.at_end {
            self.read_state.new_after = Some(seq);
        }
        is_counted
    }

    /// Applies the read position in a thread that another device sent. Returns whether the mentions
    /// of the room are known then.
    fn read_elsewhere(&mut self, position: &ReadPosition) -> bool {
        let sent_here = position.thread.and_then(|thread| self.threads.unconfirmed.get(&thread));
        if sent_here.is_some_and(|sent| sent.back || sent.position.seq >= position.seq) {
            return true;
        }
        let is_changed = self.threads.set_position(position);
        let has_mentions = self.rooms.find(position.room).is_some_and(|room| room.mentions > 0);
        !(is_changed && has_mentions)
    }

    /// Keeps messages of the room in view unread that another device has marked so.
    fn hold_unread(&mut self, position: ReadPosition) {
        let known = self.rooms.find(position.room);
        if self.room_in_view == Some(position.room)
            && known.is_some_and(|known| position.seq < known.read_seq)
        {
            self.read_state.hold(position.room, position.seq);
        }
    }

    /// Applies the server's list of rooms. Returns whether it is complete. If not, it has to be
    /// loaded again: the server did not know yet up to which position a room was read here.
    pub(crate) fn replace_rooms(&mut self, rooms: Vec<Room>) -> bool {
        let unread = |model: &Self| Some(model.rooms.find(model.room_in_view?)?.unread);
        let was_read = unread(self) == Some(0);
        self.read_state.drop_passed(&rooms);
        let is_counted = self.rooms.replace(rooms, &self.read_state.unconfirmed);
        // The messages arrived while the page was not connected, and the user did not see them.
        if was_read && !self.read_state.at_end && unread(self).is_some_and(|unread| unread > 0) {
            self.mark_new();
        }
        is_counted
    }

    /// Applies the server's state of some rooms. Returns whether they could be counted here; if
    /// not, the list has to be loaded again.
    pub(crate) fn update_rooms(&mut self, rooms: Vec<Room>) -> bool {
        self.read_state.drop_passed(&rooms);
        let mut is_counted = true;
        for room in rooms {
            let position = self.read_state.unconfirmed.get(&room.id).copied();
            is_counted &= self.rooms.insert(room, position);
        }
        is_counted
    }

    /// Applies the response to `subscribe`. Returns whether the response fits. If it continues from
    /// messages that have been dropped, the page has to subscribe to the room again.
    pub(crate) fn apply_subscription(&mut self, id: RoomId, response: Subscribed) -> bool {
        let Some(room) = self.opened_rooms.get_mut(&id) else { return true };
        if response.recovered && room.phase != Phase::Ready {
            room.phase = Phase::Loading;
            return false;
        }
        let is_replaced = room.log.epoch.as_ref().is_some_and(|epoch| *epoch != response.epoch);
        if is_replaced && let Some(missing) = room.log.missing_in(&response.messages, response.seq)
        {
            self.restored = Some(self.restored.unwrap_or_default() + missing);
        }
        let shown = self.thread_in_view.filter(|(room, _)| *room == id).map(|(_, thread)| thread);
        let missed = room.apply_subscription(response, shown);
        for message in &room.log.messages {
            self.outbox.remove(message.id);
        }
        self.drop_confirmed(id);
        self.appended(id, missed);
        true
    }

    /// Records that the user is no longer a member of a room. Subscribing to it would join it
    /// again.
    pub(crate) fn leave(&mut self, room: RoomId) {
        self.threads.expire();
        if let Some(room) = self.rooms.find_mut(room) {
            room.member = false;
        }
    }

    /// Drops pending items that are in the loaded part of the room log.
    pub(crate) fn drop_confirmed(&mut self, room: RoomId) {
        // No event will arrive for a room that was not opened.
        let seq = self.opened_rooms.get(&room).map_or(u64::MAX, |room| room.log.seq);
        self.outbox.drop_confirmed(room, seq);
        self.updates.drop_confirmed(room, seq);
    }

    /// Announces messages that were appended to the room or the thread in view. Trims the log of
    /// any other room.
    fn appended(&mut self, room: RoomId, mut messages: Vec<Message>) {
        let is_in_view = self.room_in_view == Some(room);
        messages.retain(|message| {
            let thread = message.thread.map(|thread| (room, thread));
            is_in_view && message.is_shown_in_room()
                || thread.is_some() && self.thread_in_view == thread
        });
        self.announcements.add(messages, self.me.id);
        if !is_in_view && let Some(room) = self.opened_rooms.get_mut(&room) {
            room.log.trim();
        }
    }
}
