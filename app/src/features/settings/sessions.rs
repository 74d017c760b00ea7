//! The devices on which the user is signed in.

use leptos::{prelude::*, task::spawn_local};
use protocol::http::{OpenSession, Sessions};

use crate::{
    browser::calls,
    session::Session,
    state::bidi::isolate,
    ui::{
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
        loaded::{Fault, Loaded, Outcome, Progress, load},
    },
};

/// The calls of this section.
const PATH: &str = "/api/sessions";

/// The sessions, and how to end them.
#[component]
pub fn SessionSection() -> impl IntoView {
    let sessions = RwSignal::new(Loaded::<Sessions>::Waiting);
    let progress = RwSignal::new(Progress::Idle);
    Effect::new(move |_| load(PATH.to_owned(), sessions));
    let end = Callback::new(move |path: String| {
        progress.set(Progress::Sending);
        spawn_local(async move {
            let outcome = calls::send("DELETE", &path, None).await;
            progress.try_set(Progress::of(&outcome));
            load(PATH.to_owned(), sessions);
        });
    });
    let has_others = Memo::new(move |_| {
        sessions.with(|sessions| sessions.ready().is_some_and(|list| list.sessions.len() > 1))
    });
    let reason = Signal::derive(move || {
        let is_only_one = sessions.with(|sessions| sessions.ready().is_some()) && !has_others.get();
        if is_only_one { "You are signed in nowhere else." } else { "" }
    });
    view! {
        <section id="sessions">
            <h3 class="settings__title">"Sessions"</h3>
            <p class="settings__lead">
                "Where you are signed in. Ending one takes effect within a second."
            </p>
            {dynamic(move || match sessions.get() {
                Loaded::Waiting => view! { <p class="page__count">"Loading"</p> }.into_any(),
                Loaded::Failed(text) => view! { <Fault text/> }.into_any(),
                Loaded::Ready(Sessions { sessions }) => {
                    let row = |open| view! { <SessionRow open end/> };
                    let rows = sessions.into_iter().map(row).collect_view();
                    view! { <ul role="list">{rows}</ul> }.into_any()
                }
            })}
            <div class="settings__buttons settings__buttons--apart">
                <button
                    class="button button--danger"
                    type="button"
                    disabled=Signal::derive(move || !has_others.get())
                    aria-describedby="sessions-reason"
                    on:click=click(move |_| end.run(PATH.to_owned()))
                >
                    "Sign out everywhere else"
                </button>
                <span class="field__hint" id="sessions-reason">{reason}</span>
                <Outcome progress done="Signed out there"/>
            </div>
        </section>
    }
}

#[component]
fn SessionRow(open: OpenSession, end: Callback<String>) -> impl IntoView {
    let session = expect_context::<Session>();
    let OpenSession { id, created_at, used_at, browser, address, current } = open;
    let browser = browser.unwrap_or_else(|| "Unknown browser".to_owned());
    let is_phone = ["Android", "iPhone", "iPad", "iOS"].iter().any(|name| browser.contains(name));
    let glyph = if is_phone { Glyph::Smartphone } else { Glyph::Monitor };
    let from = address.map(|address| format!(", from {}", isolate(&address))).unwrap_or_default();
    let about = Signal::derive(move || {
        let clock = session.clock();
        if current {
            format!("Here since {}{from}", clock.moment(created_at))
        } else {
            format!("Last used {}{from}", clock.moment(used_at))
        }
    });
    let label = format!("Sign out {browser}");
    let action = if current {
        view! { <span class="badge badge--soft">"this one"</span> }.into_any()
    } else {
        let end = move |_| end.run(format!("{PATH}/{id}"));
        view! {
            <button class="button button--small" type="button" aria-label=label on:click=click(end)>
                "Sign out"
            </button>
        }
        .into_any()
    };
    view! {
        <li class="setting">
            <span class="setting__icon"><Icon glyph/></span>
            <span class="setting__text">
                <span class="setting__name">{browser}</span>
                <span class="setting__about">{about}</span>
            </span>
            {action}
        </li>
    }
}
