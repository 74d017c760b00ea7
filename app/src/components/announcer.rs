//! What a screen reader hears of new messages: each once, the author first, and nothing of the history.

use leptos::prelude::*;

use crate::session::Session;

/// A hidden log of what others said just now. The list itself is silent.
#[component]
pub fn Announcer() -> impl IntoView {
    let heard = expect_context::<Session>().heard();
    view! {
        <div class="visually-hidden" role="log" aria-label="New messages">
            <For each=move || heard.get() key=|message| message.id let:message>
                <p>{format!("{}: {}", message.sender.name, message.text.unwrap_or_default())}</p>
            </For>
        </div>
    }
}
