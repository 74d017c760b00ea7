//! Events outside the connection that wake its loop.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use futures::channel::mpsc;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::VisibilityState;

use crate::{
    browser::{
        storage::{is_left_by, set_left},
        window::{effect, on_window},
    },
    session::Session,
};

/// The signals that wake the loop.
pub(super) struct Wakes {
    /// The page's state has changed.
    pub(super) changes: mpsc::Receiver<()>,
    /// An attempt to connect is worthwhile now: the user requested it, the network is back, or
    /// the page is in the foreground again.
    pub(super) reconnects: mpsc::Receiver<()>,
    /// Whether the user has asked to sign out.
    pub(super) sign_out: Rc<Cell<SignOut>>,
}

impl Wakes {
    /// Forgets that signing out failed: the server goes on with the session.
    pub(super) fn session_lives(&self) {
        if self.sign_out.get() == SignOut::Failed {
            self.sign_out.set(SignOut::No);
        }
    }
}

/// Whether the user has asked to sign out. `public/boot.js` does it, and tells by events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SignOut {
    /// Not as far as this page knows.
    #[default]
    No,
    /// The request is on its way. What follows leads to another page.
    Requested,
    /// The request failed, as far as this page knows: the session may have ended nevertheless.
    Failed,
}

/// Listens to the page's state and events. Sends to `leave` when the user leaves the page.
pub(super) fn listen(session: Session, leave: &mpsc::Sender<()>) -> Wakes {
    let (changed, changes) = mpsc::channel(1);
    let changed = Rc::new(RefCell::new(changed));
    let is_changed = Rc::clone(&changed);
    let (reconnect, reconnects) = mpsc::channel(1);
    effect(move || {
        session.track_outgoing();
        let _ = changed.borrow_mut().try_send(()); // if full, the loop is about to wake anyway
    });
    let reconnect = move || {
        let _ = reconnect.clone().try_send(());
    };
    let on_request = reconnect.clone();
    Effect::watch(move || session.reconnect_requests().get(), move |_, _, _| on_request(), false);
    let leave = leave.clone();
    let sign_out = Rc::new(Cell::new(SignOut::No));
    let signs_out = Rc::clone(&sign_out);
    let names = &[
        "online",
        "pageshow",
        "visibilitychange",
        "focus",
        "resume",
        "beforeunload",
        "pagehide",
        "signout",
        "signedout",
        "signoutfailed",
        "storage",
    ];
    let send_rest = move || {
        session.release_deletions();
        session.release_messages();
        let _ = is_changed.borrow_mut().try_send(()); // the signal itself would come too late
    };
    let me = session.me_untracked();
    on_window(names, move |event| match event.type_().as_str() {
        "visibilitychange" if document().visibility_state() != VisibilityState::Visible => {}
        // Another tab has signed the user out.
        "storage" => {
            if is_left_by(me, event.unchecked_ref()) {
                set_left(true);
            }
        }
        // Firefox closes the connection before it says that the page is hidden.
        "beforeunload" => send_rest(),
        "signout" => {
            signs_out.set(SignOut::Requested);
            send_rest();
        }
        name @ ("pagehide" | "signedout") => {
            if name == "signedout" {
                set_left(true);
            } else {
                signs_out.set(SignOut::No);
                send_rest();
            }
            let _ = leave.clone().try_send(());
        }
        name => {
            match name {
                // The user has gone back to the page.
                "pageshow" => {
                    set_left(false);
                    signs_out.set(SignOut::No);
                }
                "signoutfailed" => signs_out.set(SignOut::Failed),
                _ => {}
            }
            reconnect();
        }
    });
    Wakes { changes, reconnects, sign_out }
}
