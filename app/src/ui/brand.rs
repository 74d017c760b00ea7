//! The product's logo.

use leptos::prelude::*;

const FIRST: &str = "M5 14.75V9a5 5 0 0 1 5-5h8.6a5.375 5.375 0 0 1 0 10.75Z";
const SECOND: &str = "M5 28v-6.25a5 5 0 0 1 5-5h11.4a5.625 5.625 0 0 1 0 11.25Z";

/// The mark with the name, as a link.
#[component]
pub fn Brand(
    /// The target of the link.
    #[prop(default = "/")]
    href: &'static str,
) -> impl IntoView {
    view! {
        <a class="brand" href=href>
            <Mark class="brand__mark"/>
            "Banter"
        </a>
    }
}

/// The mark without the name.
#[component]
pub fn Mark(
    /// The class of the `svg` element.
    class: &'static str,
    /// True to show the second leaf detached, on error pages.
    #[prop(optional)]
    broken: bool,
) -> impl IntoView {
    let transform = broken.then_some("translate(3.5 1.5) rotate(7 16 22)");
    view! {
        <svg class=class viewBox="0 0 32 32" aria-hidden="true">
            <path class="brand__first" d=FIRST></path>
            <path class="brand__second" d=SECOND transform=transform></path>
        </svg>
    }
}
