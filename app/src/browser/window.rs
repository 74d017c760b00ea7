//! The window: its events, its size, and whether the user sees it.

use std::{sync::LazyLock, time::Duration};

use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition, VisibilityState};

/// Runs `run` in the browser, and again whenever a signal that it reads changes.
pub(crate) fn effect(run: impl Fn() + 'static) {
    // Boxed, so that all callers share the compiled code of one effect.
    let run: Box<dyn Fn()> = Box::new(run);
    Effect::new(move |_| run());
}

/// Runs `run` once the next frame is painted.
pub(crate) fn after_paint(run: impl FnOnce() + 'static) {
    request_animation_frame(move || set_timeout(run, Duration::ZERO));
}

/// Calls `handle` for each event of these names that reaches the window, as long as the page
/// exists.
pub(crate) fn on_window(
    names: &'static [&'static str],
    handle: impl Fn(&web_sys::Event) + Clone + 'static,
) {
    for name in names {
        let handle = handle.clone();
        let handle: Box<dyn Fn(web_sys::Event)> = Box::new(move |event| handle(&event));
        let handle = Closure::wrap(handle).into_js_value();
        // `resume` does not bubble from the document to the window, so only the capture phase
        // sees it. Capturing the others would add the `focus` of every element.
        let capture = *name == "resume";
        let _ = window().add_event_listener_with_callback_and_bool(
            name,
            handle.unchecked_ref(),
            capture,
        );
    }
}

/// Returns whether the page is visible and has the focus.
pub(crate) fn is_in_foreground() -> bool {
    is_visible() && document().has_focus().unwrap_or(true)
}

/// Returns whether the page is visible.
pub(crate) fn is_visible() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

/// Returns whether an element is so near the lower end of the window that a menu of it has to open
/// upwards.
pub(crate) fn is_near_end(element: &web_sys::Element) -> bool {
    const MENU_PX: f64 = 340.0;
    let height = window().inner_height().ok().and_then(|height| height.as_f64());
    let bottom = element.get_bounding_client_rect().bottom();
    height.is_some_and(|height| height - bottom < MENU_PX)
}

/// Tells the style sheet where a popup about an element stands: below the element.
pub(crate) fn place_popup(anchor: &web_sys::Element) {
    let place = anchor.get_bounding_client_rect();
    tell_place(place.bottom(), place.left(), "0");
}

/// Tells the style sheet that a popup about an element stands above what matches `selector` around
/// the element.
pub(crate) fn place_popup_above(anchor: &web_sys::Element, selector: &str) {
    let around = anchor.closest(selector).ok().flatten();
    let top = around.as_ref().unwrap_or(anchor).get_bounding_client_rect().top();
    tell_place(top, anchor.get_bounding_client_rect().left(), "1");
}

/// `is_above` is `1` for a popup that ends at `block`, and `0` for one that begins there.
fn tell_place(block: f64, inline: f64, is_above: &str) {
    let html = document().document_element();
    let Some(html) = html.and_then(|html| html.dyn_into::<HtmlElement>().ok()) else { return };
    for (name, at) in [("--popup-block", block), ("--popup-inline", inline)] {
        let _ = html.style().set_property(name, &format!("{}px", at.round() as i32));
    }
    let _ = html.style().set_property("--popup-above", is_above);
}

/// Returns whether this is a touch screen: focusing a field brings up a keyboard, and Enter can
/// only break the line.
pub(crate) fn is_touch() -> bool {
    matches("(pointer: coarse)")
}

/// Returns whether the screen shows one view at a time: the rooms, a room, or the panel.
pub(crate) fn is_phone() -> bool {
    matches("(width < 48rem)")
}

/// Returns whether the actions of a message are a sheet: hovering is impossible, or there is no
/// space for a toolbar.
pub(crate) fn has_sheets() -> bool {
    is_touch() || is_phone()
}

/// Returns whether this is one of Apple's systems, whose shortcuts have ⌘ in place of Ctrl.
pub(crate) fn is_apple() -> bool {
    static IS_APPLE: LazyLock<bool> = LazyLock::new(|| {
        let platform = window().navigator().platform().unwrap_or_default();
        ["Mac", "iPhone", "iPad"].iter().any(|name| platform.starts_with(name))
    });
    *IS_APPLE
}

/// Scrolls an element into view, no further than needed.
pub(crate) fn scroll_into_view(element: &web_sys::Element) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Scrolls an element into the middle of what scrolls it. Of one that is larger, the beginning is
/// shown.
pub(crate) fn scroll_to_middle(element: &web_sys::Element, scroller: &web_sys::Element) {
    if element.client_height() > scroller.client_height() {
        element.scroll_into_view();
        return;
    }
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Center);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

fn matches(media: &str) -> bool {
    window().match_media(media).ok().flatten().is_some_and(|media| media.matches())
}

/// Returns whether the device has a network, as far as the browser knows.
pub(crate) fn is_online() -> bool {
    window().navigator().on_line()
}

/// Loads the page again.
pub(crate) fn reload() {
    let _ = window().location().reload();
}

/// Loads the page at an address.
pub(crate) fn open(address: &str) {
    let _ = window().location().assign(address);
}
