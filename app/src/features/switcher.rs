//! The switcher: finds rooms, people and actions, and goes there.

pub mod destination;
mod entry;
mod index;
pub mod list;
pub mod option;
mod people;

use leptos::{ev, html, prelude::*};

use self::{
    entry::Goal,
    index::Index,
    list::{Listing, ResultList, list_id, option_id},
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

/// What a key does in the field above a list.
enum Pressed {
    /// Selects the option at a place.
    Select(usize),
    /// Takes the selected option.
    Choose,
}

/// Returns what a key does where one of `count` options is selected.
fn pressed(event: &ev::KeyboardEvent, here: usize, count: usize) -> Option<Pressed> {
    let next = match event.key().as_str() {
        _ if event.is_composing() || count == 0 => return None,
        "ArrowDown" if !event.alt_key() => (here + 1) % count,
        "ArrowUp" if !event.alt_key() => (here + count - 1) % count,
        "PageDown" => (here + 8).min(count - 1),
        "PageUp" => here.saturating_sub(8),
        "Enter" => return Some(Pressed::Choose),
        _ => return None,
    };
    Some(Pressed::Select(next))
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
    let input = NodeRef::<html::Input>::new();
    effect(move || {
        session.want_presences();
        if let Some(input) = input.get() {
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
        <div class="switcher__bar">
            <Icon glyph=Glyph::Search/>
            <input
                class="switcher__input"
                role="combobox"
                aria-expanded=expanded
                aria-controls=controls
                aria-activedescendant=active
                aria-autocomplete="list"
                aria-label=LABEL
                placeholder=LABEL
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="go"
                maxlength="100"
                node_ref=input
                on:input=typed
                on:keydown=on_key
            />
            {icon_button(
                "Close",
                view! { <Icon glyph=Glyph::X/> },
                move |_| session.switcher.set(false),
            )}
        </div>
        <ResultList id=LIST label="Rooms, people, actions and messages" listing query selected choose/>
        <p class="switcher__fault" role="alert" hidden=move || fault.get().is_none()>{fault}</p>
        <p class="switcher__foot" aria-hidden="true">
            <span><kbd>"↑"</kbd> <kbd>"↓"</kbd> " choose"</span>
            <span><kbd>"Enter"</kbd> " open"</span>
            <span><kbd>"Esc"</kbd> " close"</span>
        </p>
    }
}
