//! What kind of screen this is, asked as the style asks it, and where the focus goes when a small one shows another view.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

/// The heading of what a small screen shows.
const HEADING: &str =
    ".shell[data-view=rooms] .room-list__heading, .shell[data-view=room] .room-header__name";

/// Whether it is touched: a field with the focus brings up a keyboard, and Enter can only break the line.
pub(crate) fn is_touch() -> bool {
    matches("(pointer: coarse)")
}

/// Whether it shows one view at a time: the rooms, a room, or the panel.
pub(crate) fn is_phone() -> bool {
    matches("(width < 48rem)")
}

fn matches(media: &str) -> bool {
    window().match_media(media).ok().flatten().is_some_and(|media| media.matches())
}

/// To the heading of the view that is there now, since what was pressed is out of view; unless one writes there already.
pub(crate) fn focus_heading() {
    let writes = |focus: web_sys::Element| focus.matches("input, textarea").unwrap_or_default();
    if !document().active_element().is_some_and(writes) {
        focus(HEADING);
    }
}

/// To an element, if it is there.
pub(crate) fn focus(selector: &str) {
    let element = document().query_selector(selector).ok().flatten();
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
