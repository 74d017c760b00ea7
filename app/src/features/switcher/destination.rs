//! The choice of a room or a person to whom something goes: the list of the switcher on a page.

use leptos::{prelude::*, task::spawn_local};
use protocol::Room;

use super::{
    entry::Goal,
    field::Field,
    index::Index,
    list::{Listing, ResultList},
    people::{People, direct_room},
};
use crate::{
    browser::window::effect,
    session::Session,
    ui::icon::{Glyph, Icon},
};

/// The id of the list.
const LIST: &str = "destination";
/// What stands in the empty field.
const HINT: &str = "Find a room or person";

/// A field, and below it the rooms and people to whom the user may write, the recent ones first.
#[component]
pub fn Destinations(
    /// What the choice is for.
    label: &'static str,
    /// Takes the room that was chosen. That of a person is made if there is none.
    choose: Callback<Room>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let query = RwSignal::new(String::new());
    let selected = RwSignal::new(0_usize);
    let people = People::load(session);
    let fault = people.fault;
    // The page may list more rooms once it is connected.
    let count = session.select(|model| model.rooms.iter().count());
    let index = Memo::new(move |_| {
        let _ = count.get();
        Index::writable(session, &people.found.get())
    });
    let listing = Memo::new(move |_| index.with(|index| Listing::of_places(index, &query.get())));
    let choose = Callback::new(move |place: usize| {
        match listing.with_untracked(|listing| listing.goal(place)) {
            Some(Goal::Room(slug)) => {
                let room = session.model().with_untracked(|model| {
                    model.rooms.by_name(&slug).cloned() // it may be gone meanwhile
                });
                if let Some(room) = room {
                    choose.run(room);
                }
            }
            Some(Goal::Person(user)) => spawn_local(async move {
                match direct_room(session, user.id).await {
                    Ok(room) => _ = choose.try_run(room),
                    Err(refusal) => _ = fault.try_set(Some(refusal.text)),
                }
            }),
            Some(Goal::Action(_) | Goal::Search(_)) | None => {}
        }
    });
    effect(move || session.want_presences());
    let field = Field {
        list: LIST,
        class: "search-bar__input",
        label,
        hint: HINT,
        listing,
        query,
        selected,
        choose,
        people,
        brings_up_keyboard: false,
    };
    view! {
        <div class="destination">
            <div class="search-bar">
                <Icon glyph=Glyph::Search/>
                {field.view()}
            </div>
            <p class="switcher__fault" role="alert" hidden=move || fault.get().is_none()>{fault}</p>
            <ResultList id=LIST label="Rooms and people" listing query selected choose/>
        </div>
    }
}
