//! The picture beside entry forms.

use leptos::prelude::*;

/// The shapes of the picture: class, left edge, top, right edge and height of each.
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

/// The picture beside entry forms, on wide screens.
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
            <svg viewBox="0 0 640 900" preserveAspectRatio="xMidYMid slice">
                {leaves.collect_view()}
            </svg>
        </div>
    }
}
