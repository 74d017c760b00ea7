//! Checks read positions.

use protocol::{Event, Read, ReadPosition};

use super::Monitor;
use crate::cluster;

impl Monitor {
    /// Checks the position that a request was answered by. It goes back only if that is asked for,
    /// and never beyond the end.
    pub(super) fn answered(&mut self, read: &Read, position: &ReadPosition) {
        if position.thread != read.thread || position.seq != position.read_seq {
            self.fault(&format!("the response to {read:?} was {position:?}"));
        }
        if !self.is_certain(position) {
            return;
        }
        let asked = if read.back { read.seq.saturating_sub(1) } else { read.seq };
        let user = self.scenario.users[self.user].profile.id;
        let joined = self.scenario.record.borrow().joined.get(&(user, position.room)).copied();
        let is_right = match (read.thread, read.back) {
            // The end of a thread is its last reply. Who joined later has read what was before.
            (Some(_), true) => position.seq <= asked.max(joined.unwrap_or_default()),
            (None, true) => position.seq == asked,
            (Some(_), false) => true,
            (None, false) => position.seq >= asked,
        };
        if !is_right {
            self.fault(&format!("the response to {read:?} was {position:?}"));
        }
        if !read.back {
            let mut record = self.scenario.record.borrow_mut();
            let place = (user, position.room, position.thread);
            let last = record.read_up_to.entry(place).or_default();
            *last = position.seq.max(*last);
        }
        self.moved(position);
    }

    /// Checks the position that another device set.
    pub(super) fn heard(&mut self, event: &Event) {
        if let Event::Read(position) = event
            && self.is_certain(position)
            // Events of several nodes come in any order.
            && cluster::count() == 1
        {
            self.moved(position);
        }
    }

    /// Checks that a connection learns of positions in the order in which they were set.
    fn moved(&mut self, position: &ReadPosition) {
        let user = self.scenario.users[self.user].profile.id;
        let (room, thread, seq) = (position.room, position.thread, position.read_seq);
        let before = self.read_up_to.insert((room, thread), seq);
        let may_go_back = self.scenario.record.borrow().read_back.contains(&(user, room, thread));
        if before.is_some_and(|before| seq < before) && !may_go_back {
            self.fault(&format!("the read position {before:?} went back to {position:?}"));
        }
    }

    /// Returns whether the user was a member of a room all the time since the user joined it, and
    /// its log has its end. Where one is no member, everything counts as read.
    fn is_certain(&self, position: &ReadPosition) -> bool {
        let user = self.scenario.users[self.user].profile.id;
        let was_away = self.scenario.was_ever_away(self.user, position.room);
        let record = self.scenario.record.borrow();
        record.era == 0 && !was_away && record.joined.contains_key(&(user, position.room))
    }
}
