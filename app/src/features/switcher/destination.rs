//! The choice of a room or a person to whom something goes: the list of the switcher on a page.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{Room, RoomId};

use super::{
    Pressed,
    entry::Goal,
    index::Index,
    list::{Listing, ResultList, list_id, option_id},
    people::{People, direct_room},
    pressed,
};
use crate::{
    browser::window::{effect, is_touch},
    session::Session,
    state::access::Access,
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
    let writable = session.select(|model| {
        let rooms = model.rooms.iter().filter(|room| Access::to(room) == Access::Write);
        rooms.map(|room| room.id).collect::<Vec<RoomId>>()
    });
    let index = Memo::new(move |_| {
        writable.with(|_| ());
        Index::writable(session, &people.found.get())
    });
    let listing = Memo::new(move |_| index.with(|index| Listing::of_all(index, &query.get())));
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
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        session.want_presences();
        if let Some(input) = input.get()
            && !is_touch()
        {
            let _ = input.focus();
        }
    });
    let typed = move |event: ev::Event| {
        let text = event_target_value(&event);
        people.ask(&text);
        selected.set(0);
        query.set(text);
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let count = listing.with_untracked(Listing::len);
        let here = selected.get_untracked();
        match pressed(&event, here, count) {
            Some(Pressed::Select(next)) => selected.set(next),
            Some(Pressed::Choose) => choose.run(here),
            None => return,
        }
        event.prevent_default();
    };
    let has_options = Memo::new(move |_| listing.with(|listing| listing.len() > 0));
    let expanded = Signal::derive(move || if has_options.get() { "true" } else { "false" });
    let controls = Signal::derive(move || has_options.get().then(|| list_id(LIST)));
    let active = Signal::derive(move || has_options.get().then(|| option_id(LIST, selected.get())));
    view! {
        <div class="destination">
            <div class="search-bar">
                <Icon glyph=Glyph::Search/>
                <input
                    class="search-bar__input"
                    role="combobox"
                    aria-expanded=expanded
                    aria-controls=controls
                    aria-activedescendant=active
                    aria-autocomplete="list"
                    aria-label=label
                    placeholder=HINT
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    enterkeyhint="go"
                    maxlength="100"
                    node_ref=input
                    on:input=typed
                    on:keydown=on_key
                />
            </div>
            <p class="switcher__fault" role="alert" hidden=move || fault.get().is_none()>{fault}</p>
            <ResultList id=LIST label="Rooms and people" listing query selected choose/>
        </div>
    }
}
