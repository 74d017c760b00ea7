//! Banter's page: the server renders it whole, then the browser takes it over.
//!
//! The server chooses the [`page::Page`] for an address and renders [`shell`] with it. The HTML
//! carries the same value, so that [`App`] renders an identical first view in the browser. Forms
//! are plain HTML: only writing and live reading need a script.
//!
//! The floors, lowest first: `page` (the server's data) · `state` (pure) · `sync` (pure) ·
//! `browser` (web APIs) · `session` (signals) · `connect` (the socket's loop), `ui` (widgets) ·
//! `features` · `boot` (ties session, browser and connection) · `pages`. Imports go down only.

// Views nest deep where components are not type-erased.
#![recursion_limit = "256"]

use leptos::prelude::*;
use leptos_meta::provide_meta_context;

mod boot;
pub mod browser;
pub mod changes;
pub mod chat;
#[cfg(feature = "hydrate")]
mod connect;
mod document;
pub mod features;
#[cfg(test)]
mod fixtures;
pub mod model;
pub mod outbox;
pub mod page;
pub mod pages;
pub mod session;
pub mod socket;
pub mod timeline;
pub mod ui;
mod unread;

pub use browser::clock;
pub use document::shell;

use page::Page;
use pages::{
    first_start::FirstStart, join::Join, new_room::NewRoomPage, not_found::NotFound,
    sign_in::SignIn, unavailable::Unavailable, workspace::WorkspacePage,
};

/// The page inside `<body>`, on both sides. The server must provide a [`Page`] as context.
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
            view! { <NewRoomPage workspace=*workspace form/> }.into_any()
        }
        Page::NotFound => view! { <NotFound/> }.into_any(),
        Page::Unavailable => view! { <Unavailable/> }.into_any(),
    }
}

/// Marks the document as interactive: `<html data-hydrated>`.
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
