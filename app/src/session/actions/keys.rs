//! The keys of the registry.

use leptos::{ev, prelude::*};

use super::{Action, Session, Target, all};
use crate::{
    browser::{
        focus::{focused_message, is_in_dialog, is_in_field},
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
    let room = session.room_in_view().with_untracked(|room| room.as_ref().map(|room| room.id));
    let message = room.zip(focused_message());
    let targets = [Some(Target { session, message }), message.map(|_| session.target())];
    let is_apple = is_apple();
    let found = targets.into_iter().flatten().find_map(|target| {
        let mut actions = all().iter();
        let action = actions.find(|action| {
            is_reached(session, action, &press, is_apple) && action.is_available(target)
        })?;
        Some((action, target))
    });
    if let Some((action, target)) = found {
        event.prevent_default();
        action.act(target);
    }
}

/// Returns whether a press reaches an action. In a field, plain keys are text. In a dialog, only
/// the keys that closed it again do something.
fn is_reached(session: Session, action: &Action, press: &Press, is_apple: bool) -> bool {
    let is_pressed = |keys: &&&str| chord::is_pressed(keys, press, is_apple);
    let Some(keys) = action.keys.iter().find(is_pressed) else { return false };
    let closes = match action.id {
        "switch" => session.switcher.get_untracked(),
        "shortcuts" => session.shortcuts.get_untracked(),
        _ => false,
    };
    (!is_in_dialog() || closes) && !(chord::is_plain(keys) && is_in_field())
}
