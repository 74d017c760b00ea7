//! How the page stands with the server, in words.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    dynamic::{When, dynamic, effect, small_button},
    icon::{Glyph, Icon},
};
use crate::{clock, session::Session, state::connection::ConnectionState};

/// How long the first connection may take before it is worth a word.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How long a restored connection is told.
const GOOD_NEWS: Duration = Duration::from_secs(2);

/// The strip below a room's header. Out of sight while all is well, and while the first connection is quick.
#[component]
pub fn ConnectionStatus() -> impl IntoView {
    let session = expect_context::<Session>();
    let connection = session.connection();
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
                PATIENCE,
            ),
            ConnectionState::Current => set_timeout(
                move || {
                    if connection.try_get_untracked() == Some(ConnectionState::Current) {
                        shown.try_set(false);
                    }
                },
                GOOD_NEWS,
            ),
            ConnectionState::CatchingUp { .. } => {}
            ConnectionState::Connecting | ConnectionState::Offline { .. } => shown.set(true),
        }
        now
    });
    let word = Signal::derive(move || state_word(connection.get()));
    let hidden = Signal::derive(move || !shown.get());
    let left = RwSignal::new(0);
    effect(move || {
        let ConnectionState::Offline { next, .. } = connection.get() else { return };
        let count = move || left.set((next.as_millis() - clock::now().as_millis() + 999) / 1_000);
        count();
        if let Ok(counting) = set_interval_with_handle(count, Duration::from_secs(1)) {
            on_cleanup(move || counting.clear());
        }
    });
    let countdown = Signal::derive(move || match left.get() {
        seconds if seconds > 0 => format!("Next try in {seconds} s"),
        _ => "Trying".to_owned(),
    });
    let offline =
        Signal::derive(move || matches!(connection.get(), ConnectionState::Offline { .. }));
    let try_now = move |_| {
        session.try_now();
        super::composer::focus(); // the button is gone as soon as that works
    };
    let words = Signal::derive(move || words(session, connection.get()));
    view! {
        <div role="status" data-state=word>
            <div class="connection" data-state=word hidden=hidden>
            {dynamic(move || view! { <StatusIcon connection=connection.get()/> })}
            <span class="connection__text">{words}</span>
            <When is=offline>
                // Not for screen readers, which would read it every second.
                <span class="connection__next" aria-hidden="true">{countdown}</span>
                {small_button("Try now", "", try_now)}
            </When>
            </div>
        </div>
    }
}

#[component]
fn StatusIcon(connection: ConnectionState) -> impl IntoView {
    match connection {
        ConnectionState::Connecting | ConnectionState::CatchingUp { .. } => {
            view! { <span class="spinner"></span> }.into_any()
        }
        ConnectionState::Current => view! { <Icon glyph=Glyph::Check/> }.into_any(),
        ConnectionState::Offline { .. } => view! { <Icon glyph=Glyph::CloudOff/> }.into_any(),
    }
}

fn state_word(connection: ConnectionState) -> &'static str {
    match connection {
        ConnectionState::Connecting => "connecting",
        ConnectionState::CatchingUp { .. } => "catching-up",
        ConnectionState::Current => "current",
        ConnectionState::Offline { .. } => "offline",
    }
}

fn words(session: Session, connection: ConnectionState) -> String {
    match connection {
        ConnectionState::Connecting => "Connecting".to_owned(),
        ConnectionState::CatchingUp { missing: 0 } => "Catching up".to_owned(),
        ConnectionState::CatchingUp { missing: 1 } => "Catching up, 1 message".to_owned(),
        ConnectionState::CatchingUp { missing } => format!("Catching up, {missing} messages"),
        ConnectionState::Current => "Up to date".to_owned(),
        ConnectionState::Offline { since, .. } => {
            format!(
                "Offline since {}. What you write is kept and sent later.",
                session.clock().time(since)
            )
        }
    }
}

/// Tells that the server has a newer page. Reloading is left to the person, who may be writing.
#[component]
pub fn UpdateNotice() -> impl IntoView {
    let outdated = expect_context::<Session>().select(|model| model.outdated);
    let reload = move |_| {
        let _ = window().location().reload();
    };
    view! {
        <div role="alert">
            <When is=outdated>
                <p class="connection">
                    <span class="connection__text">"Banter was updated"</span>
                    {small_button("Reload", "", reload)}
                </p>
            </When>
        </div>
    }
}
