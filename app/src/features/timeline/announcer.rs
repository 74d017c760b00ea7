//! Announces new messages to screen readers: each once, and none from the history.

use leptos::prelude::*;
use protocol::{Message, blocks::plain_text};

use crate::{
    session::Session,
    state::{bidi::isolate, files::spoken, names::sender_name},
};

/// A hidden live region with the latest messages of other users. The list itself is silent.
#[component]
pub fn Announcer() -> impl IntoView {
    let messages = expect_context::<Session>().announcements();
    view! {
        <div class="visually-hidden" role="log" aria-label="New messages">
            <For each=move || messages.get() key=|message| message.id let:message>
                <p>{announcement(&message)}</p>
            </For>
        </div>
    }
}

fn announcement(message: &Message) -> String {
    let text = plain_text(message.text.as_deref().unwrap_or_default(), &message.blocks);
    let files = spoken(&message.files);
    format!("{}{files}: {}", isolate(&sender_name(&message.sender)), isolate(&text))
}
