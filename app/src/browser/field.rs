//! Text fields: their selection, and changes that the browser's own undo takes back.

use leptos::prelude::{StoredValue, *};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{Event, HtmlDocument, HtmlTextAreaElement};

use crate::state::writing::{Replacement, Written};

/// Returns the text and the selection of a field.
pub(crate) fn read(area: &HtmlTextAreaElement) -> Written {
    let start = area.selection_start().ok().flatten().unwrap_or_default();
    let end = area.selection_end().ok().flatten().unwrap_or_default();
    Written::of_field(area.value(), start, end)
}

/// Changes the text and the selection of a field, as if the user had typed what is new.
pub(crate) fn write(area: &HtmlTextAreaElement, written: &Written) {
    let before = area.value();
    if before != written.text {
        let Replacement { start, end, text } = Replacement::between(&before, &written.text);
        let _ = area.focus();
        let _ = area.set_selection_range(start, end);
        if !(is_focused(area) && type_text(&text)) {
            // No command changes it: it is undone together with what is typed next.
            area.set_value(&written.text);
            if let Ok(event) = Event::new("input") {
                let _ = area.dispatch_event(&event);
            }
        }
    }
    let (start, end) = written.field_selection();
    let _ = area.set_selection_range(start, end);
}

/// Types a text in place of the selection. Only this command keeps the browser's list of changes
/// that can be undone, and no other API replaces it.
fn type_text(text: &str) -> bool {
    let Ok(document) = document().dyn_into::<HtmlDocument>() else { return false };
    let done = if text.is_empty() {
        document.exec_command("delete")
    } else {
        document.exec_command_with_show_ui_and_value("insertText", false, text)
    };
    done.unwrap_or_default()
}

fn is_focused(area: &HtmlTextAreaElement) -> bool {
    document().active_element().is_some_and(|focused| &focused == area.as_ref())
}

/// Restores the selection of a field that gets the focus back from a dialog, until the current
/// effect ends: Chromium moves the caret to the start.
pub(crate) fn keep_selection(area: &HtmlTextAreaElement) {
    let kept = StoredValue::new(None::<Written>);
    on_event_first(area, "blur", {
        let area = area.clone();
        move |_: &Event| kept.set_value(Some(read(&area)))
    });
    on_event_first(area, "focus", {
        let area = area.clone();
        move |_: &Event| {
            let kept = kept.try_update_value(Option::take).flatten();
            let is_lost =
                |kept: &Written| kept.text == area.value() && read(&area).selected == (0..0);
            if let Some(kept) = kept.filter(is_lost) {
                let (start, end) = kept.field_selection();
                let _ = area.set_selection_range(start, end);
            }
        }
    });
}

/// Handles an event of a field before its other handlers do, until the current effect ends.
pub(crate) fn on_event_first<E: wasm_bindgen::JsCast>(
    area: &HtmlTextAreaElement,
    name: &'static str,
    handle: impl Fn(&E) + 'static,
) {
    let handle: Box<dyn Fn(Event)> = Box::new(move |event| {
        if let Some(event) = event.dyn_ref::<E>() {
            handle(event);
        }
    });
    let listener = StoredValue::new_local((area.clone(), Closure::wrap(handle)));
    let change = move |is_added: bool| {
        listener.try_with_value(|(area, handle)| {
            let handle = handle.as_ref().unchecked_ref();
            let _ = if is_added {
                area.add_event_listener_with_callback_and_bool(name, handle, true)
            } else {
                area.remove_event_listener_with_callback_and_bool(name, handle, true)
            };
        });
    };
    change(true);
    on_cleanup(move || change(false));
}
