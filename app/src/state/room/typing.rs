//! The users who are typing in a room.

use protocol::{Sender, UserId};

use crate::state::people::{Senders, update_sender};

/// The time for which a typing signal is valid, in milliseconds.
const TYPING_MS: i64 = 5_000;

/// The users who are typing, each with the time at which the signal expires.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TypingUsers {
    users: Vec<(Sender, i64)>,
}

impl TypingUsers {
    /// Returns the users, in the order of their last signals.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Sender> {
        self.users.iter().map(|(user, _)| user)
    }

    /// Records a typing signal of `user`, received at `now`.
    pub fn add(&mut self, user: Sender, now: i64) {
        self.remove(user.id);
        self.users.push((user, now + TYPING_MS));
    }

    /// Removes a user, whose message arrived.
    pub(super) fn remove(&mut self, user: UserId) {
        self.users.retain(|(known, _)| known.id != user);
    }

    /// Shows the users by their present names.
    pub(super) fn update_people(&mut self, present: &Senders) {
        for (user, _) in &mut self.users {
            update_sender(user, present);
        }
    }

    /// Returns whether a signal has expired at `now`.
    #[must_use]
    pub fn has_expired(&self, now: i64) -> bool {
        self.users.iter().any(|(_, until)| now >= *until)
    }

    /// Removes the users whose signals have expired. Returns whether there were any.
    pub fn expire(&mut self, now: i64) -> bool {
        let expired = self.has_expired(now);
        self.users.retain(|(_, until)| now < *until);
        expired
    }
}
