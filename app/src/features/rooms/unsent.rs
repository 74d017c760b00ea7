//! The user's messages that no room shows.

use leptos::prelude::*;
use protocol::MessageId;

use crate::{
    session::Session,
    ui::{
        button::small_button,
        dynamic::{dynamic, remount},
    },
};

/// The messages that were written to a room just before the user lost it. The server refused them.
/// They stay until the user discards them.
#[component]
pub fn UnsentMessages() -> impl IntoView {
    let session = expect_context::<Session>();
    let unsent = session.unsent_elsewhere();
    let has_some = Memo::new(move |_| unsent.with(|unsent| !unsent.is_empty()));
    let rows = move || {
        let rows = unsent.get().into_iter();
        rows.map(|(id, text)| view! { <UnsentMessage id text/> }).collect_view()
    };
    dynamic(move || {
        has_some.get().then(|| {
            view! {
                <section class="unsent" aria-labelledby="unsent-title">
                    <h2 class="room-list__heading" id="unsent-title">"Not sent"</h2>
                    <p class="unsent__text">
                        "You are no longer in the room that these messages were for. They are only \
                         on this device."
                    </p>
                    <ul class="unsent__list">{remount(rows)}</ul>
                </section>
            }
        })
    })
}

#[component]
fn UnsentMessage(id: MessageId, text: String) -> impl IntoView {
    let session = expect_context::<Session>();
    let copied = text.clone();
    view! {
        <li class="unsent__message">
            <p class="unsent__words" dir="auto">{text}</p>
            {small_button("Copy", "", move |_| session.copy_unsent(copied.clone()))}
            {small_button("Discard", "button--quiet", move |_| session.discard(id))}
        </li>
    }
}
