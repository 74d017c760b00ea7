//! The header above a room.

use leptos::prelude::*;
use protocol::{RoomId, Sender};

use super::pins::PinsButton;
use crate::{
    session::{Panel, RoomSummary, Session},
    state::{bidi::balance, places::name_of},
    ui::{
        avatar::Avatar,
        dynamic::{ShowErased, click, dynamic},
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
    let id = room.id;
    let known = session.room(id);
    let name = Signal::derive(move || {
        known.with(|room| room.as_ref().map(|room| balance(&name_of(room)).into_owned()))
    });
    let person = session.select(move |model| {
        let people = model.rooms.find(id)?.people.as_ref()?;
        match people.as_slice() {
            [other] => Some(Sender::from(other.clone())),
            _ => None,
        }
    });
    let sign = dynamic(move || match person.get() {
        Some(person) => {
            let (hue, known) = (session.hue(person.id), session.presence_in_list(person.id));
            let presence = Signal::derive(move || known.get());
            let quiet = session.is_other_quiet(id);
            view! { <Avatar user=person hue size="small" presence quiet/> }.into_any()
        }
        None => {
            let people = known
                .with(|room| room.as_ref().and_then(|room| room.people.as_ref()).map(Vec::len));
            let glyph =
                if people.unwrap_or_default() > 1 { Glyph::Users } else { room.kind.into() };
            view! { <Icon glyph/> }.into_any()
        }
    });
    let topic = session.select(move |model| {
        let room = model.rooms.find(id);
        room.map(|room| balance(&room.topic).into_owned()).unwrap_or_default()
    });
    let has_topic = Signal::derive(move || !topic.with(String::is_empty));
    let beside = view! {
        <ShowErased when=has_topic>
            <p class="room-header__topic truncate only-wide"><bdi>{topic}</bdi></p>
        </ShowErased>
    };
    let heading = view! { {sign} <bdi class="truncate">{name}</bdi> };
    view! {
        <ViewHeader heading=heading.into_any() beside=beside.into_any() summary>
            <PinsButton room=room.id/>
            <SearchButton room=room.id/>
            <FilesButton/>
            <MembersButton room/>
            <AboutButton/>
        </ViewHeader>
    }
}

#[component]
fn SearchButton(room: RoomId) -> impl IntoView {
    let session = expect_context::<Session>();
    view! {
        <button
            class="icon-button only-scripted only-wide"
            type="button"
            aria-label="Search in this room"
            title="Search in this room"
            on:click=click(move |_| session.search_room(room))
        >
            <Icon glyph=Glyph::Search/>
        </button>
    }
}

#[component]
fn FilesButton() -> impl IntoView {
    let session = expect_context::<Session>();
    let button = returns_focus(session, Panel::Files);
    view! {
        <button
            class="icon-button only-scripted only-wide"
            type="button"
            aria-label="Files in this room"
            title="Files in this room"
            node_ref=button
            aria-expanded=is_expanded(session, Panel::Files)
            on:click=click(move |_| session.toggle(Panel::Files))
        >
            <Icon glyph=Glyph::Paperclip/>
        </button>
    }
}

#[component]
fn AboutButton() -> impl IntoView {
    let session = expect_context::<Session>();
    let button = returns_focus(session, Panel::About);
    view! {
        <button
            class="icon-button only-scripted"
            type="button"
            aria-label="About this room"
            title="About this room"
            node_ref=button
            aria-expanded=is_expanded(session, Panel::About)
            on:click=click(move |_| session.toggle(Panel::About))
        >
            <Icon glyph=Glyph::Ellipsis/>
        </button>
    }
}

/// Returns a button that gets the focus when its panel closes.
fn returns_focus(session: Session, panel: Panel) -> NodeRef<leptos::html::Button> {
    let button = NodeRef::<leptos::html::Button>::new();
    Effect::new(move |was_open: Option<bool>| {
        let open = session.panel.get();
        if let (Some(true), None, Some(button)) = (was_open, open, button.get()) {
            let _ = button.focus(); // the panel that had the focus is gone
        }
        open == Some(panel)
    });
    button
}

fn is_expanded(session: Session, panel: Panel) -> Signal<&'static str> {
    Signal::derive(move || if session.panel.get() == Some(panel) { "true" } else { "false" })
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
    let button = returns_focus(session, Panel::Members);
    view! {
        <button
            class="icon-button room-header__people only-scripted"
            type="button"
            title="People"
            node_ref=button
            aria-expanded=is_expanded(session, Panel::Members)
            on:click=click(move |_| session.toggle(Panel::Members))
        >
            <span class="avatar-stack" aria-hidden="true">
                <For
                    each=move || shown.get()
                    key=|user| (user.id, user.name.clone(), user.picture.clone())
                    let:user
                >
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
