//! Entries in the browser's history for what covers the view, so that going back closes it.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;

use super::window::{effect, is_phone};

/// The state of the entry of what takes the place of the view on a phone. It survives a reload.
const COVER: &str = "cover";
/// The state of the entry of what lies over the whole page.
const OVERLAY: &str = "overlay";

/// Adds an entry while something covers the view on a phone. `cover` is its address, and `None` if
/// nothing does. `close` is run when the user goes back.
pub(crate) fn close_by_going_back(cover: Memo<Option<String>>, close: impl Fn() + 'static) {
    let has_entry = StoredValue::new(false);
    effect(move || {
        let Ok(history) = window().history() else { return };
        match (cover.get(), has_entry.get_value()) {
            // Another one covers the view, or a page was loaded again at such an entry.
            (Some(path), _) if is_at(COVER) => {
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
                if is_at(COVER) {
                    let _ = history.back();
                }
            }
            _ => {}
        }
    });
    let _ = window_event_listener(ev::popstate, move |_| {
        if has_entry.get_value() && !is_at(COVER) {
            has_entry.set_value(false);
            close();
        }
    });
}

/// Adds an entry while something lies over the whole page, at the address of the page. `close` is
/// run when the user goes back.
pub(crate) fn close_overlay_by_going_back(is_open: Memo<bool>, close: impl Fn() + 'static) {
    let has_entry = StoredValue::new(false);
    let is_leaving = StoredValue::new(false); // going back takes a while
    let add = move || {
        let state = JsValue::from_str(OVERLAY);
        let history = window().history();
        has_entry.set_value(history.is_ok_and(|it| it.push_state(&state, "").is_ok()));
    };
    let leave = move || {
        if let Ok(history) = window().history() {
            is_leaving.set_value(history.back().is_ok());
        }
    };
    effect(move || match (is_open.get(), has_entry.get_value()) {
        (true, false) if !is_leaving.get_value() => add(),
        (false, true) => {
            has_entry.set_value(false);
            // The user may have followed a link meanwhile.
            if is_at(OVERLAY) {
                leave();
            }
        }
        // A page was loaded again at such an entry.
        (false, false) if is_at(OVERLAY) && !is_leaving.get_value() => leave(),
        _ => {}
    });
    let _ = window_event_listener(ev::popstate, move |_| {
        let has_left = is_leaving.try_update_value(std::mem::take) == Some(true);
        let is_open = is_open.get_untracked();
        match (is_at(OVERLAY), is_open) {
            // The user went forward to something that is closed.
            (true, false) => leave(),
            (false, true) if has_left && !has_entry.get_value() => add(),
            (false, true) => {
                has_entry.set_value(false);
                close();
            }
            _ => {}
        }
    });
}

/// Returns whether the present entry is of what covers the view.
pub(super) fn is_at_cover() -> bool {
    is_at(COVER) || is_at(OVERLAY)
}

fn is_at(kind: &str) -> bool {
    let state = window().history().and_then(|history| history.state());
    state.is_ok_and(|state| state.as_string().as_deref() == Some(kind))
}
