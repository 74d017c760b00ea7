//! What another app has shared: the service worker (`public/sw.js`) keeps it in a cache of the
//! browser until the user has chosen where it goes.
//!
//! `public/boot.js` deletes it after signing out. Caches may be forbidden. Then nothing is shared,
//! so nothing here can fail loudly.

use js_sys::{Object, Promise};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::{
    clock,
    js::{call, get, set},
    kept_files::keep_as,
};
use crate::state::{share::Shared, tray::PendingFile};

/// The cache.
const CACHE: &str = "banter-shared";
/// The address in it of all but the files.
const WORDS: &str = "/share/words";
/// The time for which it is kept, in milliseconds.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// Returns what was shared last, unless it has gone somewhere already.
pub(crate) async fn read() -> Option<Shared> {
    let text = answer(&find(WORDS).await?, "text", &[]).await.ok()?.as_string()?;
    let shared: Shared = serde_json::from_str(&text).ok()?;
    if clock::now().as_millis().saturating_sub(shared.at) > KEPT_MS {
        forget(&shared).await;
        return None;
    }
    (!shared.is_empty()).then_some(shared)
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
    let Some(found) = find(WORDS).await else { return };
    let text = answer(&found, "text", &[]).await.ok().and_then(|text| text.as_string());
    let now: Option<Shared> = text.and_then(|text| serde_json::from_str(&text).ok());
    if now.is_some_and(|now| now.id == shared.id) {
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
