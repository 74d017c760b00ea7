//! The title of the page: the only way from a name that a user chose to `<title>`.

use leptos::prelude::*;
use leptos_meta::Title;

use super::escape::escape_text;

/// Sets the page's title. `leptos_meta` writes the title into the HTML without escaping it, and
/// sets `document.title` in the browser as it is, so only the server escapes.
#[component]
pub fn PageTitle(
    /// The unescaped title.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    // The server writes the title after the page, whose signals may be gone by then.
    let on_server = cfg!(feature = "ssr").then(|| escape_text(&text.get_untracked()));
    let written = move || on_server.clone().unwrap_or_else(|| text.get());
    view! { <Title text=written/> }
}
