//! The table of all actions. A row has the id, the label, the keys, the group, when the action is
//! available, and what it does.

use leptos::prelude::*;

use super::{
    Action,
    Group::{self, Around, Message, Panels, Search, Unread, Writing},
    MessageAction, format,
};
use crate::{
    browser::{
        focus::{focus_composer, focus_view, sign_out},
        room_links::next_room,
    },
    page::address::{Address, View},
    session::{Panel, Session},
    state::{search::Asked, writing::Format},
};

/// All actions, in the order in which they are shown.
#[rustfmt::skip]
pub(super) static ACTIONS: &[Action] = &[
    row("search", "Search messages", &["Mod+Shift+F"], Around, always,
        |it| it.open_search(&Asked::default())),
    row("unread", "Unread", &[], Around, always, |it| go(it, View::Unread)),
    row("threads", "Threads", &[], Around, always, |it| go(it, View::Threads)),
    row("drafts", "Drafts and later", &[], Around, always, |it| go(it, View::Drafts)),
    row("browse", "All rooms", &[], Around, always, |it| go(it, View::Browse)),
    row("new-message", "New message", &[], Around, always, |it| go(it, View::NewMessage)),
    row("new-room", "New room", &[], Around, always, |it| it.go(Address::NewRoom)),
    row("people", "People", &[], Around, always, |it| go(it, View::People)),
    row("emoji", "Emoji", &[], Around, always, |it| go(it, View::Emoji)),
    row("admin", "Administration", &[], Around, is_admin, |it| go(it, View::Admin)),
    row("switch", "Jump to a room or person", &["Mod+K"], Around, always,
        |it| toggle(it.switcher)),
    row("next-room", "Next room", &["Alt+ArrowDown"], Around, always, |it| walk(it, true, false)),
    row("previous-room", "Previous room", &["Alt+ArrowUp"], Around, always,
        |it| walk(it, false, false)),
    row("next-unread", "Next unread room", &["Alt+Shift+ArrowDown"], Around, always,
        |it| walk(it, true, true)),
    row("previous-unread", "Previous unread room", &["Alt+Shift+ArrowUp"], Around, always,
        |it| walk(it, false, true)),
    row("settings", "Settings", &["Mod+,"], Around, always, |it| go(it, View::Settings)),
    row("shortcuts", "Shortcuts", &["?", "Mod+/"], Around, always,
        |it| toggle(it.shortcuts)),
    row("reconnect", "Connect now", &[], Around, is_away, |it| it.reconnect_now()),
    row("sign-out", "Sign out", &[], Around, always, |_| sign_out()),

    row("write", "Write a message", &[], Writing, is_in_room, |_| focus_composer()),
    hint("send", "Send", &["Enter"], Writing),
    row("send-later", "Send later", &["Mod+Shift+Enter"], Writing, Session::has_later,
        |it| it.send_later()),
    hint("break", "New line", &["Shift+Enter"], Writing),
    hint("edit-last", "Edit your last message", &["ArrowUp"], Writing),
    hint("preview", "Show the preview", &["Mod+Shift+Y"], Writing),
    hint("leave-edit", "Leave an edit", &["Escape"], Writing),
    hint("scroll", "Scroll the messages", &["PageUp", "PageDown"], Writing),
    hint("to-messages", "Go to the messages", &["Shift+Tab"], Writing),

    format::row(Format::Bold),
    format::row(Format::Italic),
    format::row(Format::Strikethrough),
    format::row(Format::Code),
    format::row(Format::CodeBlock),
    format::row(Format::Link),
    format::row(Format::Quote),
    format::row(Format::BulletList),
    format::row(Format::NumberedList),

    hint("walk", "Move between messages", &["ArrowUp", "ArrowDown"], Message),
    hint("ends", "First or last message", &["Home", "End"], Message),
    hint("message-actions", "Show what can be done", &["Enter"], Message),
    hint("walk-buttons", "Move between its buttons", &["ArrowLeft", "ArrowRight"], Message),
    MessageAction::Reply.row(),
    MessageAction::Thread.row(),
    MessageAction::Edit.row(),
    MessageAction::Pin.row(),
    MessageAction::MarkUnread.row(),
    MessageAction::Remind.row(),
    MessageAction::History.row(),
    MessageAction::RemovePreviews.row(),
    MessageAction::CopyText.row(),
    MessageAction::CopyLink.row(),
    MessageAction::Delete.row(),
    hint("undo-delete", "Undo sending or deleting", &["Z"], Message),
    hint("leave-message", "Back to writing", &["Escape"], Message),

    row("members", "People in this room", &["Mod+Shift+M"], Panels, is_in_room,
        |it| it.toggle(Panel::Members)),
    row("about", "About this room", &[], Panels, is_in_room, |it| it.toggle(Panel::About)),
    row("pins", "Pinned messages", &[], Panels, is_in_room, |it| it.toggle(Panel::Pins)),
    row("files", "Files in this room", &[], Panels, is_in_room, |it| it.toggle(Panel::Files)),
    row("search-room", "Search in this room", &[], Panels, is_in_room, |it| it.search_here()),
    row("close-panel", "Close the panel", &["Escape"], Panels, has_panel,
        |it| it.panel.set(None)),

    hint("unread-next", "Next room", &["N"], Unread),
    hint("unread-previous", "Previous room", &["B"], Unread),
    hint("unread-read", "Mark it read", &["M"], Unread),
    hint("unread-open", "Open it", &["Enter"], Unread),
    hint("unread-undo", "Put back the last one", &["Z"], Unread),

    hint("search-results", "To the results, and between them", &["ArrowDown", "ArrowUp"], Search),
    hint("search-open", "Open a result", &["Enter"], Search),
    hint("search-leave", "Back to the field, empty it, leave", &["Escape"], Search),
];

const fn row(
    id: &'static str,
    label: &'static str,
    keys: &'static [&'static str],
    group: Group,
    when: fn(Session) -> bool,
    run: fn(Session),
) -> Action {
    Action { id, label, keys, group, when, run: Some(run) }
}

/// A row for the list of shortcuts: a field or a list handles the keys.
pub(super) const fn hint(
    id: &'static str,
    label: &'static str,
    keys: &'static [&'static str],
    group: Group,
) -> Action {
    Action { id, label, keys, group, when: always, run: None }
}

fn always(_: Session) -> bool {
    true
}

fn is_admin(session: Session) -> bool {
    session.model().with_untracked(|model| model.me.role.may_invite())
}

fn is_away(session: Session) -> bool {
    session.model().with_untracked(|model| model.connection.is_away())
}

fn is_in_room(session: Session) -> bool {
    session.room_in_view().with_untracked(Option::is_some)
}

fn has_panel(session: Session) -> bool {
    session.panel.with_untracked(Option::is_some)
}

fn toggle(is_open: RwSignal<bool>) {
    is_open.update(|is_open| *is_open = !*is_open);
}

fn go(session: Session, view: View) {
    session.go(Address::View(view));
}

/// Goes to the next or previous room of the navigation, or of the unread ones.
fn walk(session: Session, forward: bool, unread_only: bool) {
    match next_room(forward, unread_only).and_then(|path| Address::parse(&path)) {
        Some(room) => {
            session.go(room);
            request_animation_frame(focus_view);
        }
        None if unread_only => session.say("Nothing is unread."),
        None => {}
    }
}
