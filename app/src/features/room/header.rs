//! The header above a room.

use leptos::prelude::*;

use crate::{
    session::{RoomSummary, Scoped as _, Session},
    state::bidi::balance,
    ui::{
        avatar::Avatar,
        dynamic::click,
        icon::{Glyph, Icon},
        view_header::ViewHeader,
    },
};

/// The number of avatars in the button that opens the member panel.
const SHOWN_AVATARS: usize = 3;

/// A room's header: its name and its members.
#[component]
pub fn RoomHeader(
    /// The room.
    room: RoomSummary,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let counts = session.select_room(room.id, |room| {
        (room.members.is_loaded, room.members.total, room.members.total_online)
    });
    let summary = Signal::derive(move || match counts.get() {
        (false, ..) => String::new(),
        (true, 1, _) => "1 person".to_owned(),
        (true, total, online) => format!("{total} people, {online} here"),
    });
    let heading = view! {
        <Icon glyph=if room.private { Glyph::Lock } else { Glyph::Hash }/>
        <bdi class="truncate">{balance(&room.name).into_owned()}</bdi>
    };
    view! {
        <ViewHeader heading=heading.into_any() summary>
            <MembersButton room/>
        </ViewHeader>
    }
}

#[component]
fn MembersButton(room: RoomSummary) -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = session.select_room(room.id, |room| {
        let members = &room.members.list;
        let online_first = members
            .iter()
            .filter(|member| member.online)
            .chain(members.iter().filter(|member| !member.online));
        online_first.take(SHOWN_AVATARS).map(|member| member.user.clone()).collect::<Vec<_>>()
    });
    let total =
        session.select_room(room.id, |room| room.members.is_loaded.then_some(room.members.total));
    let number = Signal::derive(move || total.get().map(|total| total.to_string()));
    // The name of the button, after the number.
    let noun = Signal::derive(move || match total.get() {
        None => "List of people",
        Some(1) => " person, list of people",
        Some(_) => " people",
    });
    let button = NodeRef::<leptos::html::Button>::new();
    Effect::new(move |was_open: Option<bool>| {
        let is_open = session.panel_open.scoped().get();
        if let (Some(true), false, Some(button)) = (was_open, is_open, button.get()) {
            let _ = button.focus(); // the panel that had the focus is gone
        }
        is_open
    });
    let expanded =
        Signal::derive(move || if session.panel_open.scoped().get() { "true" } else { "false" });
    view! {
        <button
            class="icon-button room-header__people only-scripted"
            type="button"
            title="People"
            node_ref=button
            aria-expanded=expanded
            on:click=click(move |_| session.panel_open.update(|open| *open = !*open))
        >
            <span class="avatar-stack" aria-hidden="true">
                <For each=move || shown.get() key=|user| (user.id, user.name.clone()) let:user>
                    <Avatar hue=session.hue(user.id) user/>
                </For>
            </span>
            <span>
                {number}
                <span class="visually-hidden">{noun}</span>
            </span>
        </button>
    }
}
