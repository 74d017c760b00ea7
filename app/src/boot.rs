//! Starts the page in the browser: ties the session to browser events and to the connection.

mod persist;

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;

use crate::{
    browser::{
        address::update_from_history,
        appearance::{self, Appearance},
        focus::{close_dialogs, focus_heading, focus_view, is_in_view, is_lost, view_name},
        history::{close_by_going_back, close_overlay_by_going_back},
        keyboard::type_into_composer,
        window::{effect, is_in_foreground, is_phone, on_window},
    },
    page::address::Address,
    session::{
        Panel, Session,
        actions::{MessageAction, on_key},
    },
};

/// The interval at which an open page checks whether a new day has begun.
const CLOCK_INTERVAL: Duration = Duration::from_secs(30);
/// The interval at which an open page checks for users who have stopped typing.
const TYPING_INTERVAL: Duration = Duration::from_secs(1);

/// Starts the page. Call after hydration, because the first render must equal the server's.
pub(crate) fn start(session: Session) {
    session.show_appearance(Appearance::stored());
    persist::restore(session);
    session.keep_tray();
    session.restore_edits();
    session.find_drafts();
    session.note_told_drafts();
    set_interval(move || session.update_clock(), CLOCK_INTERVAL);
    set_interval(move || session.expire_typing(), TYPING_INTERVAL);
    on_window(&["keydown"], move |event| {
        if let Some(event) = event.dyn_ref() {
            on_key(session, event);
        }
    });
    on_window(&["keydown"], |event| type_into_composer(event, MessageAction::takes_key));
    on_window(&["storage"], move |event| {
        if appearance::concerns(event) {
            session.show_appearance(Appearance::stored());
        }
    });
    on_window(&["pagehide"], move |_| session.store_drafts());
    update_from_history(session.address);
    session.show_address();
    let cover = Memo::new(move |_| session.panel_path());
    close_by_going_back(cover, move || session.panel.set(None));
    let has_overlay = Memo::new(move |_| {
        let picks_emoji = session.picking_emoji.with(Option::is_some); // in a sheet on a phone
        session.viewer.with(Option::is_some) || picks_emoji && is_phone()
    });
    let close_all = move || {
        // They may be on their way yet.
        if !close_dialogs() && has_overlay.get_untracked() {
            session.viewer.set(None);
            session.picking_emoji.set(None);
        }
    };
    close_overlay_by_going_back(has_overlay, close_all);
    let room = session.room_in_view();
    // Another address of the same room is the same place.
    let place = Memo::new(move |_| match session.address.get() {
        Address::Room(name) => {
            let id = room.with(|room| room.as_ref().map(|room| room.id.to_string()));
            Address::Room(id.unwrap_or(name))
        }
        address => address,
    });
    Effect::new(move |before: Option<()>| {
        place.with(|_| ());
        if before.is_some() {
            close_all();
            // A thread may be opened together with its room.
            if is_phone() && !matches!(session.panel.get_untracked(), Some(Panel::Thread(_))) {
                session.panel.set(None);
            }
            request_animation_frame(move || arrive(session)); // once the view is rendered
        }
    });
    Effect::new(move |before: Option<()>| {
        session.panel.track();
        if before.is_some() {
            request_animation_frame(keep_focus);
        }
    });
    // The focus stays in the composer.
    effect(move || {
        if session.editing.get().is_some() {
            session.say("Editing your message. Press Esc to restore the original.");
        }
    });
    session.keep_thread();
    effect(move || session.note_view());
    session.keep_custom_emoji();
    session.take_later_answers();
    session.return_edits();
    effect(move || {
        let open = room.get().map(|room| room.id);
        if let Some(room) = open {
            session.remember_room(room);
        }
        session.model().update(|model| model.open(open));
    });
    let update_foreground = move || {
        let now = is_in_foreground();
        if session.foreground.get_untracked() != now {
            session.foreground.set(now);
            session.model().update(|model| model.visible = now);
        }
    };
    update_foreground();
    on_window(&["focus", "blur", "visibilitychange", "pageshow"], move |_| update_foreground());
    #[cfg(feature = "hydrate")]
    crate::connect::start(session);
}

/// Leads keyboard and screen reader to a view that has just come into view.
fn arrive(session: Session) {
    if is_phone() {
        focus_heading();
    }
    keep_focus();
    // Where the focus stayed at a link, nothing else tells that the view has changed.
    if !is_in_view() && !is_phone() {
        session.say(view_name());
    }
}

/// Moves the focus to the view if what had it is gone.
pub(crate) fn keep_focus() {
    if is_lost() {
        focus_view();
    }
}
