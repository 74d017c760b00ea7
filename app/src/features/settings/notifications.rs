//! What may interrupt the user: on which devices, by what, and when not.

pub mod device_list;
pub mod devices;
pub mod this_device;
pub mod words;

use leptos::prelude::*;
use protocol::{NotifyLevel, RoomId, RoomKind, http::Profile};

use self::{device_list::DeviceList, devices::Devices, this_device::ThisDevice, words::Words};
use super::quiet::QuietSettings;
use crate::{
    browser::form::changed_value,
    page::address::Address,
    session::Session,
    state::bidi::{balance, isolate},
    ui::{
        dynamic::{ShowErased, change},
        loaded::Loaded,
    },
};

/// The levels: the value in the list, the level, and the words.
const LEVELS: [(&str, NotifyLevel, &str); 3] = [
    ("all", NotifyLevel::All, "Everything"),
    ("mentions", NotifyLevel::Mentions, "Mentions"),
    ("nothing", NotifyLevel::Nothing, "Nothing"),
];

/// The devices, what reaches the user, and when the user is quiet.
#[component]
pub fn NotificationSections(
    /// The user's profile.
    profile: RwSignal<Loaded<Profile>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let devices = Devices::new(session.model().with_untracked(|model| model.me.id));
    view! {
        <ThisDevice devices/>
        <DeviceList devices/>
        <section>
            <h3 class="settings__title">"What reaches you"</h3>
            <p class="settings__lead">
                "Rooms tell you of mentions and of threads that you follow, direct messages of \
                everything."
            </p>
            <Words profile/>
            <Levels/>
        </section>
        <section id="quiet">
            <h3 class="settings__title">"Quiet"</h3>
            <p class="settings__lead">
                "Nothing rings. All of it waits in Unread. Others see that you are quiet, never \
                the hours."
            </p>
            <QuietSettings profile/>
        </section>
    }
}

/// The rooms that differ from the usual levels: mentions in rooms, everything in direct ones.
#[component]
fn Levels() -> impl IntoView {
    let session = expect_context::<Session>();
    let rooms = session.select(|model| {
        let lines = model.rooms.iter().filter(|room| room.member).map(|room| Line {
            id: room.id,
            slug: room.slug.clone(),
            name: room.name.clone(),
            kind: room.kind,
            notify: model.choices.notify(room),
        });
        lines.filter(|line| line.notify != usual_level(line.kind)).collect::<Vec<_>>()
    });
    let is_empty = Signal::derive(move || rooms.with(Vec::is_empty));
    let has_some = Signal::derive(move || !is_empty.get());
    view! {
        <h4 class="rows__title">"Rooms with a rule of their own"</h4>
        <ShowErased when=is_empty>
            <p class="page__count">
                "None. Each room can differ, under “About this room”."
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

fn usual_level(kind: RoomKind) -> NotifyLevel {
    match kind {
        RoomKind::Direct => NotifyLevel::All,
        RoomKind::Public | RoomKind::Private => NotifyLevel::Mentions,
    }
}

/// What a row shows of a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Line {
    id: RoomId,
    slug: String,
    name: String,
    kind: RoomKind,
    notify: NotifyLevel,
}

#[component]
fn LevelRow(line: Line) -> impl IntoView {
    let session = expect_context::<Session>();
    let Line { id, slug, name, notify, .. } = line;
    let options = LEVELS.map(|(value, level, words)| {
        view! { <option value=value prop:selected={level == notify}>{words}</option> }
    });
    let choose = move |event| {
        let value = changed_value(&event);
        if let Some((_, level, _)) = LEVELS.iter().find(|(known, ..)| *known == value) {
            session.set_notify(id, *level);
        }
    };
    let label = format!("Notifications of {}", isolate(&name));
    view! {
        <li class="setting">
            <span class="setting__text">
                <a class="setting__name" href=Address::Room(slug).path()>
                    <bdi>{balance(&name).into_owned()}</bdi>
                </a>
                <span class="setting__about">"Own rule for this room"</span>
            </span>
            <select class="select" aria-label=label on:change=change(choose)>{options}</select>
        </li>
    }
}
