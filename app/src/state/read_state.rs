//! The user's reading progress: in the room in view, and the positions that the server has not
//! confirmed.

use std::collections::HashMap;

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
}

impl ReadState {
    /// Marks the unread messages of the room in view as new.
    pub(super) fn mark_new(&mut self, room: Option<&Room>) {
        self.new_after = room.filter(|room| room.unread > 0).map(|room| room.read_seq);
    }

    /// Returns whether a position from another device is beyond the one that was read here.
    pub(super) fn is_ahead(&self, position: &ReadPosition) -> bool {
        self.unconfirmed.get(&position.room).is_none_or(|seq| *seq < position.seq)
    }

    /// Drops the positions that another device has reached or passed. Sending them would move the
    /// read position back.
    pub(super) fn drop_passed(&mut self, rooms: &[Room]) {
        for room in rooms {
            if self.unconfirmed.get(&room.id).is_some_and(|seq| *seq <= room.read_seq) {
                self.unconfirmed.remove(&room.id);
            }
        }
    }

    /// Drops a position that the server confirmed. A later one stays.
    pub(crate) fn confirm(&mut self, room: RoomId, seq: u64) {
        if self.unconfirmed.get(&room) == Some(&seq) {
            self.unconfirmed.remove(&room);
        }
    }
}
