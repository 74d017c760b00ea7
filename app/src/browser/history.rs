//! An entry in the browser's history for what covers the view on phones, so that going back closes
//! it.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;

use super::window::{effect, is_phone};

/// The state of such an entry.
const COVER: &str = "cover";

/// Adds an entry while `is_open` on a phone, with the address that `path` returns. `close` is run
/// when the user goes back.
pub(crate) fn close_by_going_back(
    is_open: Memo<bool>,
    path: impl Fn() -> Option<String> + 'static,
    close: impl Fn() + 'static,
) {
    let has_entry = StoredValue::new(false);
    effect(move || {
        let Ok(history) = window().history() else { return };
        match (is_open.get(), has_entry.get_value()) {
            (true, false) if is_phone() => {
                let path = untrack(&path);
                let state = JsValue::from_str(COVER);
                let is_added = history.push_state_with_url(&state, "", path.as_deref()).is_ok();
                has_entry.set_value(is_added);
            }
            (false, true) => {
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

fn is_at_cover() -> bool {
    let state = window().history().and_then(|history| history.state());
    state.is_ok_and(|state| state.as_string().as_deref() == Some(COVER))
}
