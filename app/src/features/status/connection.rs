//! The state of the connection.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    browser::{clock, focus::focus_composer, window::effect},
    model::Connection,
    session::Session,
    ui::{
        button::small_button,
        dynamic::{ShowErased, dynamic},
        icon::{Glyph, Icon},
    },
};

/// The time that the first connection may take before the strip appears.
const FIRST_DELAY: Duration = Duration::from_millis(1_500);
/// The time that the strip remains after the page is up to date.
const CURRENT_DELAY: Duration = Duration::from_secs(2);

/// The strip below a room's header. It is hidden while the page is up to date, and while the
/// first connection is quick.
#[component]
pub fn ConnectionStatus() -> impl IntoView {
    let session = expect_context::<Session>();
    let connection = session.connection();
    let shown = track_visibility(connection);
    let state = Signal::derive(move || state_name(connection.get()));
    let hidden = Signal::derive(move || !shown.get());
    let seconds_left = count_down(connection);
    let countdown = Signal::derive(move || match seconds_left.get() {
        seconds if seconds > 0 => format!("Next try in {seconds} s"),
        _ => "Trying".to_owned(),
    });
    let offline = Signal::derive(move || matches!(connection.get(), Connection::Offline { .. }));
    let try_now = move |_| {
        session.reconnect_now();
        focus_composer(); // the button disappears once the page is connected
    };
    let text = Signal::derive(move || state_text(session, connection.get()));
    view! {
        <div role="status" data-state=state>
            <div class="connection" data-state=state hidden=hidden>
            {dynamic(move || view! { <StatusIcon connection=connection.get()/> })}
            <span class="connection__text">{text}</span>
            <ShowErased when=offline>
                // Hidden from screen readers, which would announce it every second.
                <span class="connection__next" aria-hidden="true">{countdown}</span>
                {small_button("Try now", "", try_now)}
            </ShowErased>
            </div>
        </div>
    }
}

/// Returns whether the strip is shown.
fn track_visibility(connection: Memo<Connection>) -> RwSignal<bool> {
    let shown = RwSignal::new(false);
    Effect::new(move |before: Option<Connection>| {
        let now = connection.get();
        match now {
            Connection::Connecting if before.is_none() => set_timeout(
                move || {
                    if connection.try_get_untracked().is_some_and(|now| now != Connection::Current)
                    {
                        shown.try_set(true);
                    }
                },
                FIRST_DELAY,
            ),
            Connection::Current => set_timeout(
                move || {
                    if connection.try_get_untracked() == Some(Connection::Current) {
                        shown.try_set(false);
                    }
                },
                CURRENT_DELAY,
            ),
            Connection::CatchingUp { .. } => {}
            Connection::Connecting | Connection::Offline { .. } => shown.set(true),
        }
        now
    });
    shown
}

/// Returns the seconds until the next connection attempt, updated every second while offline.
fn count_down(connection: Memo<Connection>) -> RwSignal<i64> {
    let left = RwSignal::new(0);
    effect(move || {
        let Connection::Offline { next, .. } = connection.get() else { return };
        let count = move || left.set((next.as_millis() - clock::now().as_millis() + 999) / 1_000);
        count();
        if let Ok(interval) = set_interval_with_handle(count, Duration::from_secs(1)) {
            on_cleanup(move || interval.clear());
        }
    });
    left
}

#[component]
fn StatusIcon(connection: Connection) -> impl IntoView {
    match connection {
        Connection::Connecting | Connection::CatchingUp { .. } => {
            view! { <span class="spinner"></span> }.into_any()
        }
        Connection::Current => view! { <Icon glyph=Glyph::Check/> }.into_any(),
        Connection::Offline { .. } => view! { <Icon glyph=Glyph::CloudOff/> }.into_any(),
    }
}

/// Returns the value of `data-state`.
fn state_name(connection: Connection) -> &'static str {
    match connection {
        Connection::Connecting => "connecting",
        Connection::CatchingUp { .. } => "catching-up",
        Connection::Current => "current",
        Connection::Offline { .. } => "offline",
    }
}

fn state_text(session: Session, connection: Connection) -> String {
    match connection {
        Connection::Connecting => "Connecting".to_owned(),
        Connection::CatchingUp { missing: 0 } => "Catching up".to_owned(),
        Connection::CatchingUp { missing: 1 } => "Catching up, 1 message".to_owned(),
        Connection::CatchingUp { missing } => format!("Catching up, {missing} messages"),
        Connection::Current => "Up to date".to_owned(),
        Connection::Offline { since, .. } => {
            let since = session.clock().time(since);
            format!("Offline since {since}. Your messages are kept and sent later.")
        }
    }
}
