//! Keyboard focus.

use leptos::prelude::document;
use wasm_bindgen::JsCast as _;
use web_sys::{
    Element, EventTarget, FocusOptions, HtmlDialogElement, HtmlElement, HtmlFormElement, Node,
};

use super::window::{is_phone, is_touch};

/// The field of the composer.
const COMPOSER: &str = ".composer__text";
/// The heading of the view that a small screen shows.
const HEADING: &str =
    ".shell[data-view=rooms] .room-list__heading, .shell[data-view=room] .room-header__name";
/// The heading of the view beside the rooms.
const VIEW_HEADING: &str = ".shell__main .room-header__name";

/// Moves the focus to the heading of the current view, because the link that led there is out of
/// view. Keeps it where the user is already writing.
pub(crate) fn focus_heading() {
    let is_writing = |focused: Element| focused.matches("input, textarea").unwrap_or_default();
    if !document().active_element().is_some_and(is_writing) {
        focus(HEADING);
    }
}

/// Moves the focus to the composer, after the focused element is gone. Does nothing on a touch
/// screen, where this would bring up a keyboard.
pub(crate) fn focus_composer() {
    if !is_touch() {
        focus_typing();
    }
}

/// Moves the focus to where one goes on in a room or another view: the composer, else its heading.
pub(crate) fn focus_view() {
    let composer = document().query_selector(COMPOSER).ok().flatten();
    match composer.filter(|_| !is_touch()) {
        Some(composer) => {
            focus_element(&composer);
        }
        None if focus(VIEW_HEADING) => {}
        None => {
            focus("#content");
        }
    }
}

/// Returns whether nothing has the focus: what had it is gone.
pub(crate) fn is_lost() -> bool {
    document().active_element().is_none_or(|focused| focused.tag_name() == "BODY")
}

/// The mark of a field whose choices follow what was typed.
pub(crate) const IS_BEHIND: &str = "data-behind";

/// Returns whether a field has the focus that offers choices, or may do so with the next frame.
pub(crate) fn has_choices() -> bool {
    let focused = document().active_element();
    let offers = |focused: web_sys::Element| {
        ["aria-activedescendant", IS_BEHIND].iter().any(|mark| focused.has_attribute(mark))
    };
    focused.is_some_and(offers)
}

/// Returns whether the focus is in the room or view beside the rooms.
pub(crate) fn is_in_view() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|focused| focused.closest(".shell__main").is_ok_and(|main| main.is_some()))
}

/// Returns the text of the heading that names the view.
pub(crate) fn view_name() -> String {
    let heading = document().query_selector("h1").ok().flatten();
    heading.and_then(|heading| heading.text_content()).unwrap_or_default()
}

/// Returns whether a modal dialog is open, which has all keys.
pub(crate) fn is_in_dialog() -> bool {
    document().query_selector("dialog[open]").is_ok_and(|dialog| dialog.is_some())
}

/// Closes all dialogs. The browser gives the focus back. Returns whether there was one.
pub(crate) fn close_dialogs() -> bool {
    let Ok(open) = document().query_selector_all("dialog[open]") else { return false };
    let dialogs = (0..open.length()).filter_map(|index| open.item(index)?.dyn_into().ok());
    dialogs.map(|dialog: HtmlDialogElement| dialog.close()).count() > 0
}

/// Moves the focus to the composer, where the user has begun to type: that of the panel if the
/// focus is there or the panel is all that is shown.
pub(crate) fn focus_typing() {
    let is_panel = is_in_panel() || is_phone();
    let composer = document().query_selector(".panel .composer__text").ok().flatten();
    match composer.filter(|_| is_panel) {
        Some(composer) => {
            focus_element(&composer);
        }
        None => {
            focus(COMPOSER);
        }
    }
}

/// Returns whether the focus is in the panel beside the room.
pub(crate) fn is_in_panel() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|focused| focused.closest(".panel").ok().flatten().is_some())
}

/// Returns whether the composer with the focus is in the panel beside the room. `None` if no
/// composer has the focus.
pub(crate) fn composer_in_panel() -> Option<bool> {
    let focused = document().active_element()?;
    focused.matches(COMPOSER).unwrap_or_default().then(is_in_panel)
}

/// Moves the focus to an element, if the one that had it is gone.
pub(crate) fn focus_if_lost(element: &HtmlElement) {
    let focused = document().active_element();
    if focused.is_none_or(|focused| focused.tag_name() == "BODY") {
        let _ = element.focus();
    }
}

/// Returns whether the user is writing in a field.
pub(crate) fn is_in_field() -> bool {
    const FIELDS: &str = "input, textarea, select, [contenteditable]";
    let focused = document().active_element();
    focused.is_some_and(|focused| focused.matches(FIELDS).unwrap_or_default())
}

/// Returns whether the user is writing in a composer.
pub(crate) fn is_in_composer() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|focused| focused.matches(COMPOSER).unwrap_or_default())
}

/// Returns whether a message itself has the focus, or a button that scrolls to others.
pub(crate) fn is_at_message() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|focused| focused.matches("li.message, .jump").unwrap_or_default())
}

/// Returns whether a radio button has the focus, whose keys are Space and the arrows.
pub(crate) fn is_on_radio() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|focused| focused.matches("[type=radio]").unwrap_or_default())
}

/// Signs out, as the button does.
pub(crate) fn sign_out() {
    let form = document().query_selector("form[action='/sign-out']").ok().flatten();
    if let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        let _ = form.request_submit();
    }
}

/// Returns whether a button, a link or another control has the focus, which Enter presses.
pub(crate) fn is_on_button() -> bool {
    let focused = document().active_element();
    focused.is_some_and(|focused| focused.matches("button, a[href], summary").unwrap_or_default())
}

/// Moves the focus to an element without scrolling to it.
pub(crate) fn focus_in_place(element: &Element) {
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let _ = element.focus_with_options(&options);
    }
}

/// Moves the focus to an element and returns whether it can have it.
pub(crate) fn focus_element(element: &Element) -> bool {
    element.dyn_ref::<HtmlElement>().is_some_and(|element| element.focus().is_ok())
}

/// Returns whether an element contains the target of an event.
pub(crate) fn holds(element: &Element, target: Option<EventTarget>) -> bool {
    let target = target.and_then(|target| target.dyn_into::<Node>().ok());
    target.is_some_and(|target| element.contains(Some(&target)))
}

/// Moves the focus to the first element that matches `selector`. Returns whether there is one.
pub(crate) fn focus(selector: &str) -> bool {
    let element = document().query_selector(selector).ok().flatten();
    element.is_some_and(|element| focus_element(&element))
}
