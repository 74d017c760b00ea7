//! Banter's page: the server renders it whole, then the browser takes it over.
//!
//! The server decides which [`page::Page`] an address shows and renders [`shell`] with it. The same value travels
//! inside the HTML, so that [`App`] begins in the browser with the very same picture. Forms are plain HTML: all of
//! the page but writing and reading live works without a script.

// Views nest deep where components are not type-erased.
#![recursion_limit = "256"]

use leptos::prelude::*;
use leptos_meta::provide_meta_context;

pub mod address;
pub mod clock;
pub mod components;
mod document;
pub mod page;
pub mod pages;
pub mod session;
pub mod socket;
pub mod state;
pub mod storage;
pub mod sync;

pub use document::shell;

use page::Page;
use pages::{
    entry::{FirstStart, Join, SignIn},
    error::{NotFound, Unavailable},
    workspace::WorkspacePage,
};

/// The page inside `<body>`, on both sides. Wants a [`Page`] as context on the server.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let page = SharedValue::new(expect_context::<Page>).into_inner();
    Effect::new(|_| mark_hydrated());
    match page {
        Page::FirstStart(form) => view! { <FirstStart form/> }.into_any(),
        Page::SignIn(form) => view! { <SignIn form/> }.into_any(),
        Page::Join(invitation, form) => view! { <Join invitation form/> }.into_any(),
        Page::Workspace(workspace) => {
            view! { <WorkspacePage workspace=*workspace form=None/> }.into_any()
        }
        Page::NewRoom(workspace, form) => {
            view! { <WorkspacePage workspace=*workspace form=Some(form)/> }.into_any()
        }
        Page::NotFound => view! { <NotFound/> }.into_any(),
        Page::Unavailable => view! { <Unavailable/> }.into_any(),
    }
}

/// Tells the outside that the page is alive: `<html data-hydrated>`.
fn mark_hydrated() {
    if let Some(html) = document().document_element() {
        let _ = html.set_attribute("data-hydrated", "");
    }
}

/// Takes over the HTML that the server rendered. The page's script calls it once.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
}
