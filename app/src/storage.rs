//! What stays on this device: drafts, and what was written or changed and not yet sent. Where storage is forbidden or full the
//! page works on without; nothing here can fail loudly.

use leptos::prelude::window;
use protocol::{MessageId, RoomId, UserId};
use uuid::Uuid;
use web_sys::{Storage, StorageEvent};

use crate::state::{outbox::PendingMessage, updates::PendingUpdate};

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// False: it is not kept.
fn set(key: &str, value: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
}

fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
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

impl Waiting for PendingMessage {
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

impl Waiting for PendingUpdate {
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
    let keys = (0..storage.length().unwrap_or_default())
        .filter_map(|place| storage.key(place).ok().flatten());
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

/// One person's drafts. The device has one place for each room, which all tabs share and which may be full; so what is
/// written on this page stays in its memory, too.
#[derive(Debug)]
pub struct Drafts {
    user: UserId,
    here: Vec<Draft>,
}

/// What is being written on this page: to a room, or in place of one of its messages.
#[derive(Debug)]
struct Draft {
    room: RoomId,
    editing: Option<MessageId>,
    text: String,
}

impl Drafts {
    /// Those of `user`.
    #[must_use]
    pub fn of(user: UserId) -> Self {
        Self { user, here: Vec::new() }
    }

    /// What was begun in a room, or in place of a message there: on this page, else on this device.
    #[must_use]
    pub fn read(&self, room: RoomId, editing: Option<MessageId>) -> Option<String> {
        let here = self.here.iter().find(|draft| draft.room == room && draft.editing == editing);
        let there = || if editing.is_none() { get(&self.key(room)) } else { None };
        here.map(|draft| draft.text.clone()).or_else(there)
    }

    /// The message of a room that is being edited.
    #[must_use]
    pub fn edited(&self, room: RoomId) -> Option<MessageId> {
        self.here.iter().filter(|draft| draft.room == room).find_map(|draft| draft.editing)
    }

    /// Keeps what was written in place of the text that stood there `before`.
    pub fn keep(&mut self, room: RoomId, editing: Option<MessageId>, before: &str, text: &str) {
        self.here.retain(|draft| draft.room != room || draft.editing != editing);
        if !text.is_empty() {
            self.here.push(Draft { room, editing, text: text.to_owned() });
        }
        if editing.is_none() && (text.is_empty() || !set(&self.key(room), text)) {
            // What another tab put there is that one's. Where there is no space, an old text would come back one day.
            if get(&self.key(room)).as_deref() == Some(before) {
                remove(&self.key(room));
            }
        }
    }

    /// Lets go of the new text of a message.
    pub fn end_edit(&mut self, room: RoomId, message: MessageId) {
        self.here.retain(|draft| draft.room != room || draft.editing != Some(message));
    }

    /// Puts all that is written here on the device again, where another tab may have put its own.
    pub fn keep_again(&self) {
        for Draft { room, text, .. } in self.here.iter().filter(|draft| draft.editing.is_none()) {
            set(&self.key(*room), text);
        }
    }

    fn key(&self, room: RoomId) -> String {
        format!("banter/{}/draft/{room}", self.user)
    }
}
