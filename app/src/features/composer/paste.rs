//! Paste into a composer: an address on a selection makes a link, rich text becomes Markdown.

use leptos::{ev, prelude::*};
use web_sys::{ClipboardEvent, HtmlTextAreaElement};

use super::draft::DraftField;
use crate::{
    browser::{
        drop::is_only_files, field::on_event_first, keyboard::press, rich_text, window::is_apple,
    },
    state::{
        chord::is_pressed,
        writing::{Written, code::is_in_code, link, rich::to_markdown},
    },
};

/// The keys by which browsers paste without formats.
const PLAIN: &str = "Mod+Shift+V";

/// Handles what is pasted into the field, until the current effect ends.
pub(super) fn handle_paste(draft: DraftField, area: &HtmlTextAreaElement) {
    // Not every browser leaves the formats out by itself.
    let is_plain = StoredValue::new(false);
    on_event_first(area, "keydown", move |event: &ev::KeyboardEvent| {
        is_plain.set_value(is_pressed(PLAIN, &press(event), is_apple()));
    });
    on_event_first(area, "keyup", move |_: &ev::KeyboardEvent| is_plain.set_value(false));
    on_event_first(area, "paste", move |event: &ClipboardEvent| {
        let data = event.clipboard_data().filter(|data| !is_only_files(data));
        let Some(data) = data.filter(|_| !is_plain.get_value()) else { return };
        let text = data.get_data("text/plain").unwrap_or_default();
        let html = || data.get_data("text/html").unwrap_or_default();
        if draft.edit(|written| pasted(written, text.trim(), html)) {
            event.prevent_default();
        }
    });
}

/// Returns the text after a paste, or `None` if the browser is to insert the plain text.
fn pasted(written: &Written, text: &str, html: impl FnOnce() -> String) -> Option<Written> {
    if is_in_code(&written.text, written.selected.start) {
        return None;
    }
    link::paste(written, text).or_else(|| {
        let nodes = rich_text::parse(&html())?;
        Some(written.insert(&to_markdown(&nodes)?))
    })
}
