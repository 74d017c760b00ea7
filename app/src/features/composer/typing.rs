//! The line that names the users who are typing.

use leptos::prelude::*;

use crate::{
    session::Session,
    state::{bidi::isolate, conversation::Conversation, names::Handles, room::TypingUsers},
};

/// The other users who are typing. The line is always rendered, so that nothing moves.
#[component]
pub fn TypingLine(
    /// The room or the thread.
    #[prop(into)]
    place: Conversation,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let names = session.select_room(place.room, move |room| {
        let handles = Handles::of(room);
        let typing = match place.thread {
            None => Some(&room.typing),
            Some(thread) => room.threads.find(thread).map(|thread| &thread.typing),
        };
        let users = typing.into_iter().flat_map(TypingUsers::iter);
        users.map(|user| isolate(&handles.name_of(user))).collect::<Vec<_>>()
    });
    let text = Signal::derive(move || match names.get().as_slice() {
        [] => String::new(),
        [name] => format!("{name} is typing"),
        [first, second] => format!("{first} and {second} are typing"),
        _ => "Several people are typing".to_owned(),
    });
    view! { <p class="typing">{text}</p> }
}
