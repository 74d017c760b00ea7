//! What may interrupt the user.

use leptos::prelude::*;
use protocol::{NotifyLevel, Room, RoomKind, http::Profile};

use super::quiet::QuietSettings;
use crate::{
    page::address::Address,
    session::Session,
    state::bidi::balance,
    ui::{dynamic::ShowErased, loaded::Loaded},
};

/// The levels of rooms that have their own, and when nothing rings.
#[component]
pub fn NotificationSection(
    /// The user's profile.
    profile: RwSignal<Loaded<Profile>>,
) -> impl IntoView {
    view! {
        <section id="notifications">
            <h3 class="settings__title">"Notifications"</h3>
            <p class="settings__lead">
                "Nothing rings while you are quiet. All of it waits in Unread. Others see that you \
                are quiet, never the hours."
            </p>
            <QuietSettings profile/>
            <Levels/>
        </section>
    }
}

/// The rooms that differ from the usual levels: mentions in rooms, everything in direct ones.
#[component]
fn Levels() -> impl IntoView {
    let session = expect_context::<Session>();
    let rooms = session.select(|model| {
        let rooms = model.rooms.iter().filter(|room| room.member && !has_usual_level(room));
        rooms.map(Line::from).collect::<Vec<_>>()
    });
    let is_empty = Signal::derive(move || rooms.with(Vec::is_empty));
    let has_some = Signal::derive(move || !is_empty.get());
    view! {
        <h4 class="rows__title">"Rooms with a rule of their own"</h4>
        <ShowErased when=is_empty>
            <p class="page__count">
                "None. Rooms tell you of mentions, direct messages of everything. Each can differ, \
                under “About this room”."
            </p>
        </ShowErased>
        <ShowErased when=has_some>
            <ul role="list">
                <For each=move || rooms.get() key=Clone::clone let:line>
                    <LevelRow line/>
                </For>
            </ul>
        </ShowErased>
    }
}

fn has_usual_level(room: &Room) -> bool {
    let usual = match room.kind {
        RoomKind::Direct => NotifyLevel::All,
        RoomKind::Public | RoomKind::Private => NotifyLevel::Mentions,
    };
    room.notify == usual
}

/// What a row shows of a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Line {
    slug: String,
    name: String,
    notify: NotifyLevel,
}

impl From<&Room> for Line {
    fn from(room: &Room) -> Self {
        Self { slug: room.slug.clone(), name: room.name.clone(), notify: room.notify }
    }
}

#[component]
fn LevelRow(line: Line) -> impl IntoView {
    let Line { slug, name, notify } = line;
    let level = match notify {
        NotifyLevel::All => "Everything",
        NotifyLevel::Mentions => "Mentions",
        NotifyLevel::Nothing => "Nothing",
    };
    view! {
        <li class="setting">
            <span class="setting__text">
                <a class="setting__name" href=Address::Room(slug).path()>
                    <bdi>{balance(&name).into_owned()}</bdi>
                </a>
                <span class="setting__about">"Own rule for this room"</span>
            </span>
            <span class="row__when">{level}</span>
        </li>
    }
}
