//! What this device has of a user's rooms, in the browser's database: the page opens from it while
//! the server does not answer.
//!
//! Each user has a database. `public/boot.js` deletes it after signing out and when the session has
//! ended. The database may be forbidden or full; the page then works without it.
//! docs/decisions/0038-without-a-network.md gives the reasons.

use js_sys::Array;
use protocol::{RoomId, UserId};
use serde::de::DeserializeOwned;
use uuid::Uuid;
use wasm_bindgen::JsValue;

use super::{
    database::Database,
    js::call,
    storage::{Area, has_left},
};
use crate::page::RoomCopy;

/// The key of the user whose rooms this device has. `public/boot.js` removes it when somebody signs
/// in or out.
const OWNER: &str = "banter/offline";
/// The store of the database: the id of a room leads to its copy, and [`PAGE`] to the page.
const STORE: &str = "rooms";
/// The key of the page without an open room.
const PAGE: &str = "page";

/// What is written at once.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// The page as JSON, if it has changed.
    pub(crate) page: Option<String>,
    /// The rooms that have changed, as JSON.
    pub(crate) rooms: Vec<(RoomId, String)>,
    /// The rooms that the device is to have no more.
    pub(crate) dropped: Vec<RoomId>,
}

impl Changes {
    /// Returns whether nothing has changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.page.is_none() && self.rooms.is_empty() && self.dropped.is_empty()
    }
}

fn database(user: UserId) -> Database {
    Database { name: format!("banter/{user}/rooms"), store: STORE }
}

/// Returns the user whose rooms this device has.
pub(crate) fn owner() -> Option<UserId> {
    Area::Device.get(OWNER).and_then(|id| Uuid::try_parse(&id).ok()).map(UserId)
}

/// Makes the device that of a user to whom the server has sent a page. What it has of another one
/// is deleted.
pub(crate) fn own(user: UserId) {
    if let Some(other) = owner().filter(|other| *other != user) {
        database(other).delete();
    }
    Area::Device.set(OWNER, &user.to_string());
}

/// Returns the page without an open room.
#[cfg(feature = "hydrate")]
pub(crate) async fn page(user: UserId) -> Option<crate::page::Workspace> {
    read(user, PAGE).await
}

/// Returns what the device has of a room.
pub(crate) async fn room(user: UserId, room: RoomId) -> Option<RoomCopy> {
    read(user, &room.to_string()).await
}

/// Returns the rooms that the device has.
pub(crate) async fn rooms(user: UserId) -> Vec<RoomId> {
    let found = database(user).transact("readonly", |store| call(store, "getAllKeys", &[])).await;
    let keys = found.map(|found| Array::from(&found)).unwrap_or_default();
    let ids = keys.iter().filter_map(|key| Uuid::try_parse(&key.as_string()?).ok());
    ids.map(RoomId).collect()
}

/// Reads JSON. What another build has written may not be readable.
async fn read<T: DeserializeOwned>(user: UserId, key: &str) -> Option<T> {
    let key = key.into();
    let found = database(user).transact("readonly", |store| call(store, "get", &[&key])).await;
    serde_json::from_str(&found.ok()?.as_string()?).ok()
}

/// How writing went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Written,
    /// The user has signed out, here or in another tab.
    NotOwner,
    /// The browser refuses, such as without space.
    Refused,
}

fn is_owner(user: UserId) -> bool {
    !has_left() && owner() == Some(user)
}

/// Writes changes, all or none.
pub(crate) async fn write(user: UserId, changes: Changes) -> Outcome {
    if !is_owner(user) {
        return Outcome::NotOwner;
    }
    let act = |store: &JsValue| {
        if !is_owner(user) {
            return Err(JsValue::UNDEFINED);
        }
        let mut last = JsValue::UNDEFINED;
        for room in &changes.dropped {
            last = call(store, "delete", &[&room.to_string().into()])?;
        }
        let rooms = changes.rooms.iter().map(|(room, json)| (room.to_string(), json));
        let page = changes.page.iter().map(|json| (PAGE.to_owned(), json));
        for (key, json) in rooms.chain(page) {
            last = call(store, "put", &[&json.as_str().into(), &key.as_str().into()])?;
        }
        Ok(last)
    };
    let written = database(user).transact("readwrite", act).await;
    if !is_owner(user) {
        // Another tab has deleted the database meanwhile, and this has made it again.
        database(user).delete();
        return Outcome::NotOwner;
    }
    if written.is_ok() { Outcome::Written } else { Outcome::Refused }
}
