//! The groups of the emoji picker.

use leptos::prelude::*;

use super::{Shown, cells::walk};
use crate::{browser::window::is_touch, ui::dynamic::click};

/// The groups of the table in its order, each with its name and the strokes of its icon, which are
/// [Lucide](https://lucide.dev)'s.
pub(super) const GROUPS: [(&str, &str); 9] = [
    (
        "Smileys",
        "M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0M8 14s1.5 2 4 2 4-2 4-2M9 9L9.01 9M15 9L15.01 9",
    ),
    (
        "People",
        "M18 11V6a2 2 0 0 0-2-2a2 2 0 0 0-2 2M14 10V4a2 2 0 0 0-2-2a2 2 0 0 0-2 2v2M10 10.5V6a2 2 \
         0 0 0-2-2a2 2 0 0 0-2 2v8M18 8a2 2 0 1 1 4 0v6a8 8 0 0 1-8 8h-2c-2.8 \
         0-4.5-.86-5.99-2.34l-3.6-3.6a2 2 0 0 1 2.83-2.82L7 15",
    ),
    (
        "Nature",
        "M11 20A7 7 0 0 1 9.8 6.1C15.5 5 17 4.48 19 2c1 2 2 4.18 2 8 0 5.5-4.78 10-10 10ZM2 \
         21c0-3 1.85-5.36 5.08-6C9.5 14.52 12 13 13 12",
    ),
    (
        "Food",
        "M10 2v2M14 2v2M16 8a1 1 0 0 1 1 1v8a4 4 0 0 1-4 4H7a4 4 0 0 1-4-4V9a1 1 0 0 1 1-1h14a4 4 \
         0 1 1 0 8h-1M6 2v2",
    ),
    (
        "Places",
        "M17.8 19.2 16 11l3.5-3.5C21 6 21.5 4 21 3c-1-.5-3 0-4.5 1.5L13 8 \
         4.8 6.2c-.5-.1-.9.1-1.1.5l-.3.5c-.2.5-.1 1 .3 1.3L9 12l-2 3H4l-1 1 3 2 2 3 1-1v-3l3-2 3.5 \
         5.3c.3.4.8.5 1.3.3l.5-.2c.4-.3.6-.7.5-1.2z",
    ),
    (
        "Activities",
        "M10 14.66v1.626a2 2 0 0 1-.976 1.696A5 5 0 0 0 7 21.978M14 14.66v1.626a2 2 0 0 0 .976 \
         1.696A5 5 0 0 1 17 21.978M18 9h1.5a1 1 0 0 0 0-5H18M4 22h16M6 9a6 6 0 0 0 12 0V3a1 1 0 0 \
         0-1-1H7a1 1 0 0 0-1 1zM6 9H4.5a1 1 0 0 1 0-5H6",
    ),
    (
        "Things",
        "M15 14c.2-1 .7-1.7 1.5-2.5 1-.9 1.5-2.2 1.5-3.5A6 6 0 0 0 6 8c0 1 .2 2.2 1.5 \
         3.5.7.7 1.3 1.5 1.5 2.5M9 18h6M10 22h4",
    ),
    ("Signs", "M4 9L20 9M4 15L20 15M10 3L8 21M16 3L14 21"),
    (
        "Flags",
        "M4 22V4a1 1 0 0 1 .4-.8A6 6 0 0 1 8 2c3 0 5 2 7.333 2q2 0 3.067-.8A1 1 0 0 1 20 4v10a1 1 \
         0 0 1-.4.8A6 6 0 0 1 16 16c-3 0-5-2-8-2a6 6 0 0 0-4 1.528",
    ),
];

/// The icon of those picked last.
pub(super) const RECENT: (&str, &str) =
    ("Recent", "M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0M12 6v6l4 2");

/// The icon of those that users have added.
pub(super) const OURS: (&str, &str) = (
    "Ours",
    "M12 10.189V14M12 2v3M19 13V7a2 2 0 0 0-2-2H7a2 2 0 0 0-2 2v6M19.38 20A11.6 11.6 0 0 0 21 \
     14l-8.188-3.639a2 2 0 0 0-1.624 0L3 14a11.6 11.6 0 0 0 2.81 7.76M2 21c.6.5 1.2 1 2.5 1 2.5 0 \
     2.5-2 5-2 1.3 0 1.9.5 2.5 1s1.2 1 2.5 1c2.5 0 2.5-2 5-2 1.3 0 1.9.5 2.5 1",
);

/// A group of emoji.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Those picked last.
    Recent,
    /// Those that users have added.
    Ours,
    /// One of the table, by its place.
    Table(usize),
}

/// The buttons that lead to groups.
#[component]
pub fn Groups(
    /// What the picker shows.
    shown: Shown,
) -> impl IntoView {
    let button = |group: Group, (name, strokes): (&'static str, &'static str)| {
        let is_current = move || shown.group.get() == group && shown.query.with(String::is_empty);
        let current = Signal::derive(move || is_current().then_some("true"));
        let is_stop = shown.group.get_untracked() == group;
        let choose = move |_| {
            shown.query.set(String::new());
            shown.group.set(group);
        };
        view! {
            <button
                class="icon-button"
                type="button"
                aria-label=name
                title=name
                aria-current=current
                tabindex=if is_stop { "0" } else { "-1" }
                // On a touch screen, the field would bring up a keyboard.
                autofocus=is_stop && is_touch()
                on:click=click(choose)
            >
                <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
                    <path d=strokes></path>
                </svg>
            </button>
        }
        .into_any()
    };
    let (recent, ours) = (button(Group::Recent, RECENT), button(Group::Ours, OURS));
    let of_table = |(place, icon)| button(Group::Table(place), icon);
    let others = GROUPS.into_iter().enumerate().map(of_table);
    view! {
        <div
            class="emoji-picker__groups"
            role="toolbar"
            aria-label="Groups"
            on:keydown=move |event| walk(&event)
        >
            {recent}
            {ours}
            {others.collect::<Vec<_>>()}
        </div>
    }
}
