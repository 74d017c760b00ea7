//! Icons: Lucide, in one sprite.

use leptos::prelude::*;

/// An icon of `public/icons.svg`. Decoration only: whoever uses it gives the words.
#[component]
pub fn Icon(
    /// Its name in the sprite.
    name: &'static str,
    /// `small` or `large`.
    #[prop(optional)]
    size: Option<&'static str>,
) -> impl IntoView {
    let class = size.map_or("icon".to_owned(), |size| format!("icon icon--{size}"));
    view! {
        <svg class=class aria-hidden="true">
            <use_ href=format!("/icons.svg#{name}")/>
        </svg>
    }
}
