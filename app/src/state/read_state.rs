//! The user's reading progress: in the room in view, and the positions that the server has not
//! confirmed.

use std::collections::{HashMap, HashSet};

use protocol::{ReadPosition, Room, RoomId};

/// The user's reading progress.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadState {
    /// True while the user sees the end of the room in view, and has seen what stands before it.
    /// New messages are read at once then.
    pub at_end: bool,
    /// The read position at which the user resumed the room in view. Messages of other users after
    /// this `seq` are shown as new.
    pub new_after: Option<u64>,
    /// The positions up to which rooms were read here, until the server confirms them.
    pub unconfirmed: HashMap<RoomId, u64>,
    /// The rooms whose unconfirmed position was set back: messages that were read are unread again.
    pub back: HashSet<RoomId>,
    /// The room in view in which messages were marked as unread. What stands in view there does not
    /// count as read, until the user opens the room again or goes to its end.
    pub held: Option<RoomId>,
    /// The room in view and its read position when the user entered it, if there was anything
    /// unread. The position can be put back.
    pub entered: Option<(RoomId, u64)>,
}

impl ReadState {
    /// Marks the unread messages of the room in view as new.
    pub(super) fn mark_new(&mut self, room: Option<&Room>) {
        self.new_after = room.filter(|room| room.unread > 0).map(|room| room.read_seq);
    }

    /// Notes the room that the user enters, and its read position.
    pub(super) fn enter(&mut self, room: Option<&Room>) {
        self.held = None;
        self.entered = room.filter(|room| room.unread > 0).map(|room| (room.id, room.read_seq));
    }

    /// Keeps the messages after a position unread, in the room in view.
    pub(super) fn hold(&mut self, room: RoomId, position: u64) {
        self.held = Some(room);
        self.at_end = false;
        self.new_after = Some(position);
    }

    /// Records a position up to which a room was read.
    pub(super) fn read(&mut self, room: RoomId, seq: u64) {
        self.back.remove(&room);
        self.unconfirmed.insert(room, seq);
    }

    /// Records a position that may be before the present one.
    pub(super) fn set_back(&mut self, room: RoomId, seq: u64) {
        self.back.insert(room);
        self.unconfirmed.insert(room, seq);
    }

    /// Returns whether a position from another device is beyond the one that was read here. One
    /// that was set back here replaces all others.
    pub(super) fn is_ahead(&self, position: &ReadPosition) -> bool {
        !self.back.contains(&position.room)
            && self.unconfirmed.get(&position.room).is_none_or(|seq| *seq < position.seq)
    }

    /// Drops the positions that another device has reached or passed. Sending them would move the
    /// read position back.
    pub(super) fn drop_passed(&mut self, rooms: &[Room]) {
        for room in rooms {
            if !self.back.contains(&room.id)
                && self.unconfirmed.get(&room.id).is_some_and(|seq| *seq <= room.read_seq)
            {
                self.unconfirmed.remove(&room.id);
            }
        }
    }

    /// Drops a position that the server confirmed or refused. A later one stays.
    pub(crate) fn confirm(&mut self, room: RoomId, seq: u64, back: bool) {
        if self.unconfirmed.get(&room) == Some(&seq) && self.back.contains(&room) == back {
            self.unconfirmed.remove(&room);
            self.back.remove(&room);
        }
    }
}
