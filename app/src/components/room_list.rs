//! The rooms, and whose page this is.

use leptos::prelude::*;
use protocol::{Room, RoomId};

use super::{
    avatar::Avatar,
    brand::Brand,
    dynamic::dynamic,
    icon::{Glyph, Icon},
};
use crate::{
    address::Address,
    session::{Place, Session},
    state::{connection::ConnectionState, rooms::format_count as count},
};

/// The navigation.
#[component]
pub fn RoomList() -> impl IntoView {
    let session = expect_context::<Session>();
    let rooms = session.select(|model| model.rooms.iter().map(Link::from).collect::<Vec<_>>());
    let place = session.place();
    view! {
        <nav class="room-list" aria-label="Rooms and people">
            <header class="room-list__head">
                <Brand href="/rooms"/>
            </header>
            <div class="room-list__scroll" tabindex="0" role="group" aria-label="Rooms">
                <section class="room-list__section">
                    <h2 class="room-list__heading" tabindex="-1">
                        "Rooms"
                        <a class="icon-button" href="/new-room" aria-label="New room" title="New room">
                            <Icon glyph=Glyph::Plus/>
                        </a>
                    </h2>
                    <ul role="list">
                        <For each=move || rooms.get() key=Clone::clone let:link>
                            <RoomLink link place/>
                        </For>
                    </ul>
                </section>
            </div>
            <Me/>
        </nav>
    }
}

/// A room as its link needs it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Link {
    id: RoomId,
    slug: String,
    name: String,
    private: bool,
}

impl From<&Room> for Link {
    fn from(room: &Room) -> Self {
        Self {
            id: room.id,
            slug: room.slug.clone(),
            name: room.name.clone(),
            private: room.private,
        }
    }
}

#[component]
fn RoomLink(link: Link, place: Memo<Option<Place>>) -> impl IntoView {
    let path = Address::Room(link.slug).path();
    let is_here =
        move |place: &Option<Place>| place.as_ref().is_some_and(|place| place.id == link.id);
    let current = Signal::derive(move || place.with(is_here).then_some("page"));
    let session = expect_context::<Session>();
    let left = session.select(move |model| {
        let room = model.rooms.iter().find(|room| room.id == link.id && room.member);
        room.map_or((0, 0), |room| (room.unread, room.mentions))
    });
    let unread = Signal::derive(move || (left.get().0 > 0).then_some(""));
    view! {
        <li>
            <a class="room-link" href=path aria-current=current data-unread=unread>
                <Icon glyph=if link.private { Glyph::Lock } else { Glyph::Hash }/>
                <span class="room-link__name">{link.name}</span>
                {link.private.then(|| view! { <span class="visually-hidden">"private"</span> })}
                {dynamic(move || badge(left.get()))}
            </a>
        </li>
    }
}

/// How many messages wait in a room, and a mark where some of them name the reader.
fn badge((unread, mentions): (u64, u64)) -> Option<impl IntoView> {
    let words = match mentions {
        0 => " unread".to_owned(),
        1 => " unread, 1 mention".to_owned(),
        mentions => format!(" unread, {mentions} mentions"),
    };
    (unread > 0).then(|| {
        view! {
            <span class="badge badge--mention" aria-hidden="true" hidden=mentions == 0>"@"</span>
            <span class="badge room-link__unread">
                {count(unread)}
                <span class="visually-hidden">{words}</span>
            </span>
        }
    })
}

#[component]
fn Me() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.select(|model| model.me.clone());
    let here = session.select(|model| !matches!(model.connection, ConnectionState::Offline { .. }));
    let name = Signal::derive(move || me.get().name);
    let state = Signal::derive(move || if here.get() { "Here" } else { "Offline" });
    view! {
        <footer class="room-list__foot">
            {dynamic(move || view! { <Avatar who=me.get() size="small" online=here/> })}
            <div class="room-list__me">
                <span class="room-list__me-name truncate">{name}</span>
                <span class="room-list__me-state">{state}</span>
            </div>
            <form method="post" action="/sign-out">
                <button class="icon-button" type="submit" aria-label="Sign out" title="Sign out">
                    <Icon glyph=Glyph::LogOut/>
                </button>
            </form>
        </footer>
    }
}
