//! Changes of presence that are not told yet: one entry per user, in the order in which they are
//! due.

use std::collections::{BTreeSet, HashMap, HashSet};

use protocol::{Presence, RoomId, UserId};
use tokio::time::Instant;

/// The changes that are not told yet.
#[derive(Debug, Default)]
pub(super) struct Changes {
    by_user: HashMap<UserId, Change>,
    due: BTreeSet<(Instant, UserId)>,
}

/// What is not told yet of one user.
#[derive(Debug)]
pub(super) struct Change {
    /// The presence that the others know.
    pub(super) told: Presence,
    /// The rooms in which the user came online since then.
    pub(super) joined: HashSet<RoomId>,
    /// The rooms in which the user went offline since then.
    pub(super) left: HashSet<RoomId>,
    /// True if a member list showed another presence than `told`.
    pub(super) is_listed: bool,
    due: Instant,
}

impl Changes {
    /// Marks a change. The first one keeps what the others know, the last one decides when it is
    /// told. A user who connects is in no room yet: [`joined`](Self::joined) marks that.
    pub(super) fn mark(&mut self, user: UserId, before: Presence, after: Presence, due: Instant) {
        let is_known = self.by_user.contains_key(&user);
        if before == after || (before == Presence::Offline && !is_known) {
            return;
        }
        let change = self.entry(user, before, due);
        if after != change.told {
            let earlier = std::mem::replace(&mut change.due, due);
            self.due.remove(&(earlier, user));
            self.due.insert((due, user));
        }
    }

    /// Marks that the user came online in a room. If the user was there a moment ago, nothing has
    /// changed.
    pub(super) fn joined(&mut self, user: UserId, room: RoomId, now: Presence, due: Instant) {
        let change = self.entry(user, now, due);
        if !change.left.remove(&room) {
            change.joined.insert(room);
        }
    }

    /// Marks that the user went offline in a room.
    pub(super) fn left(&mut self, user: UserId, room: RoomId, now: Presence, due: Instant) {
        // A user of a node that tells no presence was online in the room.
        let told = if now == Presence::Offline { Presence::Online } else { now };
        let change = self.entry(user, told, due);
        if !change.joined.remove(&room) {
            change.left.insert(room);
        }
    }

    /// Marks that a member list showed the user's present presence.
    pub(super) fn mark_listed(&mut self, user: UserId) {
        if let Some(change) = self.by_user.get_mut(&user) {
            change.is_listed = true;
        }
    }

    /// Returns the presence that the others know, if it may be another than the present one.
    pub(super) fn told(&self, user: UserId) -> Option<Presence> {
        self.by_user.get(&user).map(|change| change.told)
    }

    /// Returns when the next change is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes changes that are due, at most `most` of them.
    pub(super) fn take_due(&mut self, now: Instant, most: usize) -> Vec<(UserId, Change)> {
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some((_, user)) = self.due.pop_first_if(now)
        {
            taken.extend(self.by_user.remove(&user).map(|change| (user, change)));
        }
        taken
    }

    fn entry(&mut self, user: UserId, told: Presence, due: Instant) -> &mut Change {
        self.by_user.entry(user).or_insert_with(|| {
            self.due.insert((due, user));
            Change { told, joined: HashSet::new(), left: HashSet::new(), is_listed: false, due }
        })
    }
}

/// Takes the first entry of a queue if it is due.
pub(super) trait PopDue<T> {
    fn pop_first_if(&mut self, now: Instant) -> Option<(Instant, T)>;
}

impl<T: Ord> PopDue<T> for BTreeSet<(Instant, T)> {
    fn pop_first_if(&mut self, now: Instant) -> Option<(Instant, T)> {
        let (due, _) = self.first()?;
        if *due <= now { self.pop_first() } else { None }
    }
}
