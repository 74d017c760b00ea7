//! Unsent messages and updates in local storage, which all tabs of a user on this device share.
//!
//! Each has an item of its own, so that two tabs never overwrite each other's.

use protocol::UserId;
use uuid::Uuid;
use web_sys::StorageEvent;

use super::storage;
use crate::state::{outbox::PendingMessage, pending::PendingItem, updates::PendingUpdate};

/// A pending item that this device stores until the server has confirmed it.
pub(crate) trait StoredItem: PendingItem + Clone {
    /// The part of the key that names this kind of item.
    const FOLDER: &'static str;
    /// Returns the id in the item's key.
    fn uuid(&self) -> Uuid;
    /// Returns whether both are stored as the same text.
    fn is_same(&self, other: &Self) -> bool;
    /// Returns the text to store.
    fn to_text(&self) -> Option<String>;
    /// Reads a stored text.
    fn from_text(text: &str) -> Option<Self>;
}

impl StoredItem for PendingMessage {
    const FOLDER: &'static str = "outbox";

    fn uuid(&self) -> Uuid {
        self.id.0
    }

    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.failed == other.failed
    }

    fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl StoredItem for PendingUpdate {
    const FOLDER: &'static str = "change";

    fn uuid(&self) -> Uuid {
        self.op.0
    }

    fn is_same(&self, other: &Self) -> bool {
        self.op == other.op
    }

    fn to_text(&self) -> Option<String> {
        Some(self.to_lines())
    }

    fn from_text(text: &str) -> Option<Self> {
        Self::from_lines(text)
    }
}

fn prefix<T: StoredItem>(user: UserId) -> String {
    format!("banter/{user}/{}/", T::FOLDER)
}

/// Returns the items that an earlier page or another tab of `user` left unsent, in any order.
pub(crate) fn load<T: StoredItem>(user: UserId) -> Vec<T> {
    let keys = storage::keys(&prefix::<T>(user));
    keys.iter().filter_map(|key| T::from_text(&storage::get(key)?)).collect()
}

/// Stores the unsent ones of `items` and removes the others. `stored` are those known to be
/// stored. Returns what is stored now.
pub(crate) fn store<T: StoredItem>(user: UserId, stored: &[T], items: &[T]) -> Vec<T> {
    let prefix = prefix::<T>(user);
    let unsent = || items.iter().filter(|item| item.confirmed_seq().is_none());
    for gone in stored.iter().filter(|stored| unsent().all(|item| item.uuid() != stored.uuid())) {
        storage::remove(&format!("{prefix}{}", gone.uuid()));
    }
    let is_stored = |item: &&T| {
        stored.iter().any(|stored| stored.is_same(item))
            || item
                .to_text()
                .is_some_and(|text| storage::set(&format!("{prefix}{}", item.uuid()), &text))
    };
    unsent().filter(is_stored).cloned().collect()
}

/// Reads an update by another tab: the item's id, and the item unless it was removed. Returns
/// `None` for items of another kind or user.
pub(crate) fn changed<T: StoredItem>(
    user: UserId,
    event: &StorageEvent,
) -> Option<(Uuid, Option<T>)> {
    let key = event.key()?;
    let id = Uuid::try_parse(key.strip_prefix(&prefix::<T>(user))?).ok()?;
    match event.new_value() {
        Some(text) => T::from_text(&text).map(|item| (id, Some(item))),
        None => Some((id, None)),
    }
}
