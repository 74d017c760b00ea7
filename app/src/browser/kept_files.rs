//! The bytes of files that were added to messages: in memory, and in the browser's database, so
//! that an unsent message survives a reload.
//!
//! Each user has a database, which `public/boot.js` deletes after signing out. The database may be
//! forbidden or full. The page then works without it, so nothing here can fail loudly.

use std::{cell::RefCell, collections::HashMap};

use js_sys::{Array, Object};
use protocol::UserId;
use uuid::Uuid;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, Url};

use super::{
    clock,
    database::Database,
    js::{call, get, set},
    storage::has_left,
};
use crate::state::tray::PendingFile;

/// The store of the database: the id of a file leads to its bytes and the time they were kept.
const STORE: &str = "files";
/// The time after which bytes without a message are removed, in milliseconds. Another tab may still
/// need younger ones.
const UNSENT_MS: i64 = 24 * 60 * 60 * 1000;

/// The bytes of a file, and the address under which the page shows them.
struct Kept {
    blob: Blob,
    url: Option<String>,
}

thread_local! {
    static KEPT: RefCell<HashMap<Uuid, Kept>> = RefCell::default();
}

/// Keeps a file that the user has chosen in memory.
pub(crate) fn keep(file: File) -> PendingFile {
    let (name, media_type) = (file.name(), file.type_());
    keep_as(name, media_type, file.into())
}

/// Keeps the bytes of a file in memory.
pub(crate) fn keep_as(name: String, media_type: String, blob: Blob) -> PendingFile {
    let (id, size) = (Uuid::now_v7(), blob.size() as u64);
    insert(id, blob);
    PendingFile { id, name, media_type, size, ..PendingFile::default() }
}

fn insert(id: Uuid, blob: Blob) {
    KEPT.with_borrow_mut(|kept| kept.insert(id, Kept { blob, url: None }));
}

/// Returns whether the bytes of a file are in memory.
pub(crate) fn is_here(id: Uuid) -> bool {
    KEPT.with_borrow(|kept| kept.contains_key(&id))
}

/// Returns a part of the bytes of a file that is in memory.
pub(super) fn part(id: Uuid, from: u64, to: u64) -> Option<Blob> {
    KEPT.with_borrow(|kept| {
        let blob = &kept.get(&id)?.blob;
        blob.slice_with_f64_and_f64(from as f64, to as f64).ok()
    })
}

/// Returns the address under which this page can show a file that is in memory.
pub(crate) fn url(id: Uuid) -> Option<String> {
    KEPT.with_borrow_mut(|kept| {
        let kept = kept.get_mut(&id)?;
        if kept.url.is_none() {
            kept.url = Url::create_object_url_with_blob(&kept.blob).ok();
        }
        kept.url.clone()
    })
}

/// Writes a file that is in memory to the database.
pub(crate) async fn store(user: UserId, id: Uuid) {
    let Some(blob) = KEPT.with_borrow(|kept| kept.get(&id).map(|kept| kept.blob.clone())) else {
        return;
    };
    if has_left() {
        return;
    }
    let entry = Object::new();
    set(&entry, "blob", &blob);
    set(&entry, "at", &(clock::now().as_millis() as f64).into());
    let _ = request(user, "readwrite", "put", &[&entry, &id.to_string().into()]).await;
}

/// Reads a file from the database into memory. Returns whether it is there.
pub(crate) async fn load(user: UserId, id: Uuid) -> bool {
    if is_here(id) {
        return true;
    }
    let found = request(user, "readonly", "get", &[&id.to_string().into()]).await;
    match found.map(|entry| get(&entry, "blob").dyn_into::<Blob>()) {
        Ok(Ok(blob)) => {
            insert(id, blob);
            true
        }
        _ => false,
    }
}

/// Drops a file from memory that can no longer be read, such as one that was changed on the disk
/// after it was chosen. It is read from the database then.
pub(crate) async fn drop_unreadable(id: Uuid) {
    let Some(first) = part(id, 0, 1) else { return };
    if JsFuture::from(first.array_buffer()).await.is_err() {
        KEPT.with_borrow_mut(|kept| kept.remove(&id));
    }
}

/// Removes a file from memory and from the database.
pub(crate) async fn remove(user: UserId, id: Uuid) {
    let kept = KEPT.with_borrow_mut(|kept| kept.remove(&id));
    if let Some(url) = kept.and_then(|kept| kept.url) {
        let _ = Url::revoke_object_url(&url);
    }
    let _ = request(user, "readwrite", "delete", &[&id.to_string().into()]).await;
}

/// Removes old files from the database that no unsent message has.
pub(crate) async fn remove_old(user: UserId, is_needed: impl Fn(Uuid) -> bool) {
    let Ok(keys) = request(user, "readonly", "getAllKeys", &[]).await else { return };
    for key in Array::from(&keys) {
        let id = key.as_string().and_then(|key| Uuid::try_parse(&key).ok());
        if id.is_some_and(&is_needed) {
            continue;
        }
        let Ok(entry) = request(user, "readonly", "get", &[&key]).await else { continue };
        let age = clock::now().as_millis() as f64 - get(&entry, "at").as_f64().unwrap_or_default();
        if age > UNSENT_MS as f64 {
            let _ = request(user, "readwrite", "delete", &[&key]).await;
        }
    }
}

/// Makes one request to the store of a user.
async fn request(
    user: UserId,
    mode: &str,
    method: &str,
    values: &[&JsValue],
) -> Result<JsValue, JsValue> {
    let database = Database { name: format!("banter/{user}"), store: STORE };
    database.transact(mode, |store| call(store, method, values)).await
}
