//! Keys: which have their plain meaning, and what they do outside of fields.

use leptos::{
    ev,
    prelude::{StoredValue, *},
};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::Element;

use super::focus::{focus_typing, is_at_message, is_in_field, is_in_panel};
use crate::state::chord::Press;

/// The part of a page, by height, that Page Up and Page Down scroll.
const PAGE: f64 = 0.875;

/// The key code that browsers report for keys handled by an input method.
const COMPOSING: u32 = 229;

/// Returns whether a key press is a part of composing a character. Safari tells of the one that
/// ends it by its code alone.
pub(crate) fn is_composing(event: &ev::KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == COMPOSING
}

/// Returns whether a key was pressed without another one that changes its meaning, and not as a
/// part of composing a character.
pub(crate) fn is_plain(event: &ev::KeyboardEvent) -> bool {
    !(event.shift_key()
        || event.alt_key()
        || event.ctrl_key()
        || event.meta_key()
        || is_composing(event))
}

/// Returns what was pressed.
pub(crate) fn press(event: &ev::KeyboardEvent) -> Press {
    Press {
        key: event.key(),
        code: event.code(),
        ctrl: event.ctrl_key(),
        alt: event.alt_key(),
        shift: event.shift_key(),
        meta: event.meta_key(),
    }
}

/// Returns the letter of a key, in lower case, or the name of another key. Where the keyboard has
/// no Latin letters, the letter that the key has in their place.
pub(crate) fn letter(event: &ev::KeyboardEvent) -> Option<String> {
    if !is_plain(event) {
        return None;
    }
    let key = event.key();
    let code = event.code();
    match code.strip_prefix("Key") {
        Some(letter) if !key.is_ascii() => Some(letter.to_ascii_lowercase()),
        _ => Some(key.to_ascii_lowercase()),
    }
}

/// Moves the focus to the composer when the user types outside of all fields. The browser then
/// enters the character there, and composes it there if more keys belong to it. A key for messages
/// does nothing where a message has the focus, or a button that scrolls to others.
pub(crate) fn type_into_composer(event: &web_sys::Event, is_for_messages: fn(&str) -> bool) {
    let Some(event) = event.dyn_ref::<ev::KeyboardEvent>() else { return };
    let is_shortcut = !event.get_modifier_state("AltGraph")
        && (event.ctrl_key() || event.alt_key() || event.meta_key());
    let is_message_key =
        || is_at_message() && letter(event).is_some_and(|key| is_for_messages(&key));
    if is_text(&event.key())
        && !is_shortcut
        && !event.default_prevented()
        && !event.is_composing()
        && !is_in_field()
        && !is_message_key()
    {
        focus_typing();
    }
}

/// Handles key presses before any element does, until the current effect ends.
pub(crate) fn on_key_first(handle: impl Fn(&ev::KeyboardEvent) + 'static) {
    let handle: Box<dyn Fn(ev::KeyboardEvent)> = Box::new(move |event| handle(&event));
    let handle = StoredValue::new_local(Closure::wrap(handle));
    let change = move |is_added: bool| {
        handle.try_with_value(|handle| {
            let (handle, window) = (handle.as_ref().unchecked_ref(), window());
            let _ = if is_added {
                window.add_event_listener_with_callback_and_bool("keydown", handle, true)
            } else {
                window.remove_event_listener_with_callback_and_bool("keydown", handle, true)
            };
        });
    };
    change(true);
    on_cleanup(move || change(false));
}

/// Returns whether a key enters text. Space does not: elsewhere it presses a button or scrolls.
fn is_text(key: &str) -> bool {
    let mut chars = key.chars();
    let is_char =
        matches!((chars.next(), chars.next()), (Some(char), None) if !char.is_whitespace());
    is_char || key == "Dead"
}

/// Scrolls the message list by a page: that of the panel if the focus is there.
pub(crate) fn scroll_messages(down: bool) {
    let list = if is_in_panel() { ".panel .timeline__scroll" } else { ".timeline__scroll" };
    if let Ok(Some(list)) = document().query_selector(list) {
        scroll_page(&list, down);
    }
}

/// Scrolls an element by a page.
pub(crate) fn scroll_page(element: &Element, down: bool) {
    let page = f64::from(element.client_height()) * PAGE;
    element.scroll_by_with_x_and_y(0.0, if down { page } else { -page });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_dead_keys_enter_text() {
        for key in ["a", "Ж", "你", "?", "Dead", "1", "👍"] {
            assert!(is_text(key), "{key}");
        }
        for key in [" ", "Enter", "Tab", "F1", "ArrowUp", "Process", "Unidentified", ""] {
            assert!(!is_text(key), "{key}");
        }
    }
}
