//! All rooms that the user may see, as far as they are no direct ones.

use leptos::prelude::*;
use protocol::{Room, RoomKind};

use crate::{
    page::address::Address,
    session::Session,
    state::bidi::balance,
    ui::{
        button::small_button,
        dynamic::ShowErased,
        icon::{Glyph, Icon},
    },
};

/// The number of rooms that are shown at first, and after each "Show more".
const PAGE: usize = 50;

/// All rooms.
#[component]
pub fn RoomSection() -> impl IntoView {
    let session = expect_context::<Session>();
    let shown = RwSignal::new(PAGE);
    let total = session.select(|model| model.rooms.iter().filter(|room| is_listed(room)).count());
    let rooms = session.select(move |model| {
        let rooms = model.rooms.iter().filter(|room| is_listed(room));
        rooms.take(shown.get()).map(Line::from).collect::<Vec<_>>()
    });
    let count = Signal::derive(move || match total.get() {
        1 => "1 room".to_owned(),
        total => format!("{total} rooms"),
    });
    let has_more = Signal::derive(move || total.get() > shown.get());
    view! {
        <section id="rooms">
            <div class="section__head">
                <h3 class="settings__title">"Rooms"</h3>
                <span class="page__count">{count}</span>
            </div>
            <p class="settings__lead">
                "Public ones, and private ones in which you are. Each room has its settings under \
                “About this room”."
            </p>
            <ul class="rows" role="list" aria-label="Rooms">
                <For each=move || rooms.get() key=Clone::clone let:line>
                    <RoomRow line/>
                </For>
            </ul>
            <ShowErased when=has_more>
                {small_button("Show more", "", move |_| shown.update(|shown| *shown += PAGE))}
            </ShowErased>
        </section>
    }
}

fn is_listed(room: &Room) -> bool {
    room.kind != RoomKind::Direct
}

/// What a row shows of a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Line {
    slug: String,
    name: String,
    topic: String,
    kind: RoomKind,
    archived: bool,
}

impl From<&Room> for Line {
    fn from(room: &Room) -> Self {
        let Room { slug, name, topic, kind, archived, .. } = room.clone();
        Self { slug, name, topic, kind, archived }
    }
}

#[component]
fn RoomRow(line: Line) -> impl IntoView {
    let Line { slug, name, topic, kind, archived } = line;
    let glyph = if archived { Glyph::Archive } else { kind.into() };
    let path = Address::Room(slug.clone()).path();
    let about = if topic.is_empty() { format!("/rooms/{slug}") } else { topic };
    let words = [(kind == RoomKind::Private).then_some("private"), archived.then_some("archived")];
    let words: Vec<_> = words.into_iter().flatten().collect();
    let state = archived.then_some("archived");
    view! {
        <li class="row" data-state=state>
            <span class="row__mark"><Icon glyph/></span>
            <span class="row__text">
                <span class="row__name">
                    <a class="row__link" href=path><bdi>{balance(&name).into_owned()}</bdi></a>
                </span>
                <span class="row__about"><bdi>{balance(&about).into_owned()}</bdi></span>
            </span>
            <span class="row__actions"><span class="row__when">{words.join(", ")}</span></span>
        </li>
    }
}
