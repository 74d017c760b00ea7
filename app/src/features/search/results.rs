//! What was found: how much, the messages, and more of them.

use std::time::Duration;

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};
use protocol::{MessageId, search::Operator};
use uuid::Uuid;

use super::{View, link_of, result::result};
use crate::{
    browser::{focus::focus, keyboard::is_plain, window::effect},
    state::{
        bidi::isolate,
        model::Model,
        places::name_of,
        rooms::format_count,
        search::{
            Found,
            words::{value_of, without},
        },
    },
    ui::{
        button::small_button,
        dynamic::{ShowErased, click, dynamic},
        each::each,
    },
};

/// What is said while the server is out of reach, unless this device was searched.
const WAITING: &str = "Search needs a connection. It goes on once you are back online.";
/// Where is searched.
pub(super) const ONLY_YOURS: &str =
    "Only your rooms are searched. Add in:room for a public room that you have not joined.";
/// The time after which a search is said to take a while.
const SLOW: Duration = Duration::from_millis(300);

/// What was found, or why nothing is.
#[component]
pub fn Results(
    /// The state of the view.
    view: View,
    /// The numbers of the messages.
    shown: Memo<Vec<Uuid>>,
) -> impl IntoView {
    let session = view.session;
    let has_any = Signal::derive(move || shown.with(|shown| !shown.is_empty()));
    // Tab reaches one of them.
    let stop = session.select(move |model| {
        let chosen = view.chosen.get().filter(|id| model.search.find(*id).is_some());
        let first = || model.search.found.as_ref()?.hits.first().map(|hit| hit.found.message.id);
        chosen.or_else(first)
    });
    let asked = Memo::new(move |_| view.asked());
    // What is shown was found by something else than what stands in the field.
    let is_old = session.select(move |model| {
        let found = model.search.found.as_ref();
        found.is_some_and(|found| !asked.with(|asked| asked.is_like(&found.by)))
    });
    let is_searching = session.select(|model| model.search.is_searching());
    let is_slow = slow(Signal::derive(move || is_old.get() || is_searching.get()));
    let status = session.select(status);
    let nothing = session.select(nothing_in);
    let everywhere = move |_| {
        view.room.set(None);
        let text = view.text.with_untracked(|text| without(text, &[Operator::In], None));
        view.set(&text);
    };
    let is_waiting =
        session.select(|model| model.connection.is_away() && model.search.wanted().is_some());
    view! {
        <p class="results__count" role="status">
            {dynamic(move || match (is_slow.get(), is_searching.get()) {
                _ if is_waiting.get() => WAITING.to_owned(),
                (false, _) => status.get(),
                (true, true) => "Searching…".to_owned(),
                (true, false) => String::new(),
            })}
        </p>
        <ShowErased when=has_any>
            <ol
                class="results"
                role="list"
                aria-label="Results"
                aria-busy=move || is_old.get().then_some("true")
                on:keydown=move |event| walk(view, &event)
            >
                {each(shown, move |version| result(view, stop, version))}
            </ol>
        </ShowErased>
        {dynamic(move || {
            let again = || small_button("Search everywhere", "", everywhere);
            match nothing.get().filter(|_| !is_old.get())? {
                Within::AllRooms => Some(view! {
                    <p class="results__note">{ONLY_YOURS.into_any()}</p>
                }),
                Within::OneRoom => Some(view! { <p class="results__again">{again()}</p> }),
                Within::OneRoomAlone => None,
            }
        })}
        <More view/>
    }
}

/// Returns whether something has been true for a while.
fn slow(is: Signal<bool>) -> RwSignal<bool> {
    let is_slow = RwSignal::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        timer.try_update_value(|timer| timer.take().inspect(TimeoutHandle::clear));
    };
    let is = Memo::new(move |_| is.get());
    effect(move || {
        stop();
        if is.get() {
            let late = move || {
                is_slow.try_set(true);
            };
            timer.set_value(set_timeout_with_handle(late, SLOW).ok());
        } else {
            is_slow.set(false);
        }
    });
    on_cleanup(stop);
    is_slow
}

/// Returns how much was found.
fn status(model: &Model) -> String {
    let Some(found) = &model.search.found else { return String::new() };
    if found.on_device {
        let count = match found.total {
            0 => "Nothing".to_owned(),
            1 => "1 message".to_owned(),
            total => format!("{} messages", format_count(total)),
        };
        return format!(
            "{count} found on this device, which has the newest messages of the rooms that you \
             opened last. All is searched once you are back online."
        );
    }
    match (found.total, found.more) {
        (0, _) if found.hits.is_empty() => nothing(model, found),
        (1, false) => "1 message".to_owned(),
        (total, false) => format!("{} messages, newest first", format_count(total)),
        (total, true) => format!("{} or more messages, newest first", format_count(total)),
    }
}

/// Says that nothing was found, and in which room.
fn nothing(model: &Model, found: &Found) -> String {
    let words = without(&found.by.query, &[Operator::In], None);
    let place = value_of(&found.by.query, &[Operator::In]).map(|(_, slug)| slug);
    let place = place.or_else(|| found.by.room.clone()).map(|name| {
        let name = name.trim_start_matches('#');
        isolate(&model.rooms.by_name(name).map_or_else(|| name.to_owned(), name_of))
    });
    let so_far = if found.incomplete { " so far" } else { "" };
    match (words.as_str(), place) {
        ("", None) => format!("Nothing found{so_far}."),
        ("", Some(place)) => format!("Nothing found{so_far} in {place}."),
        (words, None) => format!("Nothing found{so_far} for “{}”.", isolate(words)),
        (words, Some(place)) => {
            format!("Nothing found{so_far} for “{}” in {place}.", isolate(words))
        }
    }
}

/// Where nothing was found.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Within {
    /// In all rooms of the user.
    AllRooms,
    /// In one room.
    OneRoom,
    /// In one room, of which nothing else was asked.
    OneRoomAlone,
}

/// Returns where was searched, if nothing was found there.
fn nothing_in(model: &Model) -> Option<Within> {
    let found = model.search.found.as_ref().filter(|found| found.hits.is_empty())?;
    let words = without(&found.by.query, &[Operator::In], None);
    let is_narrow = found.by.room.is_some() || value_of(&found.by.query, &[Operator::In]).is_some();
    Some(match (is_narrow, words.is_empty()) {
        (false, _) => Within::AllRooms,
        (true, false) => Within::OneRoom,
        (true, true) => Within::OneRoomAlone,
    })
}

/// The button for more results.
#[component]
fn More(view: View) -> impl IntoView {
    let session = view.session;
    let found = |model: &Model, is: fn(&Found) -> bool| model.search.found.as_ref().is_some_and(is);
    let has_more = session.select(move |model| found(model, Found::has_more));
    let is_cut = session.select(move |model| found(model, |found| found.incomplete));
    let is_loading = session.select(|model| model.search.is_loading_more());
    dynamic(move || {
        if !has_more.get() {
            return None;
        }
        let (is_cut, is_loading) = (is_cut.get(), is_loading.get());
        let label = match (is_loading, is_cut) {
            (true, _) => "Searching",
            (false, true) => "Search older messages",
            (false, false) => "Show more",
        };
        let note = is_cut.then(|| {
            view! {
                <span class="results__note">"Older messages have not been searched yet."</span>
            }
        });
        Some(view! {
            <p class="page__more">
                {note}
                <button
                    class="button button--small"
                    type="button"
                    aria-disabled=is_loading.then_some("true")
                    on:click=click(move |_| session.load_more_found())
                >
                    {label}
                </button>
            </p>
        })
    })
}

/// Moves the focus to the results. Returns whether there is one.
pub(super) fn focus_results(view: View) -> bool {
    let chosen = view.chosen.get_untracked().filter(|id| view.is_shown(*id));
    let first = || ids(view).first().copied();
    chosen.or_else(first).is_some_and(|id| focus(&link_of(id)))
}

/// Returns the messages that are shown.
fn ids(view: View) -> Vec<MessageId> {
    view.session.model().with_untracked(|model| {
        let hits = model.search.found.iter().flat_map(|found| &found.hits);
        hits.map(|hit| hit.found.message.id).collect()
    })
}

/// Moves between the results, and back to the field.
fn walk(view: View, event: &ev::KeyboardEvent) {
    if !is_plain(event) {
        return;
    }
    let ids = ids(view);
    let chosen = view.chosen.get_untracked();
    let here = ids.iter().position(|id| Some(*id) == chosen).unwrap_or_default();
    let next = match event.key().as_str() {
        "ArrowDown" => ids.get(here + 1),
        "ArrowUp" => here.checked_sub(1).and_then(|next| ids.get(next)),
        "Home" => ids.first(),
        "End" => ids.last(),
        "Escape" => None,
        _ => return,
    };
    event.prevent_default();
    match (next, event.key().as_str()) {
        (Some(next), _) => {
            focus(&link_of(*next));
        }
        (None, "ArrowUp" | "Escape") => view.focus_field(),
        (None, _) => view.session.load_more_found(),
    }
}
