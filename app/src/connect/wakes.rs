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
        storage::{set_left, stay},
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
    /// True once the user signs out: the browser is loading the page that follows.
    pub(super) is_signing_out: Rc<Cell<bool>>,
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
    let is_signing_out = Rc::new(Cell::new(false));
    let signs_out = Rc::clone(&is_signing_out);
    let names = &[
        "online",
        "pageshow",
        "visibilitychange",
        "focus",
        "resume",
        "beforeunload",
        "pagehide",
        "submit",
        "beforeinput", // not `input`: the field stores the text then
    ];
    let send_rest = move || {
        session.release_deletions();
        session.release_messages();
        let _ = is_changed.borrow_mut().try_send(()); // the signal itself would come too late
    };
    on_window(names, move |event| match event.type_().as_str() {
        "visibilitychange" if document().visibility_state() != VisibilityState::Visible => {}
        // The server ends the session before it responds to the sign-out. Reconnecting then
        // would lead to the sign-in form and cancel that navigation.
        "submit" if !is_sign_out(event) => {}
        "beforeinput" if !signs_out.get() => {}
        // Firefox closes the connection before it says that the page is hidden.
        "beforeunload" => send_rest(),
        name @ ("pagehide" | "submit") => {
            signs_out.set(name == "submit");
            send_rest();
            if name == "submit" {
                set_left(true);
            }
            let _ = leave.clone().try_send(());
        }
        name => {
            match name {
                "pageshow" => set_left(false), // the user has gone back to the page
                // The server does not answer, and the user goes on writing.
                "beforeinput" => {
                    signs_out.set(false);
                    stay();
                }
                _ => {}
            }
            reconnect();
        }
    });
    Wakes { changes, reconnects, is_signing_out }
}

fn is_sign_out(submit: &web_sys::Event) -> bool {
    let form = submit.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    form.is_some_and(|form| form.get_attribute("action").as_deref() == Some("/sign-out"))
}
