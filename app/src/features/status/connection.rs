//! The state of the connection.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    browser::{clock, focus::focus_composer, window::effect},
    session::Session,
    state::connection::ConnectionState,
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
    let offline =
        Signal::derive(move || matches!(connection.get(), ConnectionState::Offline { .. }));
    let blocked = Signal::derive(move || connection.get() == ConnectionState::Blocked);
    let reload = move |_| {
        let _ = window().location().reload();
    };
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
            <ShowErased when=blocked>{small_button("Reload", "", reload)}</ShowErased>
            </div>
        </div>
    }
}

/// Returns whether the strip is shown.
fn track_visibility(connection: Memo<ConnectionState>) -> RwSignal<bool> {
    let shown = RwSignal::new(false);
    Effect::new(move |before: Option<ConnectionState>| {
        let now = connection.get();
        match now {
            ConnectionState::Connecting if before.is_none() => set_timeout(
                move || {
                    if connection
                        .try_get_untracked()
                        .is_some_and(|now| now != ConnectionState::Current)
                    {
                        shown.try_set(true);
                    }
                },
                FIRST_DELAY,
            ),
            ConnectionState::Current => set_timeout(
                move || {
                    if connection.try_get_untracked() == Some(ConnectionState::Current) {
                        shown.try_set(false);
                    }
                },
                CURRENT_DELAY,
            ),
            ConnectionState::CatchingUp { .. } => {}
            ConnectionState::Connecting
            | ConnectionState::Blocked
            | ConnectionState::Offline { .. } => shown.set(true),
        }
        now
    });
    shown
}

/// Returns the seconds until the next connection attempt, updated every second while offline.
fn count_down(connection: Memo<ConnectionState>) -> RwSignal<i64> {
    let left = RwSignal::new(0);
    effect(move || {
        let ConnectionState::Offline { next, .. } = connection.get() else { return };
        let count = move || left.set((next.as_millis() - clock::now().as_millis() + 999) / 1_000);
        count();
        if let Ok(interval) = set_interval_with_handle(count, Duration::from_secs(1)) {
            on_cleanup(move || interval.clear());
        }
    });
    left
}

#[component]
fn StatusIcon(connection: ConnectionState) -> impl IntoView {
    match connection {
        ConnectionState::Connecting | ConnectionState::CatchingUp { .. } => {
            view! { <span class="spinner"></span> }.into_any()
        }
        ConnectionState::Current => view! { <Icon glyph=Glyph::Check/> }.into_any(),
        ConnectionState::Blocked | ConnectionState::Offline { .. } => {
            view! { <Icon glyph=Glyph::CloudOff/> }.into_any()
        }
    }
}

/// Returns the value of `data-state`.
fn state_name(connection: ConnectionState) -> &'static str {
    match connection {
        ConnectionState::Connecting => "connecting",
        ConnectionState::CatchingUp { .. } => "catching-up",
        ConnectionState::Current => "current",
        ConnectionState::Blocked => "blocked",
        ConnectionState::Offline { .. } => "offline",
    }
}

fn state_text(session: Session, connection: ConnectionState) -> String {
    match connection {
        ConnectionState::Connecting => "Connecting".to_owned(),
        ConnectionState::CatchingUp { missing: 0 } => "Catching up".to_owned(),
        ConnectionState::CatchingUp { missing: 1 } => "Catching up, 1 message".to_owned(),
        ConnectionState::CatchingUp { missing } => format!("Catching up, {missing} messages"),
        ConnectionState::Current => "Up to date".to_owned(),
        ConnectionState::Blocked => {
            "No live updates: something before the server, such as a proxy, passes no WebSocket. \
             Reload to see what is new."
                .to_owned()
        }
        ConnectionState::Offline { since, .. } => {
            let since = session.clock().time(since);
            format!("Offline since {since}. What you write is kept and sent later.")
        }
    }
}
