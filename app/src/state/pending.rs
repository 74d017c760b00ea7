//! The queue of items that the user created here and the server has not confirmed.
//!
//! Each item carries an id that this page made, so that sending it again, after a lost connection
//! or a reload, never duplicates it. Items of one room are sent one after the other, which keeps
//! their order if an attempt fails.
//!
//! All tabs of a user on one device share the queue in the browser's storage. An item of another
//! tab is shown here too, but that tab sends it. If it is still pending some seconds later, this
//! tab sends it: the other one may be closed or frozen.

use protocol::{RoomId, Timestamp};
use uuid::Uuid;

/// The time for which an item of another tab is left to that tab, in milliseconds.
pub(crate) const TAB_GRACE_MS: i64 = 5_000;

/// An item that waits for the server.
pub trait PendingItem: Clone {
    /// The part of its storage key that names this kind of item.
    const FOLDER: &'static str;

    /// The type of its id.
    type Id: Copy + PartialEq;

    /// Returns its id, which never changes.
    fn id(&self) -> Self::Id;

    /// Returns its id for its storage key.
    fn uuid(&self) -> Uuid;

    /// Returns the room that it belongs to.
    fn room(&self) -> RoomId;

    /// Returns when it was created, by this device's clock.
    fn created_at(&self) -> Timestamp;

    /// Returns its `seq` in the room log, once the server has confirmed it.
    fn confirmed_seq(&self) -> Option<u64>;

    /// Returns whether the server refused it. A refused item waits for its user.
    fn is_refused(&self) -> bool;

    /// Sets or clears the reason why the server refused it.
    fn set_refused(&mut self, reason: Option<String>);

    /// Returns until when it is left to another tab, by this page's clock.
    fn deferred_until(&self) -> Option<i64>;

    /// Leaves it to another tab until `until`.
    fn defer(&mut self, until: i64);

    /// Returns whether it can be sent: nothing that it needs is missing.
    fn is_ready(&self) -> bool {
        true
    }

    /// Returns whether the next items of its room wait for it while it is not ready.
    fn blocks(&self) -> bool {
        true
    }

    /// Takes over the state that another tab stored for this item.
    fn update_from(&mut self, stored: Self);

    /// Returns whether both are stored as the same text.
    fn is_stored_like(&self, other: &Self) -> bool;

    /// Returns the text to store.
    fn to_text(&self) -> Option<String>;

    /// Reads a stored text.
    fn from_text(text: &str) -> Option<Self>;
}

/// Pending items, in the order in which they were created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingQueue<T> {
    pub(super) items: Vec<T>,
}

impl<T> Default for PendingQueue<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T: PendingItem> PendingQueue<T> {
    /// Creates a queue from the items that an earlier page stored, in any order.
    #[must_use]
    pub fn restored(mut items: Vec<T>) -> Self {
        items.sort_by_key(T::created_at);
        Self { items }
    }

    /// Returns all items.
    #[must_use]
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// Returns the items of a room.
    pub fn of(&self, room: RoomId) -> impl Iterator<Item = &T> {
        self.items.iter().filter(move |item| item.room() == room)
    }

    /// Merges what other tabs stored, in any order, and drops what they removed.
    pub(super) fn merge_from_tabs(&mut self, mut added: Vec<T>, removed: &[Uuid], now: i64) {
        added.sort_by_key(T::created_at);
        for item in added {
            self.merge_from_tab(item, now);
        }
        // A confirmed item is shown until its event arrives.
        self.items.retain(|item| !removed.contains(&item.uuid()) || item.confirmed_seq().is_some());
    }

    /// Merges an item that another tab stored: a new one, or one that is known here.
    pub fn merge_from_tab(&mut self, stored: T, now: i64) {
        match self.items.iter_mut().find(|known| known.id() == stored.id()) {
            Some(known) => known.update_from(stored),
            None => {
                let mut item = stored;
                item.defer(now + TAB_GRACE_MS);
                self.items.push(item);
            }
        }
    }

    /// Removes an item that arrived as an event, or that the user discarded.
    pub fn remove(&mut self, id: T::Id) {
        self.items.retain(|item| item.id() != id);
    }

    /// Marks an item as refused.
    pub fn refuse(&mut self, id: T::Id, reason: String) {
        if let Some(item) = self.find(id) {
            item.set_refused(Some(reason));
        }
    }

    /// Allows a refused item to be sent again.
    pub fn retry(&mut self, id: T::Id) {
        if let Some(item) = self.find(id) {
            item.set_refused(None);
        }
    }

    /// Drops the confirmed items that are among the first `seq` events of a room log.
    pub fn drop_confirmed(&mut self, room: RoomId, seq: u64) {
        self.items.retain(|item| {
            item.room() != room || item.confirmed_seq().is_none_or(|confirmed| confirmed > seq)
        });
    }

    /// Returns the first waiting item of each room that this tab has to send.
    #[must_use]
    pub fn next(&self, now: i64) -> Vec<&T> {
        let mut heads: Vec<&T> = Vec::new();
        for item in &self.items {
            let is_waiting = !item.is_refused() && item.confirmed_seq().is_none();
            let is_deferred = item.deferred_until().is_some_and(|until| now < until);
            let is_first = || heads.iter().all(|head| head.room() != item.room());
            let is_next = item.is_ready() || item.blocks();
            if is_waiting && !is_deferred && is_next && is_first() {
                heads.push(item);
            }
        }
        heads.retain(|head| head.is_ready());
        heads
    }

    pub(super) fn find(&mut self, id: T::Id) -> Option<&mut T> {
        self.items.iter_mut().find(|item| item.id() == id)
    }
}
