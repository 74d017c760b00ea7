//! What stays on this device: drafts, and what was written or changed and not yet sent. Where storage is forbidden or full the
//! page works on without; nothing here can fail loudly.

use leptos::prelude::window;
use protocol::{MessageId, RoomId, UserId};
use uuid::Uuid;
use web_sys::{Storage, StorageEvent};

use crate::{changes::Change, outbox::Entry};

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// False: it is not kept.
fn set(key: &str, value: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
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
    stored(&outbox_prefix(user)).filter_map(|json| serde_json::from_str(&json).ok()).collect()
}

/// All values whose keys begin so.
fn stored(prefix: &str) -> impl Iterator<Item = String> {
    let storage = storage();
    let keys = storage.iter().flat_map(|storage| {
        (0..storage.length().unwrap_or_default()).filter_map(|place| storage.key(place).ok().flatten())
    });
    let keys: Vec<_> = keys.filter(|key| key.starts_with(prefix)).collect();
    keys.into_iter().filter_map(move |key| storage.as_ref()?.get_item(&key).ok()?)
}

fn changes_prefix(user: UserId) -> String {
    format!("banter/{user}/change/")
}

/// The changes that an earlier page did not get answered, in any order.
pub(crate) fn changes(user: UserId) -> Vec<Change> {
    stored(&changes_prefix(user)).filter_map(|lines| Change::from_lines(&lines)).collect()
}

/// Keeps the changes that wait, one item each.
pub(crate) fn keep_changes<'a>(
    user: UserId,
    before: impl Iterator<Item = &'a Change>,
    now: impl Iterator<Item = &'a Change>,
) {
    let prefix = changes_prefix(user);
    let (before, now): (Vec<_>, Vec<_>) = (before.collect(), now.collect());
    for gone in before.iter().filter(|change| now.iter().all(|kept| kept.op != change.op)) {
        remove(&format!("{prefix}{}", gone.op));
    }
    for changed in now.iter().filter(|change| !before.contains(change)) {
        set(&format!("{prefix}{}", changed.op), &changed.to_lines());
    }
}

/// Keeps what the server has not acknowledged, one item an entry, so that two tabs do not write over each other's.
/// `kept` is what is known to be there; gives that anew.
pub(crate) fn keep_outbox(user: UserId, kept: &[Entry], now: &[Entry]) -> Vec<Entry> {
    let prefix = outbox_prefix(user);
    let waits = |entry: &&Entry| entry.sent.is_none();
    for gone in kept.iter().filter(|entry| now.iter().filter(waits).all(|kept| kept.id != entry.id)) {
        remove(&format!("{prefix}{}", gone.id));
    }
    let is_kept = |entry: &&Entry| {
        let same = |kept: &Entry| kept.id == entry.id && kept.failed == entry.failed;
        kept.iter().any(same)
            || serde_json::to_string(entry).is_ok_and(|json| set(&format!("{prefix}{}", entry.id), &json))
    };
    now.iter().filter(waits).filter(is_kept).cloned().collect()
}

/// What another tab did to the outbox on this device.
#[derive(Debug)]
pub(crate) enum Shared {
    /// An entry is new or changed.
    Kept(Entry),
    /// One is gone.
    Removed(MessageId),
}

/// Reads what another tab did; none where it is not about this person's outbox.
pub(crate) fn shared(user: UserId, event: &StorageEvent) -> Option<Shared> {
    let key = event.key()?;
    let id = Uuid::try_parse(key.strip_prefix(&outbox_prefix(user))?).ok()?;
    match event.new_value() {
        Some(json) => serde_json::from_str(&json).ok().map(Shared::Kept),
        None => Some(Shared::Removed(MessageId(id))),
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
        if text.is_empty() {
            remove(&self.key(room));
        } else {
            set(&self.key(room), text);
        }
    }

    fn key(self, room: RoomId) -> String {
        format!("banter/{}/draft/{room}", self.user)
    }
}
