//! Everything unread, over rooms and threads.

use leptos::prelude::*;

use crate::ui::view_header::PlainView;

/// Everything unread.
#[component]
pub fn UnreadView() -> impl IntoView {
    view! {
        <PlainView heading="Unread">
            <div class="page__column"></div>
        </PlainView>
    }
}
