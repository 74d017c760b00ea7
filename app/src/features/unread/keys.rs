//! The keys of the view: `N` goes to the next room or thread, `M` marks the current one as read,
//! Enter opens it, `Z` puts back the last one.

use leptos::{ev, prelude::*};

use super::View;
use crate::{
    browser::{
        focus::{is_in_dialog, is_in_field, is_on_button, is_on_radio},
        keyboard::letter,
    },
    session::Session,
    state::conversation::Conversation,
};

/// Handles the keys of the view while it is shown.
pub(super) fn listen(session: Session, view: View) {
    let pressed = window_event_listener(ev::keydown, move |event| {
        let is_typing = is_in_field() && !is_on_radio();
        if event.default_prevented() || is_in_dialog() || is_typing {
            return;
        }
        let Some(key) = letter(&event) else { return };
        if key == "enter" && is_on_button() {
            return; // presses it
        }
        let current = untrack(|| view.current());
        let is_handled = match key.as_str() {
            "n" => choose(view, current, true),
            "k" | "b" => choose(view, current, false),
            "m" => current.is_some_and(|place| clear(session, view, place)),
            "enter" => current.is_some_and(|place| open(session, place)),
            "z" => session.restore_unread().is_some_and(|place| {
                view.choose(Some(place));
                true
            }),
            _ => false,
        };
        if is_handled {
            event.prevent_default();
        }
    });
    on_cleanup(move || pressed.remove());
}

/// Chooses what comes after or before the current one. The first press chooses the first.
fn choose(view: View, current: Option<Conversation>, forward: bool) -> bool {
    let next = view.places.with_untracked(|places| {
        let here = places.iter().position(|place| Some(*place) == current)?;
        if view.chosen.get_untracked().is_none() {
            return places.get(here).copied();
        }
        let next = if forward { here + 1 } else { here.checked_sub(1)? };
        places.get(next).copied()
    });
    if next.is_some() {
        view.choose(next);
    }
    next.is_some()
}

/// Marks a room or a thread as read and chooses the one after it, else the one before.
fn clear(session: Session, view: View, place: Conversation) -> bool {
    let next = view.places.with_untracked(|places| {
        let here = places.iter().position(|known| *known == place)?;
        let before = || here.checked_sub(1).and_then(|before| places.get(before));
        places.get(here + 1).or_else(before).copied()
    });
    session.clear_unread(&[place]);
    view.choose(next);
    true
}

fn open(session: Session, place: Conversation) -> bool {
    session.open_conversation(place);
    true
}
