//! Avatars: the first letter of a user's name on a color derived from the user's id.

use leptos::prelude::*;
use protocol::{Sender, UserId};

/// The number of classes `hue-0`, `hue-1`, … in the style sheet.
const HUES: usize = 12;

/// An avatar. It decorates a name, so screen readers skip it.
#[component]
pub fn Avatar(
    /// The user: the id gives the hue, the name the letter.
    #[prop(into)]
    user: Sender,
    /// `tiny` or `small`.
    #[prop(optional)]
    size: Option<&'static str>,
    /// True if the user is online. Shown on the avatar if given.
    #[prop(optional, into)]
    online: Option<Signal<bool>>,
) -> impl IntoView {
    let Sender { id, name, .. } = user;
    let hue = hue(id);
    let class =
        size.map_or(format!("avatar hue-{hue}"), |size| format!("avatar avatar--{size} hue-{hue}"));
    let letter: String =
        name.chars().find(|char| !is_control(*char)).unwrap_or('?').to_uppercase().collect();
    let presence = online.map(|online| {
        let state = Signal::derive(move || if online.get() { "online" } else { "offline" });
        view! { <span class="presence" data-presence=state></span> }
    });
    view! {
        <span class=class aria-hidden="true">
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

fn hue(id: UserId) -> usize {
    id.0.as_bytes().iter().fold(0, |sum, byte| (sum * 31 + usize::from(*byte)) % HUES)
}
