//! Unsent messages and updates in local storage, which all tabs of a user on this device share.
//!
//! Each has an item of its own, so that two tabs never overwrite each other's.

use protocol::UserId;
use uuid::Uuid;
use web_sys::StorageEvent;

use super::storage::Area;
use crate::state::pending::PendingItem;

fn prefix<T: PendingItem>(user: UserId) -> String {
    format!("banter/{user}/{}/", T::FOLDER)
}

/// Returns the items that an earlier page or another tab of `user` left unsent, in any order.
pub(crate) fn load<T: PendingItem>(user: UserId) -> Vec<T> {
    let keys = Area::Device.keys(&prefix::<T>(user));
    keys.iter().filter_map(|key| T::from_text(&Area::Device.get(key)?)).collect()
}

/// Stores the unsent ones of `items` and removes the others. `stored` are those known to be
/// stored. Returns what is stored now.
pub(crate) fn store<T: PendingItem>(user: UserId, stored: &[T], items: &[T]) -> Vec<T> {
    let prefix = prefix::<T>(user);
    let unsent = || items.iter().filter(|item| item.confirmed_seq().is_none());
    for gone in stored.iter().filter(|stored| unsent().all(|item| item.uuid() != stored.uuid())) {
        Area::Device.remove(&format!("{prefix}{}", gone.uuid()));
    }
    let is_stored = |item: &&T| {
        stored.iter().any(|stored| stored.is_stored_like(item))
            || item
                .to_text()
                .is_some_and(|text| Area::Device.set(&format!("{prefix}{}", item.uuid()), &text))
    };
    unsent().filter(is_stored).cloned().collect()
}

/// Reads an update by another tab: the item's id, and the item unless it was removed. Returns
/// `None` for items of another kind or user.
pub(crate) fn changed<T: PendingItem>(
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
