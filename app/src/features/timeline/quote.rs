//! The line above a message that names the one that it quotes.

use leptos::{ev, prelude::*, task::spawn_local};
use protocol::{Message, MessageId, Quote};

use crate::{
    browser::{address::is_plain_click, calls, window::open},
    session::{Scoped as _, Session, Target, place_of},
    state::{bidi::balance, conversation::Conversation, names::Handles},
    ui::icon::{Glyph, Icon},
};

/// The author and the beginning of a quoted message. A click leads to it.
#[component]
pub fn ReplyLine(
    /// The list that shows the quoting message.
    list: Conversation,
    /// The quoted message.
    quote: Quote,
    /// The usernames to show beside names.
    handles: Memo<Handles>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let Quote { id, sender, text, file, deleted } = quote;
    let name = Signal::derive(move || {
        balance(&handles.scoped().with(|handles| handles.name_of(&sender))).into_owned()
    });
    let text = match text {
        Some(text) if text.is_empty() => balance(&file.unwrap_or_default()).into_owned(),
        Some(text) => balance(&text).into_owned(),
        None => "This message was deleted.".to_owned(),
    };
    let jump = move |event: ev::MouseEvent| {
        if is_plain_click(&event) {
            event.prevent_default();
            go_to(session, list, id);
        }
    };
    view! {
        <a
            class="reply"
            href=format!("/m/{}", id.0)
            tabindex="-1"
            data-state=deleted.then_some("deleted")
            on:click=jump
        >
            <Icon glyph=Glyph::CornerUpRight/>
            <span class="visually-hidden">"In reply to "</span>
            <bdi class="reply__author">{name}</bdi>
            <span class="reply__text" dir="auto">{text}</span>
        </a>
    }
}

/// Scrolls to a message. Asks the server where it is, if it is not loaded.
fn go_to(session: Session, list: Conversation, id: MessageId) {
    if let Some(target) = session.find_message(list, id) {
        session.show_target(target);
        return;
    }
    spawn_local(async move {
        match calls::get::<Message>(&format!("/api/messages/{}", id.0)).await {
            Ok(message) => {
                let Message { seq, .. } = message;
                session.show_target(Target { place: place_of(&message), id, seq });
            }
            Err(_) => open(&format!("/m/{}", id.0)), // the page says what is wrong
        }
    });
}
