//! Objects of the browser that are used in one place only, by the names of their members.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};

/// Returns a member of an object; undefined if it has none.
pub(super) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

/// Sets a member of an object.
pub(super) fn set(object: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// Calls a method.
///
/// # Errors
/// Fails if the object has no such method, or the method fails.
pub(super) fn call(object: &JsValue, name: &str, values: &[&JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = get(object, name).dyn_into()?;
    let values: Array = values.iter().copied().collect();
    Reflect::apply(&method, object, &values)
}

/// Creates an object of a class of the browser.
///
/// # Errors
/// Fails if there is no such class.
pub(super) fn create(class: &str) -> Result<JsValue, JsValue> {
    let class: Function = get(&js_sys::global(), class).dyn_into()?;
    Reflect::construct(&class, &Array::new())
}

/// Waits until one of two handlers of an object is called.
///
/// # Errors
/// Fails if it is the second one.
pub(super) async fn settled(object: &JsValue, done: &str, failed: &str) -> Result<(), JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        set(object, done, &resolve);
        set(object, failed, &reject);
    });
    wasm_bindgen_futures::JsFuture::from(promise).await.map(|_| ())
}
