//! The page's only WebSocket: connects, reconnects after every loss, and stops when the page is
//! left.

mod backoff;
mod socket;
mod wakes;

use std::time::Duration;

use futures::{
    FutureExt as _, StreamExt as _,
    channel::{mpsc, oneshot},
    future::FusedFuture,
    select, select_biased,
};
use leptos::prelude::*;
use protocol::{CloseCode, Timestamp};

use self::{
    backoff::Backoff,
    socket::{ConnectionEnd, connect},
    wakes::{SignOut, Wakes, listen},
};
use crate::{
    browser::{
        clock,
        storage::{Area, has_left, leave, set_left},
    },
    session::Session,
    state::connection::ConnectionState,
};

/// The minimum age of a connection that was up to date before the back-off is reset, in
/// milliseconds.
const STABLE_MS: i64 = 2_000;

/// The attempts after which the page says that something lets no WebSocket through. Each of them
/// reached the server by HTTP.
const BLOCKED_AFTER: u32 = 3;

/// In the storage of the tab, if the last page found that no WebSocket gets through. The next page
/// then sends by its form from the beginning.
const BLOCKED: &str = "banter/blocked";

/// Keeps the page connected from now on.
pub(crate) fn start(session: Session) {
    if was_blocked() {
        session.model().update(|model| model.connection = ConnectionState::Blocked);
    }
    let (leave, leaves) = mpsc::channel(1);
    let wakes = listen(session, &leave);
    wasm_bindgen_futures::spawn_local(run(session, wakes, leaves));
}

/// Stays connected until the page is left, and reconnects if the page returns: from the browser's
/// back-forward cache, or because the navigation was canceled.
async fn run(session: Session, mut wakes: Wakes, mut leaves: mpsc::Receiver<()>) {
    loop {
        // The connection comes first, so that what is due is sent before the page is left.
        select_biased! {
            () = stay_connected(session, &mut wakes).fuse() => {}
            _ = leaves.next() => {}
        }
        while wakes.reconnects.try_recv().is_ok() {} // requests from before the page was left
        wakes.reconnects.next().await;
        while leaves.try_recv().is_ok() {}
        session.model().update(|model| model.connection = ConnectionState::Connecting);
    }
}

/// Returns once the browser loads another page.
async fn stay_connected(session: Session, wakes: &mut Wakes) {
    let mut backoff = Backoff::default();
    let mut lost_at = clock::now();
    let mut last_code = None;
    let mut without_upgrade = if was_blocked() { BLOCKED_AFTER } else { 0 };
    loop {
        if wakes.sign_out.get() == SignOut::Requested {
            return; // the browser is about to load the next page
        }
        let started = clock::elapsed_ms();
        let code = match connect(session, wakes).await {
            _ if wakes.sign_out.get() == SignOut::Requested => return,
            ConnectionEnd::SignedOut => {
                return sign_in(session, last_code, wakes.sign_out.get() == SignOut::Failed);
            }
            ConnectionEnd::OtherUser => {
                set_left(true); // in the browser of the other user, nothing is stored
                let _ = window().location().reload();
                return;
            }
            ConnectionEnd::Lost(code) => {
                without_upgrade = 0;
                Area::Tab.remove(BLOCKED);
                code
            }
            ConnectionEnd::NoUpgrade => {
                without_upgrade += 1;
                None
            }
        };
        last_code = code;
        let connection = session.model().with_untracked(|model| model.connection);
        if matches!(connection, ConnectionState::CatchingUp { .. } | ConnectionState::Current) {
            lost_at = clock::now();
            if connection == ConnectionState::Current && clock::elapsed_ms() - started > STABLE_MS {
                backoff.reset();
            }
        }
        let pause = backoff.pause(code);
        if without_upgrade >= BLOCKED_AFTER {
            Area::Tab.set(BLOCKED, "");
            session.model().update(|model| model.connection = ConnectionState::Blocked);
        } else {
            show_lost(session, lost_at, pause, backoff.attempts() > 1);
        }
        select! {
            () = sleep(pause) => {}
            _ = wakes.reconnects.next() => {}
        }
    }
}

fn was_blocked() -> bool {
    Area::Tab.get(BLOCKED).is_some()
}

/// Shows that the connection is lost. The first attempt is quick and shown as connecting; later
/// ones are shown as offline.
fn show_lost(session: Session, since: Timestamp, pause: Duration, has_failed: bool) {
    let online = window().navigator().on_line();
    let pause = i64::try_from(pause.as_millis()).unwrap_or_default();
    let next = Timestamp::from_millis(clock::now().as_millis() + pause);
    let connection = if has_failed || !online {
        ConnectionState::Offline { since, next }
    } else {
        ConnectionState::Connecting
    };
    session.model().update(|model| model.connection = connection);
}

/// Loads the sign-in form, which leads back to the current page. If the server had said that the
/// session ended, or the user has asked for that here or in another tab, what the user left on this
/// device is deleted: someone ended it on purpose.
fn sign_in(session: Session, last_code: Option<u16>, has_asked: bool) {
    if has_asked || has_left() || last_code == Some(CloseCode::Policy.as_u16()) {
        leave(session.me_untracked());
    }
    let location = window().location();
    let next = js_sys::encode_uri_component(&location.pathname().unwrap_or_default());
    let _ = location.assign(&format!("/sign-in?fault=session-ended&next={next}"));
}

fn sleep(duration: Duration) -> impl FusedFuture<Output = ()> + Unpin {
    let (done, slept) = oneshot::channel();
    set_timeout(
        move || {
            let _ = done.send(());
        },
        duration,
    );
    slept.map(|_| ())
}
