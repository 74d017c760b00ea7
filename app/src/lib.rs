//! Banter's page: the server renders it whole, then the browser takes it over.
//!
//! The server decides which [`page::Page`] an address shows and renders [`shell`] with it. The same value travels
//! inside the HTML, so that [`App`] begins in the browser with the very same picture. Forms are plain HTML: all of
//! the page but writing and reading live works without a script.

use leptos::prelude::*;
use leptos_meta::provide_meta_context;

mod document;
pub mod page;

pub use document::shell;

use page::Page;

/// The page inside `<body>`, on both sides. Wants a [`Page`] as context on the server.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let page = SharedValue::new(expect_context::<Page>).into_inner();
    view! { <main><h1>"Banter"</h1><p>{format!("{page:?}").len()}</p></main> }
}

/// Takes over the HTML that the server rendered. The page's script calls it once.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
}
