//! The rooms with joins or leaves that are to be announced, now or once a grace has passed. One
//! queue serves all users of a node.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use protocol::RoomId;
use tokio::time::Instant;

/// The time that users whose connection was lost have to come back, unless a setting changes it.
/// Nobody hears of a flap that is shorter.
pub(super) const PRESENCE_GRACE: Duration = Duration::from_secs(4);

/// The rooms with unannounced changes. Which users they concern is in the rooms' presence.
#[derive(Debug)]
pub(super) struct AnnouncementQueue {
    grace: Duration,
    /// The rooms that may have due changes.
    due: HashSet<RoomId>,
    /// The rooms with a change that is due later. All have the same grace, so they are in order.
    later: VecDeque<(Instant, RoomId)>,
}

impl Default for AnnouncementQueue {
    fn default() -> Self {
        Self::new(PRESENCE_GRACE)
    }
}

impl AnnouncementQueue {
    pub(super) fn new(grace: Duration) -> Self {
        Self { grace, due: HashSet::new(), later: VecDeque::new() }
    }

    /// Returns when the leave of a user is due whose connection is lost at this time.
    pub(super) fn grace_end(&self, lost_at: Instant) -> Instant {
        lost_at + self.grace
    }

    /// Queues a room with a change that is due now.
    pub(super) fn push_due(&mut self, room: RoomId) {
        self.due.insert(room);
    }

    /// Queues a room with a change that is due at the end of a grace.
    pub(super) fn push_later(&mut self, room: RoomId, due: Instant) {
        if self.later.back() != Some(&(due, room)) {
            self.later.push_back((due, room));
        }
    }

    /// Returns when the next change is due that is not due yet.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.later.front().map(|(due, _)| *due)
    }

    /// Takes the rooms that may have due changes.
    pub(super) fn take_due(&mut self, now: Instant) -> HashSet<RoomId> {
        while let Some((_, room)) = self.later.pop_front_if(|(due, _)| *due <= now) {
            self.due.insert(room);
        }
        std::mem::take(&mut self.due)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_room_is_due_once_its_grace_has_passed() {
        let mut queue = AnnouncementQueue::new(Duration::from_secs(3));
        let [one, two, three] = [1, 2, 3].map(|id| RoomId(Uuid::from_u128(id)));
        let now = Instant::now();
        queue.push_later(one, queue.grace_end(now));
        queue.push_later(one, queue.grace_end(now));
        queue.push_later(two, queue.grace_end(now + Duration::from_secs(1)));
        queue.push_due(three);
        assert_eq!(queue.later.len(), 2, "many users of one room take one place");
        assert_eq!(queue.take_due(now), [three].into());
        assert_eq!(queue.next_due(), Some(now + Duration::from_secs(3)));
        assert_eq!(queue.take_due(now + Duration::from_secs(3)), [one].into());
        assert_eq!(queue.take_due(now + Duration::from_secs(9)), [two].into());
        assert_eq!(queue.next_due(), None);
    }
}
