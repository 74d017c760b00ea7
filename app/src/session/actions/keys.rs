//! The keys of the registry.

use leptos::{ev, prelude::*};

use super::{Action, Group, Session, all};
use crate::{
    browser::{
        focus::{is_in_composer, is_in_dialog, is_in_field},
        keyboard::press,
        window::is_apple,
    },
    state::chord::{self, Press},
};

/// Runs the action of a key press, if there is one that is available.
pub(crate) fn on_key(session: Session, event: &ev::KeyboardEvent) {
    if event.default_prevented() || event.is_composing() {
        return;
    }
    let press = press(event);
    let is_apple = is_apple();
    let mut actions = all().iter();
    let found = actions.find(|action| {
        is_reached(session, action, &press, is_apple) && action.is_available(session)
    });
    if let Some(action) = found {
        event.prevent_default();
        action.act(session);
    }
}

/// Returns whether a press reaches an action. In a field, plain keys are text. In a dialog, only
/// the keys that closed it again do something. Formats are for the composer.
fn is_reached(session: Session, action: &Action, press: &Press, is_apple: bool) -> bool {
    let is_pressed = |keys: &&&str| chord::is_pressed(keys, press, is_apple);
    let Some(keys) = action.keys.iter().find(is_pressed) else { return false };
    let closes = match action.id {
        "switch" => session.switcher.get_untracked(),
        "shortcuts" => session.shortcuts.get_untracked(),
        _ => false,
    };
    let is_elsewhere = action.group == Group::Format && !is_in_composer();
    let is_typing = chord::is_plain(keys) && is_in_field();
    !is_elsewhere && !is_typing && (closes || !is_in_dialog())
}
