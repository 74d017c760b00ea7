//! The picture of a custom emoji.

use leptos::prelude::*;

/// Returns the picture of the emoji with this name, at this address. It says the name where it
/// cannot be seen, and where it is copied. It is loaded when it comes near the view.
pub(crate) fn emoji_picture(name: &str, url: String) -> AnyView {
    let name = format!(":{name}:");
    view! {
        <img
            class="emoji"
            loading="lazy"
            decoding="async"
            src=url
            alt=name.clone()
            title=name
            width="22"
            height="22"
            draggable="false"
        />
    }
    .into_any()
}
