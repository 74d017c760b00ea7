//! Above a room: its name, and who is in it.

use leptos::prelude::*;

use super::{
    avatar::Avatar,
    dynamic::click,
    icon::{Glyph, Icon},
};
use crate::session::{Place, Session};

/// How many avatars stand for all.
const SHOWN_PEOPLE: usize = 3;

/// A room's header.
#[component]
pub fn RoomHeader(
    /// The room.
    place: Place,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let counts = session.select_chat(place.id, |chat| {
        (chat.members.is_loaded, chat.members.total, chat.members.total_online)
    });
    let summary = Signal::derive(move || match counts.get() {
        (false, ..) => String::new(),
        (true, 1, _) => "1 person".to_owned(),
        (true, total, online) => format!("{total} people, {online} here"),
    });
    view! {
        <header class="room-header">
            <a class="icon-button room-header__back only-phone" href="/rooms" aria-label="Back to rooms">
                <Icon glyph=Glyph::ChevronLeft size="large"/>
            </a>
            <div class="room-header__title">
                <h2 class="room-header__name" tabindex="-1">
                    <Icon glyph=if place.private { Glyph::Lock } else { Glyph::Hash }/>
                    <span class="truncate">{place.name.clone()}</span>
                </h2>
                <p class="room-header__topic truncate only-phone">{summary}</p>
            </div>
            <PeopleButton place/>
        </header>
    }
}

#[component]
fn PeopleButton(place: Place) -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = session.select_chat(place.id, |chat| {
        let online_first = chat
            .members
            .list
            .iter()
            .filter(|member| member.online)
            .chain(chat.members.list.iter().filter(|member| !member.online));
        online_first.take(SHOWN_PEOPLE).map(|member| member.user.clone()).collect::<Vec<_>>()
    });
    let total = session.select_chat(place.id, |chat| chat.members.total);
    let button = NodeRef::<leptos::html::Button>::new();
    Effect::new(move |was_open: Option<bool>| {
        let is_open = session.panel.get();
        if let (Some(true), false, Some(button)) = (was_open, is_open, button.get()) {
            let _ = button.focus(); // from where the panel was opened
        }
        is_open
    });
    let expanded = Signal::derive(move || if session.panel.get() { "true" } else { "false" });
    view! {
        <button
            class="icon-button room-header__people only-scripted"
            type="button"
            title="People"
            node_ref=button
            aria-expanded=expanded
            on:click=click(move |_| session.panel.update(|open| *open = !*open))
        >
            <span class="avatar-stack" aria-hidden="true">
                <For each=move || shown.get() key=|user| (user.id, user.name.clone()) let:user>
                    <Avatar who=user/>
                </For>
            </span>
            <span>
                {total}
                <span class="visually-hidden">" people"</span>
            </span>
        </button>
    }
}
