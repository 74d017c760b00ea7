//! Files that are dropped or pasted: the browser would leave the page to open them.

use wasm_bindgen::JsCast as _;
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, Element, Event};

use super::window::on_window;

/// Elements that accept dropped text.
const FIELDS: &str = "input, textarea, [contenteditable]";

/// Keeps the browser from opening what is dropped on the page. Text dropped on a field is inserted
/// as usual. Calls `refuse` for each dropped or pasted file.
pub(crate) fn refuse_files(refuse: impl Fn() + Clone + 'static) {
    let refuse_pasted = refuse.clone();
    on_window(&["dragenter", "dragover", "drop"], move |event| {
        let Some(drag) = event.dyn_ref::<DragEvent>() else { return };
        let data = drag.data_transfer();
        let has_files = data.as_ref().is_some_and(has_files);
        if !has_files && is_on_field(event) {
            return;
        }
        event.prevent_default();
        if event.type_() != "drop" {
            // Without files, the pointer shows that nothing can be dropped here.
            if let Some(data) = data.filter(|_| !has_files) {
                data.set_drop_effect("none");
            }
        } else if has_files {
            refuse();
        }
    });
    on_window(&["paste"], move |event| {
        let data = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
        // Text copied from an office program comes with a picture of it.
        if data.is_some_and(|data| has_files(&data) && !has_type(&data, "text/plain")) {
            refuse_pasted();
        }
    });
}

fn has_files(data: &DataTransfer) -> bool {
    has_type(data, "Files")
}

fn has_type(data: &DataTransfer, name: &str) -> bool {
    data.types().iter().any(|kind| kind.as_string().as_deref() == Some(name))
}

fn is_on_field(event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.closest(FIELDS), Ok(Some(_))))
}
