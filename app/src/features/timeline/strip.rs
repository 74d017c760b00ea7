//! The strip between the messages and the composer. It is always there, so that nothing moves.

use leptos::prelude::*;

use crate::{features::composer::typing::TypingLine, state::conversation::Conversation};

/// Who is typing, and after it the buttons that scroll the list.
#[component]
pub fn Strip(
    /// The room or the thread.
    #[prop(into)]
    place: Conversation,
    /// The buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="strip">
            <TypingLine place/>
            <div class="strip__end">{children.map(|children| children())}</div>
        </div>
    }
}
