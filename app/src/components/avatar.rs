//! A person's leaf: the first letter on a hue of their own.

use leptos::prelude::*;
use protocol::{Sender, UserId};

/// How many classes `hue-0`, `hue-1`, … the style has.
const HUES: usize = 12;

/// Decoration beside a name, hence hidden from screen readers.
#[component]
pub fn Avatar(
    /// Whose it is: the id gives the hue, the name its first letter.
    #[prop(into)]
    who: Sender,
    /// `tiny` or `small`.
    #[prop(optional)]
    size: Option<&'static str>,
    /// Shown on the avatar: whether that person is here.
    #[prop(optional, into)]
    online: Option<Signal<bool>>,
) -> impl IntoView {
    let Sender { id, name } = who;
    let hue = hue(id);
    let class =
        size.map_or(format!("avatar hue-{hue}"), |size| format!("avatar avatar--{size} hue-{hue}"));
    let letter: String = name.chars().next().unwrap_or('?').to_uppercase().collect();
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

fn hue(id: UserId) -> usize {
    id.0.as_bytes().iter().fold(0, |sum, byte| (sum * 31 + usize::from(*byte)) % HUES)
}
