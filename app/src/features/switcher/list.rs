//! What was found, in groups.

use std::ops::Range;

use leptos::{html, prelude::*};

use super::{
    entry::{Entry, Goal, Kind},
    index::Index,
    option::ResultOption,
};
use crate::{
    browser::{case::fold, window::scroll_into_view},
    state::{bidi::isolate, switcher::search},
    ui::dynamic::{ShowErased, dynamic},
};

/// The entries of each kind that are shown.
const MAX_SHOWN: usize = 20;
/// The rooms of each group that are offered before anything is typed.
const MAX_OFFERED: usize = 7;

/// An entry that is shown, with the characters of its name that match.
#[derive(Clone, Debug)]
pub struct Shown {
    pub(super) entry: Entry,
    pub(super) marks: Vec<Range<usize>>,
}

/// The groups of the list. Compared by identity: each query makes a new one.
#[derive(Clone, Debug, Default)]
pub struct Listing(Vec<(&'static str, Vec<Shown>)>);

impl PartialEq for Listing {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

impl Listing {
    /// Finds what matches a query, and offers to search messages for it. Without one, offers the
    /// recent rooms, those with unread messages, and all actions.
    pub(super) fn of(index: &Index, query: &str) -> Self {
        let query = query.trim();
        let groups = if query.is_empty() {
            offered(index)
        } else {
            let search = Shown { entry: Entry::of_search(query), marks: Vec::new() };
            let mut groups = found(index, query);
            groups.push((title(Kind::Search), vec![search]));
            groups
        };
        Self(groups.into_iter().filter(|(_, shown)| !shown.is_empty()).collect())
    }

    /// Finds the rooms and people that match a query. Without one, lists as many as fit: those that
    /// were used last, and then the others.
    pub(super) fn of_places(index: &Index, query: &str) -> Self {
        let query = query.trim();
        let mut groups = if query.is_empty() { places(index) } else { found(index, query) };
        for (_, shown) in &mut groups {
            shown.retain(|shown| matches!(shown.entry.kind, Kind::Room | Kind::Person));
        }
        Self(groups.into_iter().filter(|(_, shown)| !shown.is_empty()).collect())
    }

    /// Returns the number of entries.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|(_, shown)| shown.len()).sum()
    }

    /// Returns whether something has the name that was typed.
    fn has_named(&self) -> bool {
        self.0.iter().flat_map(|(_, shown)| shown).any(|it| it.entry.kind != Kind::Search)
    }

    /// Returns where an entry leads.
    pub(super) fn goal(&self, place: usize) -> Option<Goal> {
        let mut all = self.0.iter().flat_map(|(_, shown)| shown);
        all.nth(place).map(|shown| shown.entry.goal.clone())
    }
}

fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Room => "Rooms",
        Kind::Person => "People",
        Kind::Action => "Actions",
        Kind::Search => "Messages",
    }
}

/// Returns the groups in the order of their best matches.
fn found(index: &Index, query: &str) -> Vec<(&'static str, Vec<Shown>)> {
    let mut groups: Vec<(Kind, Vec<Shown>)> = Vec::new();
    for found in search(query, &index.candidates, fold) {
        let Some(entry) = index.entries.get(found.index) else { continue };
        let place = groups.iter().position(|(kind, _)| *kind == entry.kind);
        let place = place.unwrap_or_else(|| {
            groups.push((entry.kind, Vec::new()));
            groups.len() - 1
        });
        let shown = &mut groups[place].1;
        if shown.len() < MAX_SHOWN {
            shown.push(Shown { entry: entry.clone(), marks: found.marks });
        }
    }
    groups.into_iter().map(|(kind, shown)| (title(kind), shown)).collect()
}

fn offered(index: &Index) -> Vec<(&'static str, Vec<Shown>)> {
    let all = || index.entries.iter().zip(index.candidates.iter());
    let elsewhere = || all().filter(|(entry, _)| entry.room.is_some() && entry.room != index.here);
    let recent = recent(index);
    let is_recent = |entry: &Entry| recent.iter().any(|recent| recent.room == entry.room);
    let mut unread: Vec<_> = elsewhere()
        .map(|(entry, _)| entry)
        .filter(|entry| entry.unread + entry.mentions > 0 && !is_recent(entry))
        .collect();
    unread.sort_by_key(|entry| entry.mentions == 0);
    unread.truncate(MAX_OFFERED);
    let actions: Vec<_> =
        all().map(|(entry, _)| entry).filter(|entry| entry.kind == Kind::Action).collect();
    vec![("Recent", plain(recent)), ("Unread", plain(unread)), ("Actions", plain(actions))]
}

fn places(index: &Index) -> Vec<(&'static str, Vec<Shown>)> {
    let recent = recent(index);
    let others = |kind: Kind| {
        let is_recent =
            |entry: &Entry| entry.room.is_some() && recent.iter().any(|it| it.room == entry.room);
        let others = index.entries.iter().filter(|entry| entry.kind == kind && !is_recent(entry));
        plain(others.take(MAX_SHOWN).collect())
    };
    let (rooms, people) = (others(Kind::Room), others(Kind::Person));
    vec![("Recent", plain(recent)), (title(Kind::Room), rooms), (title(Kind::Person), people)]
}

/// Returns the rooms that were used last, other than the one in view.
fn recent(index: &Index) -> Vec<&Entry> {
    let used = index.entries.iter().zip(index.candidates.iter());
    let used = used.filter(|(entry, _)| entry.room.is_some() && entry.room != index.here);
    let mut used: Vec<_> =
        used.filter_map(|(entry, candidate)| Some((candidate.used?, entry))).collect();
    used.sort_by_key(|(used, _)| *used);
    used.into_iter().take(MAX_OFFERED).map(|(_, entry)| entry).collect()
}

/// Returns entries of which nothing was typed.
fn plain(entries: Vec<&Entry>) -> Vec<Shown> {
    let show = |entry: &Entry| Shown { entry: entry.clone(), marks: Vec::new() };
    entries.into_iter().map(show).collect()
}

/// Returns the id of the element of an option, in the list with the id `list`.
pub(super) fn option_id(list: &str, place: usize) -> String {
    format!("{list}-{place}")
}

/// Returns the id of the element with the options.
pub(super) fn list_id(list: &str) -> String {
    format!("{list}-list")
}

/// The groups with their options, or the words that there are none.
#[component]
pub fn ResultList(
    /// The id of the list, unique on the page.
    id: &'static str,
    /// What it lists.
    label: &'static str,
    /// What was found.
    listing: Memo<Listing>,
    /// What was typed.
    query: RwSignal<String>,
    /// The place of the selected option.
    selected: RwSignal<usize>,
    /// Takes the option at a place.
    choose: Callback<usize>,
) -> impl IntoView {
    let list = NodeRef::<html::Div>::new();
    // With the keys, the selected option may leave the view.
    Effect::new(move |_| {
        let id = format!("#{}", option_id(id, selected.get()));
        let option = list.get().and_then(|list| list.query_selector(&id).ok().flatten());
        if let Some(option) = option {
            scroll_into_view(&option);
        }
    });
    let is_empty = Memo::new(move |_| listing.with(|listing| listing.len() == 0));
    let has_named = Memo::new(move |_| listing.with(Listing::has_named));
    let nothing =
        Signal::derive(move || format!("Nothing is named “{}”.", isolate(query.get().trim())));
    let groups = move || {
        let mut place = 0;
        let groups = listing.get().0.into_iter().map(|(title, shown)| {
            let options = shown.into_iter().map(|shown| {
                let here = place;
                place += 1;
                view! { <ResultOption list=id shown place=here selected choose/> }.into_any()
            });
            let options: Vec<_> = options.collect();
            view! {
                <div role="group" aria-label=title>
                    <div class="switcher__title" aria-hidden="true">{title}</div>
                    {options}
                </div>
            }
            .into_any()
        });
        groups.collect::<Vec<_>>()
    };
    view! {
        <p class="switcher__none" role="status">
            {dynamic(move || (!has_named.get()).then(|| nothing.get()))}
        </p>
        <ShowErased when=Signal::derive(move || !is_empty.get())>
            <div
                class="switcher__list"
                role="listbox"
                id=list_id(id)
                aria-label=label
                node_ref=list
            >
                {dynamic(groups)}
            </div>
        </ShowErased>
    }
}
