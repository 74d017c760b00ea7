//! The emoji of a status.

use leptos::{prelude::*, task::spawn_local};
use protocol::{limits::MAX_EMOJI_CHARS, text::canonical_emoji};

use crate::{
    browser::{
        emoji::{load, table},
        form::changed_value,
    },
    ui::dynamic::{change, click},
};

/// Those that are offered, each with its name.
const OFFERED: [(&str, &str); 15] = [
    ("🗓️", "calendar"),
    ("🥪", "sandwich"),
    ("☕", "coffee"),
    ("🏠", "house"),
    ("🚲", "bicycle"),
    ("🚆", "train"),
    ("✈️", "airplane"),
    ("🌴", "palm tree"),
    ("🤒", "ill"),
    ("🎧", "headphones"),
    ("📞", "telephone"),
    ("🎯", "focus"),
    ("🎉", "party"),
    ("👶", "baby"),
    ("😴", "asleep"),
];

/// Finds an emoji by its whole name, with colons or without them.
fn named(typed: &str) -> Option<String> {
    let name = typed.trim().trim_matches(':').to_ascii_lowercase().replace(' ', "_");
    let found = table()?.find(&name, 1).into_iter().next()?;
    (found.name == name).then(|| found.symbol.to_owned())
}

/// Some emoji, and a field for any other or its name.
#[component]
pub fn EmojiGrid(
    /// The chosen one.
    emoji: RwSignal<Option<String>>,
    /// True while one is being chosen.
    picking: RwSignal<bool>,
) -> impl IntoView {
    let choices = OFFERED.map(|(symbol, name)| {
        let choose = move |_| {
            emoji.set(Some(symbol.to_owned()));
            picking.set(false);
        };
        view! {
            <button class="menu__reaction" type="button" aria-label=name on:click=click(choose)>
                <span aria-hidden="true">{symbol}</span>
            </button>
        }
    });
    // Mostly here before a name is typed.
    Effect::new(|_| {
        spawn_local(async {
            load().await;
        });
    });
    let is_other = RwSignal::new(false);
    let enter = move |event| {
        let typed = changed_value(&event);
        match canonical_emoji(typed.trim()).or_else(|| named(&typed)) {
            Some(symbol) => {
                emoji.set(Some(symbol));
                picking.set(false);
            }
            None => is_other.set(!typed.is_empty()),
        }
    };
    let invalid = Signal::derive(move || is_other.get().then_some("true"));
    let hint = Signal::derive(move || {
        if is_other.get() { "Enter one emoji, or its name, such as rocket." } else { "" }
    });
    view! {
        <div class="emoji-grid" role="group" aria-label="Emoji">
            {choices}
            <input
                class="input input--compact emoji-grid__other"
                aria-label="Another emoji"
                placeholder="Another"
                maxlength=MAX_EMOJI_CHARS.to_string()
                autocomplete="off"
                aria-invalid=invalid
                aria-describedby="emoji-hint"
                on:change=change(enter)
            />
        </div>
        <span class="field__hint" id="emoji-hint" role="status">{hint}</span>
    }
}
