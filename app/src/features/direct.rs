//! Direct messages.

use leptos::prelude::*;

use crate::ui::view_header::PlainView;

/// The form for a new direct message.
#[component]
pub fn NewMessage() -> impl IntoView {
    view! {
        <PlainView heading="New message">
            <div class="page__column"></div>
        </PlainView>
    }
}
