//! All rooms that the user may see.

use leptos::prelude::*;

use crate::ui::view_header::PlainView;

/// The list of all rooms.
#[component]
pub fn Browse() -> impl IntoView {
    view! {
        <PlainView heading="All rooms">
            <div class="page__column"></div>
        </PlainView>
    }
}
