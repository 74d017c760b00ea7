//! Text items in the browser's storage.
//!
//! Storage may be forbidden or full. The page then works without it, so nothing here can fail
//! loudly.

use std::sync::atomic::{AtomicBool, Ordering};

use leptos::prelude::window;
use web_sys::Storage;

/// The key of the user who leaves this device. `public/boot.js` then deletes what the user left.
#[cfg(feature = "hydrate")]
const LEFT: &str = "banter/left";

/// True once the user leaves. Nothing is stored then: the next page may have deleted all already.
static HAS_LEFT: AtomicBool = AtomicBool::new(false);

/// Marks what `user` left on this device as to be deleted once the page has gone.
#[cfg(feature = "hydrate")]
pub(crate) fn leave(user: protocol::UserId) {
    set_left(false); // another tab may have set it, and its mark may be gone by now
    Area::Device.set(LEFT, &user.to_string());
    set_left(true);
}

/// Sets whether the user leaves this device. `public/boot.js` has marked what a user who signs out
/// left on it.
#[cfg(feature = "hydrate")]
pub(crate) fn set_left(has_left: bool) {
    HAS_LEFT.store(has_left, Ordering::Relaxed);
}

/// Returns whether a change of the storage by another tab says that `user` leaves this device.
#[cfg(feature = "hydrate")]
pub(crate) fn is_left_by(user: protocol::UserId, event: &web_sys::StorageEvent) -> bool {
    event.key().as_deref() == Some(LEFT) && event.new_value() == Some(user.to_string())
}

/// Where items are stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Area {
    /// Local storage, which all tabs share.
    Device,
    /// Session storage, which ends with its tab.
    Tab,
}

/// Returns whether the user leaves this device.
pub(crate) fn has_left() -> bool {
    HAS_LEFT.load(Ordering::Relaxed)
}

impl Area {
    fn storage(self) -> Option<Storage> {
        match self {
            Self::Device => window().local_storage(),
            Self::Tab => window().session_storage(),
        }
        .ok()
        .flatten()
    }

    /// Stores an item and returns whether that worked.
    pub(crate) fn set(self, key: &str, value: &str) -> bool {
        !has_left() && self.storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
    }

    /// Returns an item, if it exists.
    pub(crate) fn get(self, key: &str) -> Option<String> {
        self.storage()?.get_item(key).ok()?
    }

    /// Removes an item.
    pub(crate) fn remove(self, key: &str) {
        if let Some(storage) = self.storage() {
            let _ = storage.remove_item(key);
        }
    }

    /// Returns the keys that begin with `prefix`, in any order.
    pub(super) fn keys(self, prefix: &str) -> Vec<String> {
        let Some(storage) = self.storage() else { return Vec::new() };
        let all = 0..storage.length().unwrap_or_default();
        all.filter_map(|index| storage.key(index).ok().flatten())
            .filter(|key| key.starts_with(prefix))
            .collect()
    }
}
