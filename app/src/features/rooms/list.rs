//! The navigation: the rooms, and the user whose page this is.

use leptos::prelude::*;
use protocol::{Presence, Room, RoomId, RoomKind};

use crate::{
    features::jump::JumpButton,
    page::address::Address,
    session::{RoomSummary, Session},
    state::{bidi::balance, rooms::format_count},
    ui::{
        avatar::Avatar,
        brand::Brand,
        dynamic::dynamic,
        icon::{Glyph, Icon},
        name::Handle,
    },
};

/// The navigation.
#[component]
pub fn Navigation() -> impl IntoView {
    let session = expect_context::<Session>();
    let rooms = session.select(|model| model.rooms.iter().map(Item::from).collect::<Vec<_>>());
    let open = session.room_in_view();
    view! {
        <nav class="room-list" aria-label="Rooms and people">
            <header class="room-list__head">
                <Brand href="/rooms"/>
            </header>
            <JumpButton/>
            <div class="room-list__scroll" tabindex="0" role="group" aria-label="Rooms">
                <section class="room-list__section">
                    <h2 class="room-list__heading" tabindex="-1">
                        "Rooms"
                        <a
                            class="icon-button"
                            href="/new-room"
                            aria-label="New room"
                            title="New room"
                        >
                            <Icon glyph=Glyph::Plus/>
                        </a>
                    </h2>
                    <ul role="list">
                        <For each=move || rooms.get() key=Clone::clone let:item>
                            <RoomLink item open/>
                        </For>
                    </ul>
                </section>
            </div>
            <AccountBar/>
        </nav>
    }
}

/// The part of a room that its link depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Item {
    id: RoomId,
    slug: String,
    name: String,
    kind: RoomKind,
}

impl From<&Room> for Item {
    fn from(room: &Room) -> Self {
        Self { id: room.id, slug: room.slug.clone(), name: room.name.clone(), kind: room.kind }
    }
}

#[component]
fn RoomLink(item: Item, open: Memo<Option<RoomSummary>>) -> impl IntoView {
    let path = Address::Room(item.slug).path();
    let is_open =
        move |open: &Option<RoomSummary>| open.as_ref().is_some_and(|room| room.id == item.id);
    let current = Signal::derive(move || open.with(is_open).then_some("page"));
    let session = expect_context::<Session>();
    let counts = session.select(move |model| {
        let room = model.rooms.find(item.id).filter(|room| room.member);
        room.map_or((0, 0), |room| (room.unread, room.mentions))
    });
    let label = match item.kind {
        RoomKind::Public => None,
        RoomKind::Private => Some("private"),
        RoomKind::Direct => Some("direct"),
    };
    let unread = Signal::derive(move || (counts.get().0 > 0).then_some(""));
    view! {
        <li>
            <a class="room-link" href=path aria-current=current data-unread=unread>
                <Icon glyph=item.kind.into()/>
                <bdi class="room-link__name">{balance(&item.name).into_owned()}</bdi>
                {label.map(|label| view! { <span class="visually-hidden">{label}</span> })}
                {dynamic(move || badge(counts.get()))}
            </a>
        </li>
    }
}

/// Returns the number of unread messages, with a mark if some of them mention the user.
fn badge((unread, mentions): (u64, u64)) -> Option<impl IntoView> {
    let label = match mentions {
        0 => " unread".to_owned(),
        1 => " unread, 1 mention".to_owned(),
        mentions => format!(" unread, {mentions} mentions"),
    };
    (unread > 0).then(|| {
        view! {
            <span class="badge badge--mention" aria-hidden="true" hidden=mentions == 0>"@"</span>
            <span class="badge room-link__unread">
                {format_count(unread)}
                <span class="visually-hidden">{label}</span>
            </span>
        }
    })
}

/// The user whose page this is, with the sign-out button.
#[component]
fn AccountBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.select(|model| model.me.clone());
    let online = session.select(|model| !model.connection.is_away());
    let presence =
        Signal::derive(move || if online.get() { Presence::Online } else { Presence::Offline });
    let name = Signal::derive(move || balance(&me.get().name).into_owned());
    let user = me.with_untracked(|me| me.id.to_string());
    let handle = Signal::derive(move || Some(me.get()).filter(|me| me.alike).map(|me| me.username));
    let state = Signal::derive(move || if online.get() { "Here" } else { "Offline" });
    view! {
        <footer class="room-list__foot">
            {dynamic(move || {
                let me = me.get();
                view! { <Avatar hue=session.own_hue(me.id) user=me size="small" presence/> }
            })}
            <div class="room-list__me">
                <span class="room-list__me-name truncate">
                    <bdi>{name}</bdi> " " <Handle username=handle/>
                </span>
                <span class="room-list__me-state">{state}</span>
            </div>
            // `boot.js` asks first if the user would lose something unsent.
            <form method="post" action="/sign-out" data-user=user>
                <button class="icon-button" type="submit" aria-label="Sign out" title="Sign out">
                    <Icon glyph=Glyph::LogOut/>
                </button>
            </form>
        </footer>
    }
}
