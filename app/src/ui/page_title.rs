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
    let written = move || {
        let text = text.get();
        if cfg!(feature = "ssr") { escape_text(&text) } else { text }
    };
    view! { <Title text=written/> }
}
