//! The mark, the wordmark, and the picture beside entry forms.

use leptos::prelude::*;

const FIRST: &str = "M5 14.75V9a5 5 0 0 1 5-5h8.6a5.375 5.375 0 0 1 0 10.75Z";
const SECOND: &str = "M5 28v-6.25a5 5 0 0 1 5-5h11.4a5.625 5.625 0 0 1 0 11.25Z";

/// The mark with the name; leads home.
#[component]
pub fn Brand(
    /// Where home is.
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

/// The mark alone.
#[component]
pub fn Mark(
    /// Its class.
    class: &'static str,
    /// The second leaf hangs loose: something is not where it should be.
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

/// Leaves of a conversation, for wide screens: shade, left edge, top, right edge and height of each.
const LEAVES: [(&str, i16, i16, i16, i16); 13] = [
    ("art__b", 40, 40, 258, 64),
    ("art__b", 360, 128, 658, 64),
    ("art__a", 120, 216, 268, 64),
    ("art__b", -60, 304, 208, 64),
    ("art__a", 300, 304, 528, 64),
    ("art__d", 120, 392, 308, 64),
    ("art__c", 120, 480, 384, 72),
    ("art__a", -40, 576, 148, 64),
    ("art__b", 240, 576, 568, 64),
    ("art__b", 80, 664, 248, 64),
    ("art__a", 340, 752, 568, 64),
    ("art__b", -30, 752, 228, 64),
    ("art__b", 160, 840, 458, 64),
];

/// The picture beside entry forms.
#[component]
pub fn EntryArt() -> impl IntoView {
    let leaves = LEAVES.map(|(class, left, top, right, height)| {
        let (radius, bottom) = (height / 2, top + height);
        let path = format!(
            "M{left} {bottom}V{}a24 24 0 0 1 24-24H{right}a{radius} {radius} 0 0 1 0 {height}Z",
            top + 24
        );
        view! { <path class=class d=path></path> }
    });
    view! {
        <div class="entry__art" aria-hidden="true">
            <svg viewBox="0 0 640 900" preserveAspectRatio="xMidYMid slice">{leaves.collect_view()}</svg>
        </div>
    }
}
