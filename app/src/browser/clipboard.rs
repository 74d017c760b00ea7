//! The clipboard.

use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

/// Returns whether there is a clipboard: browsers offer it over HTTPS only.
pub(crate) fn is_available() -> bool {
    window().is_secure_context()
}

/// Copies `text` and returns whether that worked: the user may have denied it.
pub(crate) async fn copy(text: &str) -> bool {
    is_available()
        && JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}
