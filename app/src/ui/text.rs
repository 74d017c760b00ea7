//! The text of a message.

use leptos::prelude::*;

use crate::state::bidi::split_mentions;

/// Returns a text that a user wrote, with its mentions as isolates, and `after` in the last line.
pub(crate) fn message_text(text: &str, after: Option<AnyView>) -> AnyView {
    let pieces = split_mentions(text).into_iter().map(|(piece, is_mention)| {
        if is_mention { view! { <bdi>{piece}</bdi> }.into_any() } else { piece.into_any() }
    });
    view! {
        <div class="prose">
            <p dir="auto">
                <span class="message__text">{pieces.collect_view()}</span>
                {after}
            </p>
        </div>
    }
    .into_any()
}
