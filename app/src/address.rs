//! Addresses within the workspace, and going from one to the other without asking the server for a page.

use leptos::{ev, prelude::*};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, HtmlAnchorElement};

/// An address of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `/rooms`: no room is open. A phone shows the list of them.
    Rooms,
    /// `/rooms/{slug}`, or with the room's id in its place
    Room(String),
    /// `/new-room`
    NewRoom,
}

impl Address {
    /// Reads a path; `None` where the page has to come from the server.
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

    /// As a path.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Rooms => "/rooms".to_owned(),
            Self::Room(slug) => format!("/rooms/{slug}"),
            Self::NewRoom => "/new-room".to_owned(),
        }
    }
}

/// Keeps `address` and the browser's history together: back and forward.
pub(crate) fn follow_history(address: RwSignal<Address>) {
    let _ = window_event_listener(ev::popstate, move |_| {
        let location = window().location();
        match Address::parse(&location.pathname().unwrap_or_default()) {
            Some(known) => address.set(known),
            None => {
                let _ = location.reload();
            }
        }
    });
}

/// Takes a click on a link that stays within the workspace; all others are the browser's.
pub(crate) fn follow_link(address: RwSignal<Address>, click: &ev::MouseEvent) {
    let is_plain = click.button() == 0
        && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key())
        && !click.default_prevented();
    let Some(next) = is_plain.then(|| linked(click)).flatten() else { return };
    click.prevent_default();
    if address.with_untracked(|here| *here != next)
        && let Ok(history) = window().history()
        && history.push_state_with_url(&JsValue::NULL, "", Some(&next.path())).is_ok()
    {
        address.set(next);
    }
}

fn linked(click: &ev::MouseEvent) -> Option<Address> {
    let link = click.target()?.dyn_into::<Element>().ok()?.closest("a[href]").ok()??;
    let link = link.dyn_into::<HtmlAnchorElement>().ok()?;
    let is_here = link.origin() == window().location().origin().ok()? && link.target().is_empty();
    is_here.then(|| Address::parse(&link.pathname())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back_as_they_were_written() {
        for address in [Address::Rooms, Address::NewRoom, Address::Room("front-desk".to_owned())] {
            assert_eq!(Address::parse(&address.path()), Some(address));
        }
    }

    #[test]
    fn whatever_else_is_the_servers() {
        for path in ["/", "/rooms/", "/rooms/a/b", "/sign-in", "/roomsx"] {
            assert_eq!(Address::parse(path), None, "{path}");
        }
    }
}
