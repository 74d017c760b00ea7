//! What stays on this device: drafts, and what was written or changed and not yet sent. Where storage is forbidden or full the
//! page works on without; nothing here can fail loudly.

use leptos::prelude::window;
use protocol::{RoomId, UserId};
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

/// What waits here until the server has it, one item each, so that two tabs do not write over each other's.
pub(crate) trait Waiting: Clone {
    /// The place of such items.
    const FOLDER: &'static str;
    /// What it is known by.
    fn id(&self) -> Uuid;
    /// Whether the server is not known to have it.
    fn waits(&self) -> bool;
    /// Whether the same is to be kept of the two.
    fn is_same(&self, other: &Self) -> bool;
    /// The item.
    fn to_item(&self) -> Option<String>;
    /// Reads it.
    fn from_item(item: &str) -> Option<Self>;
}

impl Waiting for Entry {
    const FOLDER: &'static str = "outbox";

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn waits(&self) -> bool {
        self.sent.is_none()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.id == other.id && self.failed == other.failed
    }

    fn to_item(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    fn from_item(item: &str) -> Option<Self> {
        serde_json::from_str(item).ok()
    }
}

impl Waiting for Change {
    const FOLDER: &'static str = "change";

    fn id(&self) -> Uuid {
        self.op.0
    }

    fn waits(&self) -> bool {
        self.sent.is_none()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.op == other.op
    }

    fn to_item(&self) -> Option<String> {
        Some(self.to_lines())
    }

    fn from_item(item: &str) -> Option<Self> {
        Self::from_lines(item)
    }
}

fn prefix<T: Waiting>(user: UserId) -> String {
    format!("banter/{user}/{}/", T::FOLDER)
}

/// What this person did on this device and an earlier page, or another tab, did not get acknowledged; in any order.
pub(crate) fn waiting<T: Waiting>(user: UserId) -> Vec<T> {
    let Some(storage) = storage() else { return Vec::new() };
    let prefix = prefix::<T>(user);
    let keys = (0..storage.length().unwrap_or_default()).filter_map(|place| storage.key(place).ok().flatten());
    let keys: Vec<_> = keys.filter(|key| key.starts_with(&prefix)).collect();
    keys.iter().filter_map(|key| T::from_item(&storage.get_item(key).ok()??)).collect()
}

/// Keeps what waits. `kept` is what is known to be there; gives that anew.
pub(crate) fn keep<T: Waiting>(user: UserId, kept: &[T], now: &[T]) -> Vec<T> {
    let prefix = prefix::<T>(user);
    let waiting = || now.iter().filter(|item| item.waits());
    for gone in kept.iter().filter(|kept| waiting().all(|item| item.id() != kept.id())) {
        remove(&format!("{prefix}{}", gone.id()));
    }
    let is_kept = |item: &&T| {
        kept.iter().any(|kept| kept.is_same(item))
            || item.to_item().is_some_and(|text| set(&format!("{prefix}{}", item.id()), &text))
    };
    waiting().filter(is_kept).cloned().collect()
}

/// What another tab did to an item: its id, and what it is now, if it is there. None: another kind or person.
pub(crate) fn shared<T: Waiting>(user: UserId, event: &StorageEvent) -> Option<(Uuid, Option<T>)> {
    let key = event.key()?;
    let id = Uuid::try_parse(key.strip_prefix(&prefix::<T>(user))?).ok()?;
    match event.new_value() {
        Some(item) => T::from_item(&item).map(|item| (id, Some(item))),
        None => Some((id, None)),
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
