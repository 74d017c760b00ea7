//! Names of other chats for everybody: here they name nobody.

use leptos::prelude::*;
use protocol::{RoomKind, is_mentioned};

use super::{completion::index::EVERYBODY, tools::ComposerTools};
use crate::ui::dynamic::dynamic;

/// Returns the first name in a text by which other chats reach all members.
fn stray_name(text: &str) -> Option<&'static str> {
    let [_, stray @ ..] = EVERYBODY;
    stray.into_iter().find(|name| text.contains('@') && is_mentioned(text, name))
}

/// Says that a name in the text reaches nobody, and which one does.
#[component]
pub fn StrayName(
    /// The composer.
    tools: ComposerTools,
) -> impl IntoView {
    let room = tools.place.room;
    // What is said to one person needs no name.
    let is_shared = tools.session.select(move |model| {
        model.rooms.find(room).is_some_and(|room| room.kind != RoomKind::Direct)
    });
    let text = tools.draft.text;
    // An edit names nobody anew.
    let is_new = move || is_shared.get() && !tools.is_editing();
    let note = Memo::new(move |_| {
        let name = text.with(|text| stray_name(text)).filter(|_| is_new());
        let note = |name| format!("@{name} reaches nobody. @room reaches all members.");
        name.map(note).unwrap_or_default()
    });
    view! { <p class="composer__note" role="status">{dynamic(move || note.get())}</p> }
}

#[cfg(test)]
mod tests {
    use super::stray_name;

    #[test]
    fn names_of_other_chats_are_found() {
        for (text, name) in [
            ("@here, lunch", Some("here")),
            ("lunch, @Everyone?", Some("everyone")),
            ("ask @channel.", Some("channel")),
            ("@room, lunch", None),
            ("we are all here", None),
            ("write to you@here.org", None),
            ("@allison", None),
        ] {
            assert_eq!(stray_name(text), name, "{text}");
        }
    }
}
