//! The badge on the icon of the installed page.

use js_sys::{Array, Function, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast as _, JsValue};

/// Shows the number of unread messages for the user, else a dot if there are others. Browsers that
/// have no badge ignore it.
pub(crate) fn show(unread: u64, to_user: u64) {
    let args = Array::new();
    let method = match (unread, to_user) {
        (0, _) => "clearAppBadge",
        (_, 0) => "setAppBadge",
        (_, to_user) => {
            args.push(&JsValue::from(u32::try_from(to_user).unwrap_or(u32::MAX)));
            "setAppBadge"
        }
    };
    let navigator = window().navigator();
    let method = Reflect::get(&navigator, &JsValue::from(method));
    if let Some(method) = method.ok().and_then(|method| method.dyn_into::<Function>().ok())
        && let Ok(result) = method.apply(&navigator, &args)
        && let Some(result) = result.dyn_ref::<js_sys::Promise>()
    {
        ignore_rejection(result);
    }
}

/// A browser may refuse the badge; the title shows the same.
fn ignore_rejection(result: &js_sys::Promise) {
    let result = wasm_bindgen_futures::JsFuture::from(result.clone());
    leptos::task::spawn_local(async move {
        let _ = result.await;
    });
}
