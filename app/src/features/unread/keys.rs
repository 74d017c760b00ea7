//! The keys of the view: `N` goes to the next room, `M` marks the current one as read, Enter opens
//! it, `Z` puts back the last one.

use leptos::{ev, prelude::*};
use protocol::RoomId;

use super::View;
use crate::{
    browser::{
        focus::{is_in_dialog, is_in_field, is_on_button},
        keyboard::letter,
    },
    session::Session,
};

/// Handles the keys of the view while it is shown.
pub(super) fn listen(session: Session, view: View) {
    let pressed = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || is_in_dialog() || is_in_field() {
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
            "m" => current.is_some_and(|room| clear(session, view, room)),
            "enter" => current.is_some_and(|room| open(session, room)),
            "z" => session.restore_unread().is_some_and(|room| {
                view.choose(Some(room));
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

/// Chooses the room after or before the current one. The first press chooses the first room.
fn choose(view: View, current: Option<RoomId>, forward: bool) -> bool {
    let next = view.rooms.with_untracked(|rooms| {
        let here = rooms.iter().position(|room| Some(*room) == current)?;
        if view.chosen.get_untracked().is_none() {
            return rooms.get(here).copied();
        }
        let next = if forward { here + 1 } else { here.checked_sub(1)? };
        rooms.get(next).copied()
    });
    if next.is_some() {
        view.choose(next);
    }
    next.is_some()
}

/// Marks a room as read and chooses the one after it, else the one before.
fn clear(session: Session, view: View, room: RoomId) -> bool {
    let next = view.rooms.with_untracked(|rooms| {
        let here = rooms.iter().position(|known| *known == room)?;
        let before = || here.checked_sub(1).and_then(|before| rooms.get(before));
        rooms.get(here + 1).or_else(before).copied()
    });
    session.clear_unread(room);
    view.choose(next);
    true
}

fn open(session: Session, room: RoomId) -> bool {
    session.open_room(room);
    true
}
