//! Files that are dropped or pasted: the browser would leave the page to open them.

use std::{cell::RefCell, rc::Rc};

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, Element, Event, File, FileList};

use super::{
    js::{call, get},
    window::on_window,
};

/// Elements that accept dropped text.
const FIELDS: &str = "input, textarea, [contenteditable]";
/// The panel beside a room.
const PANEL: &str = ".shell__panel";

/// Where files are dragged or pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// In the panel beside a room.
    Panel,
    /// Anywhere else on the page.
    Page,
}

/// What happens to files of the user.
#[derive(Debug)]
pub(crate) enum FilesEvent {
    /// They are dragged across the page.
    Over(Spot),
    /// They are dragged away.
    Left,
    /// They were dropped or pasted. Folders are left out.
    Given(Spot, Vec<File>),
}

type Take = Rc<dyn Fn(FilesEvent) -> bool>;

thread_local! {
    static TAKE: RefCell<Option<Take>> = const { RefCell::new(None) };
}

/// Hands files that are dragged and pasted to `take` from now on. It returns whether there is a
/// place for them.
pub(crate) fn take_files(take: impl Fn(FilesEvent) -> bool + 'static) {
    TAKE.set(Some(Rc::new(take)));
}

fn hand(event: FilesEvent) -> bool {
    let take = TAKE.with_borrow(Clone::clone);
    take.is_some_and(|take| take(event))
}

/// Keeps the browser from opening what is dropped on the page. Text dropped on a field is inserted
/// as usual. Calls `refuse` for dropped or pasted files for which there is no place.
pub(crate) fn watch_files(refuse: impl Fn() + Clone + 'static) {
    let refuse_pasted = refuse.clone();
    on_window(&["dragenter", "dragover", "drop"], move |event| {
        let Some(drag) = event.dyn_ref::<DragEvent>() else { return };
        let data = drag.data_transfer();
        let has_files = data.as_ref().is_some_and(has_files);
        if !has_files && is_on_field(event) {
            return;
        }
        event.prevent_default();
        let Some(data) = data else { return };
        if !has_files {
            // The pointer shows that nothing can be dropped here.
            if event.type_() != "drop" {
                data.set_drop_effect("none");
            }
            return;
        }
        if event.type_() == "drop" {
            hand(FilesEvent::Left);
            if !hand(FilesEvent::Given(spot(event), files_of(&data))) {
                refuse();
            }
        } else {
            hand(FilesEvent::Over(spot(event)));
        }
    });
    on_window(&["dragleave"], |event| {
        let to = event.dyn_ref::<DragEvent>().and_then(|drag| drag.related_target());
        if to.is_none() {
            hand(FilesEvent::Left);
        }
    });
    on_window(&["paste"], move |event| {
        let data = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data);
        if let Some(data) = data.filter(is_only_files) {
            event.prevent_default();
            if !hand(FilesEvent::Given(spot(event), files_of(&data))) {
                refuse_pasted();
            }
        }
    });
}

/// Returns whether files are pasted. Text copied from an office program comes with a picture of it.
pub(crate) fn is_only_files(data: &DataTransfer) -> bool {
    has_files(data) && !has_type(data, "text/plain")
}

fn has_files(data: &DataTransfer) -> bool {
    has_type(data, "Files")
}

fn has_type(data: &DataTransfer, name: &str) -> bool {
    data.types().iter().any(|kind| kind.as_string().as_deref() == Some(name))
}

/// Returns the files of a list.
pub(crate) fn files_in(list: &FileList) -> Vec<File> {
    (0..list.length()).filter_map(|index| list.get(index)).collect()
}

/// Returns the files of a drag or the clipboard, without folders.
fn files_of(data: &DataTransfer) -> Vec<File> {
    let items = get(data, "items");
    let count = get(&items, "length").as_f64().unwrap_or_default() as u32;
    let is_folder = |item: &JsValue| {
        let entry = call(item, "webkitGetAsEntry", &[]).unwrap_or_default();
        get(&entry, "isDirectory").is_truthy()
    };
    (0..count)
        .map(|index| get(&items, &index.to_string()))
        .filter(|item| get(item, "kind") == "file" && !is_folder(item))
        .filter_map(|item| call(&item, "getAsFile", &[]).ok()?.dyn_into().ok())
        .collect()
}

fn spot(event: &Event) -> Spot {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_in_panel = target.is_some_and(|target| matches!(target.closest(PANEL), Ok(Some(_))));
    if is_in_panel { Spot::Panel } else { Spot::Page }
}

fn is_on_field(event: &Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.closest(FIELDS), Ok(Some(_))))
}
