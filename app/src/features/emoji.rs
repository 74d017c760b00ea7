//! The emoji picker: for the composer and for reactions. Its table is fetched when it is opened.

mod cells;

use leptos::{ev, prelude::*, task::spawn_local};

use self::cells::{Cell, cell_of, focus_first, walk};
use crate::{
    browser::{emoji, form::changed_value, window::is_touch},
    session::Session,
    state::emoji::{EmojiTable, FoundEmoji, TONES},
    ui::{
        button::small_button,
        dialog::Dialog,
        dynamic::{click, dynamic, input},
        icon::{Glyph, Icon},
    },
};

/// The most emoji that a search shows.
const MAX_FOUND: usize = 96;

/// The groups of the table in its order, each with its name and the strokes of its icon, which are
/// [Lucide](https://lucide.dev)'s.
const GROUPS: [(&str, &str); 9] = [
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
const RECENT: (&str, &str) = ("Recent", "M2 12a10 10 0 1 0 20 0a10 10 0 1 0 -20 0M12 6v6l4 2");

/// The names of the skin tones: none, then those of [`TONES`].
const TONE_NAMES: [&str; 6] = ["Yellow", "Light", "Medium light", "Medium", "Medium dark", "Dark"];

/// The picker, while something takes what is picked.
#[component]
pub fn EmojiPicker() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(session.picking_emoji.with(Option::is_some)));
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            session.picking_emoji.set(None);
        }
        is_open
    });
    view! {
        <Dialog open label="Emoji" kind="dialog--emoji" class="emoji-picker">
            <Picker open/>
        </Dialog>
    }
}

/// Whether the table is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Table {
    Coming,
    Here,
    Missing,
}

/// What the picker shows.
#[derive(Clone, Copy)]
struct Shown {
    session: Session,
    query: RwSignal<String>,
    /// The place of the group, or `None` for those picked last.
    group: RwSignal<Option<usize>>,
    tone: RwSignal<Option<usize>>,
}

impl Shown {
    /// Returns the heading and the emoji below it.
    fn content(self, table: &EmojiTable) -> (&'static str, Vec<Cell>) {
        let tone = self.tone.get();
        let toned = |found: Vec<FoundEmoji<'_>>| {
            found.iter().map(|emoji| Cell::new(emoji, emoji.toned(tone))).collect::<Vec<_>>()
        };
        let query = self.query.get();
        let query = query.trim().replace(' ', "_");
        if !query.is_empty() {
            let found = toned(table.find(query.trim_matches(':'), MAX_FOUND));
            return (if found.is_empty() { "Nothing found" } else { "Found" }, found);
        }
        match self.group.get() {
            Some(place) => (GROUPS[place].0, toned(table.group(place))),
            None => {
                let recent = self.session.recent_emoji();
                let cell = |symbol: String| Some(Cell::new(&table.get(&symbol)?, symbol));
                ("Recent", recent.into_iter().filter_map(cell).collect())
            }
        }
    }
}

#[component]
fn Picker(open: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let state = RwSignal::new(Table::Coming);
    let fetch = move || {
        state.set(Table::Coming);
        spawn_local(async move {
            let is_here = emoji::load().await;
            state.try_set(if is_here { Table::Here } else { Table::Missing });
        });
    };
    fetch();
    let group = if session.recent_emoji().is_empty() { Some(0) } else { None };
    let shown = Shown {
        session,
        query: RwSignal::new(String::new()),
        group: RwSignal::new(group),
        tone: RwSignal::new(session.skin_tone()),
    };
    let pointed = RwSignal::new(None::<Cell>);
    let take = move |symbol: String| {
        session.remember_emoji(&symbol);
        let Some(purpose) = session.picking_emoji.get_untracked() else { return };
        open.set(false);
        // The dialog gives the focus back first.
        request_animation_frame(move || session.use_emoji(purpose, symbol));
    };
    let first = move || {
        let cells = emoji::table().map(|table| untrack(|| shown.content(table)).1);
        cells.and_then(|cells| cells.into_iter().next())
    };
    // For screen readers: the grid is another one after each letter.
    let found = Signal::derive(move || {
        let is_search = shown.query.with(|query| !query.trim().is_empty());
        let table = emoji::table().filter(|_| is_search && state.get() == Table::Here)?;
        Some(match shown.content(table).1.len() {
            0 => "Nothing found".to_owned(),
            count => format!("{count} found"),
        })
    });
    let on_search_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" if !event.is_composing() => {
            event.prevent_default();
            if let Some(cell) = first() {
                take(cell.symbol);
            }
        }
        "ArrowDown" => {
            event.prevent_default();
            focus_first(&event);
        }
        _ => {}
    };
    let find = move |event| {
        pointed.set(None);
        shown.query.set(changed_value(&event));
    };
    let pick = move |event: ev::MouseEvent| {
        if let Some(cell) = cell_of(&event) {
            take(cell.symbol);
        }
    };
    let point = move |event: &ev::Event| {
        if let Some(cell) = cell_of(event) {
            pointed.set(Some(cell));
        }
    };
    view! {
        <div class="emoji-picker__bar">
            <label class="emoji-picker__search">
                <Icon glyph=Glyph::Search/>
                <input
                    type="search"
                    aria-label="Find an emoji"
                    placeholder="Find an emoji"
                    autocomplete="off"
                    prop:value=move || shown.query.get()
                    on:input=input(find)
                    on:keydown=on_search_key
                />
            </label>
        </div>
        <p class="visually-hidden" role="status">{found}</p>
        <Groups shown/>
        <div
            class="emoji-picker__scroll"
            on:click=click(pick)
            on:focusin=move |event| point(&event)
            on:mouseover=move |event| point(&event)
            on:keydown=move |event| walk(&event)
        >
            {dynamic(move || match (state.get(), emoji::table()) {
                (Table::Here, Some(table)) => {
                    let (heading, cells) = shown.content(table);
                    grid(heading, &cells)
                }
                (Table::Missing, _) => view! {
                    <p class="emoji-picker__hint" role="alert">
                        "The emoji did not arrive. "
                        {small_button("Load again", "", move |_| fetch())}
                    </p>
                }
                .into_any(),
                _ => view! { <p class="emoji-picker__hint" role="status">"Loading"</p> }.into_any(),
            })}
        </div>
        <div class="emoji-picker__foot">
            <span class="emoji-picker__big" aria-hidden="true">
                {move || pointed.with(|cell| cell.as_ref().map(|cell| cell.symbol.clone()))}
            </span>
            <span class="emoji-picker__name" aria-hidden="true">
                {move || pointed.with(|cell| cell.as_ref().map(|cell| cell.label.clone()))}
            </span>
            <Tones shown/>
        </div>
    }
}

/// Returns a heading and the emoji below it. One of them is a stop of Tab, and arrow keys lead to
/// the others.
fn grid(heading: &'static str, cells: &[Cell]) -> AnyView {
    let cells = cells.iter().enumerate().map(|(place, cell)| cell.view(place == 0));
    view! {
        <h3 class="emoji-picker__title">{heading}</h3>
        <div class="emoji-picker__grid" role="group" aria-label=heading>
            {cells.collect::<Vec<_>>()}
        </div>
    }
    .into_any()
}

/// The buttons that lead to groups.
#[component]
fn Groups(shown: Shown) -> impl IntoView {
    let button = |place: Option<usize>, (name, strokes): (&'static str, &'static str)| {
        let is_current = move || shown.group.get() == place && shown.query.with(String::is_empty);
        let current = Signal::derive(move || is_current().then_some("true"));
        let is_stop = shown.group.get_untracked() == place;
        let choose = move |_| {
            shown.query.set(String::new());
            shown.group.set(place);
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
    let recent = button(None, RECENT);
    let others = GROUPS.into_iter().enumerate().map(|(place, group)| button(Some(place), group));
    view! {
        <div
            class="emoji-picker__groups"
            role="toolbar"
            aria-label="Groups"
            on:keydown=move |event| walk(&event)
        >
            {recent}
            {others.collect::<Vec<_>>()}
        </div>
    }
}

/// The choice of a skin tone.
#[component]
fn Tones(shown: Shown) -> impl IntoView {
    let button = |(place, name): (usize, &'static str)| {
        let tone = place.checked_sub(1);
        let symbol = match tone.and_then(|tone| TONES.get(tone)) {
            Some(tone) => format!("✋{tone}"),
            None => "✋".to_owned(),
        };
        let pressed =
            Signal::derive(move || if shown.tone.get() == tone { "true" } else { "false" });
        let choose = move |_| {
            shown.session.set_skin_tone(tone);
            shown.tone.set(tone);
        };
        view! {
            <button
                class="icon-button"
                type="button"
                aria-label=name
                title=name
                aria-pressed=pressed
                tabindex=if shown.tone.get_untracked() == tone { "0" } else { "-1" }
                on:click=click(choose)
            >
                {symbol}
            </button>
        }
        .into_any()
    };
    view! {
        <div
            class="emoji-picker__skin"
            role="toolbar"
            aria-label="Skin tone"
            on:keydown=move |event| walk(&event)
        >
            {TONE_NAMES.into_iter().enumerate().map(button).collect::<Vec<_>>()}
        </div>
    }
}
