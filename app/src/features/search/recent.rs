//! The last searches on this device, while the field is empty.

use leptos::prelude::*;

use super::{View, results::ONLY_YOURS};
use crate::{
    state::{bidi::isolate, places::name_of, search::Asked},
    ui::{
        button::{icon_button, small_button},
        dynamic::{ShowErased, click, dynamic},
        icon::{Glyph, Icon},
    },
};

/// The searches, or a hint if there are none.
#[component]
pub fn RecentSearches(
    /// The state of the view.
    view: View,
) -> impl IntoView {
    let session = view.session;
    let has_any = Signal::derive(move || view.recent.with(|recent| !recent.is_empty()));
    let store = move |recent: Vec<Asked>| {
        session.set_recent_searches(&recent);
        view.recent.set(recent);
    };
    let clear = move |_| {
        store(Vec::new());
        view.focus_field();
    };
    let remove = move |asked: &Asked| {
        let mut recent = view.recent.get_untracked();
        recent.retain(|known| known != asked);
        store(recent);
        view.focus_field();
    };
    let item = move |asked: Asked| {
        let room = asked.room.clone();
        let place = room.and_then(|room| {
            let name = |room: &str| {
                session.model().with_untracked(|model| model.rooms.by_name(room).map(name_of))
            };
            name(&room)
        });
        let words = match (asked.query.as_str(), &place) {
            ("", _) => String::new(),
            (query, _) => isolate(query),
        };
        let place = place.map(|place| format!(" in {}", isolate(&place))).unwrap_or_default();
        let label = format!("{words}{place}");
        let (again, gone) = (asked.clone(), asked);
        let run = move |_| {
            view.room.set(again.room.clone());
            view.set(&again.query);
        };
        view! {
            <li class="search__recent">
                <button class="search__again" type="button" on:click=click(run)>
                    <Icon glyph=Glyph::Clock/>
                    <span class="truncate">{label.clone()}</span>
                </button>
                {icon_button(
                    format!("Forget {label}"),
                    view! { <Icon glyph=Glyph::X/> },
                    move |_| remove(&gone),
                )}
            </li>
        }
    };
    view! {
        <ShowErased when=has_any>
            <section aria-labelledby="recent-searches">
                <div class="page__bar">
                    <h3 class="rows__title" id="recent-searches">"Recent searches"</h3>
                    {small_button("Clear all", "button--quiet", clear)}
                </div>
                <ul role="list">
                    {dynamic(move || view.recent.get().into_iter().map(item).collect_view())}
                </ul>
            </section>
        </ShowErased>
        <p class="search__hint only-scripted">
            "Finds messages that have all the words, also parts of words, and the names of files. \
             Put a phrase in quotes; a minus before a word leaves out what has it."
        </p>
        <p class="search__hint only-scripted">{ONLY_YOURS}</p>
    }
}
