//! Addresses within the workspace, and navigation between them without loading a page.

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, HtmlAnchorElement};

/// An address of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `/rooms`: no room is open. A phone shows the room list.
    Rooms,
    /// `/rooms/{slug}` or `/rooms/{id}`
    Room(String),
    /// `/new-room`
    NewRoom,
    /// `/invitations`. Links to it load the page, so that the list is current.
    Invitations,
}

impl Address {
    /// Parses a path. Returns `None` for pages that only the server can render.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        match path {
            "/rooms" => Some(Self::Rooms),
            "/new-room" => Some(Self::NewRoom),
            _ => {
                let slug = path.strip_prefix("/rooms/")?;
                (!slug.is_empty() && !slug.contains('/')).then(|| Self::Room(slug.to_owned()))
            }
        }
    }

    /// Returns the path of this address.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Rooms => "/rooms".to_owned(),
            Self::Room(slug) => format!("/rooms/{slug}"),
            Self::NewRoom => "/new-room".to_owned(),
            Self::Invitations => "/invitations".to_owned(),
        }
    }
}

/// Updates `address` when the user goes back or forward in the browser's history.
pub(crate) fn update_from_history(address: RwSignal<Address>) {
    let _ = window_event_listener(ev::popstate, move |_| {
        let location = window().location();
        let path = location.pathname().unwrap_or_default();
        match Address::parse(&path) {
            Some(known) => address.set(known),
            // A link within the page, such as one past the rooms.
            None if address.with_untracked(|here| here.path() == path) => {}
            None => {
                let _ = location.reload();
            }
        }
    });
}

/// Handles a click on a link within the workspace. Leaves all other clicks to the browser.
pub(crate) fn follow_link(address: RwSignal<Address>, click: &ev::MouseEvent) {
    let is_plain = click.button() == 0
        && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key())
        && !click.default_prevented();
    let Some(next) = is_plain.then(|| link_target(click)).flatten() else { return };
    click.prevent_default();
    if address.with_untracked(|here| *here != next)
        && let Ok(history) = window().history()
        && history.push_state_with_url(&JsValue::NULL, "", Some(&next.path())).is_ok()
    {
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
    leads_elsewhere.then(|| Address::parse(&link.pathname())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_a_round_trip() {
        for address in [Address::Rooms, Address::NewRoom, Address::Room("front-desk".to_owned())] {
            assert_eq!(Address::parse(&address.path()), Some(address));
        }
    }

    #[test]
    fn all_other_paths_are_left_to_the_server() {
        for path in ["/", "/rooms/", "/rooms/a/b", "/sign-in", "/roomsx", "/invitations"] {
            assert_eq!(Address::parse(path), None, "{path}");
        }
    }
}
