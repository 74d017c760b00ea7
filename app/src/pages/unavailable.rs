//! The page that the server sends if it temporarily cannot render the requested one.

use leptos::prelude::*;

use crate::ui::error_page::ErrorPage;

/// The page for a temporary failure of the server.
#[component]
pub fn UnavailablePage() -> impl IntoView {
    view! {
        <ErrorPage
            title="Temporarily unavailable"
            text="The server could not load this page. No message was lost. Try again in a moment."
            note="503"
        >
            <a class="button button--primary" href="">"Try again"</a>
        </ErrorPage>
    }
}
