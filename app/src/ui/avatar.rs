//! Avatars: the first letter of a user's name on a hue.

use leptos::prelude::*;
use protocol::Sender;

use crate::browser::case::upper_case;

/// An avatar. It decorates a name, so screen readers skip it.
#[component]
pub fn Avatar(
    /// The user: the name gives the letter.
    #[prop(into)]
    user: Sender,
    /// The number of the hue: a class `hue-0`, `hue-1`, … of the style sheet. True: in the deeper
    /// tone.
    hue: Signal<(usize, bool)>,
    /// `tiny` or `small`.
    #[prop(optional)]
    size: Option<&'static str>,
    /// True if the user is online. Shown on the avatar if given.
    #[prop(optional, into)]
    online: Option<Signal<bool>>,
) -> impl IntoView {
    let Sender { name, .. } = user;
    let size = size.map_or(String::new(), |size| format!(" avatar--{size}"));
    let class = Signal::derive(move || format!("avatar{size} hue-{}", hue.get().0));
    let tone = Signal::derive(move || hue.get().1.then_some("deep"));
    let letter = upper_case(name.chars().find(|char| !is_control(*char)).unwrap_or('?'));
    let presence = online.map(|online| {
        let state = Signal::derive(move || if online.get() { "online" } else { "offline" });
        view! { <span class="presence" data-presence=state></span> }
    });
    view! {
        <span class=class data-tone=tone aria-hidden="true">
            {letter}
            {presence}
        </span>
    }
}

/// Returns whether a character is invisible and turns the text after it.
fn is_control(char: char) -> bool {
    let ranges = ['\u{61c}'..='\u{61c}', '\u{200b}'..='\u{200f}', '\u{202a}'..='\u{202e}'];
    ranges.iter().any(|range| range.contains(&char)) || matches!(char, '\u{2066}'..='\u{2069}')
}
