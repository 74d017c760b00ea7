//! The title of the page: the only way from a name that a user chose to `<title>`.

use leptos::prelude::*;
use leptos_meta::Title;

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
        if cfg!(feature = "ssr") { escape(&text) } else { text }
    };
    view! { <Title text=written/> }
}

/// Escapes text for an element that contains only text, such as `<title>`.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_stays_inside_its_element() {
        assert_eq!(escape("</title><meta> & co"), "&lt;/title>&lt;meta> &amp; co");
        assert_eq!(escape("&lt;"), "&amp;lt;", "text that resembles an escape is escaped again");
    }
}
