//! The sections of the navigation: favourites, rooms, people.

use leptos::prelude::*;
use protocol::{RoomId, RoomKind};

use super::{entries::Entry, place::PlaceLink};
use crate::{
    page::address::View,
    session::Session,
    state::places::Place,
    ui::{
        dynamic::ShowErased,
        icon::{Glyph, Icon},
    },
};

/// The user's rooms. Those where the user is no member are in the list of all rooms.
#[component]
pub fn Sections() -> impl IntoView {
    let session = expect_context::<Session>();
    let (places, room) = (session.places(), session.room_in_view());
    let open = Memo::new(move |_| room.with(|room| room.as_ref().map(|room| room.id)));
    let favourites = Signal::derive(move || places.with(|places| places.favourites.clone()));
    let rooms = Signal::derive(move || places.with(|places| places.rooms.clone()));
    let direct = Signal::derive(move || places.with(|places| places.direct.clone()));
    let has_direct = Signal::derive(move || direct.with(|rooms| !rooms.is_empty()));
    let has_favourites = Signal::derive(move || favourites.with(|rooms| !rooms.is_empty()));
    view! {
        <ShowErased when=has_favourites>
            <section class="room-list__section">
                <h2 class="room-list__heading" tabindex="-1">"Favourites"</h2>
                <ul role="list"><PlaceList places=favourites open/></ul>
            </section>
        </ShowErased>
        <section class="room-list__section">
            <h2 class="room-list__heading" tabindex="-1">
                "Rooms" {create_link("/new-room", "New room")}
            </h2>
            <ul role="list">
                <PlaceList places=rooms open/>
                <Entry view=View::Browse glyph=Glyph::Compass unread=Signal::stored(0)/>
            </ul>
        </section>
        <section class="room-list__section">
            <h2 class="room-list__heading" tabindex="-1">
                "People" {create_link(View::NewMessage.path(), "New direct message")}
            </h2>
            <ShowErased when=has_direct>
                <ul role="list"><PlaceList places=direct open/></ul>
            </ShowErased>
        </section>
    }
}

fn create_link(path: &'static str, label: &'static str) -> AnyView {
    view! {
        <a class="icon-button" href=path aria-label=label title=label>
            <Icon glyph=Glyph::Plus/>
        </a>
    }
    .into_any()
}

/// What the link of a room depends on.
type Key = (RoomId, String, String, bool, RoomKind, Option<String>);

#[component]
fn PlaceList(places: Signal<Vec<Place>>, open: Memo<Option<RoomId>>) -> impl IntoView {
    let key = |place: &Place| -> Key {
        let Place { id, slug, name, muted, kind, person } = place.clone();
        (id, slug, name, muted, kind, person.and_then(|person| person.picture))
    };
    view! {
        <For each=move || places.get() key let:place>
            <PlaceLink place open/>
        </For>
    }
}
