//! Touching a message: a long press opens its actions, a tap shows the button that does.

use std::time::Duration;

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, EventTarget, HtmlElement};

use crate::browser::{focus::focus_in_place, window::is_touch};

/// The time after which a press is long.
const LONG_PRESS: Duration = Duration::from_millis(500);
/// The distance, in CSS pixels, that a finger may move meanwhile.
const TOLERANCE_PX: i32 = 10;

/// The finger on a list of messages.
#[derive(Clone, Copy)]
pub(super) struct Press {
    /// The press that may become a long one, and where it began.
    waiting: StoredValue<Option<(TimeoutHandle, i32, i32)>>,
    /// True if the last press was made by a finger.
    by_finger: StoredValue<bool>,
    /// True after a long press, until the finger is lifted.
    has_opened: StoredValue<bool>,
}

impl Press {
    /// Creates the state without a finger on the list.
    pub(super) fn new() -> Self {
        let press = Self {
            waiting: StoredValue::new(None),
            by_finger: StoredValue::new(false),
            has_opened: StoredValue::new(false),
        };
        on_cleanup(move || press.end());
        press
    }

    /// Handles `pointerdown`.
    pub(super) fn start(self, event: &ev::PointerEvent) {
        self.end();
        self.by_finger.set_value(event.pointer_type() == "touch");
        self.has_opened.set_value(false);
        let Some(button) = more_button(event.target()).filter(|_| self.by_finger.get_value())
        else {
            return;
        };
        let open = move || {
            self.waiting.try_set_value(None);
            self.has_opened.try_set_value(true);
            focus_in_place(&button); // gets the focus again when the sheet is closed
            button.click();
        };
        if let Ok(timeout) = set_timeout_with_handle(open, LONG_PRESS) {
            self.waiting.set_value(Some((timeout, event.client_x(), event.client_y())));
        }
    }

    /// Handles `pointermove`: a finger that moves away does something else.
    pub(super) fn moved(self, event: &ev::PointerEvent) {
        let is_away = self.waiting.with_value(|waiting| {
            waiting.is_some_and(|(_, x, y)| {
                (event.client_x() - x).abs().max((event.client_y() - y).abs()) > TOLERANCE_PX
            })
        });
        if is_away {
            self.end();
        }
    }

    /// Handles `pointerup` and `pointercancel`, by which a browser reports that it scrolls.
    pub(super) fn end(self) {
        if let Some((timeout, ..)) = self.waiting.try_update_value(Option::take).flatten() {
            timeout.clear();
        }
    }

    /// Handles `touchend`: lifting the finger must not click what the sheet shows below it.
    pub(super) fn lifted(self, event: &ev::TouchEvent) {
        if self.has_opened.get_value() {
            self.has_opened.set_value(false);
            event.prevent_default();
        }
    }

    /// Handles `contextmenu`, by which some browsers report a long press as well.
    pub(super) fn menu(self, event: &ev::MouseEvent) {
        if self.by_finger.get_value() && more_button(event.target()).is_some() {
            event.prevent_default();
        }
    }

    /// Handles `click`: shows the button of the message.
    pub(super) fn tap(self, event: &ev::MouseEvent) {
        if let Some(button) = more_button(event.target()).filter(|_| is_touch()) {
            focus_in_place(&button);
        }
    }
}

/// Returns the button for the actions of the message at `target`, unless something there reacts by
/// itself.
fn more_button(target: Option<EventTarget>) -> Option<HtmlElement> {
    let target = target?.dyn_into::<Element>().ok()?;
    if target.closest("a, button, input, dialog").ok()?.is_some() {
        return None;
    }
    let message = target.closest(".message").ok()??;
    message.query_selector(".message__more").ok()??.dyn_into().ok()
}
