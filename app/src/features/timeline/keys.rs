//! The keys of the message list. Up and Down walk the messages; Left and Right the buttons of a
//! message; Enter shows its actions, and letters run them; Escape leads back, at last to the
//! composer.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use super::{
    choices::MessageTarget,
    place::Place,
    rows::{message_of, row_of},
};
use crate::{
    browser::{
        focus::{focus_composer, focus_element, is_in_composer},
        keyboard::{is_plain, letter},
    },
    session::{Session, actions::MessageAction},
};

/// Handles a key press on the message list.
pub(super) fn on_key(session: Session, place: Place, event: &ev::KeyboardEvent) {
    if !is_plain(event) || event.default_prevented() {
        return;
    }
    let Some(row) = row_of(event.target()) else { return };
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let is_in_dialog = |target: &Element| target.closest("dialog").ok().flatten().is_some();
    if target.as_ref().is_some_and(is_in_dialog) {
        return; // the sheet has keys of its own
    }
    let on_row = target.as_ref() == Some(&row);
    let scrolls = |target: &Element| target.matches(".code__text, .prose__table").unwrap_or(false);
    let scrolling = ["ArrowLeft", "ArrowRight", "Home", "End"];
    if scrolling.contains(&event.key().as_str()) && target.as_ref().is_some_and(scrolls) {
        return; // long lines of code and wide tables scroll
    }
    let is_handled = match event.key().as_str() {
        "ArrowUp" => focus_next(&row, Element::previous_element_sibling),
        "ArrowDown" => focus_next(&row, Element::next_element_sibling),
        "Home" => focus_end(&row, |list| list.query_selector("li.message").ok().flatten()),
        "End" => {
            session.resume_reading(place.room());
            place.go_to_end();
            request_animation_frame(move || focus_last(&row));
            true
        }
        "PageUp" => place.scroll.page(false).is_some_and(|row| focus_element(&row)),
        "PageDown" => place.scroll.page(true).is_some_and(|row| focus_element(&row)),
        "ArrowRight" => walk_buttons(&row, target.as_ref(), true),
        "ArrowLeft" => walk_buttons(&row, target.as_ref(), false),
        "Enter" if on_row => {
            show_actions(session, row);
            true
        }
        "Escape" if on_row => {
            focus_composer();
            is_in_composer() // without one, Escape closes the panel
        }
        "Escape" => {
            session.active.set(None);
            focus_element(&row)
        }
        _ if on_row => run_choice(session, place, &row, event),
        _ => false,
    };
    if is_handled {
        event.prevent_default();
    }
}

/// Runs the action of a key on a message, or says that the message does not offer it. `Z` undoes
/// its deletion, or that it is sent.
fn run_choice(session: Session, place: Place, row: &Element, event: &ev::KeyboardEvent) -> bool {
    let (Some(id), Some(key)) = (message_of(row), letter(event)) else { return false };
    if key == "z" {
        return session.undo_delete(id) || session.undo_send(id);
    }
    let choice = MessageAction::of_key(&key);
    // A message that is not in the room log has no actions.
    let in_log = row.has_attribute("data-seq") && !row.has_attribute("data-state");
    let target = MessageTarget::of(session, place.room(), id).filter(|_| in_log);
    let chosen = choice
        .zip(target)
        .filter(|(choice, target)| untrack(|| choice.is_available(session, *target)));
    match chosen {
        Some((choice, target)) => choice.run(session, target),
        None if choice.is_some() => session.tell("This message does not offer that"),
        None => return false,
    }
    true
}

/// Focuses the next message in a direction. At the end of the list, nothing moves.
fn focus_next(row: &Element, next: impl Fn(&Element) -> Option<Element>) -> bool {
    let mut sibling = next(row);
    while let Some(row) = sibling {
        if row.matches(".message").unwrap_or_default() {
            focus_element(&row);
            break;
        }
        sibling = next(&row);
    }
    true
}

fn focus_end(row: &Element, find: impl Fn(&Element) -> Option<Element>) -> bool {
    row.parent_element().and_then(|list| find(&list)).is_some_and(|row| focus_element(&row))
}

/// Focuses the last message of the list to which a row belongs, or belonged.
fn focus_last(row: &Element) {
    let list = row
        .parent_element()
        .or_else(|| document().query_selector(".timeline__column > ol").ok().flatten());
    let last = list.and_then(|list| list.query_selector("li.message:last-child").ok().flatten());
    if let Some(last) = last {
        focus_element(&last);
    }
}

/// Moves the focus between a message and its buttons.
fn walk_buttons(row: &Element, target: Option<&Element>, forward: bool) -> bool {
    let Ok(found) = row.query_selector_all("button, a[href]") else { return false };
    let buttons: Vec<Element> =
        (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect();
    let here = buttons.iter().position(|button| Some(button) == target);
    let next = match (here, forward) {
        (None, true) => buttons.first(),
        (Some(index), true) => buttons.get(index + 1),
        (None, false) => None,
        (Some(0), false) => Some(row),
        (Some(index), false) => buttons.get(index - 1),
    };
    next.is_some_and(focus_element)
}

/// Shows the actions of a message and focuses the first one. A message that is not in the room log
/// has other buttons.
fn show_actions(session: Session, row: Element) {
    session.active.set(message_of(&row));
    request_animation_frame(move || {
        let first = |selector| row.query_selector(selector).ok().flatten();
        if let Some(button) = first(".message__toolbar button")
            .or_else(|| first("button:not([data-person], [data-copy])"))
        {
            focus_element(&button);
        }
    });
}
