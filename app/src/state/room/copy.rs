//! What a device keeps of a room.

use protocol::{MembersPage, Presence, Room};

use super::{Phase, RoomState};
use crate::page::{OpenRoom, RoomCopy};

/// The newest messages of a room that a device keeps.
pub(crate) const COPIED_MESSAGES: usize = 200;

impl RoomState {
    /// Returns what a device keeps of this room, which is listed as `listed`. None of a room that
    /// is not loaded or not followed.
    #[must_use]
    pub fn copy(&self, listed: &Room) -> Option<RoomCopy> {
        let epoch = self.log.epoch.clone().filter(|_| self.phase == Phase::Ready)?;
        let first = self.log.messages.len().saturating_sub(COPIED_MESSAGES);
        let mut members = self.members.list.clone();
        for member in &mut members {
            // Who is here later is not known.
            (member.online, member.presence) = (false, Presence::Offline);
        }
        let open = OpenRoom {
            room: Room { seq: self.log.seq, ..listed.clone() },
            messages: self.log.messages[first..].to_vec(),
            has_more: self.log.has_more || first > 0,
            members: MembersPage {
                room: listed.id,
                members,
                total: self.members.total,
                total_online: 0,
                has_more: self.members.is_partial,
            },
            place: None,
        };
        Some(RoomCopy { epoch, open })
    }

    /// Returns whether a copy would be shown, if there is one.
    pub(crate) fn wants_copy(&self) -> bool {
        self.phase == Phase::Loading && !self.has_no_copy
    }

    /// Takes over what a device has kept of this room, unless the room was loaded meanwhile. Returns
    /// whether it does.
    pub(crate) fn restore(&mut self, copy: RoomCopy) -> bool {
        let is_wanted = self.phase == Phase::Loading;
        if is_wanted {
            let RoomState { jump, threads, attempts, .. } = std::mem::take(self);
            *self = Self { jump, threads, attempts, ..Self::from_page(copy.open, copy.epoch) };
            self.load_jump();
        }
        is_wanted
    }

    /// Asks for older messages of a room that is up to date, until the device can keep enough.
    /// Returns whether it does.
    pub(crate) fn fill_copy(&mut self) -> bool {
        let log = &mut self.log;
        let is_short = log.is_latest() && log.messages.len() < COPIED_MESSAGES && log.has_more;
        let is_new = self.phase == Phase::Ready && is_short && !log.wants_copied;
        log.wants_copied |= is_new;
        is_new
    }
}
