//! An entry in the browser's history for what covers the view on phones, so that going back closes
//! it.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;

use super::window::{effect, is_phone};

/// The state of such an entry. It survives a reload.
const COVER: &str = "cover";

/// Adds an entry while something covers the view on a phone. `cover` is its address, and `None` if
/// nothing does. `close` is run when the user goes back.
pub(crate) fn close_by_going_back(cover: Memo<Option<String>>, close: impl Fn() + 'static) {
    let has_entry = StoredValue::new(false);
    effect(move || {
        let Ok(history) = window().history() else { return };
        match (cover.get(), has_entry.get_value()) {
            // Another one covers the view, or a page was loaded again at such an entry.
            (Some(path), _) if is_at_cover() => {
                let state = JsValue::from_str(COVER);
                let _ = history.replace_state_with_url(&state, "", Some(&path));
                has_entry.set_value(true);
            }
            (Some(path), false) if is_phone() => {
                let state = JsValue::from_str(COVER);
                let is_added = history.push_state_with_url(&state, "", Some(&path)).is_ok();
                has_entry.set_value(is_added);
            }
            (None, true) => {
                has_entry.set_value(false);
                // The user may have followed a link meanwhile.
                if is_at_cover() {
                    let _ = history.back();
                }
            }
            _ => {}
        }
    });
    let _ = window_event_listener(ev::popstate, move |_| {
        if has_entry.get_value() && !is_at_cover() {
            has_entry.set_value(false);
            close();
        }
    });
}

/// Returns whether the present entry is of what covers the view.
pub(super) fn is_at_cover() -> bool {
    let state = window().history().and_then(|history| history.state());
    state.is_ok_and(|state| state.as_string().as_deref() == Some(COVER))
}
