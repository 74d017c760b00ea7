//! People: the list of everybody, cards and pictures.

use leptos::prelude::*;

use crate::ui::view_header::PlainView;

/// The list of everybody.
#[component]
pub fn People() -> impl IntoView {
    view! {
        <PlainView heading="People">
            <div class="page__column"></div>
        </PlainView>
    }
}
