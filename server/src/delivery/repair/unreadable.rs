//! Rooms whose log cannot be read. Each is tried again after a pause of its own, so that it delays
//! no other.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use protocol::RoomId;
use tokio::time::Instant;

use crate::store::StoreError;

/// The pause after the first failure. It doubles after each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// The rooms that could not be read.
#[derive(Debug, Default)]
pub(super) struct Unreadable(Mutex<HashMap<RoomId, Pause>>);

#[derive(Clone, Copy, Debug)]
struct Pause {
    length: Duration,
    until: Instant,
    /// True once the room is marked as stale again.
    is_taken: bool,
}

impl Unreadable {
    /// Returns whether the room is to be read now.
    pub(super) fn is_due(&self, room: RoomId) -> bool {
        self.lock().get(&room).is_none_or(|pause| pause.until <= Instant::now())
    }

    /// Records that a room could not be read. The first time, it is logged.
    pub(super) fn failed(&self, room: RoomId, error: &StoreError) {
        let now = Instant::now();
        let mut rooms = self.lock();
        let length = match rooms.get(&room) {
            Some(pause) => (2 * pause.length).min(MAX_PAUSE),
            None => {
                let cause = error.cause();
                tracing::error!(room = %room.0, cause, "cannot read the log of a room");
                FIRST_PAUSE
            }
        };
        rooms.insert(room, Pause { length, until: now + length, is_taken: false });
    }

    /// Records that a room was read.
    pub(super) fn succeeded(&self, room: RoomId) {
        if self.lock().remove(&room).is_some() {
            tracing::info!(room = %room.0, "the log of the room can be read again");
        }
    }

    /// Takes the rooms whose pause is over. They are due until they fail again.
    pub(super) fn take_due(&self) -> Vec<RoomId> {
        let now = Instant::now();
        let mut rooms = self.lock();
        let due = rooms.iter_mut().filter(|(_, pause)| !pause.is_taken && pause.until <= now);
        due.map(|(room, pause)| {
            pause.is_taken = true;
            *room
        })
        .collect()
    }

    /// Returns the end of the first pause after which a room is still to be taken.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let rooms = self.lock();
        rooms.values().filter(|pause| !pause.is_taken).map(|pause| pause.until).min()
    }

    /// Forgets the rooms that are not among these.
    pub(super) fn retain(&self, is_needed: impl Fn(RoomId) -> bool) {
        self.lock().retain(|room, _| is_needed(*room));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Pause>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
