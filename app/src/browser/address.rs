//! Navigation between the addresses of the workspace, without loading a page.

use leptos::{ev, prelude::*};
use uuid::Uuid;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, HtmlAnchorElement};

use super::history::is_at_cover;
use crate::page::address::{Address, View};

/// Updates `address` when the user goes back or forward in the browser's history.
pub(crate) fn update_from_history(address: RwSignal<Address>) {
    let _ = window_event_listener(ev::popstate, move |_| {
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        match Address::parse(&path) {
            // A link within the page, such as one past the rooms, or something that lay over it.
            _ if address.with_untracked(|here| here.path() == path) => {}
            Some(known) => address.set(known),
            None => {
                let _ = location.reload();
            }
        }
    });
}

/// Returns the path that the browser shows.
pub(crate) fn path() -> Option<String> {
    window().location().pathname().ok()
}

/// Shows an address in place of the one that the browser shows.
pub(crate) fn show(address: &Address) {
    if let Ok(history) = window().history()
        && let Ok(state) = history.state()
    {
        let _ = history.replace_state_with_url(&state, "", Some(&address.path()));
    }
}

/// Shows the present address of a room that was opened by a former slug, or was given another one.
/// Keeps the address of a room by its id.
pub(crate) fn keep_current(address: RwSignal<Address>, slug: &str) {
    let present = address.with_untracked(|address| match address {
        Address::Room(name) if name != slug && Uuid::try_parse(name).is_err() => {
            Some(Address::Room(slug.to_owned()))
        }
        _ => None,
    });
    if let Some(present) = present
        && let Ok(history) = window().history()
        && let Ok(state) = history.state()
        && history.replace_state_with_url(&state, "", Some(&present.path())).is_ok()
    {
        address.set(present);
    }
}

/// Handles a click on a link within the workspace. Leaves all other clicks to the browser, and
/// those to addresses that the page does not know.
pub(crate) fn follow_link(
    address: RwSignal<Address>,
    click: &ev::MouseEvent,
    is_known: impl FnOnce(&Address) -> bool,
) {
    let next = is_plain_click(click).then(|| link_target(click)).flatten();
    let Some(next) = next.filter(is_known) else { return };
    click.prevent_default();
    go(address, next);
}

/// Returns whether a click on a link opens it here, and not in another tab or window.
pub(crate) fn is_plain_click(click: &ev::MouseEvent) -> bool {
    click.button() == 0
        && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key())
        && !click.default_prevented()
}

/// Goes to another address of the workspace, with an entry in the browser's history. It replaces
/// that of what covers the view.
pub(crate) fn go(address: RwSignal<Address>, next: Address) {
    let path = next.path();
    go_to(address, next, &path);
}

/// Goes to another address of the workspace as [`go`] does. `path` is how the browser shows it.
pub(crate) fn go_to(address: RwSignal<Address>, next: Address, path: &str) {
    let Ok(history) = window().history() else { return };
    if address.with_untracked(|here| *here == next) {
        return;
    }
    let state = JsValue::NULL;
    let is_added = if is_at_cover() {
        history.replace_state_with_url(&state, "", Some(path))
    } else {
        history.push_state_with_url(&state, "", Some(path))
    };
    if is_added.is_ok() {
        address.set(next);
    }
}

/// Goes to another address of the workspace in place of the present one, to which there is no way
/// back.
pub(crate) fn replace(address: RwSignal<Address>, next: Address) {
    let Ok(history) = window().history() else { return };
    if history.replace_state_with_url(&JsValue::NULL, "", Some(&next.path())).is_ok() {
        address.set(next);
    }
}

fn link_target(click: &ev::MouseEvent) -> Option<Address> {
    let link = click.target()?.dyn_into::<Element>().ok()?.closest("a[href]").ok()??;
    let link = link.dyn_into::<HtmlAnchorElement>().ok()?;
    let is_same_site =
        link.origin() == window().location().origin().ok()? && link.target().is_empty();
    // A link within the page, such as one that skips the rooms, is left to the browser.
    let leads_elsewhere = is_same_site && link.hash().is_empty();
    let address = leads_elsewhere.then(|| Address::parse(&link.pathname())).flatten();
    // What a search is for stands in the rest of its address.
    address.filter(|it| *it != Address::View(View::Search) || link.search().is_empty())
}
