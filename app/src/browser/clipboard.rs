//! The clipboard.

use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

/// Copies `text` and returns whether that worked. Browsers offer the clipboard over HTTPS only,
/// and the user may have denied it.
pub(crate) async fn copy(text: &str) -> bool {
    window().is_secure_context()
        && JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}
