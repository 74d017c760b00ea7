//! Announces new messages to screen readers: each once, and none from the history.

use leptos::prelude::*;

use crate::{session::Session, state::names::sender_name};

/// A hidden live region with the latest messages of other users. The list itself is silent.
#[component]
pub fn Announcer() -> impl IntoView {
    let messages = expect_context::<Session>().announcements();
    view! {
        <div class="visually-hidden" role="log" aria-label="New messages">
            <For each=move || messages.get() key=|message| message.id let:message>
                <p>
                    {format!(
                        "{}: {}",
                        sender_name(&message.sender),
                        message.text.unwrap_or_default(),
                    )}
                </p>
            </For>
        </div>
    }
}
