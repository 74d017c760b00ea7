//! What another app has shared: the service worker (`public/sw.js`) keeps it in a cache of the
//! browser until the user has chosen where it goes.
//!
//! `public/boot.js` deletes it after signing out. Caches may be forbidden. Then nothing is shared,
//! so nothing here can fail loudly.

use js_sys::{Array, Object, Promise};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::{
    clock,
    js::{call, get, set},
    kept_files::keep_as,
};
use crate::state::{
    share::{Shared, SharedFile},
    tray::PendingFile,
};

/// The cache.
const CACHE: &str = "banter-shared";
/// The address in it of all but the files.
const WORDS: &str = "/share/words";
/// The time for which it is kept, in milliseconds.
const KEPT_MS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;

/// Returns what was shared last, unless it has gone somewhere already. What is old is deleted.
pub(crate) async fn read() -> Option<Shared> {
    let shared = read_words().await?;
    if clock::now().as_millis() as f64 - shared.at > KEPT_MS {
        forget(&shared).await;
        return None;
    }
    (!shared.is_empty()).then_some(shared)
}

async fn read_words() -> Option<Shared> {
    let words = answer(&find(WORDS).await?, "json", &[]).await.ok()?;
    let text = |object: &JsValue, name: &str| get(object, name).as_string().unwrap_or_default();
    let number = |object: &JsValue, name: &str| get(object, name).as_f64().unwrap_or_default();
    let file = |file: JsValue| SharedFile {
        name: text(&file, "name"),
        media_type: text(&file, "type"),
        size: number(&file, "size") as u64,
    };
    Some(Shared {
        id: text(&words, "id"),
        at: number(&words, "at"),
        title: text(&words, "title"),
        text: text(&words, "text"),
        url: text(&words, "url"),
        files: Array::from(&get(&words, "files")).iter().map(file).collect(),
        left_out: number(&words, "left_out") as usize,
    })
}

/// Reads its files into memory. `None` if it is not there any more: it has gone somewhere from
/// another tab, or something else was shared meanwhile.
pub(crate) async fn files(shared: &Shared) -> Option<Vec<PendingFile>> {
    read().await.filter(|now| now.id == shared.id)?;
    let mut blobs = Vec::new();
    for place in 0..shared.files.len() {
        let found = find(&format!("/share/{}/{place}", shared.id)).await?;
        let blob: Blob = answer(&found, "blob", &[]).await.ok()?.dyn_into().ok()?;
        blobs.push(blob);
    }
    let files = shared.files.iter().zip(blobs);
    let files = files.map(|(file, blob)| keep_as(file.name.clone(), file.media_type.clone(), blob));
    Some(files.collect())
}

/// Deletes what was shared, unless something else was shared meanwhile.
pub(crate) async fn forget(shared: &Shared) {
    if read_words().await.is_some_and(|now| now.id == shared.id) {
        let _ = answer(&caches(), "delete", &[&CACHE.into()]).await;
    }
}

fn caches() -> JsValue {
    get(&js_sys::global(), "caches")
}

async fn find(address: &str) -> Option<JsValue> {
    let options = Object::new();
    set(&options, "cacheName", &CACHE.into());
    let found = answer(&caches(), "match", &[&address.into(), &options]).await.ok()?;
    found.is_object().then_some(found)
}

/// Calls a method and waits for its answer.
async fn answer(object: &JsValue, name: &str, values: &[&JsValue]) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&call(object, name, values)?)).await
}
