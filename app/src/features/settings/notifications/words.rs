//! The words that notify the user like a mention.

use leptos::{html, prelude::*, task::spawn_local};
use protocol::{
    http::{Profile, UpdateProfile},
    limits::{MAX_KEYWORD_CHARS, MAX_KEYWORDS},
};

use crate::{
    browser::{calls, focus::focus_element},
    state::bidi::{balance, isolate},
    ui::{
        button::icon_button,
        dynamic::submit,
        icon::{Glyph, Icon},
        loaded::{Loaded, Outcome, Progress},
    },
};

/// The words, and a field for another one. Each change is stored at once.
#[component]
pub fn Words(
    /// The user's profile.
    profile: RwSignal<Loaded<Profile>>,
) -> impl IntoView {
    let words = Memo::new(move |_| {
        profile.with(|profile| profile.ready().map(|known| known.keywords.clone()))
    });
    let shown = Signal::derive(move || words.get().unwrap_or_default());
    let progress = RwSignal::new(Progress::Idle);
    let input = NodeRef::<html::Input>::new();
    let store = move |keywords: Vec<String>, typed: bool| {
        let update = UpdateProfile { keywords: Some(keywords), ..UpdateProfile::default() };
        progress.set(Progress::Sending);
        spawn_local(async move {
            let outcome = calls::call::<Profile>("PATCH", "/api/me", &update).await;
            progress.try_set(Progress::of(&outcome));
            let Ok(known) = outcome else { return };
            profile.try_set(Loaded::Ready(known));
            if typed && let Some(input) = input.try_get_untracked().flatten() {
                input.set_value("");
            }
        });
    };
    let add = move || {
        let Some(field) = input.get_untracked() else { return };
        let (word, mut all) = (field.value().trim().to_owned(), shown.get_untracked());
        if word.is_empty() || all.contains(&word) {
            field.set_value("");
        } else if words.with_untracked(Option::is_some) {
            all.push(word);
            store(all, true);
        }
    };
    let remove = move |word: &str| {
        let mut all = shown.get_untracked();
        all.retain(|known| known != word);
        store(all, false);
        if let Some(field) = input.get_untracked() {
            focus_element(&field); // the button goes with its word
        }
    };
    let token = move |word: String| {
        let label = format!("Remove {}", isolate(&word));
        let text = balance(&word).into_owned();
        view! {
            <span class="token token--word">
                <bdi class="truncate">{text}</bdi>
                {icon_button(label, view! { <Icon glyph=Glyph::X/> }, move |_| remove(&word))}
            </span>
        }
    };
    let hint = format!(
        "Whole words, in rooms you are in. Accents and capitals don’t matter. Enter adds one; up \
        to {MAX_KEYWORDS}."
    );
    view! {
        <form class="field field--block" on:submit=submit(add)>
            <label class="field__label" for="words">"Words that count as your name"</label>
            <div class="tokens">
                <For each=move || shown.get() key=Clone::clone let:word>{token(word)}</For>
                <input
                    class="tokens__input"
                    id="words"
                    type="text"
                    placeholder="Another word"
                    maxlength=MAX_KEYWORD_CHARS.to_string()
                    autocomplete="off"
                    enterkeyhint="done"
                    aria-describedby="words-hint"
                    node_ref=input
                />
            </div>
            <span class="field__hint" id="words-hint">{hint}</span>
            <Outcome progress done="Saved"/>
        </form>
    }
}
