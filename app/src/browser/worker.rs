//! The service worker, `public/sw.js`.

use js_sys::{Object, Promise};
use leptos::prelude::window;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::js::{call, get, set};

/// The address of the service worker.
const WORKER: &str = "/sw.js";

/// Registers the service worker, unless that was done. Returns the registration.
///
/// # Errors
/// Fails if the browser has no service workers here, or refuses this one.
pub(crate) async fn register() -> Result<JsValue, JsValue> {
    let options = Object::new();
    set(&options, "updateViaCache", &"none".into());
    wait(call(&container(), "register", &[&WORKER.into(), &options])?).await
}

/// Returns what the browser has for service workers; undefined if it has none here.
pub(super) fn container() -> JsValue {
    get(&window().navigator(), "serviceWorker")
}

/// Waits for a promise of the browser.
pub(super) async fn wait(value: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&value)).await
}
