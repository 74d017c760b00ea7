//! What stays on this device: drafts, and what was written and not yet sent. Where storage is forbidden or full the
//! page works on without; nothing here can fail loudly.

use leptos::prelude::window;
use protocol::{RoomId, UserId};
use web_sys::Storage;

use crate::outbox::Entry;

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn set(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(key, value);
    }
}

fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}

fn outbox_prefix(user: UserId) -> String {
    format!("banter/{user}/outbox/")
}

/// What this person wrote on this device and an earlier page did not get acknowledged, in any order.
pub(crate) fn outbox(user: UserId) -> Vec<Entry> {
    let Some(storage) = storage() else { return Vec::new() };
    let prefix = outbox_prefix(user);
    (0..storage.length().unwrap_or_default())
        .filter_map(|place| storage.key(place).ok().flatten())
        .filter(|key| key.starts_with(&prefix))
        .filter_map(|key| serde_json::from_str(&storage.get_item(&key).ok()??).ok())
        .collect()
}

/// Keeps what the server has not acknowledged, one item an entry, so that two tabs do not write over each other's.
pub(crate) fn keep_outbox(user: UserId, before: &[Entry], now: &[Entry]) {
    let prefix = outbox_prefix(user);
    let waits = |entry: &&Entry| entry.sent.is_none();
    for gone in before.iter().filter(|entry| now.iter().filter(waits).all(|kept| kept.id != entry.id)) {
        remove(&format!("{prefix}{}", gone.id));
    }
    for changed in now.iter().filter(waits).filter(|entry| !before.contains(entry)) {
        if let Ok(json) = serde_json::to_string(changed) {
            set(&format!("{prefix}{}", changed.id), &json);
        }
    }
}

/// One person's drafts on this device, a room each.
#[derive(Clone, Copy, Debug)]
pub struct Drafts {
    user: UserId,
}

impl Drafts {
    /// Those of `user`.
    #[must_use]
    pub fn of(user: UserId) -> Self {
        Self { user }
    }

    /// What was begun in a room; empty where nothing was.
    #[must_use]
    pub fn read(self, room: RoomId) -> String {
        storage().and_then(|storage| storage.get_item(&self.key(room)).ok().flatten()).unwrap_or_default()
    }

    /// Keeps what was begun in a room.
    pub fn keep(self, room: RoomId, text: &str) {
        if text.is_empty() { remove(&self.key(room)) } else { set(&self.key(room), text) }
    }

    fn key(self, room: RoomId) -> String {
        format!("banter/{}/draft/{room}", self.user)
    }
}
