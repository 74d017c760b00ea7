//! Administration, for the owner and admins.

use leptos::prelude::*;

use crate::ui::view_header::PlainView;

/// Invitations, rooms and health.
#[component]
pub fn Administration() -> impl IntoView {
    view! {
        <PlainView heading="Administration">
            <div class="page__column"></div>
        </PlainView>
    }
}
