//! Reads missing events from the room log and delivers them.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use protocol::RoomId;

use super::Repair;
use crate::{delivery::flush::flush_all, store::Result};

/// How long an event may be missing before it is read from the store: events of several nodes
/// overtake each other.
const REORDER_WINDOW: Duration = Duration::from_millis(30);

impl Repair {
    /// Delivers what is missing in the rooms that were marked stale or have a gap.
    pub(super) async fn repair_stale_rooms(&self) -> Result<()> {
        let stale = self.hub.take_stale_rooms();
        let rooms: Vec<_> = stale.iter().map(|(room, _)| *room).collect();
        let repaired = async {
            self.fetch_newer(stale).await?;
            if !self.hub.rooms_with_gaps().is_empty() {
                tokio::time::sleep(REORDER_WINDOW).await;
                for (room, since) in self.hub.rooms_with_gaps() {
                    self.fetch_due(room, since).await?;
                }
            }
            Ok(())
        };
        repaired.await.inspect_err(|_| self.hub.mark_stale(rooms))
    }

    /// Marks rooms that could not be read before, and are to be tried again.
    pub(super) fn retry_unreadable_rooms(&self) {
        let active: HashSet<_> = self.hub.active_rooms().into_iter().collect();
        self.unreadable.retain(|room| active.contains(&room));
        self.hub.mark_stale(self.unreadable.take_due());
    }

    /// Delivers what the logs of these rooms hold beyond the given positions.
    pub(super) async fn fetch_newer(&self, rooms: Vec<(RoomId, u64)>) -> Result<()> {
        let delivered: HashMap<_, _> = rooms.into_iter().collect();
        let mut is_shorter = false;
        for (room, seq) in self.store.seqs(delivered.keys().copied().collect()).await? {
            let Some(since) = delivered.get(&room) else { continue };
            // A position that cannot be read fails there, for this room alone.
            if seq.is_none_or(|seq| *since < seq) {
                self.fetch_due(room, *since).await?;
            }
            is_shorter |= seq.is_some_and(|seq| *since > seq);
        }
        if is_shorter { self.check_log_ends().await } else { Ok(()) }
    }

    /// Ends the epoch if a room log is shorter than what was delivered of it.
    async fn check_log_ends(&self) -> Result<()> {
        // The epoch is read first: an epoch that begins now is not ended, and within one epoch no
        // log becomes shorter.
        let epoch = self.store.epoch();
        let delivered: HashMap<_, _> = self.hub.room_positions().into_iter().collect();
        let ends = self.store.seqs(delivered.keys().copied().collect()).await?;
        let is_shorter = |(room, end): &(RoomId, Option<u64>)| {
            delivered.get(room).zip(end.as_ref()).is_some_and(|(seq, end)| seq > end)
        };
        if ends.iter().any(is_shorter) {
            self.store.end_epoch(epoch).await?;
        }
        Ok(())
    }

    /// Delivers the events after `since`, unless the room could not be read a moment ago. A room
    /// that cannot be read does not keep the others from it.
    ///
    /// # Errors
    /// Fails if the store as a whole cannot be read.
    async fn fetch_due(&self, room: RoomId, since: u64) -> Result<()> {
        if !self.unreadable.is_due(room) {
            return Ok(());
        }
        match self.fetch(room, since).await {
            Ok(()) => self.unreadable.succeeded(room),
            Err(error) if error.is_outage() => return Err(error),
            Err(error) => self.unreadable.failed(room, &error),
        }
        Ok(())
    }

    /// Delivers the events after `since`. The hub skips those that were delivered already.
    async fn fetch(&self, room: RoomId, mut since: u64) -> Result<()> {
        loop {
            let events = self.store.events_after(room, since).await?;
            let Some((last, _)) = events.last() else { return Ok(()) };
            since = *last;
            // A removal may have been missed as well. It comes before later events.
            for (room, user) in self.removed_members(vec![room]).await? {
                self.hub.remove_access(&user, room);
            }
            self.revalidate().await?;
            let mut readers = Vec::new();
            for (seq, event) in events {
                self.hub.deliver(room, seq, event, &mut readers);
            }
            flush_all(readers).await;
        }
    }
}
