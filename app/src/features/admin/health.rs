//! Whether the server works, as it says itself.

use leptos::prelude::*;
use protocol::http::{Health, Readiness, ReadyStatus};

use crate::{
    browser::calls,
    session::Session,
    state::{
        connection::ConnectionState,
        health::{HealthLine, health_lines},
    },
    ui::{
        button::small_button,
        dynamic::dynamic,
        loaded::{Fault, Loaded, load},
    },
};

/// The server, and the connection of this page to it.
#[component]
pub fn HealthSection() -> impl IntoView {
    let session = expect_context::<Session>();
    let readiness = RwSignal::new(Loaded::<Readiness>::Waiting);
    let health = RwSignal::new(Loaded::<Health>::Waiting);
    let checked_at = RwSignal::new(None);
    let check = move || {
        load("/api/health".to_owned(), health);
        leptos::task::spawn_local(async move {
            let answer = calls::readiness().await;
            let answer = match answer {
                Ok(readiness) => Loaded::Ready(readiness),
                Err(refusal) => Loaded::Failed(refusal.text),
            };
            readiness.try_set(answer);
            checked_at.try_set(Some(crate::browser::clock::now()));
        });
    };
    let connection = session.connection();
    // The page itself is counted once it is connected.
    let is_current = Memo::new(move |_| connection.get() == ConnectionState::Current);
    Effect::new(move |_| {
        let _ = is_current.get();
        check();
    });
    let checked = Signal::derive(move || {
        checked_at.get().map(|at| format!("As of {}", session.clock().time(at))).unwrap_or_default()
    });
    view! {
        <section id="health">
            <div class="section__head">
                <h3 class="settings__title">"Health"</h3>
                {small_button("Check again", "", move |_| check())}
            </div>
            <p class="settings__lead" role="status">{checked}</p>
            {dynamic(move || match readiness.get() {
                Loaded::Waiting => view! { <p class="page__count">"Checking"</p> }.into_any(),
                Loaded::Failed(text) => view! { <Fault text/> }.into_any(),
                Loaded::Ready(readiness) => view! { <Lines readiness connection/> }.into_any(),
            })}
            {dynamic(move || match health.get() {
                Loaded::Waiting => ().into_any(),
                Loaded::Failed(text) => view! { <Fault text/> }.into_any(),
                Loaded::Ready(health) => {
                    let lines = health_lines(&health, crate::browser::clock::now().as_millis());
                    let rows: Vec<_> = lines.into_iter().map(line_row).collect();
                    view! { <ul class="health" role="list">{rows}</ul> }.into_any()
                }
            })}
        </section>
    }
}

#[component]
fn Lines(readiness: Readiness, connection: Memo<ConnectionState>) -> impl IntoView {
    let (is_good, words) = match readiness.status {
        ReadyStatus::Ready => (true, "Ready"),
        ReadyStatus::Degraded => (false, "Works without a part"),
        ReadyStatus::Draining => (false, "Shutting down"),
        ReadyStatus::Unavailable => (false, "Not available"),
    };
    let detail = readiness.detail;
    let about = match &detail {
        Some(detail) => format!("{words}: {detail}"),
        None => format!("{words}. The message store answers."),
    };
    let is_connected = Signal::derive(move || !connection.get().is_away());
    let line = Signal::derive(move || {
        if is_connected.get() { "Connected, events arrive live" } else { "No connection" }
            .to_owned()
    });
    view! {
        <ul class="health" role="list">
            {health_row("Server", Signal::stored(is_good), Signal::stored(about))}
            {health_row("This page", is_connected, line)}
        </ul>
    }
}

fn line_row(HealthLine { name, about, is_good }: HealthLine) -> AnyView {
    health_row(name, Signal::stored(is_good), Signal::stored(about))
}

fn health_row(name: &'static str, is_good: Signal<bool>, about: Signal<String>) -> AnyView {
    let state = Signal::derive(move || if is_good.get() { "ok" } else { "off" });
    view! {
        <li class="health__row">
            <span class="health__light" data-state=state></span>
            <span class="health__name">{name}</span>
            <span class="health__about">{about}</span>
        </li>
    }
    .into_any()
}
