//! The page for an address that does not exist.

use leptos::prelude::*;

use crate::ui::error_page::ErrorPage;

/// The page for an unknown address, and for rooms that the user cannot see.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <ErrorPage
            title="Page not found"
            text="The address may be wrong, or it leads to a private room that you are not a \
                member of. No message was lost."
            note="404"
        >
            <a class="button button--primary" href="/">"Back to your rooms"</a>
        </ErrorPage>
    }
}
