//! The table of all actions. A row has the id, the label, the keys, the group, when the action is
//! available, and what it does.

use leptos::prelude::*;

use super::{
    Action,
    Group::{self, Around, Message, Panels, Unread, Writing},
    Target,
};
use crate::{
    browser::{
        focus::{focus_composer, focus_view, sign_out},
        room_links::next_room,
    },
    page::address::{Address, View},
    session::Panel,
};

/// All actions, in the order in which they are shown.
#[rustfmt::skip]
pub(super) static ACTIONS: &[Action] = &[
    row("unread", "Unread", &[], Around, always, |t| go(t, View::Unread)),
    row("threads", "Threads", &[], Around, always, |t| go(t, View::Threads)),
    row("browse", "All rooms", &[], Around, always, |t| go(t, View::Browse)),
    row("new-message", "New message", &[], Around, always, |t| go(t, View::NewMessage)),
    row("new-room", "New room", &[], Around, always, |t| t.session.go(Address::NewRoom)),
    row("people", "People", &[], Around, always, |t| go(t, View::People)),
    row("admin", "Administration", &[], Around, is_admin, |t| go(t, View::Admin)),
    row("switch", "Jump to a room or person", &["Mod+K"], Around, always,
        |t| toggle(t.session.switcher)),
    row("next-room", "Next room", &["Alt+ArrowDown"], Around, always, |t| walk(t, true, false)),
    row("previous-room", "Previous room", &["Alt+ArrowUp"], Around, always,
        |t| walk(t, false, false)),
    row("next-unread", "Next unread room", &["Alt+Shift+ArrowDown"], Around, always,
        |t| walk(t, true, true)),
    row("previous-unread", "Previous unread room", &["Alt+Shift+ArrowUp"], Around, always,
        |t| walk(t, false, true)),
    row("settings", "Settings", &["Mod+,"], Around, always, |t| go(t, View::Settings)),
    row("shortcuts", "Shortcuts", &["?", "Mod+/"], Around, always,
        |t| toggle(t.session.shortcuts)),
    row("reconnect", "Connect now", &[], Around, is_away, |t| t.session.reconnect_now()),
    row("sign-out", "Sign out", &[], Around, always, |_| sign_out()),

    row("write", "Write a message", &[], Writing, is_in_room, |_| focus_composer()),
    hint("send", "Send", &["Enter"], Writing),
    hint("break", "New line", &["Shift+Enter"], Writing),
    hint("edit-last", "Edit your last message", &["ArrowUp"], Writing),
    hint("leave-edit", "Leave an edit", &["Escape"], Writing),
    hint("scroll", "Scroll the messages", &["PageUp", "PageDown"], Writing),

    hint("walk", "Move between messages", &["ArrowUp", "ArrowDown"], Message),
    hint("ends", "First or last message", &["Home", "End"], Message),
    hint("message-actions", "Show what can be done", &["Enter"], Message),
    hint("walk-buttons", "Move between its buttons", &["ArrowLeft", "ArrowRight"], Message),
    hint("reply", "Reply", &["R"], Message),
    hint("thread", "Open thread", &["T"], Message),
    row("edit", "Edit", &["E"], Message, is_mine, edit),
    hint("pin", "Pin, or unpin", &["P"], Message),
    hint("mark-unread", "Mark unread from here", &["U"], Message),
    hint("history", "Edit history", &["H"], Message),
    hint("copy-text", "Copy text", &["C"], Message),
    hint("copy-link", "Copy link", &["L"], Message),
    hint("delete", "Delete", &["Delete"], Message),
    hint("undo-delete", "Undo the deletion", &["Z"], Message),
    hint("leave-message", "Back to writing", &["Escape"], Message),

    row("members", "People in this room", &["Mod+Shift+M"], Panels, is_in_room,
        |t| t.session.toggle(Panel::Members)),
    row("about", "About this room", &[], Panels, is_in_room, |t| t.session.toggle(Panel::About)),
    row("pins", "Pinned messages", &[], Panels, is_in_room, |t| t.session.toggle(Panel::Pins)),
    hint("close-panel", "Close the panel", &["Escape"], Panels),

    hint("unread-next", "Next room", &["N"], Unread),
    hint("unread-previous", "Previous room", &["B"], Unread),
    hint("unread-read", "Mark it read", &["M"], Unread),
    hint("unread-open", "Open it", &["Enter"], Unread),
    hint("unread-undo", "Put back the last one", &["Z"], Unread),
];

const fn row(
    id: &'static str,
    label: &'static str,
    keys: &'static [&'static str],
    group: Group,
    when: fn(Target) -> bool,
    run: fn(Target),
) -> Action {
    Action { id, label, keys, group, when, run: Some(run) }
}

/// A row for the list of shortcuts: a field or a list handles the keys.
const fn hint(
    id: &'static str,
    label: &'static str,
    keys: &'static [&'static str],
    group: Group,
) -> Action {
    Action { id, label, keys, group, when: always, run: None }
}

fn always(_: Target) -> bool {
    true
}

fn is_admin(target: Target) -> bool {
    target.session.model().with_untracked(|model| model.me.role.may_invite())
}

fn is_away(target: Target) -> bool {
    target.session.model().with_untracked(|model| model.connection.is_away())
}

fn is_in_room(target: Target) -> bool {
    target.session.room_in_view().with_untracked(Option::is_some)
}

fn is_mine(Target { session, message }: Target) -> bool {
    let author = message.and_then(|(room, id)| session.author(room, id));
    author.is_some_and(|author| session.model().with_untracked(|model| model.me.id == author.id))
}

fn toggle(is_open: RwSignal<bool>) {
    is_open.update(|is_open| *is_open = !*is_open);
}

fn go(target: Target, view: View) {
    target.session.go(Address::View(view));
}

fn edit(Target { session, message }: Target) {
    session.editing.set(message.map(|(_, id)| id));
}

/// Goes to the next or previous room of the navigation, or of the unread ones.
fn walk(target: Target, forward: bool, unread_only: bool) {
    let session = target.session;
    match next_room(forward, unread_only).and_then(|path| Address::parse(&path)) {
        Some(room) => {
            session.go(room);
            request_animation_frame(focus_view);
        }
        None if unread_only => session.say("Nothing is unread."),
        None => {}
    }
}
