//! Rooms of this node that miss events of the room log, or may miss some.
//!
//! `delivery` reads the missing events from the store and delivers them.

use protocol::RoomId;

use super::{Hub, HubState};

impl Hub {
    /// Wakes [`wait_gap`](Self::wait_gap) if there is a gap.
    pub(super) fn notify_gap_if(&self, has_gap: bool) {
        if has_gap {
            self.0.gap.notify_one();
        }
    }

    /// Waits until a room has a gap or becomes stale.
    pub async fn wait_gap(&self) {
        self.0.gap.notified().await;
    }

    /// Marks rooms that may have missed events.
    pub fn mark_stale(&self, rooms: impl IntoIterator<Item = RoomId>) {
        self.lock().stale_rooms.extend(rooms);
        self.0.gap.notify_one();
    }

    /// Marks every room: any of them may have missed events.
    pub fn mark_all_stale(&self) {
        let mut state = self.lock();
        let HubState { rooms, stale_rooms, .. } = &mut *state;
        stale_rooms.extend(rooms.keys());
        self.0.gap.notify_one();
    }

    /// Takes the stale rooms, each with the `seq` that all its subscribers have.
    ///
    /// A room stays stale while none of its subscribers has the reply to `subscribe`.
    #[must_use]
    pub fn take_stale_rooms(&self) -> Vec<(RoomId, u64)> {
        let mut state = self.lock();
        let HubState { rooms, stale_rooms, .. } = &mut *state;
        stale_rooms.retain(|room| rooms.contains_key(room));
        let stale = stale_rooms
            .iter()
            .filter_map(|room| Some((*room, rooms.get(room)?.seq()?)))
            .collect::<Vec<_>>();
        for (room, _) in &stale {
            stale_rooms.remove(room);
        }
        stale
    }

    /// Returns the rooms that miss events, each with the `seq` that all its subscribers have.
    #[must_use]
    pub fn rooms_with_gaps(&self) -> Vec<(RoomId, u64)> {
        let state = self.lock();
        let rooms = state.rooms.iter().filter(|(_, room)| room.has_gap());
        rooms.filter_map(|(id, room)| Some((*id, room.seq()?))).collect()
    }

    /// Returns every room with subscribers, and the `seq` that all of them have.
    #[must_use]
    pub fn room_positions(&self) -> Vec<(RoomId, u64)> {
        let state = self.lock();
        state.rooms.iter().filter_map(|(id, room)| Some((*id, room.seq()?))).collect()
    }
}
