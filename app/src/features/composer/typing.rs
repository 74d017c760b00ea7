//! The line that names the users who are typing.

use leptos::prelude::*;
use protocol::RoomId;

use crate::{
    session::Session,
    state::{bidi::isolate, names::Handles},
};

/// The other users who are typing. The line is always rendered, so that nothing moves.
#[component]
pub fn TypingLine(
    /// The room.
    room: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let names = session.select_room(room, |room| {
        let handles = Handles::of(room);
        room.typing.iter().map(|user| isolate(&handles.name_of(user))).collect::<Vec<_>>()
    });
    let text = Signal::derive(move || match names.get().as_slice() {
        [] => String::new(),
        [name] => format!("{name} is typing"),
        [first, second] => format!("{first} and {second} are typing"),
        _ => "Several people are typing".to_owned(),
    });
    view! { <p class="typing">{text}</p> }
}
