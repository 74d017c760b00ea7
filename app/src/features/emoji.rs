//! The emoji picker: for the composer and for reactions. Its table is fetched when it is opened.

mod cells;
pub mod groups;

use leptos::{ev, prelude::*, task::spawn_local};
use protocol::text::custom_emoji_name;

use self::{
    cells::{Cell, cell_of, focus_first, walk},
    groups::{GROUPS, Group, Groups, OURS, RECENT},
};
use crate::{
    browser::{emoji, form::changed_value},
    page::address::View,
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
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    session: Session,
    query: RwSignal<String>,
    group: RwSignal<Group>,
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
        // Only where they are shown: what is shown is built again when they change.
        let custom = || self.session.custom_emoji().get();
        if !query.is_empty() {
            let (query, custom) = (query.trim_matches(':'), custom());
            let mut found: Vec<_> =
                custom.find(query, MAX_FOUND).into_iter().map(Cell::custom).collect();
            found.extend(toned(table.find(query, MAX_FOUND - found.len())));
            return (if found.is_empty() { "Nothing found" } else { "Found" }, found);
        }
        match self.group.get() {
            Group::Table(place) => (GROUPS[place].0, toned(table.group(place))),
            Group::Ours => (OURS.0, custom().iter().map(Cell::custom).collect()),
            Group::Recent => {
                let custom = custom();
                let cell = |symbol: String| match custom_emoji_name(&symbol) {
                    Some(name) => custom.get(name).map(Cell::custom),
                    None => Some(Cell::new(&table.get(&symbol)?, symbol)),
                };
                let recent = self.session.recent_emoji();
                (RECENT.0, recent.into_iter().filter_map(cell).collect())
            }
        }
    }

    /// Returns what follows those that users have added: where to add others, or that there are
    /// none.
    fn after(self, open: RwSignal<bool>) -> Option<AnyView> {
        let is_ours = self.group.get() == Group::Ours && self.query.with(String::is_empty);
        if !is_ours {
            return None;
        }
        let custom = self.session.custom_emoji().get();
        let is_empty = custom.is_complete() && custom.iter().next().is_none();
        let hint = is_empty.then_some("Nobody has added any yet.");
        let may_add = custom.may_add() || self.session.me().role.may_manage_emoji();
        let label = if may_add { "Add emoji" } else { "Show all" };
        let path = View::Emoji.path();
        Some(view! {
            <p class="emoji-picker__hint">
                {hint}
                " "
                <a class="button button--small" href=path on:click=click(move |_| open.set(false))>
                    {label}
                </a>
            </p>
        }
        .into_any())
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
    session.want_custom_emoji();
    let has_recent = !session.recent_emoji().is_empty();
    let group = if has_recent { Group::Recent } else { Group::Table(0) };
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
                    view! { {grid(heading, &cells)} {shown.after(open)} }.into_any()
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
                {dynamic(move || pointed.with(|cell| cell.as_ref().map(Cell::face)))}
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
