//! Threads: the list of those that the user follows, and the panel of one.

pub mod panel;

use leptos::prelude::*;

use crate::ui::view_header::PlainView;

/// The threads that the user follows.
#[component]
pub fn ThreadsView() -> impl IntoView {
    view! {
        <PlainView heading="Threads">
            <div class="page__column"></div>
        </PlainView>
    }
}
