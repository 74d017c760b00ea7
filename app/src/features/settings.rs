//! The user's settings.

use leptos::prelude::*;

use crate::ui::view_header::PlainView;

/// The user's profile, sessions and preferences.
#[component]
pub fn Settings() -> impl IntoView {
    view! {
        <PlainView heading="Settings">
            <div class="page__column"></div>
        </PlainView>
    }
}
