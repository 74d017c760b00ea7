//! The switcher: finds rooms, people and actions, and goes there.

pub mod destination;
mod entry;
mod field;
mod index;
pub mod list;
pub mod option;
mod people;

use leptos::prelude::*;

use self::{
    entry::Goal,
    field::Field,
    index::Index,
    list::{Listing, ResultList},
    people::People,
};
use crate::{
    browser::{focus::focus_view, window::effect},
    page::address::Address,
    session::Session,
    ui::{
        button::icon_button,
        dialog::Dialog,
        icon::{Glyph, Icon},
    },
};

/// The id of the list.
const LIST: &str = "switcher";
/// What the list has.
const LISTED: &str = "Rooms, people, actions and messages";
/// The question that the field asks.
const LABEL: &str = "Jump to a room or person";

/// The dialog.
#[component]
pub fn Switcher() -> impl IntoView {
    let open = expect_context::<Session>().switcher;
    view! {
        <Dialog open label=LABEL kind="switcher" class="switcher__body">
            <Search/>
        </Dialog>
    }
}

#[component]
fn Search() -> impl IntoView {
    let session = expect_context::<Session>();
    let query = RwSignal::new(String::new());
    let selected = RwSignal::new(0_usize);
    let people = People::load(session);
    let index = Memo::new(move |_| Index::new(session, &people.found.get()));
    let listing = Memo::new(move |_| index.with(|index| Listing::of(index, &query.get())));
    let fault = people.fault;
    let choose = Callback::new(move |place: usize| {
        let goal = listing.with_untracked(|listing| listing.goal(place));
        match goal {
            Some(Goal::Room(slug)) => {
                session.switcher.set(false);
                session.go(Address::Room(slug));
                request_animation_frame(focus_view);
            }
            Some(Goal::Person(user)) => people.open(user.id),
            Some(Goal::Action(action)) => {
                session.switcher.set(false);
                action.act(session);
            }
            Some(Goal::Search(query)) => {
                session.switcher.set(false);
                session.search_for(query);
            }
            None => {}
        }
    });
    effect(move || session.want_presences());
    let field = Field {
        list: LIST,
        class: "switcher__input",
        label: LABEL,
        hint: LABEL,
        listing,
        query,
        selected,
        choose,
        people,
        brings_up_keyboard: true,
    };
    view! {
        <div class="switcher__bar">
            <Icon glyph=Glyph::Search/>
            {field.view()}
            {icon_button(
                "Close",
                view! { <Icon glyph=Glyph::X/> },
                move |_| session.switcher.set(false),
            )}
        </div>
        <ResultList id=LIST label=LISTED listing query selected choose/>
        <p class="switcher__fault" role="alert" hidden=move || fault.get().is_none()>{fault}</p>
        <p class="switcher__foot" aria-hidden="true">
            <span><kbd>"↑"</kbd> <kbd>"↓"</kbd> " choose"</span>
            <span><kbd>"Enter"</kbd> " open"</span>
            <span><kbd>"Esc"</kbd> " close"</span>
        </p>
    }
}
