//! Which threads the user follows.

use protocol::{MessageId, RoomId, ThreadFollow};

use super::{Reply, ThreadList};

impl ThreadList {
    /// Returns whether the user follows a thread, as last asked for.
    #[must_use]
    pub fn is_followed(&self, thread: MessageId) -> bool {
        let asked = self.follows.get(&thread).map(|(_, on)| *on);
        asked.unwrap_or_else(|| self.find(thread).is_some())
    }

    /// Follows a thread, or no longer.
    pub fn follow(&mut self, room: RoomId, thread: MessageId, on: bool) {
        self.follows.insert(thread, (room, on));
    }

    /// Applies what the server stored: the response, or the event of another device. Returns
    /// whether the mentions of the room may have changed with it: those in threads that the user
    /// does not follow do not count.
    pub(crate) fn followed(&mut self, ThreadFollow { thread, on, .. }: &ThreadFollow) -> bool {
        let known = self.find(*thread);
        let may_change = known.map_or(*on, |known| !on && known.mentions > 0);
        if *on {
            // Its last reply may be older than those of the first page.
            self.deep_changes += u32::from(known.is_none());
        } else {
            self.threads.retain(|known| known.thread.message.id != *thread);
            // A mention after it, which may have arrived already, follows the thread again.
            let is_mention = |it: &Reply| it.is_mention && it.message.thread == Some(*thread);
            self.changes += u32::from(self.recent.iter().any(is_mention));
        }
        may_change
    }
}
