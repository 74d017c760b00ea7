//! Banter's page. The server renders the complete page; the browser then hydrates it.
//!
//! The server chooses the [`page::Page`] for an address and renders [`shell`] with it. The HTML
//! contains the same value, so that [`AppRoot`] renders an identical first view in the browser.
//! Forms are plain HTML. Scripts are needed only to write messages and to receive new ones.
//!
//! The floors, lowest first. An import goes down a floor or stays in its folder.
//!
//! - [`page`]: the data that the server passes to the page
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

/// Hydrates the HTML that the server rendered. The script in the page calls it once.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(AppRoot);
}
