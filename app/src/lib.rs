//! Banter's page: the server renders it whole, then the browser takes it over.
//!
//! The server chooses the [`page::Page`] for an address and renders [`shell`] with it. The HTML
//! carries the same value, so that [`AppRoot`] renders an identical first view in the browser. Forms
//! are plain HTML: only writing and live reading need a script.
//!
//! The floors, lowest first. An import goes down a floor or stays in its folder.
//!
//! - [`page`]: the data that the server hands over
//! - [`state`]: the state of an open page, pure
//! - [`sync`]: requests and responses of one connection, pure
//! - [`browser`]: wrappers around browser APIs
//! - [`session`]: signals over the state, and the user's actions
//! - `connect`: the WebSocket's loop · [`ui`]: widgets that know nothing of chat
//! - [`features`]: the parts of pages
//! - `boot`: ties session, browser and connection after hydration
//! - [`pages`]: one module for each kind of page

// Views nest deep where components are not type-erased.
#![recursion_limit = "256"]

mod boot;
pub mod browser;
#[cfg(feature = "hydrate")]
mod connect;
mod document;
pub mod features;
pub mod page;
pub mod pages;
pub mod session;
pub mod state;
pub mod sync;
pub mod ui;

pub use document::shell;
pub use pages::AppRoot;

/// Takes over the HTML that the server rendered. The page's script calls it once.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(AppRoot);
}
