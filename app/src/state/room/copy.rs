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

    /// Takes over what a device has kept of this room, unless the room was loaded meanwhile.
    /// Returns whether it does.
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

#[cfg(test)]
mod tests {
    use protocol::MembersPage;

    use super::*;
    use crate::state::{
        fixtures::{message, room},
        room::RoomLog,
    };

    fn loaded(messages: std::ops::RangeInclusive<u64>, has_more: bool) -> RoomState {
        let seq = *messages.end();
        let log = RoomLog::new(messages.map(message).collect(), has_more, seq, "e1".to_owned());
        RoomState { phase: Phase::Ready, log, ..RoomState::default() }
    }

    #[test]
    fn a_room_comes_back_from_its_copy_at_its_position() {
        let open = loaded(1..=3, false);
        let copy = open.copy(&room()).unwrap();
        assert_eq!((copy.epoch.as_str(), copy.open.room.seq, copy.open.has_more), ("e1", 3, false));
        let mut restored = RoomState::default();
        assert!(restored.wants_copy() && restored.restore(copy.clone()));
        assert_eq!(restored.log, open.log);
        // What was loaded meanwhile is newer.
        let mut newer = loaded(1..=4, false);
        assert!(!newer.restore(copy));
        assert_eq!(newer.log.seq, 4);
    }

    #[test]
    fn only_the_newest_messages_are_kept() {
        let copy = loaded(1..=250, false).copy(&room()).unwrap();
        assert_eq!(copy.open.messages.len(), COPIED_MESSAGES);
        assert_eq!(copy.open.messages[0].seq, 51);
        assert!(copy.open.has_more);
    }

    #[test]
    fn rooms_that_are_not_loaded_or_not_followed_have_no_copy() {
        assert_eq!(RoomState::default().copy(&room()), None);
        let mut preview = loaded(1..=1, false);
        preview.log.epoch = None;
        assert_eq!(preview.copy(&room()), None);
    }

    #[test]
    fn a_short_log_is_filled_page_by_page() {
        let mut open = loaded(51..=100, true);
        assert!(open.fill_copy() && !open.fill_copy());
        assert_eq!(open.log.wanted(), Some(crate::state::room::Cursor::Before(51)));
        let page = protocol::HistoryPage {
            messages: (1..=50).map(message).collect(),
            has_more: false,
            ..protocol::HistoryPage::default()
        };
        open.log.apply_page(crate::state::room::Cursor::Before(51), page);
        assert_eq!((open.log.messages.len(), open.log.wanted()), (100, None));
        assert!(!open.fill_copy());
    }

    #[test]
    fn members_are_not_here_in_a_copy() {
        let mut open = loaded(1..=1, false);
        let user = crate::state::fixtures::user("bo");
        open.members = MembersPage {
            room: room().id,
            members: vec![protocol::Member {
                user,
                online: true,
                presence: Presence::Online,
                joined_at: None,
            }],
            total: 1,
            total_online: 1,
            has_more: false,
        }
        .into();
        let members = open.copy(&room()).unwrap().open.members;
        assert_eq!((members.total, members.total_online), (1, 0));
        assert_eq!(members.members[0].presence, Presence::Offline);
    }
}
