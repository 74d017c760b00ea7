//! Avatars: a user's picture, or the first letter of the name on a hue.

use leptos::{html, prelude::*};
use protocol::{Presence, Sender};

use super::dynamic::dynamic;
use crate::{
    browser::{case::upper_case, window::effect},
    state::presences::dot_and_word,
};

/// An avatar. It decorates a name, so screen readers skip it.
#[component]
pub fn Avatar(
    /// The user: the name gives the letter, which shows until the picture has arrived.
    #[prop(into)]
    user: Sender,
    /// The number of the hue: a class `hue-0`, `hue-1`, … of the style sheet. True: in the deeper
    /// tone.
    hue: Signal<(usize, bool)>,
    /// `tiny`, `small` or `large`.
    #[prop(optional)]
    size: Option<&'static str>,
    /// Whether the user is here. Shown on the avatar if given.
    #[prop(optional, into)]
    presence: Option<Signal<Presence>>,
    /// True if the user wants no notifications. Shown on the avatar of a user who is here.
    #[prop(optional, into)]
    quiet: Option<Signal<bool>>,
) -> impl IntoView {
    let Sender { name, picture, .. } = user;
    let size = size.map_or(String::new(), |size| format!(" avatar--{size}"));
    let class = Signal::derive(move || format!("avatar{size} hue-{}", hue.get().0));
    let tone = Signal::derive(move || hue.get().1.then_some("deep"));
    let letter = upper_case(name.chars().find(|char| !is_control(*char)).unwrap_or('?'));
    let presence = presence.map(|presence| {
        let is_quiet = move || quiet.is_some_and(|quiet| quiet.get());
        let state = Signal::derive(move || dot_and_word(presence.get(), is_quiet()).0);
        view! { <span class="presence" data-presence=state></span> }
    });
    view! {
        <span class=class data-tone=tone aria-hidden="true">
            {letter}
            {picture.map(show)}
            {presence}
        </span>
    }
}

/// Returns a picture, which covers the letter unless it cannot be loaded.
fn show(picture: String) -> AnyView {
    let is_missing = RwSignal::new(false);
    let image = NodeRef::<html::Img>::new();
    effect(move || {
        // Before hydration, nobody has heard of it.
        if image.get().is_some_and(|image| image.complete() && image.natural_width() == 0) {
            is_missing.set(true);
        }
    });
    dynamic(move || {
        let picture = picture.clone();
        (!is_missing.get()).then(move || {
            view! {
                <img
                    class="avatar__picture"
                    src=picture
                    alt=""
                    decoding="async"
                    draggable="false"
                    node_ref=image
                    on:error=move |_| is_missing.set(true)
                />
            }
        })
    })
}

/// Returns whether a character is invisible and turns the text after it.
fn is_control(char: char) -> bool {
    let ranges = ['\u{61c}'..='\u{61c}', '\u{200b}'..='\u{200f}', '\u{202a}'..='\u{202e}'];
    ranges.iter().any(|range| range.contains(&char)) || matches!(char, '\u{2066}'..='\u{2069}')
}
