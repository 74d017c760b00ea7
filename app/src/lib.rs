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

/// Hydrates the HTML that the server rendered. `public/boot.js` calls it if the HTML is unchanged.
///
/// # Errors
/// Fails if the HTML does not contain the data of the page.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() -> Result<(), wasm_bindgen::JsValue> {
    start(leptos::mount::hydrate_body)
}

/// Renders the page into a body without the server's HTML, which something has changed.
///
/// # Errors
/// Fails if the HTML does not contain the data of the page.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn render() -> Result<(), wasm_bindgen::JsValue> {
    start(leptos::mount::mount_to_body)
}

/// Fetches what a page needs beyond a room. `public/boot.js` calls it before [`hydrate`] for a page
/// that begins with more.
///
/// # Errors
/// Fails if it does not arrive.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn load_rest() -> Result<(), wasm_bindgen::JsValue> {
    pages::load_rest().await.then_some(()).ok_or("the rest of the page is missing".into())
}

/// Shows what this device has of the page, in place of the server's HTML. `public/boot.js` calls it
/// on the page that says that the server does not answer. Returns whether it has anything.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub async fn open_copy() -> bool {
    let Some(page) = pages::read_copy().await else { return false };
    if let Some(body) = leptos::prelude::document().body() {
        body.set_text_content(None);
    }
    mount_page(page, leptos::mount::mount_to_body);
    true
}

/// Mounts the page whose data is in the HTML.
#[cfg(feature = "hydrate")]
fn start(
    mount: fn(Box<dyn FnOnce() -> leptos::prelude::AnyView>),
) -> Result<(), wasm_bindgen::JsValue> {
    let page = document::read_page().ok_or("the data of the page is missing")?;
    mount_page(page, mount);
    Ok(())
}

/// Mounts a page by `mount`, and marks the document once its first effects have run.
#[cfg(feature = "hydrate")]
fn mount_page(page: page::Page, mount: fn(Box<dyn FnOnce() -> leptos::prelude::AnyView>)) {
    use leptos::prelude::{IntoAny as _, provide_context};

    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        browser::mark::failed();
    }));
    mount(Box::new(move || {
        provide_context(page);
        AppRoot().into_any()
    }));
    // Queued after the effects.
    wasm_bindgen_futures::spawn_local(async { browser::mark::hydrated() });
}
